import type { Side } from '../engine/errors.js';
import type { ItemKind } from '../engine/ports/drive.js';
import type { DriveInfoDto, FileDto, FilePageDto, FolderPathDto, NamedPlaceDto, SortField } from './drive.dto.js';

export type { FolderPathDto, NamedPlaceDto, SortField };

/** The account whose Drive is browsed; the side, if known, is stated in errors. */
export interface BrowsedAccount {
  readonly credentialId: string;
  readonly side?: Side;
}

/** An item for browsing. */
export type DriveEntry = Readonly<FileDto>;

export type EntryPage = Readonly<FilePageDto>;

/** A page of a folder's items, for counting its size. */
export interface SizePage {
  readonly items: readonly { readonly id: string; readonly kind: ItemKind; readonly size: number | null }[];
  readonly nextPageToken?: string;
}

export interface EntryQuery {
  /** Folder to list; default: the whole drive, or items shared with the account. */
  readonly folderId?: string;
  /** A part of the name. */
  readonly search?: string;
  /** A shared drive, instead of My Drive. */
  readonly driveId?: string;
  readonly foldersOnly: boolean;
  /** Items others shared with the account, instead of its own tree. */
  readonly sharedWithMe: boolean;
  /** Folders always come first. */
  readonly orderBy: readonly { readonly field: SortField; readonly descending: boolean }[];
  /** 1 to 1000; Google may return fewer. */
  readonly pageSize: number;
  readonly pageToken?: string;
}

/** The owner and storage of a Drive. */
export type DriveAbout = Readonly<Omit<DriveInfoDto, 'readOnly'>>;

/** Browsing a Drive. Every method throws DriveError or ReconnectNeededError, with the account's side. */
export abstract class DriveBrowser {
  /** One page of items, without the trash. @throws ParameterRefusedError for a page token that Google does not know */
  abstract list(account: BrowsedAccount, query: EntryQuery): Promise<EntryPage>;
  abstract about(account: BrowsedAccount): Promise<DriveAbout>;
  /** All shared drives that the account is a member of, by name. */
  abstract sharedDrives(account: BrowsedAccount): Promise<NamedPlaceDto[]>;
  abstract placeOf(account: BrowsedAccount, folderId: string): Promise<FolderPathDto>;
  /** The same for several folders; leaves out those that this account can't see. */
  abstract placesOf(account: BrowsedAccount, folderIds: readonly string[]): Promise<FolderPathDto[]>;
  /** One page of a folder's items with their sizes, without the trash; up to 1,000. */
  abstract sizes(
    account: BrowsedAccount,
    folderId: string,
    pageToken: string | undefined,
    signal: AbortSignal,
  ): Promise<SizePage>;
  /** One item, which may be in the trash. */
  abstract entry(account: BrowsedAccount, id: string): Promise<DriveEntry>;
  /**
   * @param id from `newId`; repeating it returns the existing folder
   * @throws DriveError `destination_read_only` if the account may not add items there
   */
  abstract createFolder(account: BrowsedAccount, name: string, parentId: string, id?: string): Promise<DriveEntry>;
  /** A pre-generated id for a new item. */
  abstract newId(account: BrowsedAccount): Promise<string>;
}
