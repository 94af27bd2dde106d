import type { TransferOrder } from '../engine/model/order.js';
import type { PeopleLine } from '../engine/model/sharing.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { CommandedBy } from '../engine/ports/ledger/log.js';
import type { KeyedRequest } from '../http/idempotency.port.js';

/** Where the next page of a list begins: after this transfer, which may have been removed. */
export interface TransferPosition {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** What an account has places for: transfers that have not ended, and preflights that count. */
export type PlaceKind = 'transfer' | 'preflight';

/** Keeps transfers for 30 days after their last change of state; one that is held for an hour, until it is started. */
export abstract class TransferStore {
  /**
   * Writes a new transfer down, in the state `planning`. It outlives a loss of power. One that is held is not listed.
   * It takes one of the places of its source account: of those for transfers, or for preflights if it is held.
   * @param idempotency the same key gives the same transfer once and again, and takes no further place
   * @param places that the account has; without it: any number
   * @param people the people map of an order with `sharing`; the ledger keeps it
   * @returns the ledger; `repeated` when the key had made a transfer before, `conflict` when with another content, `full`
   *   when all places are taken, and nothing was written
   */
  abstract create(
    order: TransferOrder,
    idempotency?: KeyedRequest,
    places?: number,
    people?: readonly PeopleLine[],
  ): Promise<{ ledger: Ledger; outcome: 'created' | 'repeated' | 'conflict' | 'full' }>;
  /**
   * Reserves one of its account's places for a transfer that is to be opened: started after its preflight, or reopened
   * after its end. One that has a place keeps it. The caller settles the reservation; otherwise it expires in a minute,
   * unless the transfer is open by then.
   * @returns what `settlePlace` needs, or undefined when all places are taken
   */
  abstract takePlace(order: TransferOrder, places: number): Promise<string | undefined>;
  /** Ends a reservation: keeps the place if the transfer is open, else gives it back. */
  abstract settlePlace(order: TransferOrder, place: string): Promise<void>;
  /** Counts an open transfer or preflight that has no place, such as one that an earlier version created. */
  abstract restorePlace(order: TransferOrder, kind: PlaceKind): Promise<void>;
  /**
   * A planned transfer begins, one that was held as well: ready → running. It outlives a loss of power.
   * @param by who commanded it, see `Ledger.advance`
   * @returns false when it is not ready, or not there
   */
  abstract start(id: string, by?: CommandedBy): Promise<boolean>;
  /** Removes a held transfer that was not started, and all its plan; returns whether it existed. */
  abstract remove(id: string): Promise<boolean>;
  abstract find(id: string): Promise<Ledger | undefined>;
  /** Transfers of any of these accounts, newest first, from the one after `after` on. */
  abstract list(
    subs: readonly string[],
    after: TransferPosition | undefined,
    limit: number,
  ): Promise<TransferPosition[]>;
  /** Transfers that have not ended, or have shares left to withdraw. */
  abstract open(): Promise<string[]>;
  /** Number of transfers with this source account that have not ended, without those that are held. */
  abstract openOf(sub: string): Promise<number>;
  /** Takes an ended transfer that has no share left from the open ones. */
  abstract close(id: string): Promise<void>;
}
