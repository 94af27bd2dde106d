import { DestroyRef, inject, Service, signal } from '@angular/core';

/** A hidden tab closes its streams after this time: with HTTP/1.1, a browser has only six connections to a host. */
const HIDDEN_AFTER_MS = 30_000;
/** A hidden tab then polls this often, to update its title. */
export const HIDDEN_POLL_S = 60;

/** Whether the tab is hidden. Briefly switching to another tab has no effect. */
@Service()
export class TabVisibility {
  private readonly isHidden = signal(false);
  /** True once the tab has been hidden for 30 s; false as soon as it is visible. */
  readonly hidden = this.isHidden.asReadonly();

  constructor() {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const update = () => {
      clearTimeout(timer);
      if (document.visibilityState === 'hidden') timer = setTimeout(() => this.isHidden.set(true), HIDDEN_AFTER_MS);
      else this.isHidden.set(false);
    };
    update();
    document.addEventListener('visibilitychange', update);
    inject(DestroyRef).onDestroy(() => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', update);
    });
  }
}
