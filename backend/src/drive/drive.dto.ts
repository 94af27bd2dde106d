import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { MayBeLeftOut } from '../http/validation.js';
import type { ItemKind } from '../engine/ports/drive.js';
import { pageOf, type ShortListQueryDto } from '../http/page-query.dto.js';

/** Google's ids consist of letters, digits, `-` and `_`; the alias `root` matches too. */
export const DRIVE_ID = /^[\w-]{1,128}$/;
/** Up to 50 folders per request. */
const DRIVE_IDS = /^[\w-]{1,128}(,[\w-]{1,128}){0,49}$/;
const DRIVE_ID_MESSAGE = "must be a Drive id: letters, digits, '-' and '_', or 'root'";
const ORDER_BY = /^-?(name|modifiedTime|size)(,-?(name|modifiedTime|size)){0,2}$/;

/** The parameters of a listing. */
export class ListQueryDto {
  /**
   * Folder to list. Default: the root of the drive or, with `search`, the whole drive.
   * @example "root"
   */
  @IsOptional()
  @Matches(DRIVE_ID, { message: DRIVE_ID_MESSAGE })
  folder_id?: string;

  /**
   * Items per page, 1 to 1000. Google may return fewer: only `nextPageToken` shows whether there are more.
   * @example 100
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number, 1 to 1000' })
  @Min(1, { message: 'must be a whole number, 1 to 1000' })
  @Max(1000, { message: 'must be a whole number, 1 to 1000' })
  page_size: number = 100;

  /** `nextPageToken` of the previous page, with all other parameters unchanged. */
  @IsOptional()
  @IsString()
  @Length(1, 8192, { message: 'must be the nextPageToken of the previous page' })
  page_token?: string;

  /** A part of the name. */
  @IsOptional()
  @IsString()
  @Length(1, 256, { message: 'must have 1 to 256 characters' })
  search?: string;

  /**
   * Order within folders and within files: a comma list of `name`, `modifiedTime` and `size`, each with a `-` in front
   * for descending. Folders always come first.
   * @example "-modifiedTime,name"
   */
  @ApiPropertyOptional({ type: String, example: 'name', default: 'name' })
  @IsOptional()
  @Matches(ORDER_BY, {
    message: "must be a comma list of name, modifiedTime and size, each with or without '-' in front",
  })
  order_by: string = 'name';

  /** Shared drive to list instead of My Drive; `GET /api/drives` returns the ids. */
  @IsOptional()
  @Matches(DRIVE_ID, { message: DRIVE_ID_MESSAGE })
  drive_id?: string;

  /**
   * `shared_with_me`: items that others shared with the account. They have no common folder, so leave `folder_id` out.
   */
  @ApiPropertyOptional({ enum: ['all', 'shared_with_me'], default: 'all' })
  @IsOptional()
  @IsIn(['all', 'shared_with_me'], { message: "must be 'all' or 'shared_with_me'" })
  view: 'all' | 'shared_with_me' = 'all';
}

/** An owner of an item. */
export class OwnerDto {
  name!: string;
  email!: string;
}

/** An item in a Drive. */
export class FileDto {
  /** @example "1AbCdEfGhIjKlMnOpQrStUvWxYz012345" */
  id!: string;

  /** @example "Invoice 2026-11.pdf" */
  name!: string;

  /** @example "application/pdf" */
  mimeType!: string;

  /** `google`: a Docs editors file or another of Google's own types, which have no bytes. */
  @ApiProperty({ enum: ['folder', 'file', 'google', 'shortcut'], enumName: 'EntryKind', example: 'file' })
  kind!: ItemKind;

  /** Bytes; null if Google states none. */
  @ApiProperty({ type: Number, nullable: true, example: 52418 })
  size!: number | null;

  @ApiProperty({ type: String, nullable: true, example: '2026-11-02T08:30:00.000Z' })
  createdTime!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '2026-11-20T16:05:12.345Z' })
  modifiedTime!: string | null;

  ownedByMe!: boolean;

  /**
   * Folder that it is in; `GET /api/folders/paths` names it. Omitted if this account cannot see one, as with items
   * that others shared.
   */
  parentId?: string;

  owner?: OwnerDto;

  /** Whether this account may copy it within Google. */
  canCopy!: boolean;

  /** Whether this account may download it. */
  canDownload!: boolean;

  /** Whether this account may add items to it (folders). */
  canAddChildren!: boolean;

  starred!: boolean;

  /** Whether more accounts than its owner can see it. */
  shared!: boolean;

  /** True if it, or a folder that it is in, is in the trash; otherwise omitted. Lists have no such items. */
  trashed?: boolean;

  /** URL that opens it at Google. */
  webViewLink?: string;

  /** @example "9e107d9d372bb6826bd81d3542a419d6" */
  md5Checksum?: string;

  /**
   * Google provides one for most files.
   * @example "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
   */
  sha256Checksum?: string;

  /** Id of a shortcut's target. */
  shortcutTargetId?: string;

  shortcutTargetMimeType?: string;
}

/** One page of items. */
export class FilePageDto {
  files!: FileDto[];

  /** Present if there are more items; send it as `page_token`. */
  nextPageToken?: string;

  /** True if Google could not search every drive: narrow the search with `drive_id` or `folder_id`. */
  incompleteSearch!: boolean;
}

/** Storage of a Drive, in bytes. */
export class StorageDto {
  /** @example 4831838208 */
  used!: number;

  /** null: unlimited. */
  @ApiProperty({ type: Number, nullable: true, example: 16106127360 })
  limit!: number | null;

  /** @example 3221225472 */
  usedInDrive!: number;

  /** @example 1048576 */
  usedInTrash!: number;
}

/** The owner of a Drive. */
export class DriveInfoDto {
  /** @example "ana@example.com" */
  email!: string;

  /** @example "Ana Lima" */
  name!: string;

  /** URL of the account's picture. */
  photo?: string;

  storage!: StorageDto;

  /** True if only reading was allowed: such an account can be the source of copies, but not of moves. */
  readOnly!: boolean;
}

/** A folder or a shared drive by name. */
export class NamedPlaceDto {
  /** @example "1AbCdEfGhIjKlMnOpQrStUvWxYz012345" */
  id!: string;

  /** @example "Board decks" */
  name!: string;
}

export class SharedDrivesDto {
  drives!: NamedPlaceDto[];

  nextCursor?: string;

  static of(drives: readonly NamedPlaceDto[], query: ShortListQueryDto): SharedDrivesDto {
    const { page, next } = pageOf(drives, query);
    return { drives: page, ...next };
  }
}

export class FolderPathDto {
  /** The highest folder first, the folder itself last. */
  path!: NamedPlaceDto[];

  /** Where the path begins: My Drive, a shared drive, or the highest folder that was shared with the account. */
  @ApiProperty({ enum: ['my_drive', 'shared_drive', 'shared_with_me'], example: 'my_drive' })
  top!: 'my_drive' | 'shared_drive' | 'shared_with_me';

  /** Whether this account may add items to the folder. */
  canAddChildren!: boolean;

  /** The shared drive that the folder is in; missing for My Drive and items that others shared. */
  driveId?: string;
}

/** Folders whose paths are requested. */
export class FolderIdsDto {
  /**
   * Ids of folders, separated by commas: 1 to 50.
   * @example "1AbCdEfGhIjKlMnOpQrStUvWxYz012345"
   */
  @Matches(DRIVE_IDS, { message: 'must be 1 to 50 Drive ids, separated by commas' })
  ids!: string;
}

export class FolderPathsDto {
  /** In no particular order: the last ID of each path identifies its folder. */
  folders!: FolderPathDto[];
}

/** The contents of a folder at any depth. */
export class FolderSizeDto {
  /** Number of items in it, including subfolders. */
  items!: number;
  folders!: number;
  /** Bytes of its files; Google Docs and shortcuts have none. */
  bytes!: number;
  /** The count is complete. */
  done!: boolean;
  /** The count stopped at a limit: the folder contains more than this. */
  isMore!: boolean;
}

/** The id of an item in a path. */
export class DriveIdDto {
  /** @example "1AbCdEfGhIjKlMnOpQrStUvWxYz012345" */
  @Matches(DRIVE_ID, { message: DRIVE_ID_MESSAGE })
  id!: string;
}

/** A folder to create. */
export class FolderCreateDto {
  /**
   * Its name: any text. A Drive allows slashes and several items of the same name.
   * @example "From Ana"
   */
  @IsString()
  @MaxLength(1024, { message: 'must have 1 to 1024 characters' })
  @Matches(/\S/, { message: 'must have 1 to 1024 characters, not only spaces' })
  name!: string;

  /**
   * Folder to create it in.
   * @example "root"
   */
  @ApiPropertyOptional({ type: String, default: 'root', example: 'root' })
  @MayBeLeftOut()
  @Matches(DRIVE_ID, { message: DRIVE_ID_MESSAGE })
  parentId: string = 'root';
}

export type SortField = 'name' | 'modifiedTime' | 'size';

/** Converts `name`, `-size`, … to fields with a direction. */
export function orderOf(text: string): { field: SortField; descending: boolean }[] {
  return text.split(',').map((term) => ({
    field: term.replace('-', '') as SortField,
    descending: term.startsWith('-'),
  }));
}
