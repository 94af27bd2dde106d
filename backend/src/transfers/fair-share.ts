/** Milliseconds after which a job that was held back returns at the earliest. */
const MIN_HELD_MS = 500;
/** Milliseconds between two returning jobs, so that many of them cost little. */
const RETURN_INTERVAL_MS = 50;

/**
 * Divides the concurrent steps of a process between its accounts, and one more account: so the next account finds a
 * free place although steps in progress may take minutes.
 */
export class FairShare<Job> {
  private readonly underWay = new Map<string, number>();
  /** The jobs held back for each account, in the order in which they return. */
  private readonly heldBack = new Map<string, { readonly job: Job; readonly returnsAt: number }[]>();
  private nextReturn = -Infinity;

  constructor(private readonly places: number) {}

  /** Takes a place for an account; false if the account has its share already. */
  begin(account: string): boolean {
    const own = this.underWay.get(account) ?? 0;
    const others = this.underWay.size - (own > 0 ? 1 : 0);
    if (own >= Math.max(1, Math.floor(this.places / (others + 2)))) return false;
    this.underWay.set(account, own + 1);
    return true;
  }

  /**
   * Releases a place.
   * @returns a job of the account that was held back, which need not wait any longer
   */
  end(account: string, now: number): Job | undefined {
    const left = (this.underWay.get(account) ?? 0) - 1;
    if (left > 0) this.underWay.set(account, left);
    else this.underWay.delete(account);
    const waiting = (this.heldBack.get(account) ?? []).filter(({ returnsAt }) => returnsAt > now);
    const next = waiting.shift();
    if (waiting.length > 0) this.heldBack.set(account, waiting);
    else this.heldBack.delete(account);
    return next?.job;
  }

  /** Holds back a job for which there is no place. @returns for how long at most (ms) */
  holdBack(account: string, job: Job, now: number): number {
    this.nextReturn = Math.max(now + MIN_HELD_MS, this.nextReturn + RETURN_INTERVAL_MS);
    const waiting = this.heldBack.get(account) ?? [];
    this.heldBack.set(account, [...waiting, { job, returnsAt: this.nextReturn }]);
    return this.nextReturn - now;
  }
}
