import type { ItemCode } from '../../errors.js';
import type { PlannedItem } from '../../model/items.js';

export interface ReopenOptions {
  /** Reason codes of skipped items that are taken up as well; default: those that a cancel left out. */
  readonly skipped?: readonly ItemCode[];
  readonly mayConvert?: boolean;
}

/** Items that are copied again, or that are no longer as they were planned. */
export interface LedgerChanges {
  /** Replaces an open item with the item as it is now, because it changed meanwhile. A settled item stays. */
  amend(item: PlannedItem): Promise<void>;
  /** A settled item was renamed in the source, and its copy with it. */
  rename(ordinal: number, name: string): Promise<void>;
  /** Records that the copy of an item takes the place of an item of the destination. */
  replace(ordinal: number, existingId: string): Promise<void>;
  /**
   * Failed items, and skipped ones with one of the codes `skipped`, → waiting.
   * @param codes only items with one of these; default: all
   * @param options `mayConvert`: they may be exported and imported again, with loss
   * @returns how many
   */
  reopen(codes?: readonly string[], options?: ReopenOptions): Promise<number>;
  /**
   * A settled item that changed in the source → waiting, as it is now, to be copied under a new destination id (null:
   * none pre-made) in place of the copy there is, which its record then `supersedes`. Durable.
   */
  reopenAs(item: PlannedItem, destinationId: string | null): Promise<void>;
}
