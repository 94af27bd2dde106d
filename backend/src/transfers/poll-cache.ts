import { Injectable } from '@nestjs/common';

/** How long a result is shared. */
export const CACHED_MS = 400;
/** Entries at which those that are out of date are removed. */
const SWEEP_FROM = 1_000;

/**
 * Shares polls among all clients that watch transfers: whatever their number, it reads the same thing from Redis once in
 * `CACHED_MS`.
 */
@Injectable()
export class PollCache {
  private readonly polls = new Map<string, { readonly until: number; readonly result: Promise<unknown> }>();
  private sweepFrom = SWEEP_FROM;

  /** The result of a poll, which its name must tell from all others. A failed one is not kept. */
  of<T>(name: string, poll: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const known = this.polls.get(name);
    if (known && known.until > now) return known.result as Promise<T>;
    if (this.polls.size >= this.sweepFrom) this.sweep(now);
    const result = poll();
    this.polls.set(name, { until: now + CACHED_MS, result });
    result.catch(() => this.polls.delete(name));
    return result;
  }

  private sweep(now: number): void {
    for (const [name, { until }] of this.polls) if (until <= now) this.polls.delete(name);
    this.sweepFrom = Math.max(SWEEP_FROM, 2 * this.polls.size);
  }
}
