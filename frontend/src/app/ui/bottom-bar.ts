import { booleanAttribute, Directive, DOCUMENT, effect, ElementRef, inject, input } from '@angular/core';

const HEIGHT = '--bottom-bar';

/**
 * A bar at the lower edge of a page. Its height, its margin below included, is in `--bottom-bar` of the document, so that
 * the page can end above it and messages do not cover it. `false` turns it off, such as where the bar is
 * part of the page.
 */
@Directive({ selector: '[cmBottomBar]' })
export class BottomBar {
  readonly cmBottomBar = input(true, { transform: booleanAttribute });

  constructor() {
    const bar = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const { documentElement: root, defaultView: view } = inject(DOCUMENT);
    effect((onCleanup) => {
      // jsdom lays nothing out.
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
