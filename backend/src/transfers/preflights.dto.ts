import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsOptional } from 'class-validator';
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
import { PreflightLinksDto } from './links.dto.js';
import { AccessSummaryDto, SharingChoicesDto } from './sharing.dto.js';
import { ORDER_FIELDS, TransferDto } from './transfers.dto.js';

const STATES = ['counting', 'ready', 'failed', 'started'] as const;
export const CHECKS = [
  'target_writable',
  'space_fits',
  'daily_limit_fits',
  'daily_units_fit',
  'depth_fits',
  'folder_size_fits',
  'target_size_fits',
  'shared_drive_size_fits',
  'redis_room',
  'owned_by_others',
] as const;

/** Levels of folders below the target, and Google's limit. */
export class DepthDto {
  /** Levels below the target folder. */
  deepest!: number;
  /** Google's limit, counted from the root of the destination. */
  limit!: number;
}

/** The folder with the most items, and Google's limit. */
export class FolderLimitDto {
  @Type(() => LargestFolderDto)
  largest!: LargestFolderDto | null;
  limit!: number;
}

/** A count that may have stopped early. */
export class CountedDto {
  items!: number;
  /** There are more than `items`; not all were counted. */
  isMore!: boolean;
}

/** Items in the target, as far as the destination account can see them. */
export class HoldsDto {
  /** Items directly in the target folder, without the trash; omitted for My Drive, which has no limit. */
  folder?: CountedDto;
  /** Items in the target's shared drive, including its trash. */
  drive?: CountedDto;
  /** Google's limit for each of the two. */
  limit!: number;
}

/** Storage of the destination. */
export class SpaceDto {
  /** Bytes; null if there is no limit. */
  @Type(() => Number)
  limit!: number | null;
  used!: number;
  /** Bytes; null if there is no limit. */
  @Type(() => Number)
  free!: number | null;
  /** Maximum number of bytes that will be copied: skipped and replaced items are not subtracted. */
  needed!: number;
  fits!: boolean;
}

/** Bytes that Google lets an account receive in 24 hours. */
export class DailyLimitDto {
  limit!: number;
  /**
   * Bytes that CloudMover copied to the destination in the last 24 hours. Other programs count too, but CloudMover
   * can't see them.
   */
  moved!: number;
  needed!: number;
}

/** Google's quota units that the installation allows all transfers together in a day of Google's. */
export class DailyUnitsDto {
  /** @example 1000000 */
  limit!: number;
  /** Units of today that are used. */
  used!: number;
  /** Units that the transfer will use, as in `estimate`. */
  needed!: number;
  /** Days whose units it needs, today included, if nothing else uses any. */
  days!: number;
  /** When today ends: at midnight Pacific time. */
  @ApiProperty({ format: 'date-time' })
  endsAt!: string;
}

/** How long it will take, and the basis of this estimate. */
export class EstimateDto {
  seconds!: number;
  /** Days that it needs because of Google's limit of 750 GB a day; missing if one is enough. */
  days?: number;
  /** `measured`: the rate of the newest transfer to this account; `documented`: a rate that Drive sustains. */
  @IsIn(['measured', 'documented'])
  basis!: 'measured' | 'documented';
  itemsPerSecond!: number;
  /** Assumed for files that are streamed through CloudMover. */
  bytesPerSecond!: number;
  /** Google's quota units that it will use, without those of the count; missing in counts of earlier versions. */
  units?: number;
  /** How long it takes to set and read back permissions, after the copies; left out where none are carried over. */
  accessSeconds?: number;
  /** How long it takes to read and rewrite links, after the copies; left out where they stay as they are. */
  linksSeconds?: number;
}

/** A check of the preflight. */
export class CheckDto {
  @IsIn(CHECKS)
  code!: (typeof CHECKS)[number];
  ok!: boolean;
  /** If it is not ok: whether it prevents the start. */
  blocking!: boolean;
  /** What was found, and what to do if it is not ok. */
  sentence!: string;
}

export class PreflightCountsDto {
  found!: number;
  bytes!: number;
  ways!: PlannedWaysDto;
  folders!: number;
  /** Items that the source account does not own: a move copies them and keeps the originals. */
  foreign!: number;
  /** Items whose originals a move would trash, each after its copy is verified. */
  movable!: number;
  /** Docs, Sheets and similar items that can be copied only with loss, and only with `allowConversion`. */
  convertible!: PlannedShareDto;
  /** Maximum number of selected items that will be shared temporarily with the destination. */
  shares!: number;
}

/** What a transfer would do. Once it is started, the transfer has the same id. */
export class PreflightDto extends PickType(TransferDto, ORDER_FIELDS) {
  @IsIn(STATES)
  state!: (typeof STATES)[number];
  /** When counting ended; missing while it counts. */
  countedAt?: string;
  /** When it is deleted, unless it is started or still counting. */
  expiresAt!: string;
  counts!: PreflightCountsDto;
  /** By reason; `…/problems?code=` lists the items of each. */
  problems!: ForeseenProblemsDto[];
  /**
   * Number of shortcut targets outside the selection for which CloudMover did not check whether the destination account
   * can see them: it checks only the first 10,000. Omitted if all were checked.
   */
  targetsUnasked?: number;
  /**
   * Number of items for which CloudMover did not check whether the destination account has access of its own: it checks
   * only the first 10,000 that the temporary share does not let it copy. Their predictions are based on what the source's
   * listing shows, so more of them may be copied. Omitted if all were checked.
   */
  rightsUnasked?: number;
  changedMeanwhile!: ChangedMeanwhileDto;
  /** Items that the filter excluded. */
  filteredOut!: number;
  conflicts!: ConflictsDto;
  depth!: DepthDto;
  folderSize!: FolderLimitDto;
  /** Items in the target; missing while it counts, and if Google does not state them. */
  holds?: HoldsDto;
  /** Storage of the destination; null if Google states none, as for shared drives, or while it is not known yet. */
  @Type(() => SpaceDto)
  space!: SpaceDto | null;
  /** Null while it counts. */
  @Type(() => DailyLimitDto)
  daily!: DailyLimitDto | null;
  /** Omitted while it counts, and if the installation has no `GOOGLE_UNITS_PER_DAY`. */
  dailyUnits?: DailyUnitsDto;
  /** Null while it counts. */
  @Type(() => EstimateDto)
  estimate!: EstimateDto | null;
  /** The checks decided so far; all of them once it is ready. */
  checks!: CheckDto[];
  /** Items that are copied with loss. */
  lossy!: number;
  /** Who may open the copies. */
  sharing!: SharingChoicesDto;
  /** Who can open the originals, and who could open the copies; once it is counted, and only where sharing is carried over. */
  access?: AccessSummaryDto;
  /** What happens to links in the copied documents. */
  links!: PreflightLinksDto;
  /** Counted more than 15 minutes ago: the source may have changed. It can still be started. */
  stale!: boolean;
}

export class ProblemListQueryDto extends ItemPageQueryDto {
  /** Only problems with this reason code. */
  @IsOptional()
  @IsIn(REASON_CODES, { message: 'must be a code of the problems' })
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode' })
  code?: ItemCode;
}

/** An item that can't be copied, or only with loss. */
export class ForeseenProblemDto {
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
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'conversion_needed' })
  code!: ItemCode;
  /** The sentence for the code. */
  sentence!: string;
  /** What a person can do about it. */
  advice!: string;
  /** Its probable copy method. */
  @IsIn(['export', 'none'])
  way!: 'export' | 'none';
  /** What the copy will lack, as text. */
  lossy?: string[];
}

export class ForeseenProblemListDto {
  problems!: ForeseenProblemDto[];
  nextCursor?: string;
}
