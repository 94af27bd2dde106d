import { booleanAttribute, Directive, DOCUMENT, effect, ElementRef, inject, input } from '@angular/core';

const HEIGHT = '--bottom-bar';

/**
 * A bar fixed at the bottom of a page. Stores its height, including the margin below, in the document's `--bottom-bar`,
 * so that the page ends above it and messages do not cover it. `false`: the bar is not fixed.
 */
@Directive({ selector: '[cmBottomBar]' })
export class BottomBar {
  readonly cmBottomBar = input(true, { transform: booleanAttribute });

  constructor() {
    const bar = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const { documentElement: root, defaultView: view } = inject(DOCUMENT);
    effect((onCleanup) => {
      // jsdom has no layout.
      if (!this.cmBottomBar() || !view?.ResizeObserver) return;
      const observer = new view.ResizeObserver(() => {
        const below = parseFloat(view.getComputedStyle(bar).marginBottom) || 0;
        root.style.setProperty(HEIGHT, `${bar.offsetHeight + below}px`);
      });
      observer.observe(bar, { box: 'border-box' });
      onCleanup(() => {
        observer.disconnect();
        root.style.removeProperty(HEIGHT);
      });
    });
  }
}
