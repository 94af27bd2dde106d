import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { type ItemCode, type Side, SIDES } from '../engine/errors.js';
import {
  CONTENT_KINDS,
  type ContentKind,
  FALLBACKS,
  type ItemState,
  TIMELINE_STEPS,
  type TimelineStep,
  TRANSFER_STATES,
  type TransferState,
  type CopyMethod,
} from '../engine/ports/ledger.js';
import { LEFT_REASONS, type LeftReason, REASON_CODES } from '../engine/model/reasons.js';
import { MayBeLeftOut } from '../http/validation.js';
import { COMMANDS } from '../engine/model/states.js';
import { ACTIONS } from './transfer-actions.js';
import { CONFLICT_POLICIES, DRIVE_ID, ItemFilterDto, MODES, SHORTCUT_POLICIES } from './transfer-request.dto.js';

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

/** Commands of the log: making the transfer is one as well. */
const LOGGED_COMMANDS = ['create', ...COMMANDS] as const;

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

/** How it went in the last quarter of an hour. */
export class TransferPaceDto {
  /** Begin of the first span. */
  from!: string;
  /** Length of each span. */
  everySeconds!: number;
  /** Items copied in each span; the last one is still under way. */
  items!: number[];
}

/** A time in which Google took no request of an account, because they had come too fast. */
export class TransferSlowDownDto {
  /** When it began. */
  at!: string;
  /** How long until Google took requests again; grows while it lasts. */
  seconds!: number;
}

/** How fast Google lets the accounts of a transfer be, as far as it is known. */
export class TransferPacingDto {
  /**
   * About how many new items a second Google accepts in the destination's account now, from all who use it here; left
   * out while no limit was met.
   * @example 2.2
   */
  accepted?: number;
  /** The last time that Google slowed one of the two accounts down since the transfer began. */
  slowed?: TransferSlowDownDto;
}

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

export class TransferWaysDto {
  /** Copied inside Google: no byte passed through CloudMover. */
  serverCopy!: number;
  /** Streamed from one account into the other. */
  relay!: number;
  /** Exported and made anew, with loss. */
  export!: number;
  /** Folders and shortcuts, made anew. */
  created!: number;
  /** Folders that were there already. */
  merged!: number;
}

/** What was asked for, beside the items and the target. */
export class TransferChoicesDto {
  @IsIn(CONFLICT_POLICIES)
  conflict!: (typeof CONFLICT_POLICIES)[number];
  @IsIn(SHORTCUT_POLICIES)
  shortcuts!: (typeof SHORTCUT_POLICIES)[number];
  allowConversion!: boolean;
  filter?: ItemFilterDto;
}

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
  /** Exported and made anew, with loss. */
  export!: PlannedShareDto;
  /** Folders and shortcuts, made anew. */
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
   * Present where Google had no list of the changes any more: every folder was listed anew and compared with the plan,
   * which takes longer and finds the same.
   */
  listedAnew?: boolean;
  at!: string;
}

/** What an undo has done so far. */
export class UndoDto {
  /** Copies that went into the destination's trash. */
  trashed!: number;
  /** Copies that stayed: each says why. */
  left!: number;
  /** Originals, and items that had been replaced, that came back from the trash. */
  restored!: number;
}

export class FailureGroupDto {
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'source_permission_denied' })
  code!: ItemCode;
  /**
   * What these items are: `failed`, not copied; `unverified`, arrived, but nothing could prove it; `skipped`, left out.
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
   * Whether a plain retry includes them and can help. It never includes what has arrived, so `unverified` ones are left
   * as they are, nor what was skipped while nothing has changed.
   */
  retryable!: boolean;
  /**
   * The option without which a retry cannot help them: `allowConversion`, exporting and importing them again, with
   * loss. Omitted if there is none.
   */
  @IsOptional()
  @IsIn(['allowConversion'])
  retryWith?: 'allowConversion';
}

export class TransferGrantsDto {
  /** Temporary shares on the source that are still there. */
  open!: number;
  withdrawn!: number;
  /** When the last of the open ones ends by itself; left out where Google lets not all of them end so. */
  expiresAt?: string;
}

export class TransferVerificationDto {
  /**
   * Whether the whole destination was listed anew after the last copy and compared with the plan. False while the
   * transfer has not ended, and where it was canceled, failed or was undone.
   */
  closingCheck!: boolean;
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

/** By action, the sides whose accounts must consent. An action that is not possible now is missing. */
export class TransferConsentsDto {
  @IsIn(SIDES, { each: true })
  @IsOptional()
  start?: Side[];
  /** Missing: either account. If there are several, each can resume for itself: the transfer then waits for the next. */
  @IsIn(SIDES, { each: true })
  @IsOptional()
  resume?: Side[];
  @IsIn(SIDES, { each: true })
  @IsOptional()
  retry?: Side[];
  @IsIn(SIDES, { each: true })
  @IsOptional()
  rerun?: Side[];
  @IsIn(SIDES, { each: true })
  @IsOptional()
  undo?: Side[];
}

export class TransferProblemDto {
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'not_found' })
  code!: ItemCode;
  title!: string;
  detail!: string;
}

export class ArrivedKindDto {
  @IsIn(CONTENT_KINDS)
  kind!: ContentKind;
  items!: number;
  /** 0 for kinds that have none: folders, Google Docs, shortcuts. */
  bytes!: number;
}

/** A folder that lies in the target folder itself, with all that is in it. */
export class ArrivedFolderDto {
  /** @example Scans */
  name!: string;
  /** Id of the folder in the destination. */
  id!: string;
  /** Items in it at any depth, and the folder itself. */
  items!: number;
  bytes!: number;
}

export class ArrivedMoreFoldersDto {
  /** How many folders these are. */
  folders!: number;
  items!: number;
  bytes!: number;
}

export class ArrivedShareDto {
  items!: number;
  bytes!: number;
}

/**
 * What arrived: verified and unverified items, without those that an undo took back. `byKind` adds up to `items` and
 * `bytes`, and so do `byFolder`, `moreFolders` and `singleFiles` together.
 */
export class ArrivedDto {
  items!: number;
  bytes!: number;
  /** Only kinds that occur, in a fixed order. */
  byKind!: ArrivedKindDto[];
  /** The largest first, by items: all up to eight, else the largest seven, with the rest in `moreFolders`. */
  byFolder!: ArrivedFolderDto[];
  moreFolders?: ArrivedMoreFoldersDto;
  /** Files and shortcuts that lie in the target folder itself. */
  singleFiles?: ArrivedShareDto;
}

/** A stretch of the transfer's time. */
export class TimelineSpanDto {
  /**
   * `count`: listing the source; `copy`: copying and verifying; `finish`: shortcuts, dates, originals and temporary
   * shares; `check`: the final check of the destination; `undo`; `wait`: paused, or waiting for Google or a person.
   */
  @IsIn(TIMELINE_STEPS)
  step!: TimelineStep;
  from!: string;
  to!: string;
}

export class TransferDto {
  /** @example q5Zt0c9hT2uKjH1xV3mW8w */
  id!: string;
  /**
   * The name that a user gave it; omitted if there is none: use the selection as its name then.
   * @example Board decks for the archive
   */
  name?: string;
  @IsIn(TRANSFER_STATES)
  state!: TransferState;
  @IsIn(MODES)
  mode!: (typeof MODES)[number];
  options!: TransferChoicesDto;
  createdAt!: string;
  /** When it came into this state. */
  since?: string;
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
  /**
   * Seconds of work since it started, up to now or its end: running, finishing, being updated, pausing or canceling.
   * Not counted: while it was paused, waited for Google or for a sign-in, had ended, or was being undone.
   * @example 49
   */
  activeSeconds!: number;
  /** Averages over the last minute; 0 while the transfer does not work, and when nothing arrives. */
  rate!: TransferRateDto;
  /** Seconds left at the rate of the last minute; null while there is nothing to base it on. */
  @Type(() => Number)
  etaSeconds!: number | null;
  /** While it runs; only in the response for one transfer, and in its events. */
  pace?: TransferPaceDto;
  /** While it runs, and Google set a limit; only in the response for one transfer, and in its events. */
  pacing?: TransferPacingDto;
  /**
   * How many times Google slowed one of the two accounts down for what this transfer asked, its counting and all its
   * runs together. Refusals that come together are one. After a crash of CloudMover one may be missing.
   */
  slowDowns!: number;
  /** The largest items under way, at most five; only in the response for one transfer, and in its events. */
  inFlight?: ItemInFlightDto[];
  ways!: TransferWaysDto;
  /** Failed items by reason, the most frequent first; then those that could not be verified. */
  failureGroups!: FailureGroupDto[];
  /** Skipped items by reason. */
  skipGroups!: FailureGroupDto[];
  /** What the planning found out; grows while it counts. */
  plan?: PlanDto;
  /** Once it was brought up to date. */
  delta?: DeltaDto;
  /** Once it was, or is being, undone. */
  undo?: UndoDto;
  grants!: TransferGrantsDto;
  verification!: TransferVerificationDto;
  /** Once it has ended; only in the response for one transfer, and in its events. */
  arrived?: ArrivedDto;
  /**
   * Once it has ended, from its creation to its end, oldest first, at most the 60 longest stretches. The time in which it
   * waited to be started, and between two runs, is left out. Only in the response for one transfer, and in its events.
   */
  timeline?: TimelineSpanDto[];
  /**
   * When Google slowed one of the two accounts down, to the second, at most the last 100 times; `slowDowns` counts all.
   * Once it has ended; only in the response for one transfer, and in its events.
   */
  slowdowns?: string[];
  /**
   * Fingerprint of the JSON report, once the transfer has ended: the SHA-256 of the file from its second line on, in
   * hexadecimal (`tail -n +2 FILE | sha256sum`). Changes with a retry, a rerun and an undo. Only in the response
   * for one transfer, and in its events.
   * @example 7c1e40b29f6d11a8c3350f7e2b94d6018a7cce1155f093ab620d4471e83b9f42
   */
  reportSha256?: string;
  /** Set while the state is `needs_reconnect`. */
  parked?: TransferParkedDto;
  /** When a transfer in `waiting_quota` goes on by itself. */
  resumeAt?: string;
  /** Why the transfer as a whole failed, or was paused: resume it once that is mended. */
  problem?: TransferProblemDto;
  /** What a copy of a Drive item never brings along. */
  notCarried!: string[];
  /** What can be asked of it now: each but `reconnect` is an address below this transfer's. */
  @IsIn(ACTIONS, { each: true })
  allowedActions!: (typeof ACTIONS)[number][];
  /** The accounts whose tokens each of these actions needs; any other action accepts a token of either account. */
  consents!: TransferConsentsDto;
  /** Accounts that withdrew their access, or ended their last session after the transfer's end: it can no longer be rerun. */
  @IsIn(SIDES, { each: true })
  withdrawn!: Side[];
  /** Grows with each change; the id of an event. */
  revision!: number;
}

export const MAX_NAME = 100;
/** Control characters, line separators, and what reverses the direction of the text around it. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export class TransferChangeDto {
  /**
   * Name of the transfer, 1 to 100 characters; spaces around it are removed. `null` removes the name.
   * @example Board decks for the archive
   */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @ValidateIf((_, value) => value !== null)
  @IsString({ message: 'must be a text of 1 to 100 characters, or null to remove the name' })
  @Length(1, MAX_NAME, { message: 'must have 1 to 100 characters; null removes the name' })
  @ValidateBy({
    name: 'isPrintable',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && !UNPRINTABLE.test(value),
      defaultMessage: () => 'must be one line without control characters',
    },
  })
  name!: string | null;
}

export class RetryDto {
  /**
   * Only items that failed or were skipped for one of these reasons, and those in folders that failed. Left out: all that
   * a retry can help, which are the `retryable` groups, what was canceled and, with `allowConversion`, the groups with
   * this `retryWith`. Items that arrived but could not be verified are never included.
   * @example ["conversion_needed"]
   */
  @MayBeLeftOut()
  @IsArray({ message: 'must be a list of reason codes, such as those of failureGroups' })
  @ArrayMinSize(1, { message: 'must name at least one code; leave it out to retry everything' })
  @ArrayMaxSize(100, { message: 'may name at most 100 codes' })
  @Matches(/^\w{1,64}$/, { each: true, message: 'must be a list of reason codes, such as those of failureGroups' })
  codes?: string[];
  /**
   * Whether those of these items that Google does not copy may be exported and imported again, with loss, as with
   * `allowConversion` of a new transfer. It holds for the items of this retry alone.
   */
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  allowConversion: boolean = false;
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
  @Matches(/^\d{1,16}\.[\w-]{1,64}$/, { message: 'cursor must be the nextCursor of the page before' })
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

  /**
   * Only items whose path contains this, without regard to case. One answer looks at 20,000 items at most: it may hold
   * fewer than `limit` items, or none, and a `nextCursor` that leads on.
   */
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
  /** Why it was kept; `reason` says it as a sentence. Missing where Google refused to trash it: then `reason` is what it said. */
  @IsIn(Object.keys(LEFT_REASONS))
  @IsOptional()
  originalCode?: LeftReason;
  /** `created`: made anew; `merged`: a folder that was there; `export`: exported and made anew, with loss. */
  @IsIn(WAYS)
  @IsOptional()
  way?: (typeof WAYS)[number];
  /**
   * Of the ways `relay` and `export`: why it was not copied inside Google. Missing where that is not known.
   * @example copying_forbidden
   */
  @IsIn(FALLBACKS)
  @IsOptional()
  fallback?: (typeof FALLBACKS)[number];
  /** The same as a sentence. */
  fallbackReason?: string;
  /** Why it is skipped, failed or unverified. */
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode' })
  code?: ItemCode;
  /** The same as a sentence; of a verified one, why the original was kept. */
  reason?: string;
  checksum?: ItemChecksumDto;
  attempts!: number;
  /** When the last of them began, to the second. */
  triedAt?: string;
  /** What the copy lacks, in words. */
  lossy?: string[];
  /** Id of the item in the destination that went, or goes, into the trash in favour of the copy. */
  replaces?: string;
  /** Of an undone transfer: what became of the copy. */
  @IsIn(['trashed', 'left'])
  @IsOptional()
  undone?: 'trashed' | 'left';
  /** Why the copy stayed. Missing where Google refused to trash it. */
  @IsIn(Object.keys(LEFT_REASONS))
  @IsOptional()
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

/** Something that happened to a transfer as a whole. */
export class TransferEventDto {
  at!: string;
  /**
   * `state`: it came into a state; `reason`: the first of its items failed, or could not be verified, for this reason;
   * `withdrawn`: the account of `side` withdrew its access, or ended its last session after the transfer’s end.
   */
  @IsIn(['state', 'reason', 'withdrawn'])
  kind!: 'state' | 'reason' | 'withdrawn';
  @IsIn(TRANSFER_STATES)
  @IsOptional()
  state?: TransferState;
  /** For a state that a command caused. */
  @IsIn(LOGGED_COMMANDS)
  @IsOptional()
  command?: (typeof LOGGED_COMMANDS)[number];
  /** The accounts that gave the command: those whose tokens were sent with it. */
  @IsIn(SIDES, { each: true })
  @IsOptional()
  by?: Side[];
  /** Of `reason`, or of the problem that led to the state. */
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode' })
  code?: ItemCode;
  /** The code as a sentence. */
  title?: string;
  detail?: string;
  /** Of `needs_reconnect`: the account that must be connected again, and confirm. Of `withdrawn`: the account that left. */
  @IsIn(['source', 'destination'])
  @IsOptional()
  side?: 'source' | 'destination';
  /** Of `waiting_quota`: when it goes on by itself. */
  resumeAt?: string;
}

export class TransferLogDto {
  /** Oldest first; at most the last 500. */
  events!: TransferEventDto[];
}

export class TransferEventsQueryDto {
  /** Id of the transfer to follow closely: its events also list the items in progress. */
  @IsOptional()
  @Matches(/^[\w-]{1,64}$/, { message: 'transfer must be the id of a transfer' })
  transfer?: string;
}

export class ReportQueryDto {
  /** @example csv */
  @IsOptional()
  @IsIn(['json', 'csv'])
  format: 'json' | 'csv' = 'json';
}

export class ReportBytesDto {
  found!: number;
  verified!: number;
}

export class ReportUndoDto {
  trashed!: number;
  left!: number;
}

/** What the report states of the transfer as a whole. It does not change once the transfer has ended. */
export class ReportSummaryDto {
  /** Version of the report's text. */
  format!: number;
  id!: string;
  @IsIn(MODES)
  mode!: (typeof MODES)[number];
  @IsIn(TRANSFER_STATES)
  state!: TransferState;
  source!: TransferPartyDto;
  destination!: TransferPartyDto;
  target!: TransferTargetResponseDto;
  createdAt!: string;
  startedAt?: string;
  finishedAt?: string;
  counts!: TransferCountsDto;
  bytes!: ReportBytesDto;
  originals?: TransferOriginalsDto;
  undo?: ReportUndoDto;
  verification!: TransferVerificationDto;
}

/**
 * The report as JSON. Its first line holds `generatedAt` and `transfer`, which may change after the end; the fingerprint
 * (`reportSha256`) is taken of the rest.
 */
export class ReportDto {
  generatedAt!: string;
  transfer!: TransferDto;
  summary!: ReportSummaryDto;
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
  @IsIn(TRANSFER_STATES)
  state!: TransferState;
  /** The copy; missing while the transfer goes on (202). */
  file?: TransferredFileDto;
  originalTrashed!: boolean;
}
