import { DestroyRef, inject, Service, signal } from '@angular/core';

/** A tab that nobody has seen for so long lets go of its streams: a browser has six connections to a host by HTTP/1.1. */
const AWAY_AFTER_MS = 30_000;
/** …and asks so seldom instead, for its title. */
export const AWAY_POLL_S = 60;

/** Whether anybody looks. A glance at another tab does not count: for 30 s nothing changes. */
@Service()
export class Attention {
  private readonly unseen = signal(false);
  /** Nobody has seen this tab for 30 s; false again as soon as it is seen. */
  readonly away = this.unseen.asReadonly();

  constructor() {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      clearTimeout(timer);
      if (document.visibilityState === 'hidden') timer = setTimeout(() => this.unseen.set(true), AWAY_AFTER_MS);
      else this.unseen.set(false);
    };
    changed();
    document.addEventListener('visibilitychange', changed);
    inject(DestroyRef).onDestroy(() => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', changed);
    });
  }
}
