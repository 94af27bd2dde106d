import { DestroyRef, DOCUMENT, inject, Service, Signal, signal } from '@angular/core';

/** The widths where the layout changes; the same numbers stand in the style sheets. */
@Service()
export class Viewport {
  private readonly view = inject(DOCUMENT).defaultView;
  private readonly destroyed = inject(DestroyRef);
  readonly phone = this.matches('(max-width: 719px)');

  private matches(query: string): Signal<boolean> {
    // jsdom has no widths.
    const list = this.view?.matchMedia?.(query);
    const matches = signal(list?.matches ?? false);
    const renew = () => matches.set(list?.matches ?? false);
    list?.addEventListener('change', renew);
    this.destroyed.onDestroy(() => list?.removeEventListener('change', renew));
    return matches.asReadonly();
  }
}
