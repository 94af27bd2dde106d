import type { Readable } from 'node:stream';

/** How an item is carried: `google` is a Docs editors file (or another of Google's own types), which has no bytes. */
export type ItemKind = 'folder' | 'file' | 'google' | 'shortcut';

/** Lower-case hex digests as the drive states them; sha256 may be missing on files stored before 2018. */
export interface Checksums {
  readonly md5?: string;
  readonly sha256?: string;
}

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
  readonly canCopy: boolean;
  readonly canDownload: boolean;
  /** Of a folder: whether this account may put items into it. */
  readonly canAddChildren: boolean;
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

export interface DriveAccount {
  /** Google's stable id of the account. */
  readonly sub: string;
  readonly email: string;
  /** Connected with reading rights only: no grant and no trashing. */
  readonly readOnly: boolean;
}

/** What every drive can do. All calls reject with a DriveError or a ReconnectNeededError, or with the signal's reason. */
interface ReadableDrive {
  readonly account: DriveAccount;
  /** @throws DriveError `not_found` */
  get(id: string, signal: AbortSignal): Promise<DriveItem>;
  /** One page of what is in a folder, without the trash, in no particular order. */
  children(folderId: string, pageToken: string | undefined, signal: AbortSignal): Promise<ItemPage>;
  /** To the trash, whence a person can take it back; never a deletion. */
  trash(id: string, signal: AbortSignal): Promise<void>;
}

export interface SourceDrive extends ReadableDrive {
  /** The stored bytes from an offset to the end. The stream fails when it ends early. */
  read(id: string, offset: number, signal: AbortSignal): Promise<Readable>;
  /** The permission that already lets an account read the item, if it has one of its own or by inheritance. */
  accessOf(id: string, email: string, signal: AbortSignal): Promise<string | null>;
  /** Lets an account read the item and all below it, without an e-mail; answers the permission's id. */
  grantReading(id: string, email: string, signal: AbortSignal): Promise<string>;
  /** Takes a permission back; one that is gone already is no error. */
  withdraw(id: string, permissionId: string, signal: AbortSignal): Promise<void>;
}

/** What is to be made in the destination. */
export interface NewItem {
  /** Made beforehand by generateIds; not for Docs editors files, which Google names itself. */
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
  /** A private mark by which a copy without a pre-made id is found again. */
  readonly marker?: string;
}

/** An upload that goes on where the drive says it stopped. */
export interface Upload {
  /**
   * Sends bytes [offset, offset + length) of a file of `size` bytes.
   * @returns the finished item, or how many bytes the drive holds now (it may be fewer than were sent)
   */
  send(offset: number, length: number, size: number, body: Readable, signal: AbortSignal): Promise<UploadState>;
  /** Asks what has arrived. */
  state(size: number, signal: AbortSignal): Promise<UploadState>;
}
export type UploadState = { readonly done: DriveItem } | { readonly confirmed: number };

export interface DestinationDrive extends ReadableDrive {
  /** Ids that a later create or copy may use; at most 1,000 at once. Shortcuts have ids of their own kind. */
  generateIds(count: number, kind: 'file' | 'shortcut', signal: AbortSignal): Promise<string[]>;
  /** @throws DriveError `id_taken` when an item with this id exists */
  createFolder(item: NewItem, signal: AbortSignal): Promise<DriveItem>;
  /** @throws DriveError `id_taken` */
  createShortcut(item: NewItem, targetId: string, signal: AbortSignal): Promise<DriveItem>;
  /** Copies inside the vendor's machines; the account must be able to read the original. @throws DriveError `id_taken` */
  copy(originalId: string, item: NewItem, signal: AbortSignal): Promise<DriveItem>;
  /** A small file in one request. @throws DriveError `id_taken` */
  create(item: NewItem, content: Buffer, signal: AbortSignal): Promise<DriveItem>;
  /** Opens an upload of a file of any size. @throws DriveError `id_taken` */
  beginUpload(item: NewItem, size: number, signal: AbortSignal): Promise<Upload>;
  /** All items that bear a marker, outside the trash. The index behind it lags. */
  findMarked(marker: string, signal: AbortSignal): Promise<DriveItem[]>;
  setModifiedTime(id: string, modifiedTime: string, signal: AbortSignal): Promise<void>;
}
