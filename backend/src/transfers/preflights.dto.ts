import { ApiProperty, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsOptional, Matches } from 'class-validator';
import type { ItemCode } from '../engine/errors.js';
import { REASON_CODES } from '../engine/model/reasons.js';
import {
  ChangedMeanwhileDto,
  ConflictsDto,
  ForeseenProblemsDto,
  LargestFolderDto,
  PlannedShareDto,
  PlannedWaysDto,
} from './plan.dto.js';
import { ItemPageQueryDto } from './items.dto.js';
import { AccessSummaryDto, SharingChoicesDto } from './sharing.dto.js';
import { ORDER_FIELDS, TransferDto } from './transfers.dto.js';

const STATES = ['counting', 'ready', 'failed', 'started'] as const;
export const CHECKS = [
  'target_writable',
  'space_fits',
  'daily_limit_fits',
  'depth_fits',
  'folder_size_fits',
  'target_size_fits',
  'shared_drive_size_fits',
  'redis_room',
  'owned_by_others',
] as const;

/** Levels of folders, and Google's limit. */
export class DepthDto {
  /** Below the target folder. */
  deepest!: number;
  /** Google's, counted from the root of the destination. */
  limit!: number;
}

/** The folder that holds the most items, and Google's limit. */
export class FolderSizeDto {
  @Type(() => LargestFolderDto)
  largest!: LargestFolderDto | null;
  limit!: number;
}

/** A count that may have been cut off. */
export class CountedDto {
  items!: number;
  /** There are more than these: not all were counted. */
  isMore!: boolean;
}

/** What the target holds already, as far as the destination account sees it. */
export class HoldsDto {
  /** Items in the target folder itself, without the trash; left out for My Drive, which has no limit. */
  folder?: CountedDto;
  /** Items in the shared drive that the target lies in, its trash included. */
  drive?: CountedDto;
  /** Google's, for each of the two. */
  limit!: number;
}

/** Storage of the destination. */
export class SpaceDto {
  /** Bytes; null where there is no limit. */
  @Type(() => Number)
  limit!: number | null;
  used!: number;
  /** Bytes; null where there is no limit. */
  @Type(() => Number)
  free!: number | null;
  /** Bytes of what will be copied, at most: what is skipped or replaced is not taken off. */
  needed!: number;
  fits!: boolean;
}

/** What Google lets an account take in within 24 hours, in bytes. */
export class DailyLimitDto {
  limit!: number;
  /** What CloudMover brought into the destination in the last 24 hours; other programs count too, and are not seen. */
  moved!: number;
  needed!: number;
}

/** How long it will take, and what that rests on. */
export class EstimateDto {
  seconds!: number;
  /** Days over which Google's limit of 750 GB a day spreads it; missing when one is enough. */
  days?: number;
  /** `measured`: the pace of the newest transfer into this account; `documented`: a pace that Drive sustains. */
  @IsIn(['measured', 'documented'])
  basis!: 'measured' | 'documented';
  itemsPerSecond!: number;
  /** Assumed for what is streamed through CloudMover. */
  bytesPerSecond!: number;
  /** How long it takes to set and read back permissions, after the copies; left out where none are carried over. */
  accessSeconds?: number;
}

/** One condition. */
export class CheckDto {
  @IsIn(CHECKS)
  code!: (typeof CHECKS)[number];
  ok!: boolean;
  /** When it is not ok: whether starting makes no sense. */
  blocking!: boolean;
  /** What was found, and what to do when it is not ok. */
  sentence!: string;
}

export class PreflightCountsDto {
  found!: number;
  bytes!: number;
  ways!: PlannedWaysDto;
  folders!: number;
  /** Items that belong to others than the source account: a move copies them and leaves the originals. */
  foreign!: number;
  /** Items whose originals a move would put into the trash, each once its copy is verified. */
  movable!: number;
  /** Docs, Sheets and the like that are carried only with loss: by `allowConversion`, or not at all. */
  convertible!: PlannedShareDto;
  /** Chosen items that are shared with the destination for a while, at most; withdrawn at the end. */
  shares!: number;
}

/** What a transfer would do. Its id is also that of the transfer, once it is started. */
export class PreflightDto extends PickType(TransferDto, ORDER_FIELDS) {
  @IsIn(STATES)
  state!: (typeof STATES)[number];
  /** When it was counted; missing while it counts. */
  countedAt?: string;
  /** When it is deleted, unless it is started or still counting. */
  expiresAt!: string;
  counts!: PreflightCountsDto;
  /** By reason; the items of each are at `…/problems?code=`. */
  problems!: ForeseenProblemsDto[];
  /**
   * Items outside the selection that shortcuts point at, and of which it was not asked whether the destination account
   * may see them: only the first 10,000 are checked. Left out when there are none.
   */
  targetsUnasked?: number;
  changedMeanwhile!: ChangedMeanwhileDto;
  /** Items that the filter left out. */
  filteredOut!: number;
  conflicts!: ConflictsDto;
  depth!: DepthDto;
  folderSize!: FolderSizeDto;
  /** What the target holds; missing while it counts, and where Google does not tell. */
  holds?: HoldsDto;
  /** Of the destination; null where Google states none, as for shared drives, or it was not asked for yet. */
  @Type(() => SpaceDto)
  space!: SpaceDto | null;
  /** Null while it counts. */
  @Type(() => DailyLimitDto)
  daily!: DailyLimitDto | null;
  /** Null while it counts. */
  @Type(() => EstimateDto)
  estimate!: EstimateDto | null;
  /** What is known so far; all of them once it is ready. */
  checks!: CheckDto[];
  /** Items that are copied, and lose something. */
  lossy!: number;
  /** Who may open the copies. */
  sharing!: SharingChoicesDto;
  /** Who can open the originals, and who could open the copies; once it is counted, and only where sharing is carried over. */
  access?: AccessSummaryDto;
  /** Counted more than 15 minutes ago: the source may have changed. It can still be started. */
  stale!: boolean;
}

export class ProblemListQueryDto extends ItemPageQueryDto {
  /** Only problems with this reason code. */
  @IsOptional()
  @Matches(/^\w{1,64}$/, { message: 'must be a code of the problems' })
  code?: string;
}

/** An item that can't be copied, or only with loss. */
export class ForeseenProblemDto {
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
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'conversion_needed' })
  code!: ItemCode;
  /** What the code means. */
  sentence!: string;
  /** What a person can do about it. */
  advice!: string;
  /** The way it will take. */
  @IsIn(['export', 'none'])
  way!: 'export' | 'none';
  /** What the copy will lack, in words. */
  lossy?: string[];
}

export class ForeseenProblemListDto {
  problems!: ForeseenProblemDto[];
  nextCursor?: string;
}
