import { DestroyRef, inject, Service, signal } from '@angular/core';

/** A hidden tab closes its streams after this: by HTTP/1.1 a browser has six connections to a host. */
const HIDDEN_AFTER_MS = 30_000;
/** How often it polls instead, for its title. */
export const HIDDEN_POLL_S = 60;

/** Whether the tab is visible. Switching to another tab briefly changes nothing. */
@Service()
export class TabVisibility {
  private readonly isHidden = signal(false);
  /** The tab has been hidden for 30 s; false as soon as it is visible. */
  readonly hidden = this.isHidden.asReadonly();

  constructor() {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      clearTimeout(timer);
      if (document.visibilityState === 'hidden') timer = setTimeout(() => this.isHidden.set(true), HIDDEN_AFTER_MS);
      else this.isHidden.set(false);
    };
    changed();
    document.addEventListener('visibilitychange', changed);
    inject(DestroyRef).onDestroy(() => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', changed);
    });
  }
}
