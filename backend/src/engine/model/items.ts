import type { Checksums, ChecksumKind, ItemKind } from '../ports/drive.js';
import type { Fallback, ItemCode } from './reasons.js';

/**
 * Items that one job copies: few, so that little is repeated after a crash, but enough to keep the queue small.
 */
export const BATCH_ITEMS = 50;

/** One item of the plan, as the source stated it when it was listed. */
export interface PlannedItem {
  /** Position in the plan; a folder's is lower than those of its contents. */
  readonly ordinal: number;
  /** Ordinal of the folder that it is in; null: directly in the target folder. */
  readonly parent: number | null;
  /**
   * Ordinal of the item that is shared so that this one can be copied: the selected item above it, the target of a
   * shortcut, or an item below a folder that can't be shared.
   */
  readonly top: number;
  /** It is shared by itself because the folder above it can't be shared. */
  readonly isSharedAlone?: true;
  /**
   * Names from the selected item down, joined by "/"; a "/" inside a name is written as "∕". For people, not for
   * look-ups.
   */
  readonly path: string;
  /** Folders between it and the target folder. */
  readonly depth: number;
  readonly sourceId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly kind: ItemKind;
  readonly size: number | null;
  readonly checksums: Checksums;
  readonly createdTime?: string;
  readonly modifiedTime?: string;
  readonly description?: string;
  readonly starred?: boolean;
  readonly folderColor?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly shortcutTargetId?: string;
  readonly revision?: string;
  readonly ownedByMe: boolean;
  /** Whether the account that copies may do so: the destination if it has access of its own, otherwise the source. */
  readonly canCopy: boolean;
  readonly canDownload: boolean;
  /**
   * Why Google will not copy it for the destination, as known when it was listed; for a folder, why not its contents.
   * Missing if nothing is known to prevent the copy.
   */
  readonly barrier?: Fallback;
  /** Folders only; false if the account can't see the contents. */
  readonly canListChildren?: boolean;
  /**
   * Of an item that is copied again: nobody had edited its earlier copy until then (epoch milliseconds). Missing if a
   * version that did not record it reopened the item.
   */
  readonly comparedAt?: number;
}

/** Whether batches copy the item: files and Docs. Folders are created before the batches, shortcuts after them. */
export const isCopied = ({ kind }: { readonly kind?: ItemKind }): boolean => kind === 'file' || kind === 'google';

/** waiting → copying → verified | unverified | skipped | failed. */
export type ItemState = 'waiting' | 'copying' | 'verified' | 'unverified' | 'skipped' | 'failed';
export const SETTLED_STATES: readonly ItemState[] = ['verified', 'unverified', 'skipped', 'failed'];

/**
 * `created`: folders and shortcuts, which are re-created; `merged`: a folder that existed already; `export`: converted,
 * with loss.
 */
export type CopyMethod = 'server_copy' | 'relay' | 'export' | 'created' | 'merged';

/** The result for an item. */
export interface Outcome {
  readonly destinationId?: string;
  readonly way?: CopyMethod;
  /** With `relay` and `export`: why Google could not copy it. */
  readonly fallback?: Fallback;
  /** Why it was skipped, failed or is unverified. */
  readonly code?: ItemCode;
  /** The same as a sentence for people. */
  readonly reason?: string;
  readonly checksum?: { readonly kind: ChecksumKind; readonly source: string; readonly destination: string };
  /** Moves only: what happened to the original. */
  readonly original?: 'trashed' | 'kept';
  /** Why the original was kept: a code of `LEFT_REASONS`, or Google's own text. */
  readonly originalReason?: string;
  readonly webViewLink?: string;
  /** What the copy lacks, as text for people. */
  readonly lossy?: readonly string[];
  /** After an undo: whether the copy was moved to the trash or left. */
  readonly undone?: 'trashed' | 'left';
  /** Why it was left: a code of `LEFT_REASONS`, or Google's own text. */
  readonly undoneReason?: string;
}

export interface ItemRecord extends PlannedItem {
  readonly state: ItemState;
  readonly attempts: number;
  /**
   * When the last attempt began (epoch milliseconds, whole seconds). Missing if there was none, or its time is not
   * known.
   */
  readonly triedAt?: number;
  readonly outcome: Outcome;
  /** A retry allowed conversion, with loss, if Google does not copy it. */
  readonly mayConvert?: true;
  /** Destination id of an item that the copy replaces: it is moved to the trash once the copy is verified. */
  readonly replaces?: string;
  /**
   * Destination id of the transfer's own earlier copy, whose original a delta run found changed. It is trashed in the
   * same way.
   */
  readonly supersedes?: string;
}

/** Whether it was tried to copy an item, also before it was reopened as changed: it may have had a copy. */
export const wasTried = ({ attempts, supersedes }: Pick<ItemRecord, 'attempts' | 'supersedes'>): boolean =>
  attempts > 0 || supersedes !== undefined;

/** Whether an item in this state has a copy, although an undo may have moved it to the trash since. */
export const isDone = (state: ItemState): boolean => state === 'verified' || state === 'unverified';

/** The id of an item's copy. Undefined if it has none, or an undo moved it to the trash. */
export const copyIdOf = ({ state, outcome }: Pick<ItemRecord, 'state' | 'outcome'>): string | undefined =>
  isDone(state) && outcome.undone !== 'trashed' ? outcome.destinationId : undefined;
