import type { Readable } from 'node:stream';
import type { DrivePermission, NewPermission, RestrictionChanges, Role, SourceAccess } from '../model/sharing.js';
import type { Clock } from './clock.js';
import type { Documents } from './documents.js';

/** `google`: a Docs editors file or another of Google's own types, which have no bytes. */
export type ItemKind = 'folder' | 'file' | 'google' | 'shortcut';

/** Lower-case hex digests as the drive states them; sha256 may be missing on files stored before 2018. */
export interface Checksums {
  readonly md5?: string;
  readonly sha256?: string;
}

export type ChecksumKind = keyof Checksums;

/** Fields of an item that not every caller needs. */
export interface ItemFields {
  /** The only kind of checksum to request; default: all. */
  readonly checksum?: ChecksumKind | undefined;
  /** Whether to request who can open it. Google then lists at most 100 items a page. */
  readonly access?: boolean | undefined;
}

export interface DriveItem {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly kind: ItemKind;
  /** Bytes; null if the drive states no size (folders, shortcuts). */
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
  /** E-mail address of the first owner, in lower case; missing in shared drives, which own their items. */
  readonly owner?: string;
  /** The shared drive it is in; missing in My Drive. */
  readonly driveId?: string;
  /** Whether this account may copy it inside the drive. */
  readonly canCopy: boolean;
  readonly canDownload: boolean;
  /**
   * Its settings, or those of its shared drive, prevent readers from copying and downloading it (Google, `files`:
   * `copyRequiresWriterPermission`, `downloadRestrictions`). A temporary share makes an account a reader.
   */
  readonly isClosedToReaders?: boolean;
  /** False if this account may not share it. */
  readonly canShare?: boolean;
  /** Folders only: shares of the folders above do not apply to it (Google, "Limited and expansive access"). */
  readonly isLimited?: boolean;
  /**
   * Only if requested. It lacks the permissions if the account may not share the item, in shared drives, and sometimes
   * for no reason: `permissions` reads them.
   */
  readonly access?: SourceAccess;
  /** Only from `findMarked`: a copy that was created as converted (`NewItem.isConverted`). */
  readonly isConverted?: true;
  /** In a shared drive: it has permissions beyond those of its folder (`hasAugmentedPermissions`). */
  readonly isAugmented?: boolean;
  /** Folders only: whether this account may add items to it. */
  readonly canAddChildren: boolean;
  /**
   * Folders only: false if its contents are hidden, so that it is listed as empty (Google, "Limited and expansive
   * access").
   */
  readonly canListChildren: boolean;
  /** Changes when the content changes. */
  readonly revision?: string;
  readonly webViewLink?: string;
}

export interface ItemPage {
  readonly items: readonly DriveItem[];
  readonly nextPageToken?: string;
  /** The drive reports that the listing may lack items. */
  readonly incomplete: boolean;
}

/** A page of ids. */
export interface IdPage {
  readonly ids: readonly string[];
  readonly nextPageToken?: string;
  /** The drive reports that the listing may lack items. */
  readonly incomplete: boolean;
}

/** A change of one item. */
export interface Change {
  readonly id: string;
  /** Deleted, or no longer visible to this account. */
  readonly removed: boolean;
  /** The item as it is now; missing if it was removed. */
  readonly item?: DriveItem;
}

export interface ChangePage {
  readonly changes: readonly Change[];
  /** Token of the next page. */
  readonly nextPageToken?: string;
  /** On the last page: the token to read later changes from. */
  readonly newStartToken?: string;
}

export interface DriveAccount {
  /** Google's stable id of the account. */
  readonly sub: string;
  readonly email: string;
  /** Connected for reading only: can't share or trash. */
  readonly readOnly: boolean;
}

/**
 * Who may access items of a shared drive (Google, `drives`, `restrictions`). Its `copyRequiresWriterPermission` shows
 * in each item: `isClosedToReaders`.
 */
export interface DriveRestrictions {
  /** Only people of the organisation that owns the shared drive. */
  readonly domainUsersOnly: boolean;
  /** Only members of the shared drive. */
  readonly membersOnly: boolean;
  /** Only managers may share folders (`sharingFoldersRequiresOrganizerPermission`). */
  readonly foldersByManagersOnly: boolean;
}

/** What both drives offer. All calls reject with a DriveError, a ReconnectNeededError, or the signal's reason. */
interface ReadableDrive {
  readonly account: DriveAccount;
  /** The documents of this account in Google's editors. */
  readonly documents: Documents;
  /** @throws DriveError `not_found` */
  get(id: string, signal: AbortSignal, fields?: ItemFields): Promise<DriveItem>;
  /** One page of a folder's items, without trashed ones, in no particular order. */
  children(
    folderId: string,
    pageToken: string | undefined,
    signal: AbortSignal,
    fields?: ItemFields,
  ): Promise<ItemPage>;
  /**
   * The first page of `children`. The drive may combine folders that are requested at the same time into one request.
   * Use it only if the result is checked later, by a second listing or by id: the more a request covers, the more it
   * can miss.
   */
  childrenInGroup(folderId: string, signal: AbortSignal, fields?: ItemFields): Promise<ItemPage>;
  /** Like `children`, but ids alone, so that a second listing costs little. */
  childIds(folderId: string, pageToken: string | undefined, signal: AbortSignal): Promise<IdPage>;
  /** @throws DriveError `not_found` if the account is not a member of the shared drive */
  restrictions(driveId: string, signal: AbortSignal): Promise<DriveRestrictions>;
  /**
   * All permissions of an item; `isInherited` marks the inherited ones.
   * @throws DriveError `source_permission_denied` if the account may not read them
   */
  permissions(id: string, signal: AbortSignal): Promise<DrivePermission[]>;
  /**
   * Deletes a permission; it is no error if it no longer exists. Change permissions of an item one after the other: of
   * concurrent changes the last one undoes the others ("Share files, folders, and drives").
   */
  withdraw(id: string, permissionId: string, signal: AbortSignal): Promise<void>;
  /** Moves an item to the trash, from which it can be restored; never deletes. */
  trash(id: string, signal: AbortSignal): Promise<void>;
  /** Restores an item from the trash to its folder; has no effect on an item that is not in the trash. */
  restore(id: string, signal: AbortSignal): Promise<void>;
}

/** A permission to read that was created. */
export interface Share {
  /** Id of the permission. */
  readonly id: string;
  /** When it expires (epoch milliseconds); missing if it does not, or its expiry is not known. */
  readonly expiresAt?: number;
}

export interface SourceDrive extends ReadableDrive {
  /** The stored bytes from an offset to the end. The stream fails if it ends early. */
  read(id: string, offset: number, signal: AbortSignal): Promise<Readable>;
  /**
   * Exports a Docs editors file to a media type; the length is known only at the end.
   * @throws DriveError `export_too_large` · `source_permission_denied` if its owner forbids downloading
   */
  export(id: string, mediaType: string, signal: AbortSignal): Promise<Readable>;
  /** A token from which changes after this moment can be read: of a shared drive, or of My Drive and shared items. */
  changesStart(driveId: string | undefined, signal: AbortSignal): Promise<string>;
  /**
   * One page of changes since a token, which comes from `changesStart` with the same drive or from the previous page.
   */
  changes(token: string, driveId: string | undefined, signal: AbortSignal, fields?: ItemFields): Promise<ChangePage>;
  /** The permission, direct or inherited, that already lets an account read the item, if any. */
  accessOf(id: string, email: string, signal: AbortSignal): Promise<string | null>;
  /** Lets an account read the item and everything below it; sends no e-mail. */
  grantReading(id: string, email: string, signal: AbortSignal): Promise<Share>;
  /**
   * Deletes a permission that `grantReading` created; it is no error if it no longer exists. Google has one permission
   * for each person and item, so a higher role that somebody gave meanwhile is in the same permission, which then stays.
   * @returns whether the permission no longer exists
   */
  endReading(id: string, permissionId: string, signal: AbortSignal): Promise<boolean>;
}

/** An item to create in the destination. */
export interface NewItem {
  /** From `generateIds`; missing for Docs editors files, whose ids Google chooses. */
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
  /** The only kind of checksum to request for the new item; missing: all. */
  readonly checksum?: ChecksumKind;
  /** Value of a private property by which a copy without a reserved id can be found. */
  readonly marker?: string;
  /** Recorded with the marker: the copy comes from an export, so it lacks something. */
  readonly isConverted?: true;
}

/** An upload that can be resumed at the byte that the drive confirms. */
export interface Upload {
  /**
   * URL that resumes the upload, also from another process. It works like a password: stored encrypted, never logged.
   */
  readonly address: string;
  /**
   * Sends bytes [offset, offset + length) of a file of `size` bytes.
   * @returns the finished item, or how many bytes the drive has now (perhaps fewer than were sent)
   */
  send(
    offset: number,
    length: number,
    size: number,
    body: AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<UploadState>;
  /** Asks how many bytes have arrived. */
  state(size: number, signal: AbortSignal): Promise<UploadState>;
  /** Cancels the upload; it is no error if it no longer exists. */
  abandon(signal: AbortSignal): Promise<void>;
}
export type UploadState = { readonly done: DriveItem } | { readonly confirmed: number };

export interface DestinationDrive extends ReadableDrive {
  /** Ids for later creates and copies; at most 1,000 at once. Shortcuts need ids of their own kind. */
  generateIds(count: number, kind: 'file' | 'shortcut', signal: AbortSignal): Promise<string[]>;
  /** @throws DriveError `id_taken` if an item with this id exists */
  createFolder(item: NewItem, signal: AbortSignal): Promise<DriveItem>;
  /** @throws DriveError `id_taken` */
  createShortcut(item: NewItem, targetId: string, signal: AbortSignal): Promise<DriveItem>;
  /**
   * Copies on the vendor's servers; the account must be able to read the original. Keeps open comments and suggestions
   * of Docs editors files. @throws DriveError `id_taken`
   */
  copy(sourceId: string, item: NewItem, signal: AbortSignal): Promise<DriveItem>;
  /** Creates a small file in one request. @throws DriveError `id_taken` */
  create(item: NewItem, content: readonly Buffer[], signal: AbortSignal): Promise<DriveItem>;
  /**
   * Starts an upload of a file of any size.
   * @param mediaType of the bytes, if the drive should convert them to a Docs editors file of the item's type
   * @throws DriveError `id_taken` · `export_too_large` for a conversion, here or when all bytes have arrived
   */
  beginUpload(item: NewItem, size: number, signal: AbortSignal, mediaType?: string): Promise<Upload>;
  /**
   * An upload that was started earlier, perhaps by another process. Its state shows whether it still exists.
   * @param address may have a fragment (`#…`) that the caller added
   */
  resumeUpload(address: string): Upload;
  /** All items with a marker that are not in the trash. Google's index of markers lags behind. */
  findMarked(marker: string, signal: AbortSignal): Promise<DriveItem[]>;
  /** Changes only the given fields. `marker`: removes it, so that `findMarked` no longer finds the item. */
  update(
    id: string,
    what: { name?: string; modifiedTime?: string; marker?: null },
    signal: AbortSignal,
  ): Promise<DriveItem>;
  /**
   * Gives a permission. A permission that the grantee has on the item itself gets this role if it is the higher one, and
   * this expiry; it keeps its id. Idempotent.
   * @param notify whether Google sends its email to the grantee; default: no
   * @returns the permission as it is effective now
   * @throws PermissionRefusedError for a reason that concerns the grantee, the role or the item · DriveError
   *   `rate_limited` if the account has shared too much lately
   */
  grant(id: string, permission: NewPermission, signal: AbortSignal, notify?: boolean): Promise<DrivePermission>;
  /**
   * Changes a direct permission.
   * @param to `expiresAt`: epoch milliseconds; null: it no longer expires
   * @throws as `grant` · DriveError `not_found` if there is no such permission
   */
  changePermission(
    id: string,
    permissionId: string,
    to: { readonly role: Role; readonly expiresAt?: number | null },
    signal: AbortSignal,
  ): Promise<DrivePermission>;
  /** Sets or lifts restrictions. @throws PermissionRefusedError */
  restrict(id: string, restrictions: RestrictionChanges, signal: AbortSignal): Promise<void>;
  /** Moves an item from one folder to another. */
  move(id: string, toParent: string, fromParent: string, signal: AbortSignal): Promise<DriveItem>;
  /**
   * One page of the ids of all items in a shared drive that this account can see, including the trash.
   * @throws DriveError `not_found` if the account is not a member
   */
  driveItemIds(driveId: string, pageToken: string | undefined, signal: AbortSignal): Promise<IdPage>;
  /** Storage in bytes: the account's limit (null: none is stated, as in shared drives) and how much is used. */
  space(signal: AbortSignal): Promise<{ limit: number | null; used: number }>;
}

/** The two accounts of a transfer, and time. */
export interface Drives {
  readonly source: SourceDrive;
  readonly destination: DestinationDrive;
  readonly clock: Clock;
}
