import type { ThrottlerStorage } from '@nestjs/throttler';

type StorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** So many units fit into a window; they come back evenly over its length. */
export interface Quota {
  readonly units: number;
  readonly windowMs: number;
}

/** How an attempt to take units ended. */
export interface RateReading {
  readonly allowed: boolean;
  /** What is left to take now. */
  readonly remaining: number;
  /** Until all of it is there again. */
  readonly fullInMs: number;
  /** Until the refused units would fit; 0 when they were allowed. */
  readonly waitMs: number;
}

/**
 * Counts requests for all processes together. A bucket (GCRA): bursts up to the whole quota, in the long run no more than
 * the quota a window, and no edge between two windows at which twice as much would pass.
 */
export abstract class RateLimitStore implements ThrottlerStorage {
  /**
   * Takes units, or none of them when they don't fit. One round trip.
   * @param limit name of the limit
   * @param who whom it is counted for; never a secret
   * @param units more than the quota count as the whole quota, so that no call is impossible; negative ones go back
   * @throws StoreUnavailableError when the store cannot be reached; at once while it was not a moment ago
   */
  abstract take(limit: string, who: string, quota: Quota, units: number): Promise<RateReading>;

  /** The same in the words of `@nestjs/throttler`; seconds where it says so, and no blocking beyond the wait. */
  async increment(key: string, ttl: number, limit: number, _block: number, name: string): Promise<StorageRecord> {
    const { allowed, remaining, fullInMs, waitMs } = await this.take(name, key, { units: limit, windowMs: ttl }, 1);
    return {
      totalHits: limit - remaining + (allowed ? 0 : 1),
      timeToExpire: Math.ceil(fullInMs / 1000),
      isBlocked: !allowed,
      timeToBlockExpire: Math.ceil(waitMs / 1000),
    };
  }
}
