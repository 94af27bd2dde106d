import type { Side } from '../engine/errors.js';
import type { ItemKind } from '../engine/ports/drive.js';

/** Whose Drive is browsed; the side, where it is known, goes into errors. */
export interface BrowsedAccount {
  readonly credentialId: string;
  readonly side?: Side;
}

/** How an item is carried; `google` is a Docs editors file or another of Google's own types, which have no bytes. */
export type EntryKind = ItemKind;

/** An item as a person browses it. */
export interface DriveEntry {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly kind: EntryKind;
  /** Bytes; null where Google states none. */
  readonly size: number | null;
  /** RFC 3339; null where Google states none. */
  readonly createdTime: string | null;
  readonly modifiedTime: string | null;
  readonly ownedByMe: boolean;
  /** The folder that it is in; missing where this account sees none, as with what others shared. */
  readonly parentId?: string;
  readonly owner?: { readonly name: string; readonly email: string };
  readonly canCopy: boolean;
  readonly canDownload: boolean;
  readonly canAddChildren: boolean;
  readonly starred: boolean;
  readonly shared: boolean;
  readonly webViewLink?: string;
  readonly md5Checksum?: string;
  readonly shortcutTargetId?: string;
  readonly shortcutTargetMimeType?: string;
}

export interface EntryPage {
  readonly files: readonly DriveEntry[];
  readonly nextPageToken?: string;
  /** Google did not search every drive. */
  readonly incompleteSearch: boolean;
}

/** A page of a folder's items, as far as their size matters. */
export interface SizePage {
  readonly items: readonly { readonly id: string; readonly kind: EntryKind; readonly size: number | null }[];
  readonly nextPageToken?: string;
}

export type SortField = 'name' | 'modifiedTime' | 'size';

export interface EntryQuery {
  /** A folder's children; without it the whole drive, or what was shared with the account. */
  readonly folderId?: string;
  /** A part of the name. */
  readonly search?: string;
  /** A shared drive, instead of My Drive. */
  readonly driveId?: string;
  readonly foldersOnly: boolean;
  /** Items others shared with the account, instead of its own tree. */
  readonly sharedWithMe: boolean;
  /** Folders come first in any case. */
  readonly orderBy: readonly { readonly field: SortField; readonly descending: boolean }[];
  /** 1 to 1000; Google may give fewer. */
  readonly pageSize: number;
  readonly pageToken?: string;
}

/** Whose Drive it is and how full it is; sizes in bytes. */
export interface DriveAbout {
  readonly email: string;
  readonly name: string;
  readonly photo?: string;
  readonly storage: {
    readonly used: number;
    /** null: unlimited. */
    readonly limit: number | null;
    readonly usedInDrive: number;
    readonly usedInTrash: number;
  };
}

/** A folder or a shared drive by name. */
export interface NamedPlace {
  readonly id: string;
  readonly name: string;
}

/** What the path of a folder begins with: My Drive, a shared drive, or the first folder that was shared with the account. */
export type PathTop = 'my_drive' | 'shared_drive' | 'shared_with_me';

/** Where a folder is, and what this account may do in it. */
export interface FolderPlace {
  readonly top: PathTop;
  /** From the top that this account can see down to the folder itself. */
  readonly path: readonly NamedPlace[];
  readonly canAddChildren: boolean;
  /** The shared drive that it is in. */
  readonly driveId?: string;
}

/** Browsing a Drive. Every method throws DriveError or ReconnectNeededError, with the account's side. */
export abstract class DriveBrowser {
  /** One page of items, never any from the trash. @throws ParameterRefusedError for a page token Google does not know */
  abstract list(account: BrowsedAccount, query: EntryQuery): Promise<EntryPage>;
  abstract about(account: BrowsedAccount): Promise<DriveAbout>;
  /** All shared drives the account is a member of, by name. */
  abstract sharedDrives(account: BrowsedAccount): Promise<NamedPlace[]>;
  abstract placeOf(account: BrowsedAccount, folderId: string): Promise<FolderPlace>;
  /** The same for several folders at once; what this account cannot see is left out. */
  abstract placesOf(account: BrowsedAccount, folderIds: readonly string[]): Promise<FolderPlace[]>;
  /** One page of a folder's items with their sizes, none from the trash; up to a thousand. */
  abstract sizes(
    account: BrowsedAccount,
    folderId: string,
    pageToken: string | undefined,
    signal: AbortSignal,
  ): Promise<SizePage>;
  /** One item, also from the trash. */
  abstract entry(account: BrowsedAccount, id: string): Promise<DriveEntry>;
  /**
   * @param id one of `newId`: given again, it returns the folder that it made
   * @throws DriveError `destination_read_only` when nothing may be added there
   */
  abstract createFolder(account: BrowsedAccount, name: string, parentId: string, id?: string): Promise<DriveEntry>;
  /** An id that Google has generated for an item to come. */
  abstract newId(account: BrowsedAccount): Promise<string>;
}
