import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import type { ItemCode } from '../engine/errors.js';
import { REASON_CODES } from '../engine/model/reasons.js';

/** Items and bytes of one copy method. */
export class PlannedShareDto {
  items!: number;
  bytes!: number;
}

/** Items and bytes by their probable copy method; only the attempt shows it for certain. */
export class PlannedWaysDto {
  /** Copied inside Google. */
  serverCopy!: PlannedShareDto;
  /** Streamed from one account into the other. */
  relay!: PlannedShareDto;
  /** Converted, with loss. */
  export!: PlannedShareDto;
  /** Folders and shortcuts, re-created. */
  created!: PlannedShareDto;
  /** They can't be copied: see `problems`. */
  none!: PlannedShareDto;
}

/** Items that can't be copied, or only with loss, for the same reason. */
export class ForeseenProblemsDto {
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'source_permission_denied' })
  code!: ItemCode;
  /** @example The owner does not allow copying or downloading. */
  title!: string;
  /** What a person can do about it. */
  advice!: string;
  count!: number;
  /** True: they are copied with loss. False: they are not copied. */
  lossy!: boolean;
}

/** How the second listing of the source differed from the first; the plan includes it. */
export class ChangedMeanwhileDto {
  added!: number;
  removed!: number;
}

/** Items whose name exists in the target folder. */
export class ConflictsDto {
  /** Files that are skipped, so the existing ones stay. */
  skipped!: number;
  /** Files whose copy replaces an existing item. */
  replaced!: number;
  /** Folders that exist already. */
  merged!: number;
}

export class LargestFolderDto {
  path!: string;
  children!: number;
}

/** What planning found out. */
export class PlanDto {
  ways!: PlannedWaysDto;
  problems!: ForeseenProblemsDto[];
  changedMeanwhile!: ChangedMeanwhileDto;
  /** Items that the filter excluded. */
  filteredOut!: number;
  conflicts!: ConflictsDto;
  /** Levels of folders below the target. */
  depth!: number;
  @Type(() => LargestFolderDto)
  largestFolder!: LargestFolderDto | null;
  plannedAt!: string;
}

/** What the last delta run found in the source. */
export class DeltaDto {
  added!: number;
  changed!: number;
  renamed!: number;
  /** Moved or deleted in the source, or edited in the destination: their copies were left unchanged. */
  left!: number;
  /** Copies whose originals have not changed. */
  unchanged!: number;
  /**
   * Present if Google’s change history had expired: every folder was listed again and compared with the plan, which
   * takes longer and finds the same.
   */
  listedAnew?: boolean;
  at!: string;
}
