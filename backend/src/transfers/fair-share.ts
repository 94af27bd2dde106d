/** Milliseconds after which a job that was held back is taken from the queue again, at the soonest… */
const SOONEST_MS = 500;
/** …and between two such, so that many of them cost little. */
const APART_MS = 50;

/**
 * Divides the steps that a process works on at the same time between the accounts it works for, and one more: so the
 * next account that comes finds room, though the steps under way may take minutes.
 */
export class FairShare<Job> {
  private readonly underWay = new Map<string, number>();
  /** Of each account, in the order in which they return. */
  private readonly heldBack = new Map<string, { readonly job: Job; readonly returnsAt: number }[]>();
  private nextReturn = -Infinity;

  constructor(private readonly places: number) {}

  /** Takes a place for an account; false when it has its share. */
  begin(account: string): boolean {
    const own = this.underWay.get(account) ?? 0;
    const others = this.underWay.size - (own > 0 ? 1 : 0);
    if (own >= Math.max(1, Math.floor(this.places / (others + 2)))) return false;
    this.underWay.set(account, own + 1);
    return true;
  }

  /**
   * Gives a place back.
   * @returns the job that was held back for the want of it, if there is one: it need not wait any longer
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

  /** Holds back a job that found no place. @returns for how long at most (ms) */
  holdBack(account: string, job: Job, now: number): number {
    this.nextReturn = Math.max(now + SOONEST_MS, this.nextReturn + APART_MS);
    const waiting = this.heldBack.get(account) ?? [];
    this.heldBack.set(account, [...waiting, { job, returnsAt: this.nextReturn }]);
    return this.nextReturn - now;
  }
}
