import { type TransferState, WORKING_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';

/** Ledgers whose values one process keeps. */
const MAX_KEPT = 4;
/**
 * While a transfer works, its ledger changes all the time. A value is then kept for this many times as long as deriving
 * it took, so that deriving takes at most a tenth of the time, however many requests there are.
 */
const KEPT_TIMES = 10;

interface Kept<T> {
  readonly revision: number;
  readonly state: TransferState;
  readonly value: Promise<T>;
  /** Until when it may be outdated; without end while it is being derived. */
  until: number;
}

/**
 * Keeps what was derived from a ledger until that changes: the pages of one list, and simultaneous readers, derive it
 * only once. While a transfer works, it may be outdated for a short time, but never after the transfer's end.
 */
export class KeptByRevision<T> {
  /** By ID of the transfer, the oldest first. */
  private readonly kept = new Map<string, Kept<T>>();

  constructor(
    private readonly derive: (ledger: Ledger) => Promise<T>,
    private readonly now = () => performance.now(),
  ) {}

  async of(ledger: Ledger): Promise<T> {
    const { id } = ledger.order;
    const { revision, state } = await ledger.snapshot();
    const known = this.kept.get(id);
    const mayBeOld = known?.state === state && WORKING_STATES.includes(state) && this.now() < known.until;
    if (known && (known.revision === revision || mayBeOld)) return known.value;
    const began = this.now();
    const kept: Kept<T> = { revision, state, value: this.derive(ledger), until: Infinity };
    this.kept.delete(id);
    this.kept.set(id, kept);
    if (this.kept.size > MAX_KEPT) this.kept.delete(this.kept.keys().next().value!);
    try {
      return await kept.value;
    } catch (error) {
      if (this.kept.get(id) === kept) this.kept.delete(id);
      throw error;
    } finally {
      kept.until = this.now() + KEPT_TIMES * (this.now() - began);
    }
  }
}
