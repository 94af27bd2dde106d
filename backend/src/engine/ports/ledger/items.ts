import type { ItemRecord, ItemState, Outcome, PlannedItem } from '../../model/items.js';

/** Reads what became of the items. */
export interface LedgerRecords {
  /** Records of the ordinals [from, from + count). */
  items(from: number, count: number): Promise<ItemRecord[]>;
  item(ordinal: number): Promise<ItemRecord | undefined>;
  /** The first `limit` ordinals from `from` on whose items are in one of the states; quick also in a large plan. */
  ordinals(states: readonly ItemState[], from: number, limit: number): Promise<number[]>;
  /** Files and Docs that are not settled. */
  openFiles(): Promise<number>;
}

/** The destination ids of the items. */
export interface LedgerIds {
  /**
   * Destination ids of the ordinals [from, from + ids.length), null where there is none; durable before they are used.
   * `from` and the length are those of a page of PLAN_PAGE. An item that has one keeps it.
   */
  reserveIds(from: number, ids: readonly (string | null)[]): Promise<void>;
  /** Replaces a destination id that something else has taken. Durable. A settled item keeps its id. */
  replaceId(ordinal: number, id: string): Promise<void>;
  destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>>;
}

/** Changes what became of the items. */
export interface LedgerItems extends LedgerRecords, LedgerIds {
  /**
   * waiting or copying → copying, one attempt more.
   * @param durable for what has no pre-made id: only its attempts show that a copy must be searched for before another
   * @returns false when the transfer no longer runs, or the item is settled
   */
  begin(ordinal: number, durable?: boolean): Promise<boolean>;
  /** copying → waiting, when the work was put off through no fault of the item. */
  release(ordinal: number): Promise<void>;
  /** Bytes of an item under way. @returns false when the transfer no longer runs: stop */
  progress(ordinal: number, bytes: number): Promise<boolean>;
  /** Gives an open item its final state; a settled item stays as it is. @returns whether it did */
  settle(item: PlannedItem, state: ItemState, outcome: Outcome): Promise<boolean>;
  /** Corrects what the closing check found different: a verified copy is gone, or one thought failed is there. */
  revise(item: PlannedItem, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean>;
  /** What became of the original of an item. One that was kept may be trashed later, by a run that completes the move. */
  settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void>;
  /** What an undo did with the copy of an item. Counts each once. */
  settleUndo(ordinal: number, undone: 'trashed' | 'left', reason?: string): Promise<void>;
  /** An undo brought an original, or an item that had been replaced, back from the trash. Counts each id once. */
  recordRestored(id: string): Promise<void>;
}
