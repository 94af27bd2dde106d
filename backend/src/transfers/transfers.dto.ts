import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { type ItemCode, type Side, SIDES } from '../engine/errors.js';
import { TIMELINE_STEPS, type TimelineStep } from '../engine/model/conclusion.js';
import { COMMANDS, TRANSFER_STATES, type TransferState } from '../engine/model/states.js';
import { REASON_CODES } from '../engine/model/reasons.js';
import { UsageDto } from '../insight/usage.dto.js';
import { ACTIONS } from './transfer-actions.js';
import { CONFLICT_POLICIES, ItemFilterDto, MODES, NotifyDto, SHORTCUT_POLICIES } from './transfer-request.dto.js';
import { PlanDto, DeltaDto } from './plan.dto.js';
import { ArrivedDto, TimelineSpanDto } from './conclusion.dto.js';
import { ScheduleDto } from './schedule.dto.js';
import { TransferSharingDto } from './sharing.dto.js';
import { TransferLinksDto } from './links.dto.js';
import { ItemInFlightDto } from './items.dto.js';
import { TRANSFER_CURSOR, TRANSFER_CURSOR_MESSAGE } from './transfer-cursor.js';

/** Commands in the log, including the creation of the transfer. */
const LOGGED_COMMANDS = ['create', ...COMMANDS, 'schedule', 'pause_schedule', 'remove_schedule'] as const;

const LIMITS = ['sharing', 'units', 'hours'] as const;

export class TransferPartyDto {
  /** @example ana@example.com */
  email!: string;
  /** @example "Ana Lima" */
  name!: string;
}

export class TransferTargetResponseDto {
  /** @example root */
  folderId!: string;
  /**
   * Name of that folder, once known.
   * @example My Drive
   */
  folderName?: string;
  /** @example From Ana */
  newFolderName?: string;
  /** The folder that the copies go to: the new folder, or the target itself. Present once known. */
  resultFolderId?: string;
}

export class TransferSelectionDto {
  /** Number of selected items. */
  count!: number;
  /** Names of the first five. */
  names!: string[];
}

/** Items by state. They always add up to `found`. */
export class TransferCountsDto {
  found!: number;
  verified!: number;
  /** Arrived, but could not be verified. */
  unverified!: number;
  failed!: number;
  skipped!: number;
  /** Copied, but not verified yet. */
  checking!: number;
  copying!: number;
  waiting!: number;
}

export class TransferBytesDto {
  found!: number;
  verified!: number;
  /** Bytes of the files in progress. */
  copying!: number;
}

export class TransferOriginalsDto {
  trashed!: number;
  kept!: number;
}

export class TransferRateDto {
  /** Average over the last minute. */
  itemsPerSecond!: number;
  /** Average over the last minute. */
  bytesPerSecond!: number;
}

/** Progress in the last quarter of an hour. */
export class TransferPaceDto {
  /** Start of the first period. */
  @ApiProperty({ format: 'date-time' })
  from!: string;
  /** Length of each period. */
  everySeconds!: number;
  /** Items copied in each period; the last period is not over. */
  items!: number[];
}

/** A time in which Google refused an account's requests because they were too frequent. */
export class TransferSlowDownDto {
  /** When it began. */
  at!: string;
  /** How long until Google accepted requests again; grows while it lasts. */
  seconds!: number;
}

/** How fast Google lets the transfer's accounts work, as far as known. */
export class TransferPacingDto {
  /**
   * About how many new items per second Google now accepts in the destination's account, from all its transfers here;
   * omitted until a limit is reached.
   * @example 2.2
   */
  @ApiPropertyOptional({ format: 'double' })
  accepted?: number;
  /** The last time since the transfer started that Google slowed down one of its accounts. */
  slowed?: TransferSlowDownDto;
}

export class TransferWaysDto {
  /** Copied inside Google; no bytes passed through CloudMover. */
  serverCopy!: number;
  /** Streamed from one account to the other. */
  relay!: number;
  /** Converted, with loss. */
  export!: number;
  /** Folders and shortcuts, re-created. */
  created!: number;
  /** Folders that existed already. */
  merged!: number;
}

/** The options of the transfer. */
export class TransferChoicesDto {
  @IsIn(CONFLICT_POLICIES)
  conflict!: (typeof CONFLICT_POLICIES)[number];
  @IsIn(SHORTCUT_POLICIES)
  shortcuts!: (typeof SHORTCUT_POLICIES)[number];
  allowConversion!: boolean;
  filter?: ItemFilterDto;
}

/** What an undo has done so far. */
export class UndoDto {
  /** Copies that were moved to the destination's trash. */
  trashed!: number;
  /** Copies that were left; each item states why. */
  left!: number;
  /** Originals and replaced items that were restored from the trash. */
  restored!: number;
}

export class FailureGroupDto {
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'source_permission_denied' })
  code!: ItemCode;
  /**
   * State of these items: `failed`: not copied; `unverified`: arrived, but could not be verified; `skipped`: left out.
   * @example failed
   */
  @IsIn(['failed', 'unverified', 'skipped'])
  state!: 'failed' | 'unverified' | 'skipped';
  /** @example The owner does not allow copying or downloading. */
  title!: string;
  /** What a person can do about it. */
  advice!: string;
  count!: number;
  /**
   * Whether a plain retry includes them and can fix them. It never includes items that arrived, such as `unverified`
   * ones, nor skipped ones whose cause has not changed.
   */
  retryable!: boolean;
  /**
   * The option that a retry needs to fix them: `allowConversion`, which exports and imports them again, with loss.
   * Omitted if there is none.
   */
  @IsIn(['allowConversion'])
  retryWith?: 'allowConversion';
}

export class TransferGrantsDto {
  /** Temporary shares in the source that still exist. */
  open!: number;
  withdrawn!: number;
  /** When the last open share expires; omitted if Google does not let all of them expire. */
  expiresAt?: string;
}

export class TransferVerificationDto {
  /**
   * Whether the whole destination was listed again after the last copy and compared with the plan. False until the
   * transfer ends, and if it was canceled, failed or was undone.
   */
  closingCheck!: boolean;
  /** Items whose checksum and size match those of the original. */
  checksum!: number;
  /** Items without bytes, of which existence, type and place were checked. */
  presence!: number;
}

export class TransferParkedDto {
  @IsIn(['source', 'destination'])
  side!: 'source' | 'destination';
  /** @example ana@example.com */
  account!: string;
  since!: string;
}

/** By action, the sides whose accounts must consent. An action that is not possible now is missing. */
export class TransferConsentsDto {
  @IsIn(SIDES, { each: true })
  start?: Side[];
  /**
   * Missing: either account. If there are several, each can resume separately; the transfer then waits for the next
   * one.
   */
  @IsIn(SIDES, { each: true })
  resume?: Side[];
  @IsIn(SIDES, { each: true })
  retry?: Side[];
  @IsIn(SIDES, { each: true })
  rerun?: Side[];
  @IsIn(SIDES, { each: true })
  carry_access?: Side[];
  @IsIn(SIDES, { each: true })
  links?: Side[];
  @IsIn(SIDES, { each: true })
  undo?: Side[];
}

export class TransferProblemDto {
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'not_found' })
  code!: ItemCode;
  title!: string;
  detail!: string;
}

/**
 * What the transfer has used at Google, in its count and all its runs. A worker that is killed loses what it counted in
 * its last second.
 */
export class TransferUsageDto extends UsageDto {
  /**
   * Units that its count and its first run were expected to use together; missing until it is counted, and from a rerun
   * or an undo on.
   */
  forecast?: number;
}

export class TransferDto {
  /** @example q5Zt0c9hT2uKjH1xV3mW8w */
  id!: string;
  /**
   * The name that a user gave it; omitted if there is none (use the selection as its name then).
   * @example Board decks for the archive
   */
  name?: string;
  @IsIn(TRANSFER_STATES)
  state!: TransferState;
  @IsIn(MODES)
  mode!: (typeof MODES)[number];
  options!: TransferChoicesDto;
  createdAt!: string;
  /** When it entered this state. */
  since?: string;
  /**
   * While the state is `finishing`: what it does. `check`: the final check of the destination; `links`; `access`;
   * `finish`: dates, originals and temporary shares.
   */
  @IsIn(TIMELINE_STEPS)
  step?: TimelineStep;
  startedAt?: string;
  finishedAt?: string;
  source!: TransferPartyDto;
  destination!: TransferPartyDto;
  target!: TransferTargetResponseDto;
  selection!: TransferSelectionDto;
  counts!: TransferCountsDto;
  bytes!: TransferBytesDto;
  /** Moves only: what happened to the originals. */
  originals?: TransferOriginalsDto;
  /**
   * Seconds of work since it started, up to now or its end: the time in which it was running, finishing, being updated,
   * pausing or canceling. Not counted: the time in which it was paused, waited for Google or for a sign-in, had ended,
   * or was being undone.
   * @example 49
   */
  activeSeconds!: number;
  /** Averages over the last minute; 0 while the transfer does not work, or nothing arrives. */
  rate!: TransferRateDto;
  /** Seconds left at the rate of the last minute; null if it can't be estimated. */
  @Type(() => Number)
  etaSeconds!: number | null;
  /** While it runs; only in the response for one transfer, and in its events. */
  pace?: TransferPaceDto;
  /** While it runs, after Google set a limit; only in the response for one transfer, and in its events. */
  pacing?: TransferPacingDto;
  /**
   * How often Google slowed down requests of this transfer, in its count and all its runs. Simultaneous refusals count
   * as one. After a crash of CloudMover one may be missing.
   */
  slowDowns!: number;
  usage!: TransferUsageDto;
  /** The largest items in progress, at most five; only in the response for one transfer, and in its events. */
  inFlight?: ItemInFlightDto[];
  ways!: TransferWaysDto;
  /** Failed items by reason, the most frequent first; then those that could not be verified. */
  failureGroups!: FailureGroupDto[];
  /** Skipped items by reason. */
  skipGroups!: FailureGroupDto[];
  /** What planning found out; grows while it counts. */
  plan?: PlanDto;
  /** Present after a delta run. */
  delta?: DeltaDto;
  /** Present during and after an undo. */
  undo?: UndoDto;
  grants!: TransferGrantsDto;
  verification!: TransferVerificationDto;
  /** Who may open the copies, and what came of it. */
  sharing!: TransferSharingDto;
  /** Links in the copied documents, and what became of them. */
  links!: TransferLinksDto;
  /** After its end; only in the response for one transfer, and in its events. */
  arrived?: ArrivedDto;
  /**
   * From its creation to its end, oldest first, at most the 60 longest periods, without the time in which it waited to
   * be started and the time between two runs. After its end; only in the response for one transfer, and in its events.
   */
  timeline?: TimelineSpanDto[];
  /**
   * When Google slowed down one of the two accounts, to the second, at most the last 100 times; `slowDowns` counts all.
   * After its end; only in the response for one transfer, and in its events.
   */
  @ApiPropertyOptional({ format: 'date-time' })
  slowdowns?: string[];
  /**
   * Fingerprint of the JSON report, once the transfer has ended: the SHA-256 of the file from its second line on, in
   * hexadecimal (`tail -n +2 FILE | sha256sum`). Changes with a retry, a rerun and an undo. Only in the response
   * for one transfer, and in its events.
   * @example 7c1e40b29f6d11a8c3350f7e2b94d6018a7cce1155f093ab620d4471e83b9f42
   */
  reportSha256?: string;
  /** The account that must be connected again, while the state is `needs_reconnect`. */
  parked?: TransferParkedDto;
  /** When it resumes automatically: when Google accepts requests again, the units of the day are renewed, or its hours open. */
  resumeAt?: string;
  /**
   * Why it waits, if not for another limit of Google's: `sharing`: the account has shared too much lately; `units`: the
   * quota units that this installation allows for Google's day (`GOOGLE_UNITS_PER_DAY`) are used up; `hours`: the
   * allowed hours of its schedule are over.
   */
  @IsIn(LIMITS)
  limitReached?: (typeof LIMITS)[number];
  /** When it runs; omitted if it has no schedule. */
  schedule?: ScheduleDto;
  /** Why the transfer failed or was paused; resume it after fixing the problem. */
  problem?: TransferProblemDto;
  /** What copies of Drive items never keep. */
  notCarried!: string[];
  /** The actions that are possible now; each, except `reconnect`, is an endpoint of this transfer. */
  @IsIn(ACTIONS, { each: true })
  allowedActions!: (typeof ACTIONS)[number][];
  /** The accounts whose tokens each of these actions needs; any other action accepts a token of either account. */
  consents!: TransferConsentsDto;
  /**
   * Accounts that withdrew their access, or ended their last session after the transfer's end, so that it can no longer
   * be rerun.
   */
  @IsIn(SIDES, { each: true })
  withdrawn!: Side[];
  /** Who gets an e-mail; omitted if nobody does. */
  notify?: NotifyDto;
  /** Increases with each change; the id of an event. */
  revision!: number;
}

/** The fields that a preflight has too: the request, and why it waits. */
export const ORDER_FIELDS = [
  ...(['id', 'createdAt', 'source', 'destination', 'target', 'selection', 'mode', 'options', 'notCarried'] as const),
  ...(['parked', 'resumeAt', 'limitReached', 'schedule', 'problem', 'revision'] as const),
] as const;

export class TransferListQueryDto {
  /** How many transfers to return. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  /** `nextCursor` of the previous page. */
  @IsOptional()
  @Matches(TRANSFER_CURSOR, { message: TRANSFER_CURSOR_MESSAGE })
  cursor?: string;
}

export class TransferListDto {
  /** Newest first. */
  transfers!: TransferDto[];
  nextCursor?: string;
}

/** A transfer with a schedule, for the operator: no names of items. */
export class ScheduledTransferDto extends PickType(TransferDto, [
  'id',
  'createdAt',
  'source',
  'destination',
  'state',
  'limitReached',
] as const) {
  schedule!: ScheduleDto;
}

export class ScheduleListDto {
  /** The newest transfer first. */
  schedules!: ScheduledTransferDto[];
  nextCursor?: string;
}

/** An event of a transfer. */
export class TransferEventDto {
  at!: string;
  /**
   * `state`: the transfer entered a state; `reason`: the first item failed, or could not be verified, for this reason;
   * `withdrawn`: the account of `side` withdrew its access, or ended its last session after the transfer’s end;
   * `schedule`: an account set, paused or removed the schedule.
   */
  @IsIn(['state', 'reason', 'withdrawn', 'schedule'])
  kind!: 'state' | 'reason' | 'withdrawn' | 'schedule';
  @IsIn(TRANSFER_STATES)
  state?: TransferState;
  /** The command that caused it. */
  @IsIn(LOGGED_COMMANDS)
  command?: (typeof LOGGED_COMMANDS)[number];
  /** The accounts that gave the command, whose tokens were sent with it. */
  @IsIn(SIDES, { each: true })
  by?: Side[];
  /** The reason, or the problem that led to the state. */
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode' })
  code?: ItemCode;
  /** The sentence for the code. */
  title?: string;
  detail?: string;
  /**
   * With `needs_reconnect`: the account that must connect again and confirm. With `withdrawn`: the account that left.
   */
  @IsIn(['source', 'destination'])
  side?: 'source' | 'destination';
  /** With `waiting_quota`: when it resumes automatically. */
  resumeAt?: string;
  /** With `waiting_quota`: the limit that it waits for, if it is one of these. */
  @IsIn(LIMITS)
  limitReached?: (typeof LIMITS)[number];
}

export class TransferLogDto {
  /** Oldest first; at most the last 500. */
  events!: TransferEventDto[];
  nextCursor?: string;
}

export class TransferEventsQueryDto {
  /** Id of the transfer to send in detail: its events also list the items in progress. */
  @IsOptional()
  @Matches(/^[\w-]{1,64}$/, { message: 'transfer must be the id of a transfer' })
  transfer?: string;
}
