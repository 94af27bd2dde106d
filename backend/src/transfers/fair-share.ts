/** Milliseconds after which a job that was held back is taken from the queue again, at the soonest… */
const SOONEST_MS = 500;
/** …and between two such, so that many of them cost little. */
const APART_MS = 50;

/**
 * Divides the steps that a process works on at the same time between the accounts it works for, and one more: so the
 * next account that comes finds room, though the steps under way may take minutes.
 */
export class FairShare {
  private readonly underWay = new Map<string, number>();
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

  /** Gives a place back. */
  end(account: string): void {
    const left = (this.underWay.get(account) ?? 0) - 1;
    if (left > 0) this.underWay.set(account, left);
    else this.underWay.delete(account);
  }

  /** How long to hold back a job that found no place (ms). */
  pause(now: number): number {
    this.nextReturn = Math.max(now + SOONEST_MS, this.nextReturn + APART_MS);
    return this.nextReturn - now;
  }
}
