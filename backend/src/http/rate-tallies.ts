import type { Quota, RateLimitStore, RateReading } from './rate-limit.port.js';

/** How long units are taken on trust before the store is told. */
export const TRUSTED_MS = 100;
/** The part of what was left at the last look that is taken on trust. Where little is left, each unit is asked for. */
const TRUSTED_PART = 16;

interface Tally {
  readonly reading: RateReading;
  readonly until: number;
  /** Units taken since, of which the store does not know yet. */
  owed: number;
}

/**
 * Counts a busy client's requests here, and tells the store ten times a second: no round trip for each. What was let
 * through is told also where it no longer fits, so that in the long run no more passes than the quota; a process lets
 * at most a sixteenth of what was left pass too many, once in `TRUSTED_MS`.
 */
export class RateTallies {
  private readonly tallies = new Map<string, Tally>();

  constructor(
    private readonly store: RateLimitStore,
    private readonly limit: string,
  ) {}

  /** As RateLimitStore.take. */
  take(who: string, quota: Quota, units: number, nameOf: (who: string) => string): Promise<RateReading> | RateReading {
    const tally = this.tallies.get(who);
    if (tally && performance.now() < tally.until && units >= 0) {
      const owed = tally.owed + units;
      if (owed <= tally.reading.remaining / TRUSTED_PART) {
        tally.owed = owed;
        return {
          allowed: true,
          remaining: tally.reading.remaining - owed,
          fullInMs: tally.reading.fullInMs + Math.ceil((owed * quota.windowMs) / quota.units),
          waitMs: 0,
        };
      }
    }
    return this.ask(who, quota, units, nameOf(who));
  }

  private async ask(who: string, quota: Quota, units: number, name: string): Promise<RateReading> {
    const owed = this.settle(who);
    const reading = await this.store.take(this.limit, name, quota, units, owed);
    if (!reading.allowed || reading.remaining < TRUSTED_PART || this.tallies.has(who)) return reading;
    const tally: Tally = { reading, until: performance.now() + TRUSTED_MS, owed: 0 };
    this.tallies.set(who, tally);
    setTimeout(() => {
      if (this.tallies.get(who) !== tally) return;
      const rest = this.settle(who);
      // While the store is away nothing is counted.
      if (rest > 0) this.store.take(this.limit, name, quota, 0, rest).catch(() => undefined);
    }, TRUSTED_MS).unref();
    return reading;
  }

  /** Ends a tally; what it owes. */
  private settle(who: string): number {
    const owed = this.tallies.get(who)?.owed ?? 0;
    this.tallies.delete(who);
    return owed;
  }
}
