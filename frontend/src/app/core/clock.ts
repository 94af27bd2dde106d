import { Service, signal } from '@angular/core';

const TICK_MS = 15_000;

const current = signal(Date.now());

/**
 * The current time in epoch milliseconds, precise to {@link TICK_MS}. Like the language, it is one signal for the whole
 * page, so that functions that format times can read it.
 */
export const currentTime = current.asReadonly();

/** Updates {@link currentTime} every 15 s. */
@Service()
export class Clock {
  readonly now = currentTime;

  constructor() {
    this.refresh();
    setInterval(() => this.refresh(), TICK_MS);
  }

  /** Updates the time at once, so that a label does not lag behind an event. */
  refresh(): void {
    current.set(Date.now());
  }
}
