/** Retries always allowed in a window, so that a few calls may be tried again as often as they need. */
const FLOOR = 50;
/** Further ones for each success. A third of all calls failing needs half as many retries as there are successes. */
const PER_SUCCESS = 1;
const WINDOW_MS = 60_000;
/** When an account whose retries are spent is to come back, in seconds. */
export const RETRIES_SPENT_SECONDS = 20;

/**
 * Keeps an outage from being made worse by those it hits (Google, "Site Reliability Engineering", chapter 22): an
 * account's retries are bounded by its successes of the last one to two minutes. Counted in each process, for one
 * account each.
 */
export class RetryBudget {
  private since = 0;
  private current = { successes: 0, retries: 0 };
  private previous = { successes: 0, retries: 0 };

  constructor(private readonly now: () => number) {}

  succeeded(): void {
    this.turn();
    this.current.successes++;
  }

  /** Takes a retry; false when there is none left. */
  take(): boolean {
    this.turn();
    const successes = this.current.successes + this.previous.successes;
    if (this.current.retries + this.previous.retries >= FLOOR + PER_SUCCESS * successes) return false;
    this.current.retries++;
    return true;
  }

  private turn(): void {
    const age = this.now() - this.since;
    if (age < WINDOW_MS) return;
    this.previous = age < 2 * WINDOW_MS ? this.current : { successes: 0, retries: 0 };
    this.current = { successes: 0, retries: 0 };
    this.since = this.now();
  }
}
