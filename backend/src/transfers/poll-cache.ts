import { Injectable } from '@nestjs/common';

/** How long a result is shared. */
export const CACHED_MS = 400;
/** Number of entries at which expired ones are removed. */
const SWEEP_FROM = 1_000;

/**
 * Shares polls among all clients that watch transfers: it reads each value from Redis at most once in `CACHED_MS`,
 * however many clients there are.
 */
@Injectable()
export class PollCache {
  private readonly polls = new Map<string, { readonly until: number; readonly result: Promise<unknown> }>();
  private sweepFrom = SWEEP_FROM;

  /** The result of the poll with this name, which must be unique. Failed polls are not cached. */
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
