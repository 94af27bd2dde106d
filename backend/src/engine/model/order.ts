import type { DriveAccount } from '../ports/drive.js';
import type { LinkMode } from './links.js';
import type { Schedule } from './schedule.js';
import type { SharingOptions } from './sharing.js';

export type TransferMode = 'copy' | 'move';

/**
 * What to do if the target folder already contains an item of the same name. All policies except keepBoth merge
 * folders.
 */
export type ConflictPolicy = 'keepBoth' | 'skip' | 'replace' | 'newer';
/**
 * `rebuild`: create a shortcut to the copy, or to the original if that is outside the selection; `follow`: copy the
 * target in the shortcut's place; `skip`: leave it out and report it.
 */
export type ShortcutPolicy = 'rebuild' | 'follow' | 'skip';

/**
 * Which items to include: those that match all conditions. All folders are listed; those without matching contents are
 * not created.
 */
export interface ItemFilter {
  /** Groups of MIME types: `document`, `spreadsheet`, `presentation`, `pdf`, `image`, `video`, `audio`, `archive`, `other`. */
  readonly types?: readonly string[];
  /** Pattern for the whole name, ignoring case: `*` matches any text, `?` any one character. */
  readonly name?: string;
  /** Bytes. Docs editors files and shortcuts count as 0. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** Time of the last modification (RFC 3339). */
  readonly modifiedAfter?: string;
  readonly modifiedBefore?: string;
  /** `me` or an e-mail address. */
  readonly owner?: string;
}

/** The request for a transfer. `sharing` and `links` may be added after its end; nothing else changes. */
export interface TransferOrder {
  readonly id: string;
  readonly mode: TransferMode;
  readonly conflict: ConflictPolicy;
  readonly shortcuts: ShortcutPolicy;
  /** Whether Docs editors files that can't be copied may be converted, with loss. */
  readonly allowConversion: boolean;
  readonly filter?: ItemFilter;
  /** How access is carried over; missing: it is not. The ledger has the people map. */
  readonly sharing?: SharingOptions;
  /** What happens to links in the copied documents; missing: they stay as they are. */
  readonly links?: LinkMode;
  /** The hours in which the first run may run; a person may have changed them since, see the snapshot. */
  readonly schedule?: Pick<Schedule, 'timezone' | 'hours'>;
  /** It is a preflight: after planning it waits until it is started. */
  readonly held?: boolean;
  /** Ids of the selected items, without duplicates. */
  readonly sourceIds: readonly string[];
  readonly target: { readonly folderId: string; readonly newFolderName?: string };
  readonly source: DriveAccount & { readonly credentialId: string; readonly name: string };
  readonly destination: DriveAccount & { readonly credentialId: string; readonly name: string };
  /** Epoch milliseconds. */
  readonly createdAt: number;
}
