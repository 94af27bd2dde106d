import { afterEveryRender, DOCUMENT, inject } from '@angular/core';

/** What receives the focus, in the order of the page; no field, because a phone would open its keyboard. */
const TARGETS = 'h1[tabindex], h2[tabindex], a[href], button:not(:disabled)';

/**
 * Moves the focus on when the element that has it disappears, such as the button of a command that is done. Otherwise
 * the browser starts at the top of the page again. It goes to the nearest element that was around the lost one, and in
 * the page at last to its heading. Call it once; needs an injection context.
 */
export function keepFocus(): void {
  const document = inject(DOCUMENT);
  /** The element that has the focus, and those around it, the nearest first. */
  let path: readonly Element[] = [];

  document.addEventListener('focusin', ({ target }) => {
    path = target instanceof Element ? [...around(target)] : [];
  });
  afterEveryRender({
    mixedReadWrite: () => {
      const [lost, ...rest] = path;
      if (!lost || lost.isConnected || document.activeElement !== document.body) return;
      path = [];
      const targets = rest.filter((each) => each.isConnected).map((each) => each.querySelector<HTMLElement>(TARGETS));
      const next = targets.find((each) => each !== null) ?? document.querySelector<HTMLElement>('main h1');
      next?.focus({ preventScroll: true });
    },
  });
}

/**
 * An element and its ancestors within its dialog or the page. Nothing for menus, which return the focus, and for what has
 * `data-moves-focus`, such as a list that focuses its first row once that has arrived.
 */
function* around(element: Element): Generator<Element> {
  const isInMenu = element.closest('.cdk-overlay-container') && !element.closest('mat-dialog-container');
  const isLeft = isInMenu || element.closest('[data-moves-focus]');
  for (let each: Element | null = isLeft ? null : element; each; each = each.parentElement) {
    yield each;
    if (each.matches('main, mat-dialog-container')) return;
  }
}
