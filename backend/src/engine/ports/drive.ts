import type { Readable } from 'node:stream';
import type { Clock } from './clock.js';

/** `google`: a Docs editors file, or another of Google's own types, which has no bytes. */
export type ItemKind = 'folder' | 'file' | 'google' | 'shortcut';

/** Lower-case hex digests as the drive states them; sha256 may be missing on files stored before 2018. */
export interface Checksums {
  readonly md5?: string;
  readonly sha256?: string;
}

export type ChecksumKind = keyof Checksums;

export interface DriveItem {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly kind: ItemKind;
  /** Bytes; null where the drive states none (folders, shortcuts). */
  readonly size: number | null;
  readonly checksums: Checksums;
  /** RFC 3339 with milliseconds. */
  readonly createdTime?: string;
  readonly modifiedTime?: string;
  readonly description?: string;
  readonly starred: boolean;
  readonly folderColor?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly shortcutTargetId?: string;
  readonly parents: readonly string[];
  readonly trashed: boolean;
  readonly ownedByMe: boolean;
  /** E-mail of the first owner, in lower case; missing in shared drives, which own what they hold. */
  readonly owner?: string;
  /** The shared drive it is in; missing in My Drive. */
  readonly driveId?: string;
  /** Whether this account may copy it inside the drive. */
  readonly canCopy: boolean;
  readonly canDownload: boolean;
  /**
   * Its settings, or those of its shared drive, keep readers from copying and downloading it (Google, `files`:
   * `copyRequiresWriterPermission`, `downloadRestrictions`). A temporary share makes an account a reader.
   */
  readonly isClosedToReaders?: boolean;
  /** False where this account may not share it. */
  readonly canShare?: boolean;
  /** Of a folder: what is shared above does not reach into it (Google, "Limited and expansive access"). */
  readonly isLimited?: boolean;
  /** Of a folder: whether this account may put items into it. */
  readonly canAddChildren: boolean;
  /** Of a folder: false where it lists empty whatever it holds (Google, "Limited and expansive access"). */
  readonly canListChildren: boolean;
  /** Changes with the content. */
  readonly revision?: string;
  readonly webViewLink?: string;
}

export interface ItemPage {
  readonly items: readonly DriveItem[];
  readonly nextPageToken?: string;
  /** The drive says that it did not search everything. */
  readonly incomplete: boolean;
}

/** A page of a listing of ids only. */
export interface IdPage {
  readonly ids: readonly string[];
  readonly nextPageToken?: string;
  /** The drive says that it did not search everything. */
  readonly incomplete: boolean;
}

/** What happened to one item since a moment. */
export interface Change {
  readonly id: string;
  /** Deleted, or no longer visible to this account. */
  readonly removed: boolean;
  /** As it is now; missing when it is removed. */
  readonly item?: DriveItem;
}

export interface ChangePage {
  readonly changes: readonly Change[];
  /** Where the list continues. */
  readonly nextPageToken?: string;
  /** On the last page: where the next reading begins. */
  readonly newStartToken?: string;
}

export interface DriveAccount {
  /** Google's stable id of the account. */
  readonly sub: string;
  readonly email: string;
  /** Connected with reading rights only: no grant and no trashing. */
  readonly readOnly: boolean;
}

/**
 * Who may have items of a shared drive (Google, `drives`, `restrictions`). What its `copyRequiresWriterPermission`
 * forbids is part of each item: `isClosedToReaders`.
 */
export interface DriveRestrictions {
  /** Only people of the organisation that the shared drive belongs to. */
  readonly domainUsersOnly: boolean;
  /** Only members of the shared drive. */
  readonly membersOnly: boolean;
}

/** What every drive can do. All calls reject with a DriveError or a ReconnectNeededError, or with the signal's reason. */
interface ReadableDrive {
  readonly account: DriveAccount;
  /**
   * @param checksum the only one to request; default: all
   * @throws DriveError `not_found`
   */
  get(id: string, signal: AbortSignal, checksum?: ChecksumKind): Promise<DriveItem>;
  /**
   * One page of what is in a folder, without the trash, in no particular order.
   * @param checksum the only one to request; default: all
   */
  children(
    folderId: string,
    pageToken: string | undefined,
    signal: AbortSignal,
    checksum?: ChecksumKind,
  ): Promise<ItemPage>;
  /**
   * The first page of `children`, which the drive may list together with other folders requested at the same
   * time: one request for many. Only where the result is checked afterwards, by a second listing or by id: the more a
   * request covers, the more it can miss.
   */
  childrenInGroup(folderId: string, signal: AbortSignal, checksum?: ChecksumKind): Promise<ItemPage>;
  /** The same as ids alone: a second listing of a folder costs little. */
  childIds(folderId: string, pageToken: string | undefined, signal: AbortSignal): Promise<IdPage>;
  /** @throws DriveError `not_found` when the account is no member of the shared drive */
  restrictions(driveId: string, signal: AbortSignal): Promise<DriveRestrictions>;
  /** Moves to the trash, which is recoverable; never deletes. */
  trash(id: string, signal: AbortSignal): Promise<void>;
  /** Restores an item from the trash to where it was; one that is not in it stays as it is. */
  restore(id: string, signal: AbortSignal): Promise<void>;
}

/** A permission to read that was made. */
export interface Share {
  /** Of the permission. */
  readonly id: string;
  /** When it expires (epoch milliseconds); missing where it does not, or that is not known. */
  readonly expiresAt?: number;
}

export interface SourceDrive extends ReadableDrive {
  /** The stored bytes from an offset to the end. The stream fails when it ends early. */
  read(id: string, offset: number, signal: AbortSignal): Promise<Readable>;
  /**
   * A Docs editors file as a file of a media type; its length is known only at the end.
   * @throws DriveError `export_too_large` · `source_permission_denied` when its owner forbids downloading
   */
  export(id: string, mediaType: string, signal: AbortSignal): Promise<Readable>;
  /** A token of now, from which `changes` can be read later; of a shared drive, or of My Drive and what is shared. */
  changesStart(driveId: string | undefined, signal: AbortSignal): Promise<string>;
  /** One page of what changed since a token, of `changesStart` with the same drive or of the page before. */
  changes(token: string, driveId: string | undefined, signal: AbortSignal): Promise<ChangePage>;
  /** The permission that already lets an account read the item, if it has one of its own or by inheritance. */
  accessOf(id: string, email: string, signal: AbortSignal): Promise<string | null>;
  /** Lets an account read the item and all below it, without an e-mail. */
  grantReading(id: string, email: string, signal: AbortSignal): Promise<Share>;
  /** Withdraws a permission; one that is gone already is no error. */
  withdraw(id: string, permissionId: string, signal: AbortSignal): Promise<void>;
}

/** What is to be made in the destination. */
export interface NewItem {
  /** From `generateIds`; not for Docs editors files, whose ids Google chooses. */
  readonly id?: string;
  readonly name: string;
  readonly mimeType: string;
  readonly parentId: string;
  readonly createdTime?: string;
  readonly modifiedTime?: string;
  readonly description?: string;
  readonly starred?: boolean;
  readonly folderColor?: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** The only checksum that is requested of it; missing: all. */
  readonly checksum?: ChecksumKind;
  /** A private property by which a copy without a reserved id is found. */
  readonly marker?: string;
}

/** An upload that resumes where the drive says it stopped. */
export interface Upload {
  /** Where it resumes, for another process too. As good as a password: kept encrypted, never logged. */
  readonly address: string;
  /**
   * Sends bytes [offset, offset + length) of a file of `size` bytes.
   * @returns the finished item, or how many bytes the drive holds now (it may be fewer than were sent)
   */
  send(
    offset: number,
    length: number,
    size: number,
    body: AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<UploadState>;
  /** Requests how much has arrived. */
  state(size: number, signal: AbortSignal): Promise<UploadState>;
  /** Gives it up with what has arrived; one that is gone is no error. */
  abandon(signal: AbortSignal): Promise<void>;
}
export type UploadState = { readonly done: DriveItem } | { readonly confirmed: number };

export interface DestinationDrive extends ReadableDrive {
  /** Ids that a later create or copy may use; at most 1,000 at once. Shortcuts have ids of their own kind. */
  generateIds(count: number, kind: 'file' | 'shortcut', signal: AbortSignal): Promise<string[]>;
  /** @throws DriveError `id_taken` when an item with this id exists */
  createFolder(item: NewItem, signal: AbortSignal): Promise<DriveItem>;
  /** @throws DriveError `id_taken` */
  createShortcut(item: NewItem, targetId: string, signal: AbortSignal): Promise<DriveItem>;
  /**
   * Copies on the vendor's servers; the account must be able to read the original. Open comments and suggestions of Docs
   * editors files are kept. @throws DriveError `id_taken`
   */
  copy(sourceId: string, item: NewItem, signal: AbortSignal): Promise<DriveItem>;
  /** Creates a small file in one request, its content in parts. @throws DriveError `id_taken` */
  create(item: NewItem, content: readonly Buffer[], signal: AbortSignal): Promise<DriveItem>;
  /**
   * Opens an upload of a file of any size.
   * @param mediaType of the bytes, where the drive is to turn them into a Docs editors file of the item's type
   * @throws DriveError `id_taken` · of a conversion `export_too_large`, here or once all has arrived
   */
  beginUpload(item: NewItem, size: number, signal: AbortSignal, mediaType?: string): Promise<Upload>;
  /**
   * An upload that was begun before, perhaps by another process. Its state shows whether it still exists.
   * @param address with or without a fragment (`#…`) of the caller's own
   */
  resumeUpload(address: string): Upload;
  /** All items with a marker, outside the trash. Google's index of markers lags. */
  findMarked(marker: string, signal: AbortSignal): Promise<DriveItem[]>;
  /** Changes only what is named. */
  update(id: string, what: { name?: string; modifiedTime?: string }, signal: AbortSignal): Promise<DriveItem>;
  /** Moves an item from one folder to another. */
  move(id: string, toParent: string, fromParent: string, signal: AbortSignal): Promise<DriveItem>;
  /**
   * One page of the ids of all that a shared drive holds and this account sees, its trash included.
   * @throws DriveError `not_found` for who is no member
   */
  driveItemIds(driveId: string, pageToken: string | undefined, signal: AbortSignal): Promise<IdPage>;
  /** Bytes the account may hold (null: no limit is stated, as in shared drives) and holds. */
  space(signal: AbortSignal): Promise<{ limit: number | null; used: number }>;
}

/** What a transfer works with: its two accounts, and time. */
export interface Drives {
  readonly source: SourceDrive;
  readonly destination: DestinationDrive;
  readonly clock: Clock;
}
