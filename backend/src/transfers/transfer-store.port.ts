import type { Ledger, TransferOrder } from '../engine/ports/ledger.js';

/** Keeps transfers for 30 days after their last change of state. */
export abstract class TransferStore {
  /**
   * Writes a new transfer down, in the state `planning`.
   * @param idempotency `key` names the request (with its callers), `digest` its content: the same key gives the same
   *   transfer once and again
   * @returns the ledger; `repeated` when the key had made a transfer before, `conflict` when with another content
   */
  abstract create(
    order: TransferOrder,
    idempotency?: { key: string; digest: string },
  ): Promise<{ ledger: Ledger; outcome: 'created' | 'repeated' | 'conflict' }>;
  abstract find(id: string): Promise<Ledger | undefined>;
  /** Ids of the transfers of any of these accounts, newest first, created before a time (epoch ms). */
  abstract list(subs: readonly string[], before: number, limit: number): Promise<{ id: string; createdAt: number }[]>;
  /** Transfers that have not ended, or have shares left to withdraw. */
  abstract open(): Promise<string[]>;
  /** Takes an ended transfer that has no share left from the open ones. */
  abstract close(id: string): Promise<void>;
}
