import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { OPEN_STATES, type TransferState } from '../engine/model/states.js';
import { SESSION_TYPES, type SessionType } from '../session/session.port.js';

export const RANGES = ['1h', '24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

export class AnalyticsQueryDto {
  /** How far back it goes. One step is a minute, ten minutes, an hour or a day. */
  @ApiProperty({ enum: RANGES, enumName: 'AnalyticsRange', required: false, default: '24h' })
  @IsIn(RANGES, { message: `must be one of ${RANGES.join(', ')}` })
  range: Range = '24h';
}

/** A figure of the range, and the same of as much time before it. */
@ApiSchema({ name: 'Figure' })
export class FigureDto {
  /** @example 101940 */
  value!: number;

  /** @example 96170 */
  before!: number;
}

/** How often something happened, by its code. */
@ApiSchema({ name: 'CodeCount' })
export class CodeCountDto {
  /** @example "rate_limited" */
  code!: string;

  /** @example 1211 */
  count!: number;
}

/** How many there are of each type of session. */
@ApiSchema({ name: 'SessionTypeCounts' })
export class SessionTypeCountsDto implements Record<SessionType, number> {
  /** @example 26 */
  source!: number;

  /** @example 25 */
  destination!: number;

  /** @example 6 */
  general!: number;

  static of(counts: (type: SessionType) => number): SessionTypeCountsDto {
    const [source, destination, general] = SESSION_TYPES.map(counts);
    return { source: source!, destination: destination!, general: general! };
  }
}

/** The figures on top. */
@ApiSchema({ name: 'KeyFigures' })
export class KeyFiguresDto {
  /** Items whose copy was verified. */
  itemsVerified!: FigureDto;

  /** Bytes of these. */
  bytesMoved!: FigureDto;

  /** Bytes of the range that were copied inside Google, so passed through no server of ours. */
  bytesInsideGoogle!: number;

  /** Items that failed. */
  itemsFailed!: FigureDto;

  /** Items that came to an end in the range, however they did: verified, unverified, failed or skipped. */
  itemsAttempted!: number;

  /** Copies that differed from their original. None is expected. */
  checksumMismatches!: FigureDto;

  /** Sessions that are live now. */
  liveSessions!: SessionTypeCountsDto;
}

/** One step of the range. */
@ApiSchema({ name: 'AnalyticsStep' })
export class AnalyticsStepDto {
  /**
   * When it began.
   * @example "2026-11-22T10:20:00.000Z"
   */
  at!: string;

  /** Items that came into these states in it. */
  verified!: number;
  unverified!: number;
  failed!: number;
  skipped!: number;

  /** Bytes of verified items. */
  bytes!: number;

  /** Requests that Google refused because they came too fast. */
  slowDowns!: number;

  /** Accounts that this happened to. */
  slowedAccounts!: number;

  /** Accounts connected, and connections that failed. */
  connections!: number;
  connectionsRefused!: number;

  /** Tokens that were checked and valid, and those that were not. */
  validations!: number;
  validationsRefused!: number;

  /** Requests to this API, and answers with a problem among them. */
  requests!: number;
  problems!: number;
}

/** A step in which Google slowed accounts down: for a mark in the chart. */
@ApiSchema({ name: 'SlowDown' })
export class SlowDownDto {
  /** @example "2026-11-23T01:10:00.000Z" */
  at!: string;

  /** @example 3 */
  accounts!: number;

  /** Requests refused. */
  slowDowns!: number;
}

/** Sign-ins and sessions in the range. */
@ApiSchema({ name: 'SessionActivity' })
export class SessionActivityDto {
  /** Accounts connected, by type of the session. */
  connections!: SessionTypeCountsDto;

  /** Why connections failed, most frequent first. */
  connectionsRefused!: CodeCountDto[];

  /** Tokens that `GET /session/validate` found live. */
  validations!: number;

  /** Why it found others not to be. */
  validationsRefused!: CodeCountDto[];

  /** About how many different accounts used this API (within one per cent, mostly). */
  distinctAccounts!: number;
}

/** How fast one account asks Google, for one kind of requests. */
@ApiSchema({ name: 'AccountPace' })
export class AccountPaceDto {
  /**
   * Opaque name of the account: the same in every answer, and not to be traced back to it.
   * @example "acc_8F2Kx0aQmN3bT7cVwYzL1e"
   */
  account!: string;

  @ApiProperty({ enum: ['read', 'write'], enumName: 'PaceKind' })
  kind!: 'read' | 'write';

  /**
   * Requests a second, over the last minute.
   * @example 1.9
   */
  now!: number;

  /** About how many requests a second Google allows; null while no limit was met. */
  @ApiProperty({ type: Number, nullable: true, example: 2.2 })
  allowed!: number | null;

  /** Until when Google wants no requests, if it said so. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-23T03:10:00.000Z' })
  waitsUntil!: string | null;

  /** Requests that Google refused in the range because they came too fast. */
  slowDowns!: number;

  /** Requests in each five minutes of the last hour, the oldest first; the last five minutes are under way. */
  @ApiProperty({ type: [Number], minItems: 12, maxItems: 12 })
  lastHour!: number[];
}

@ApiSchema({ name: 'PaceOverview' })
export class PaceOverviewDto {
  /** Accounts that sent requests to Google in the range; if there are more than a hundred in an interval, the busiest. */
  accounts!: number;

  /** Those with most requests in the range; at most ten lines. */
  busiest!: AccountPaceDto[];
}

@ApiSchema({ name: 'TransferStateCount' })
export class TransferStateCountDto {
  @ApiProperty({ enum: OPEN_STATES, enumName: 'OpenTransferState' })
  state!: TransferState;

  /** @example 14 */
  count!: number;
}

@ApiSchema({ name: 'OpenTransfers' })
export class OpenTransfersDto {
  /** @example 26 */
  total!: number;

  /** Only states that there are, most frequent first. */
  byState!: TransferStateCountDto[];
}

@ApiSchema({ name: 'ProcessCounts' })
export class ProcessCountsDto {
  /** Those that gave a sign of life within the last fifteen seconds. */
  answering!: number;

  /** Those that went silent in the last hour without having been stopped. */
  silent!: number;
}

@ApiSchema({ name: 'QueueFigures' })
export class QueueFiguresDto {
  /** Steps that wait for a worker. */
  waiting!: number;

  /** Steps that a worker is at. */
  active!: number;

  /** Steps that failed and will be tried again; counted up to a thousand. */
  retried!: number;

  /** Seconds that the oldest one waits. */
  oldestSeconds!: number;
}

/** What carries the work. */
@ApiSchema({ name: 'Machinery' })
export class InstallationStatsDto {
  /** Processes that take steps of transfers. */
  workers!: ProcessCountsDto;

  /** Processes that answer requests. One with the role `all` is both. */
  apis!: ProcessCountsDto;

  queue!: QueueFiguresDto;

  /** Bytes that Redis uses, of all its nodes together. */
  redisBytes!: number;

  /** Bytes that it may use; null where it has no bound. */
  @ApiProperty({ type: Number, nullable: true, example: 2147483648 })
  redisMaxBytes!: number | null;

  /** Temporary shares of transfers that have ended, which are still to be withdrawn. */
  sharesToSweep!: number;
}

/** The activity of all accounts together. It names no person and no file. */
@ApiSchema({ name: 'Analytics' })
export class AnalyticsDto {
  @ApiProperty({ enum: RANGES, enumName: 'AnalyticsRange' })
  range!: Range;

  /**
   * Beginning of the first step.
   * @example "2026-11-22T10:30:00.000Z"
   */
  from!: string;

  /**
   * Now: the last step is under way.
   * @example "2026-11-23T10:22:00.000Z"
   */
  to!: string;

  /**
   * Length of a step. Steps begin at whole multiples of it, in UTC.
   * @example 600
   */
  stepSeconds!: number;

  figures!: KeyFiguresDto;

  steps!: AnalyticsStepDto[];

  /** In the order of time. */
  slowDowns!: SlowDownDto[];

  /** Why items failed or could not be verified, most frequent first; at most twenty. */
  failureReasons!: CodeCountDto[];

  /** Problems that this API answered with, most frequent first; at most twenty. */
  errorCodes!: CodeCountDto[];

  sessions!: SessionActivityDto;

  pace!: PaceOverviewDto;

  openTransfers!: OpenTransfersDto;

  machinery!: InstallationStatsDto;
}
