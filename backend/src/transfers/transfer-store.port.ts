import type { TransferOrder } from '../engine/model/order.js';
import type { PeopleLine } from '../engine/model/sharing.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { CommandedBy } from '../engine/ports/ledger/log.js';
import type { KeyedRequest } from '../http/idempotency.port.js';

/** The next page of a list begins after this transfer, which may have been removed. */
export interface TransferPosition {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** What an account has places for: open transfers, and preflights that are counting. */
export type PlaceKind = 'transfer' | 'preflight';

/** Keeps transfers for 30 days after their last change of state, and preflights for an hour. */
export abstract class TransferStore {
  /**
   * Stores a new transfer in the state `planning`. Durable. Takes one of its source account's places: one for
   * transfers, or one for preflights. `list` leaves out preflights.
   * @param idempotency repeating a key returns the same transfer and takes no further place
   * @param places number of places that the account has; default: unlimited
   * @param people the people map of an order with `sharing`; the ledger keeps it
   * @returns the ledger · `repeated` if the key was used before, `conflict` if it was used with another content, `full`
   *   if all places are taken; in these cases nothing was stored
   */
  abstract create(
    order: TransferOrder,
    idempotency?: KeyedRequest,
    places?: number,
    people?: readonly PeopleLine[],
  ): Promise<{ ledger: Ledger; outcome: 'created' | 'repeated' | 'conflict' | 'full' }>;
  /**
   * Reserves one of its account's places for a transfer that is about to open: started after its preflight, or reopened
   * after its end. A transfer that has a place keeps it. The caller must settle the reservation; otherwise it expires
   * in a minute, unless the transfer is open by then.
   * @returns the value for `settlePlace`, or undefined if all places are taken
   */
  abstract takePlace(order: TransferOrder, places: number): Promise<string | undefined>;
  /** Ends a reservation: keeps the place if the transfer is open, otherwise releases it. */
  abstract settlePlace(order: TransferOrder, place: string): Promise<void>;
  /** Takes a place for an open transfer or preflight that has none, such as one that an earlier version created. */
  abstract restorePlace(order: TransferOrder, kind: PlaceKind): Promise<void>;
  /**
   * Starts a planned transfer or preflight: ready → running. Durable.
   * @param by who commanded it; see `Ledger.advance`
   * @returns false if it is not ready, or does not exist
   */
  abstract start(id: string, by?: CommandedBy): Promise<boolean>;
  /** Removes a preflight that was not started, with its plan. @returns whether it existed */
  abstract remove(id: string): Promise<boolean>;
  abstract find(id: string): Promise<Ledger | undefined>;
  /** Transfers of any of these accounts, newest first, starting after `after`. */
  abstract list(
    subs: readonly string[],
    after: TransferPosition | undefined,
    limit: number,
  ): Promise<TransferPosition[]>;
  /** Transfers of all accounts that have a schedule, newest first, starting after `after`; no preflights. */
  abstract scheduled(after: TransferPosition | undefined, limit: number): Promise<TransferPosition[]>;
  /** Transfers that have not ended, or have shares to withdraw, or a run that is due. */
  abstract open(): Promise<string[]>;
  /** Number of transfers with this source account that have not ended, not counting preflights. */
  abstract openOf(sub: string): Promise<number>;
  /** Removes an ended transfer without shares and due runs from the open ones. */
  abstract close(id: string): Promise<void>;
}
