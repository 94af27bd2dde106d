import { DestroyRef, DOCUMENT, inject, Service, Signal, signal } from '@angular/core';

/** The widths at which the layout changes, as in the style sheets. */
@Service()
export class Viewport {
  private readonly view = inject(DOCUMENT).defaultView;
  private readonly destroyed = inject(DestroyRef);
  readonly phone = this.matches('(max-width: 719px)');

  private matches(query: string): Signal<boolean> {
    // jsdom has no `matchMedia`.
    const list = this.view?.matchMedia?.(query);
    const matches = signal(list?.matches ?? false);
    const update = () => matches.set(list?.matches ?? false);
    list?.addEventListener('change', update);
    this.destroyed.onDestroy(() => list?.removeEventListener('change', update));
    return matches.asReadonly();
  }
}
