import type { Side } from '../engine/errors.js';
import type { ItemKind } from '../engine/ports/drive.js';
import type { DriveInfoDto, FileDto, FilePageDto, FolderPathDto, NamedPlaceDto, SortField } from './drive.dto.js';

export type { FolderPathDto, NamedPlaceDto, SortField };

/** Whose Drive is browsed; the side, where it is known, goes into errors. */
export interface BrowsedAccount {
  readonly credentialId: string;
  readonly side?: Side;
}

/** An item as a person browses it. */
export type DriveEntry = Readonly<FileDto>;

export type EntryPage = Readonly<FilePageDto>;

/** A page of a folder's items, as far as their size matters. */
export interface SizePage {
  readonly items: readonly { readonly id: string; readonly kind: ItemKind; readonly size: number | null }[];
  readonly nextPageToken?: string;
}

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

/** Whose Drive it is and how full it is. */
export type DriveAbout = Readonly<Omit<DriveInfoDto, 'readOnly'>>;

/** Browsing a Drive. Every method throws DriveError or ReconnectNeededError, with the account's side. */
export abstract class DriveBrowser {
  /** One page of items, never any from the trash. @throws ParameterRefusedError for a page token Google does not know */
  abstract list(account: BrowsedAccount, query: EntryQuery): Promise<EntryPage>;
  abstract about(account: BrowsedAccount): Promise<DriveAbout>;
  /** All shared drives the account is a member of, by name. */
  abstract sharedDrives(account: BrowsedAccount): Promise<NamedPlaceDto[]>;
  abstract placeOf(account: BrowsedAccount, folderId: string): Promise<FolderPathDto>;
  /** The same for several folders at once; what this account cannot see is left out. */
  abstract placesOf(account: BrowsedAccount, folderIds: readonly string[]): Promise<FolderPathDto[]>;
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
