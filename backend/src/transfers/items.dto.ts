import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { ItemCode } from '../engine/errors.js';
import type { CopyMethod, ItemState } from '../engine/model/items.js';
import { PageQueryDto } from '../http/page-query.dto.js';
import { FALLBACKS, LEFT_REASONS, type LeftReason, REASON_CODES } from '../engine/model/reasons.js';

/** `checking` is kept from earlier versions; no item has this state. */
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
  /** Bytes; null if Google states none. */
  @Type(() => Number)
  size!: number | null;
  /** Bytes relayed so far; omitted while Google copies the item. */
  passed?: number;
}

/** A page of items. The cursor is an ordinal. */
export class ItemPageQueryDto extends PageQueryDto {
  /** `nextCursor` of the previous page. */
  @IsOptional()
  @Matches(/^\d{1,16}$/, { message: 'cursor must be the nextCursor of the previous page' })
  cursor?: string;
}

export class ItemListQueryDto extends ItemPageQueryDto {
  /** Only items in this state. */
  @IsOptional()
  @IsIn(ITEM_STATES)
  state?: (typeof ITEM_STATES)[number];

  /** Only items with this reason code. */
  @IsOptional()
  @IsIn(REASON_CODES)
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode' })
  reason?: ItemCode;

  /**
   * Only items whose path contains this text, ignoring case. One response searches at most 20,000 items: it may contain
   * fewer than `limit` items, or none, and a `nextCursor` to continue.
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
  /** Names from the selected item down; a "/" inside a name is written as "∕". */
  path!: string;
  name!: string;
  @IsIn(['folder', 'file', 'google', 'shortcut'])
  kind!: 'folder' | 'file' | 'google' | 'shortcut';
  mimeType!: string;
  /** Bytes; null if Google states none. */
  @Type(() => Number)
  size!: number | null;
  sourceId!: string;
  destinationId?: string;
  @IsIn(ITEM_STATES)
  state!: (typeof ITEM_STATES)[number];
  /** Moves only: what happened to the original. */
  @IsIn(['trashed', 'kept'])
  original?: 'trashed' | 'kept';
  /**
   * Why the original was kept; `reason` is the sentence. Missing if Google refused to trash it; then `reason` is
   * Google's text.
   */
  @IsIn(Object.keys(LEFT_REASONS))
  originalCode?: LeftReason;
  /** `created`: re-created; `merged`: a folder that existed; `export`: converted, with loss. */
  @IsIn(WAYS)
  way?: (typeof WAYS)[number];
  /**
   * With `relay` and `export`: why Google could not copy it. Missing if that is not known.
   * @example copying_forbidden
   */
  @IsIn(FALLBACKS)
  fallback?: (typeof FALLBACKS)[number];
  /** The sentence for `fallback`. */
  fallbackReason?: string;
  /** Why it was skipped, failed or is unverified. */
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode' })
  code?: ItemCode;
  /** The sentence for `code`; for a verified item, why the original was kept. */
  reason?: string;
  checksum?: ItemChecksumDto;
  /** Permissions that the copy was to have directly; left out where none, or where sharing is not carried over. */
  accessWanted?: number;
  /** Those that were read back as wanted. */
  accessEqual?: number;
  /** Those that Google refused, or that are less than wanted. */
  accessRefused?: number;
  /** Restrictions that the copy was to have like its original; left out where none. */
  restrictions?: number;
  /** Those that Google refused, or that a folder which existed before does not have. */
  restrictionsRefused?: number;
  /** Links to something in Drive in the copy of a document; left out where links stay as they are, or are not known. */
  linksFound?: number;
  /** Those that lead to the copies. */
  linksRewritten?: number;
  /** Those that could not be rewritten. */
  linksFailed?: number;
  attempts!: number;
  /** When the last attempt began, to the second. */
  triedAt?: string;
  /** What the copy lacks, as text. */
  lossy?: string[];
  /** Id of the item in the destination that the copy replaces; it is moved to the trash. */
  replaces?: string;
  /** After an undo: what happened to the copy. */
  @IsIn(['trashed', 'left'])
  undone?: 'trashed' | 'left';
  /** Why the copy was left. Missing if Google refused to trash it. */
  @IsIn(Object.keys(LEFT_REASONS))
  undoneCode?: LeftReason;
  /** The sentence for `undoneCode`, or Google's text. */
  undoneReason?: string;
  /** Opens the copy at Google. */
  webViewLink?: string;
}

export class ItemListDto {
  items!: ItemDto[];
  nextCursor?: string;
}
