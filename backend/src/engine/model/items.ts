import type { Checksums, ChecksumKind, ItemKind } from '../ports/drive.js';
import type { Fallback, ItemCode } from './reasons.js';

/** One item of the plan, as the source stated it when it was listed. */
export interface PlannedItem {
  /** Position in the plan; a folder's is below that of all it holds. */
  readonly ordinal: number;
  /** Ordinal of the folder it goes into; null: the target folder itself. */
  readonly parent: number | null;
  /**
   * Ordinal of the item that is shared for it: the chosen one that it came with, one that a shortcut pointed at, or one
   * below a folder that can't be shared.
   */
  readonly top: number;
  /** It is shared itself because the folder above can't be. */
  readonly isSharedAlone?: true;
  /** Names from the chosen item down, joined by "/", each "/" inside a name written as "∕". For people, not for lookups. */
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
  /** Whether the copying account may: the destination, if it has access of its own; otherwise the source. */
  readonly canCopy: boolean;
  readonly canDownload: boolean;
  /**
   * Known when it was listed: why Google will not copy it for the destination. Of a folder: of all that is in it.
   * Missing where nothing is known to prevent it.
   */
  readonly barrier?: Fallback;
  /** Of a folder: false where this account may not see what is in it. */
  readonly canListChildren?: boolean;
}

/** Files and Docs: what the batches carry. Folders are made before them, shortcuts after. */
export const isCopied = ({ kind }: { readonly kind?: ItemKind }): boolean => kind === 'file' || kind === 'google';

/** waiting → copying → verified | unverified | skipped | failed. */
export type ItemState = 'waiting' | 'copying' | 'verified' | 'unverified' | 'skipped' | 'failed';
export const SETTLED_STATES: readonly ItemState[] = ['verified', 'unverified', 'skipped', 'failed'];

/** `created`: folders and shortcuts, which are created again; `merged`: a folder that was there; `export`: with loss. */
export type CopyMethod = 'server_copy' | 'relay' | 'export' | 'created' | 'merged';

/** What became of an item. */
export interface Outcome {
  readonly destinationId?: string;
  readonly way?: CopyMethod;
  /** Of the ways `relay` and `export`: why it was not copied inside Google. */
  readonly fallback?: Fallback;
  /** Why it is skipped, failed or unverified. */
  readonly code?: ItemCode;
  /** The same as a sentence for a person. */
  readonly reason?: string;
  readonly checksum?: { readonly kind: ChecksumKind; readonly source: string; readonly destination: string };
  /** Of a move. */
  readonly original?: 'trashed' | 'kept';
  /** Why the original was kept: a code of `LEFT_REASONS`, or what Google said. */
  readonly originalReason?: string;
  readonly webViewLink?: string;
  /** What the copy lacks, in words. */
  readonly lossy?: readonly string[];
  /** Of an undone transfer: whether the copy went to the trash, or why it stayed. */
  readonly undone?: 'trashed' | 'left';
  /** A code of `LEFT_REASONS`, or what Google said. */
  readonly undoneReason?: string;
}

export interface ItemRecord extends PlannedItem {
  readonly state: ItemState;
  readonly attempts: number;
  /** When it was last begun: epoch milliseconds, of whole seconds. Missing where it was not, or that is not known. */
  readonly triedAt?: number;
  readonly outcome: Outcome;
  /** A retry allowed that it is exported and imported again, with loss, if Google does not copy it. */
  readonly mayConvert?: true;
  /** An item of the destination that goes to the trash once the copy is verified. */
  readonly replaces?: string;
  /** The transfer's own earlier copy, of a version that a delta run found changed: it goes to the trash likewise. */
  readonly supersedes?: string;
}
