import type { Ledger, TransferOrder } from '../engine/ports/ledger.js';

/** Where a list of transfers goes on: after this one, which need not be there any more. */
export interface TransferPosition {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** Keeps transfers for 30 days after their last change of state; one that is held for an hour, until it is started. */
export abstract class TransferStore {
  /**
   * Writes a new transfer down, in the state `planning`. It outlives a loss of power. One that is held is not listed.
   * @param idempotency `key` names the request (with its callers), `digest` its content: the same key gives the same
   *   transfer once and again
   * @returns the ledger; `repeated` when the key had made a transfer before, `conflict` when with another content
   */
  abstract create(
    order: TransferOrder,
    idempotency?: { key: string; digest: string },
  ): Promise<{ ledger: Ledger; outcome: 'created' | 'repeated' | 'conflict' }>;
  /**
   * A planned transfer begins, one that was held as well: ready → running. It outlives a loss of power.
   * @returns false when it is not ready, or not there
   */
  abstract start(id: string): Promise<boolean>;
  /** Removes a held transfer that was not started, and all its plan; tells whether it was there. */
  abstract remove(id: string): Promise<boolean>;
  /** The transfer that a request with this idempotency key has made, if it is there. */
  abstract made(idempotencyKey: string): Promise<Ledger | undefined>;
  abstract find(id: string): Promise<Ledger | undefined>;
  /** Transfers of any of these accounts, newest first, from the one after `after` on. */
  abstract list(
    subs: readonly string[],
    after: TransferPosition | undefined,
    limit: number,
  ): Promise<TransferPosition[]>;
  /** Transfers that have not ended, or have shares left to withdraw. */
  abstract open(): Promise<string[]>;
  /** How many transfers with this source account have not ended; those that are held count while they are planned. */
  abstract openOf(sub: string): Promise<number>;
  /** Takes an ended transfer that has no share left from the open ones. */
  abstract close(id: string): Promise<void>;
}
