/** Units (or fractions of them) per window; they refill evenly over its length. */
export interface Quota {
  readonly units: number;
  readonly windowMs: number;
}

/** The result of taking units. */
export interface RateReading {
  readonly allowed: boolean;
  /** Units that are left now. */
  readonly remaining: number;
  /** Milliseconds until the whole quota is available again. */
  readonly fullInMs: number;
  /** Milliseconds until the refused units would be allowed; 0 if they were allowed. */
  readonly waitMs: number;
}

/**
 * Counts requests of all processes together. A bucket (GCRA): allows bursts up to the whole quota and on average the
 * quota per window, without window edges at which twice as much would pass.
 */
export abstract class RateLimitStore {
  /**
   * Takes all units, or none if they exceed the quota. One round trip.
   * @param limit name of the limit
   * @param who the client that is counted; never a secret
   * @param units more than the quota count as the whole quota, so that every call is possible; negative units are
   *   returned
   * @throws StoreUnavailableError if the store cannot be reached; immediately if it was unreachable a moment ago
   */
  abstract take(limit: string, who: string, quota: Quota, units: number): Promise<RateReading>;
}
