import { Budget } from './concurrency.js';
import type { Clock } from './ports/clock.js';

/** Fewest items in progress: twice the requests that the pacer of a busy process keeps in progress for an account. */
export const MIN_SLOTS = 64;
/** How often (ms) the number of slots changes while items wait for one, and by how many. */
const ADJUST_MS = 100;
const ADJUST_SLOTS = 32;

/**
 * Limits how many items of a transfer are in progress. While the process is busy, more of them would only wait in it,
 * and outlive the young generation of the garbage collector (ADR 0053). While it is not, Google's responses take the
 * time, and the number grows until no item waits.
 */
export class CopySlots {
  private total = MIN_SLOTS;
  private readonly slots = new Budget(this.total);
  private isAdjusting = false;

  constructor(private readonly clock: Clock) {}

  /** Runs `work` once a slot is free. Rejects with the signal's reason. */
  run(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const done = this.slots.run(1, signal, work);
    if (!this.isAdjusting && this.slots.isWaitedFor) void this.adjust(signal);
    return done;
  }

  private async adjust(signal: AbortSignal): Promise<void> {
    this.isAdjusting = true;
    while (this.slots.isWaitedFor && !signal.aborted) {
      await this.clock.sleep(ADJUST_MS, signal).catch(() => undefined);
      this.total = this.clock.isBusy() ? Math.max(MIN_SLOTS, this.total - ADJUST_SLOTS) : this.total + ADJUST_SLOTS;
      this.slots.resize(this.total);
    }
    this.isAdjusting = false;
  }
}
