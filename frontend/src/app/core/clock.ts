import { Service, signal } from '@angular/core';

const TICK_MS = 15_000;

/** The time of day as a signal, coarse enough for "in 42 min" and cheap enough to be always on. */
@Service()
export class Clock {
  private readonly current = signal(Date.now());
  /** Epoch milliseconds, updated every 15 s. */
  readonly now = this.current.asReadonly();

  constructor() {
    setInterval(() => this.current.set(Date.now()), TICK_MS);
  }

  /** Updates the time now, so that a label does not lag behind an event. */
  refresh(): void {
    this.current.set(Date.now());
  }
}
