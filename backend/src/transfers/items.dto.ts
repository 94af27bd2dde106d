import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { ItemCode } from '../engine/errors.js';
import type { CopyMethod, ItemState } from '../engine/model/items.js';
import { PageQueryDto } from '../http/page-query.dto.js';
import { FALLBACKS, LEFT_REASONS, type LeftReason, REASON_CODES } from '../engine/model/reasons.js';

/** `checking`: of earlier versions; no item is in it. */
const ITEM_STATES = [
  'waiting',
  'copying',
  'checking',
  'verified',
  'unverified',
  'skipped',
  'failed',
] as const satisfies readonly (ItemState | 'checking')[];

const WAYS = ['server_copy', 'relay', 'export', 'created', 'merged'] as const satisfies readonly CopyMethod[];

/** An item that is being copied now. */
export class ItemInFlightDto {
  ordinal!: number;
  path!: string;
  @IsIn(['folder', 'file', 'google', 'shortcut'])
  kind!: 'folder' | 'file' | 'google' | 'shortcut';
  mimeType!: string;
  /** Bytes; null where Google states none. */
  @Type(() => Number)
  size!: number | null;
  /** Bytes that have passed, of one that goes through CloudMover; left out while Google copies it. */
  passed?: number;
}

/** A page of items; their ordinals are the cursor. */
export class ItemPageQueryDto extends PageQueryDto {
  /** `nextCursor` of the page before. */
  @IsOptional()
  @Matches(/^\d{1,16}$/, { message: 'cursor must be the nextCursor of the page before' })
  cursor?: string;
}

export class ItemListQueryDto extends ItemPageQueryDto {
  /** Only items in this state. */
  @IsOptional()
  @IsIn(ITEM_STATES)
  state?: (typeof ITEM_STATES)[number];

  /** Only items with this reason code. */
  @IsOptional()
  @Matches(/^\w{1,64}$/)
  reason?: string;

  /**
   * Only items whose path contains this, without regard to case. One response covers 20,000 items at most: it may hold
   * fewer than `limit` items, or none, and a `nextCursor` that leads on.
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;
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
  original?: 'trashed' | 'kept';
  /** Why it was kept; `reason` says it as a sentence. Missing where Google refused to trash it: then `reason` is what it said. */
  @IsIn(Object.keys(LEFT_REASONS))
  originalCode?: LeftReason;
  /** `created`: re-created; `merged`: a folder that existed; `export`: converted, with loss. */
  @IsIn(WAYS)
  way?: (typeof WAYS)[number];
  /**
   * Of the ways `relay` and `export`: why it was not copied inside Google. Missing where that is not known.
   * @example copying_forbidden
   */
  @IsIn(FALLBACKS)
  fallback?: (typeof FALLBACKS)[number];
  /** The same as a sentence. */
  fallbackReason?: string;
  /** Why it is skipped, failed or unverified. */
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode' })
  code?: ItemCode;
  /** The same as a sentence; of a verified one, why the original was kept. */
  reason?: string;
  checksum?: ItemChecksumDto;
  /** Permissions that the copy was to have directly; left out where none, or where sharing is not carried over. */
  accessWanted?: number;
  /** Those that were read back as wanted. */
  accessEqual?: number;
  /** Those that Google refused, or that are less than wanted. */
  accessRefused?: number;
  attempts!: number;
  /** When the last of them began, to the second. */
  triedAt?: string;
  /** What the copy lacks, in words. */
  lossy?: string[];
  /** Id of the item in the destination that went, or goes, into the trash in favour of the copy. */
  replaces?: string;
  /** Of an undone transfer: what became of the copy. */
  @IsIn(['trashed', 'left'])
  undone?: 'trashed' | 'left';
  /** Why the copy stayed. Missing where Google refused to trash it. */
  @IsIn(Object.keys(LEFT_REASONS))
  undoneCode?: LeftReason;
  /** The same as a sentence, or what Google said. */
  undoneReason?: string;
  /** Opens the copy at Google. */
  webViewLink?: string;
}

export class ItemListDto {
  items!: ItemDto[];
  nextCursor?: string;
}
