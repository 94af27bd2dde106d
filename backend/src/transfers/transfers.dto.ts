import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { MayBeLeftOut } from '../http/validation.js';

/** Google's ids of files and folders, and the alias `root`. */
const DRIVE_ID = /^[\w-]{1,128}$/;

const STATES = [
  'planning',
  'running',
  'finishing',
  'canceling',
  'waiting_quota',
  'needs_reconnect',
  'completed',
  'completed_with_failures',
  'canceled',
  'failed',
] as const;
const ITEM_STATES = ['waiting', 'copying', 'checking', 'verified', 'unverified', 'skipped', 'failed'] as const;

export class TransferTargetDto {
  /**
   * Folder of the destination that receives the items; `root` is My Drive.
   * @example root
   */
  @MayBeLeftOut()
  @Matches(DRIVE_ID, { message: 'target.folderId must be the id of a folder in the destination, or root' })
  folderId: string = 'root';

  /**
   * Makes this folder in the target first and puts everything into it, so that nothing mixes with what is there.
   * @example From Ana
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  newFolderName?: string;
}

export class TransferCreateDto {
  /**
   * Ids of the chosen files and folders in the source; a folder brings all it holds.
   * @example ["1a2B3cD4eF5gH6iJ7kL8mN9oP0"]
   */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @Matches(DRIVE_ID, { each: true, message: 'each of items must be the id of a file or folder in the source' })
  items!: string[];

  /** Where the items go. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => TransferTargetDto)
  target: TransferTargetDto = new TransferTargetDto();

  /**
   * `move` puts each original into the source's trash once its copy is verified; it never deletes.
   * @example copy
   */
  @MayBeLeftOut()
  @IsIn(['copy', 'move'])
  mode: 'copy' | 'move' = 'copy';
}

export class TransferPartyDto {
  /** @example ana@example.com */
  email!: string;
  /** @example Ana Lima */
  name!: string;
}

export class TransferTargetResponseDto {
  /** @example root */
  folderId!: string;
  /**
   * Name of that folder, once it is known.
   * @example My Drive
   */
  folderName?: string;
  /** @example From Ana */
  newFolderName?: string;
  /** The folder that holds the copies: the new folder, or the target itself. Present once it is known. */
  resultFolderId?: string;
}

export class TransferSelectionDto {
  /** How many items were chosen. */
  count!: number;
  /** The names of the first five. */
  names!: string[];
}

/** Items by state. They always add up to `found`. */
export class TransferCountsDto {
  found!: number;
  verified!: number;
  /** Arrived, but nothing could prove it. */
  unverified!: number;
  failed!: number;
  skipped!: number;
  /** Copied, not yet verified. */
  checking!: number;
  copying!: number;
  waiting!: number;
}

export class TransferBytesDto {
  found!: number;
  verified!: number;
  /** Of the files under way. */
  copying!: number;
}

export class TransferOriginalsDto {
  trashed!: number;
  kept!: number;
}

export class TransferRateDto {
  /** Average of the last minute. */
  itemsPerSecond!: number;
  /** Average of the last minute. */
  bytesPerSecond!: number;
}

export class TransferWaysDto {
  /** Copied inside Google: no byte passed through CloudMover. */
  serverCopy!: number;
  /** Streamed from one account into the other. */
  relay!: number;
  /** Folders and shortcuts, made anew. */
  created!: number;
}

export class FailureGroupDto {
  /** @example source_permission_denied */
  code!: string;
  /** @example Copying and downloading are forbidden by the owner. */
  title!: string;
  /** What a person can do about it. */
  advice!: string;
  count!: number;
  retryable!: boolean;
}

export class TransferGrantsDto {
  /** Temporary shares on the source that are still there. */
  open!: number;
  withdrawn!: number;
}

export class TransferVerificationDto {
  /** Items whose checksum and size are those of the original. */
  checksum!: number;
  /** Items that have no bytes to compare: existence, type and place were checked. */
  presence!: number;
}

export class TransferParkedDto {
  @IsIn(['source', 'destination'])
  side!: 'source' | 'destination';
  /** @example ana@example.com */
  account!: string;
  since!: string;
}

export class TransferProblemDto {
  /** @example not_found */
  code!: string;
  title!: string;
  detail!: string;
}

export class TransferDto {
  /** @example q5Zt0c9hT2uKjH1xV3mW8w */
  id!: string;
  @IsIn(STATES)
  state!: (typeof STATES)[number];
  @IsIn(['copy', 'move'])
  mode!: 'copy' | 'move';
  createdAt!: string;
  startedAt?: string;
  finishedAt?: string;
  source!: TransferPartyDto;
  destination!: TransferPartyDto;
  target!: TransferTargetResponseDto;
  selection!: TransferSelectionDto;
  counts!: TransferCountsDto;
  bytes!: TransferBytesDto;
  /** Of a move: what became of the originals. */
  originals?: TransferOriginalsDto;
  rate!: TransferRateDto;
  /** Seconds left at the rate of the last minute; null while there is nothing to base it on. */
  @Type(() => Number)
  etaSeconds!: number | null;
  ways!: TransferWaysDto;
  failureGroups!: FailureGroupDto[];
  grants!: TransferGrantsDto;
  verification!: TransferVerificationDto;
  /** Set while the state is `needs_reconnect`. */
  parked?: TransferParkedDto;
  /** When a transfer in `waiting_quota` goes on by itself. */
  resumeAt?: string;
  /** Why the transfer as a whole failed. */
  problem?: TransferProblemDto;
  /** What a copy of a Drive item never brings along. */
  notCarried!: string[];
  @IsIn(['cancel', 'report', 'reconnect'], { each: true })
  allowedActions!: ('cancel' | 'report' | 'reconnect')[];
  /** Grows with each change; the id of an event. */
  revision!: number;
}

export class TransferListQueryDto {
  /** How many transfers to answer. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  /** `nextCursor` of the page before. */
  @IsOptional()
  @Matches(/^\d{1,16}$/, { message: 'cursor must be the nextCursor of the page before' })
  cursor?: string;
}

export class TransferListDto {
  /** Newest first. */
  transfers!: TransferDto[];
  nextCursor?: string;
}

export class ItemListQueryDto {
  /** Only items in this state. */
  @IsOptional()
  @IsIn(ITEM_STATES)
  state?: (typeof ITEM_STATES)[number];

  /** Only items with this reason code. */
  @IsOptional()
  @Matches(/^\w{1,64}$/)
  reason?: string;

  /** Only items whose path contains this, without regard to case. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;

  /** `nextCursor` of the page before. */
  @IsOptional()
  @Matches(/^\d{1,16}$/, { message: 'cursor must be the nextCursor of the page before' })
  cursor?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 200;
}

export class ItemChecksumDto {
  @IsIn(['md5', 'sha256'])
  kind!: 'md5' | 'sha256';
  source!: string;
  destination!: string;
}

export class ItemDto {
  ordinal!: number;
  /** Names from the chosen item down; a "/" inside a name reads "∕". */
  path!: string;
  name!: string;
  @IsIn(['folder', 'file', 'google', 'shortcut'])
  kind!: 'folder' | 'file' | 'google' | 'shortcut';
  mimeType!: string;
  /** Bytes; null where Google states none. */
  @Type(() => Number)
  size!: number | null;
  sourceId!: string;
  destinationId?: string;
  @IsIn(ITEM_STATES)
  state!: (typeof ITEM_STATES)[number];
  /** Of a move. */
  @IsIn(['trashed', 'kept'])
  @IsOptional()
  original?: 'trashed' | 'kept';
  @IsIn(['server_copy', 'relay', 'created'])
  @IsOptional()
  way?: 'server_copy' | 'relay' | 'created';
  /** Why it is skipped, failed or unverified, or why the original was kept. */
  code?: string;
  /** The same as a sentence. */
  reason?: string;
  checksum?: ItemChecksumDto;
  attempts!: number;
  /** Opens the copy at Google. */
  webViewLink?: string;
}

export class ItemListDto {
  items!: ItemDto[];
  nextCursor?: string;
}

export class ReportQueryDto {
  /** @example csv */
  @IsOptional()
  @IsIn(['json', 'csv'])
  format: 'json' | 'csv' = 'json';
}

/** The report as JSON. */
export class ReportDto {
  generatedAt!: string;
  transfer!: TransferDto;
  items!: ItemDto[];
}

const booleanOf = ({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value);

export class TransferFileQueryDto {
  /** Id of the file or folder in the source. */
  @Matches(DRIVE_ID, { message: 'file_id must be the id of a file or folder in the source' })
  file_id!: string;

  /** Folder of the destination that receives it; `root` is My Drive. */
  @IsOptional()
  @Matches(DRIVE_ID, { message: 'target_folder_id must be the id of a folder in the destination, or root' })
  target_folder_id: string = 'root';

  /** Puts the original into the source's trash once the copy is verified. */
  @IsOptional()
  @Transform(booleanOf)
  @IsBoolean({ message: 'delete_after_transfer must be true or false' })
  delete_after_transfer: boolean = false;

  /** Token of the source, unless a header brings it. */
  @IsOptional()
  @IsString()
  source_token?: string;

  /** Token of the destination, unless a header brings it. */
  @IsOptional()
  @IsString()
  dest_token?: string;
}

export class TransferredFileDto {
  id!: string;
  name!: string;
  mimeType!: string;
  @Type(() => Number)
  size!: number | null;
  md5Checksum?: string;
  webViewLink?: string;
}

export class TransferFileResponseDto {
  transferId!: string;
  @IsIn(STATES)
  state!: (typeof STATES)[number];
  /** The copy; missing while the transfer goes on (202). */
  file?: TransferredFileDto;
  originalTrashed!: boolean;
}
