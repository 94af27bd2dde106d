/** Units (also fractions) that fit into a window; they refill evenly over its length. */
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
export abstract class RateLimitStore {
  /**
   * Takes units, or none of them when they don't fit. One round trip.
   * @param limit name of the limit
   * @param who whom it is counted for; never a secret
   * @param units more than the quota count as the whole quota, so that no call is impossible; negative ones are returned
   * @throws StoreUnavailableError when the store cannot be reached; at once if it was unreachable a moment ago
   */
  abstract take(limit: string, who: string, quota: Quota, units: number): Promise<RateReading>;
}
