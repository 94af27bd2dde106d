import type { Ledger } from '../engine/ports/ledger.js';

/** Ledgers whose values one process keeps. */
const MAX_KEPT = 4;

/** Keeps what was derived from a ledger until that changes: the pages of one list derive it only once. */
export class KeptByRevision<T> {
  /** By ID of the transfer, the oldest first. */
  private readonly kept = new Map<string, { readonly revision: number; readonly value: T }>();

  constructor(private readonly derive: (ledger: Ledger) => Promise<T>) {}

  async of(ledger: Ledger): Promise<T> {
    const { id } = ledger.order;
    const revision = await ledger.revision();
    const known = this.kept.get(id);
    if (known?.revision === revision) return known.value;
    const value = await this.derive(ledger);
    this.kept.delete(id);
    this.kept.set(id, { revision, value });
    if (this.kept.size > MAX_KEPT) this.kept.delete(this.kept.keys().next().value!);
    return value;
  }
}
