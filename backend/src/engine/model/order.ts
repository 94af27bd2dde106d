import type { DriveAccount } from '../ports/drive.js';

export type TransferMode = 'copy' | 'move';

/** What to do where the target folder holds an item of the same name already. Folders are merged by all but keepBoth. */
export type ConflictPolicy = 'keepBoth' | 'skip' | 'replace' | 'newer';
/**
 * `rebuild`: a shortcut to the copy or, when that is outside the selection, to the original; `follow`: what it points
 * at is copied in its place; `skip`: left out, and reported.
 */
export type ShortcutPolicy = 'rebuild' | 'follow' | 'skip';

/** What is taken; all that is said must hold. Folders are always walked, and made only where something goes into them. */
export interface ItemFilter {
  /** Groups of MIME types: `document`, `spreadsheet`, `presentation`, `pdf`, `image`, `video`, `audio`, `archive`, `other`. */
  readonly types?: readonly string[];
  /** Pattern of the whole name, letter case ignored: `*` any text, `?` any one character. */
  readonly name?: string;
  /** Bytes. Docs editors files and shortcuts have none and count as 0. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** RFC 3339; of the last modification. */
  readonly modifiedAfter?: string;
  readonly modifiedBefore?: string;
  /** `me` or an e-mail address. */
  readonly owner?: string;
}

/** What a transfer is to do. Never changes. */
export interface TransferOrder {
  readonly id: string;
  readonly mode: TransferMode;
  readonly conflict: ConflictPolicy;
  readonly shortcuts: ShortcutPolicy;
  /** Whether Docs editors files that can't be copied may be exported and imported again, with loss. */
  readonly allowConversion: boolean;
  readonly filter?: ItemFilter;
  /** A preflight: it waits, planned, to be started. */
  readonly held?: boolean;
  /** Ids of the chosen items, without repeats. */
  readonly sourceIds: readonly string[];
  readonly target: { readonly folderId: string; readonly newFolderName?: string };
  readonly source: DriveAccount & { readonly credentialId: string; readonly name: string };
  readonly destination: DriveAccount & { readonly credentialId: string; readonly name: string };
  /** Epoch milliseconds. */
  readonly createdAt: number;
}
