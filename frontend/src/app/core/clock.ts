import { Service, signal } from '@angular/core';

const TICK_MS = 15_000;

const current = signal(Date.now());

/**
 * The time of day as a signal, epoch milliseconds, coarse enough for "in 42 min": like the language one for the whole
 * page, so that the functions that format moments read it.
 */
export const currentTime = current.asReadonly();

/** Updates {@link currentTime} every 15 s; made with the first page, because the sessions need it. */
@Service()
export class Clock {
  readonly now = currentTime;

  constructor() {
    this.refresh();
    setInterval(() => this.refresh(), TICK_MS);
  }

  /** Updates the time now, so that a label does not lag behind an event. */
  refresh(): void {
    current.set(Date.now());
  }
}
