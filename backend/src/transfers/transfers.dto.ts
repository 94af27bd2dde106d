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
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { type ItemCode, type Side, SIDES } from '../engine/errors.js';
import { COMMANDS, TRANSFER_STATES, type TransferState } from '../engine/model/states.js';
import { REASON_CODES } from '../engine/model/reasons.js';
import { MayBeLeftOut } from '../http/validation.js';
import { ACTIONS } from './transfer-actions.js';
import { CONFLICT_POLICIES, ItemFilterDto, MODES, SHORTCUT_POLICIES } from './transfer-request.dto.js';
import { PlanDto, DeltaDto } from './plan.dto.js';
import { ArrivedDto, TimelineSpanDto } from './conclusion.dto.js';
import { TransferSharingDto } from './sharing.dto.js';
import { ItemInFlightDto } from './items.dto.js';

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

export class TransferWaysDto {
  /** Copied inside Google: no byte passed through CloudMover. */
  serverCopy!: number;
  /** Streamed from one account into the other. */
  relay!: number;
  /** Converted, with loss. */
  export!: number;
  /** Folders and shortcuts, re-created. */
  created!: number;
  /** Folders that were there already. */
  merged!: number;
}

/** The options that were chosen. */
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
   * Whether the whole destination was listed again after the last copy and compared with the plan. False while the
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
  start?: Side[];
  /** Missing: either account. If there are several, each can resume for itself: the transfer then waits for the next. */
  @IsIn(SIDES, { each: true })
  resume?: Side[];
  @IsIn(SIDES, { each: true })
  retry?: Side[];
  @IsIn(SIDES, { each: true })
  rerun?: Side[];
  @IsIn(SIDES, { each: true })
  undo?: Side[];
}

export class TransferProblemDto {
  @ApiProperty({ enum: REASON_CODES, enumName: 'ReasonCode', example: 'not_found' })
  code!: ItemCode;
  title!: string;
  detail!: string;
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
  /** Who may open the copies, and what came of it. */
  sharing!: TransferSharingDto;
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
  /** Which account it waits for to be connected again, while the state is `needs_reconnect`. */
  parked?: TransferParkedDto;
  /** When it resumes by itself: Google refuses requests for now. */
  resumeAt?: string;
  /** Why the transfer as a whole failed, or was paused: resume it once that is mended. */
  problem?: TransferProblemDto;
  /** What a copy of a Drive item never brings along. */
  notCarried!: string[];
  /** The actions that are possible now: each, except `reconnect`, is an endpoint of this transfer. */
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

/** What a transfer has from the start, before it was started too: what was ordered, and whether it is held up. */
export const ORDER_FIELDS = [
  ...(['id', 'createdAt', 'source', 'destination', 'target', 'selection', 'mode', 'options', 'notCarried'] as const),
  ...(['parked', 'resumeAt', 'problem', 'revision'] as const),
] as const;

const MAX_NAME = 100;
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
  state?: TransferState;
  /** For a state that a command caused. */
  @IsIn(LOGGED_COMMANDS)
  command?: (typeof LOGGED_COMMANDS)[number];
  /** The accounts that gave the command: those whose tokens were sent with it. */
  @IsIn(SIDES, { each: true })
  by?: Side[];
  /** Of `reason`, or of the problem that led to the state. */
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode' })
  code?: ItemCode;
  /** The code as a sentence. */
  title?: string;
  detail?: string;
  /** Of `needs_reconnect`: the account that must be connected again, and confirm. Of `withdrawn`: the account that left. */
  @IsIn(['source', 'destination'])
  side?: 'source' | 'destination';
  /** Of `waiting_quota`: when it resumes by itself. */
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
