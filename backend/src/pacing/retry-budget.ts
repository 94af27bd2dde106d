/** Retries that are always allowed in a window, so that few calls may be retried as often as necessary. */
const FLOOR = 50;
/** Further retries for each success. If a third of all calls fails, half as many retries as successes are needed. */
const PER_SUCCESS = 1;
const WINDOW_MS = 60_000;
/** Seconds after which an account without retries left should try again. */
export const RETRIES_SPENT_SECONDS = 20;

/**
 * Prevents retries from making an outage worse (Google, "Site Reliability Engineering", chapter 22): limits an
 * account's retries by its successes in the last one to two minutes. Each process counts separately, and each account.
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

  /** Takes a retry. @returns false if none is left */
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
