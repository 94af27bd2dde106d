import type { ItemRecord, ItemState, Outcome, PlannedItem } from '../../model/items.js';

/** Reads items and their outcomes. */
export interface LedgerRecords {
  /** Records of the ordinals [from, from + count). */
  items(from: number, count: number): Promise<ItemRecord[]>;
  item(ordinal: number): Promise<ItemRecord | undefined>;
  /** The first `limit` ordinals from `from` on whose items are in one of the states; fast in large plans too. */
  ordinals(states: readonly ItemState[], from: number, limit: number): Promise<number[]>;
  /** Files and Docs that are not settled. */
  openFiles(): Promise<number>;
}

/** The destination ids of the items. */
export interface LedgerIds {
  /**
   * Stores destination ids for the ordinals [from, from + ids.length); null: none. `from` and the length must be those
   * of a page of PLAN_PAGE. An item that has an id keeps it. Durable, and must resolve before an id is used.
   */
  reserveIds(from: number, ids: readonly (string | null)[]): Promise<void>;
  /** Replaces a destination id that is in use by another item. Durable. A settled item keeps its id. */
  replaceId(ordinal: number, id: string): Promise<void>;
  destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>>;
}

/** Changes the states and outcomes of items. */
export interface LedgerItems extends LedgerRecords, LedgerIds {
  /**
   * Moves an item from waiting or copying to copying and counts an attempt.
   * @param durable for items without a reserved id: only their attempts show that an earlier copy must be searched for
   * @returns how many attempts of any worker began before this one; undefined if the transfer no longer runs, or the
   *   item is settled
   */
  begin(ordinal: number, durable?: boolean): Promise<number | undefined>;
  /** Moves an item from copying back to waiting, if it was interrupted for a reason that is not the item's. */
  release(ordinal: number): Promise<void>;
  /**
   * Reports the bytes copied so far of an item in progress. @returns false if the transfer no longer runs, so the
   * caller must stop
   */
  progress(ordinal: number, bytes: number): Promise<boolean>;
  /**
   * Gives an open item its final state; has no effect on a settled item.
   * @param plan while planning: only if this is the newest plan, because another one may number the items differently
   * @returns whether it had an effect
   */
  settle(item: PlannedItem, state: ItemState, outcome: Outcome, plan?: number): Promise<boolean>;
  /** Corrects a settled item: a verified copy turned out to be missing, or a failed one to exist. */
  revise(item: PlannedItem, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean>;
  /**
   * Records what a move did with the original of an item. A kept original may be trashed later, when a run completes
   * the move.
   */
  settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void>;
  /** Records what an undo did with the copy of an item. Counts each copy once. */
  settleUndo(ordinal: number, undone: 'trashed' | 'left', reason?: string): Promise<void>;
  /** Records that an undo restored an original, or a replaced item, from the trash. Counts each id once. */
  recordRestored(id: string): Promise<void>;
}
