import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import type { ItemCode } from '../engine/errors.js';
import { REASON_CODES } from '../engine/model/reasons.js';

/** Items and bytes of one way of copying. */
export class PlannedShareDto {
  items!: number;
  bytes!: number;
}

/** Items and bytes by the way they will probably take; only the attempt decides. */
export class PlannedWaysDto {
  /** Copied inside Google. */
  serverCopy!: PlannedShareDto;
  /** Streamed from one account into the other. */
  relay!: PlannedShareDto;
  /** Converted, with loss. */
  export!: PlannedShareDto;
  /** Folders and shortcuts, re-created. */
  created!: PlannedShareDto;
  /** There is no way: see the problems. */
  none!: PlannedShareDto;
}

/** Items that can't be copied, or only with loss, for one reason. */
export class ForeseenProblemsDto {
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'source_permission_denied' })
  code!: ItemCode;
  /** @example The owner does not allow copying or downloading. */
  title!: string;
  /** What a person can do about it. */
  advice!: string;
  count!: number;
  /** True: they are copied, and lose something. False: they are not copied. */
  lossy!: boolean;
}

/** What the second listing of the source found different from the first; it is in the plan. */
export class ChangedMeanwhileDto {
  added!: number;
  removed!: number;
}

/** Names met in the target folder. */
export class ConflictsDto {
  /** Files that are left as they are there. */
  skipped!: number;
  /** Files whose copy takes the place of what is there. */
  replaced!: number;
  /** Folders that are there already. */
  merged!: number;
}

export class LargestFolderDto {
  path!: string;
  children!: number;
}

/** What the planning found out. */
export class PlanDto {
  ways!: PlannedWaysDto;
  problems!: ForeseenProblemsDto[];
  changedMeanwhile!: ChangedMeanwhileDto;
  /** Items that the filter left out. */
  filteredOut!: number;
  conflicts!: ConflictsDto;
  /** Levels of folders below the target. */
  depth!: number;
  @Type(() => LargestFolderDto)
  largestFolder!: LargestFolderDto | null;
  plannedAt!: string;
}

/** What the last run that brought the transfer up to date found in the source. */
export class DeltaDto {
  added!: number;
  changed!: number;
  renamed!: number;
  /** Moved or deleted in the source, or edited in the destination: the copies were left as they are. */
  left!: number;
  /** Copies whose originals have not changed. */
  unchanged!: number;
  /**
   * Present where Google’s change history had expired: every folder was listed again and compared with the plan,
   * which takes longer and finds the same.
   */
  listedAnew?: boolean;
  at!: string;
}
