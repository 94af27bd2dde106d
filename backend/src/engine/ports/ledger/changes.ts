import type { ItemCode } from '../../errors.js';
import type { PlannedItem } from '../../model/items.js';

export interface ReopenOptions {
  /** Also reopens skipped items with these reason codes; default: those that a cancel skipped. */
  readonly skipped?: readonly ItemCode[];
  readonly mayConvert?: boolean;
  /** Only while this is the newest plan: a process that slept must not change a later run. */
  readonly plan?: number;
}

/** Changes to planned items: those to copy again, and those that changed in the source. */
export interface LedgerChanges {
  /**
   * Replaces an open item with the item as it is now. Has no effect on a settled item.
   * @param plan only while this is the newest plan
   */
  amend(item: PlannedItem, plan?: number): Promise<void>;
  /** Records that a settled item was renamed in the source, and its copy too, if this is the newest plan. */
  rename(ordinal: number, name: string, plan: number): Promise<void>;
  /** Records that the copy of an item replaces an item of the destination, if this is the newest plan. */
  replace(ordinal: number, existingId: string, plan: number): Promise<void>;
  /**
   * Moves failed items, and skipped ones with one of the codes `skipped`, to waiting.
   * @param codes only items with one of these; default: all
   * @param options `mayConvert`: they may be converted, with loss
   * @returns how many items it moved
   */
  reopen(codes?: readonly string[], options?: ReopenOptions): Promise<number>;
  /**
   * Moves a settled item that changed in the source to waiting, as it is now. Its new copy gets the given destination
   * id (null: none reserved) and replaces the existing copy, which the record `supersedes`. Durable.
   * @param plan only while this is the newest plan
   */
  reopenAs(item: PlannedItem, destinationId: string | null, plan?: number): Promise<void>;
}
