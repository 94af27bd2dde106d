import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { LINK_REASON_CODES } from '../engine/model/links.js';
import { REASON_CODES } from '../engine/model/reasons.js';
import { ACCESS_CODES } from '../engine/model/sharing.js';
import { OPEN_STATES, type TransferState } from '../engine/model/states.js';
import { UsageDto } from '../insight/usage.dto.js';
import { PROBLEMS } from '../http/problems.js';
import { SESSION_TYPES, type SessionType } from '../session/session.port.js';

export const RANGES = ['1h', '24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

export class AnalyticsQueryDto {
  /** The range. One step is a minute, ten minutes, an hour or a day. */
  @ApiProperty({ enum: RANGES, enumName: 'AnalyticsRange', required: false, default: '24h' })
  @IsIn(RANGES, { message: `must be one of ${RANGES.join(', ')}` })
  range: Range = '24h';
}

/** A figure for the range, and for the same time before it. */
export class FigureDto {
  /** @example 101940 */
  value!: number;

  /** @example 96170 */
  before!: number;
}

/** A count by code. */
export class CodeCountDto {
  @ApiProperty({
    example: 'rate_limited',
    enum: [...new Set([...Object.keys(PROBLEMS), ...REASON_CODES, ...ACCESS_CODES, ...LINK_REASON_CODES])].sort(),
    enumName: 'AnyCode',
  })
  code!: string;

  /** @example 1211 */
  count!: number;
}

/** Counts by session type. */
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

/** The main figures. */
export class KeyFiguresDto {
  /** Items whose copy was verified. */
  itemsVerified!: FigureDto;

  /** Bytes of these items. */
  bytesMoved!: FigureDto;

  /** Bytes of the range that Google copied, so that they passed through no server of yours. */
  bytesInsideGoogle!: number;

  /** Items that failed. */
  itemsFailed!: FigureDto;

  /** Items that were settled in the range: verified, unverified, failed or skipped. */
  itemsAttempted!: number;

  /** Copies that differed from their originals; should be 0. */
  checksumMismatches!: FigureDto;

  /** Sessions that are valid now. */
  liveSessions!: SessionTypeCountsDto;
}

/** One step of the range. */
export class AnalyticsStepDto {
  /**
   * Start of the step.
   * @example "2026-11-22T10:20:00.000Z"
   */
  at!: string;

  /** Items that entered these states in the step. */
  verified!: number;
  unverified!: number;
  failed!: number;
  skipped!: number;

  /** Bytes of verified items. */
  bytes!: number;

  /** Requests that Google refused because of a rate limit. */
  slowDowns!: number;

  /** Accounts with such refusals. */
  slowedAccounts!: number;

  /** Connected accounts, and failed connections. */
  connections!: number;
  connectionsRefused!: number;

  /** Checked tokens: valid and invalid ones. */
  validations!: number;
  validationsRefused!: number;

  /** Requests to this API, and error responses. */
  requests!: number;
  problems!: number;
}

/** A step in which Google slowed accounts down, for a mark in the chart. */
export class SlowDownDto {
  /** @example "2026-11-23T01:10:00.000Z" */
  at!: string;

  /** @example 3 */
  accounts!: number;

  /** Requests refused. */
  slowDowns!: number;
}

/** Permissions that transfers carried over to copies, in the range. */
export class SharingActivityDto {
  /** Read back from Google as wanted. */
  granted!: FigureDto;

  /** Not given, or less than wanted. */
  refused!: FigureDto;

  /** More than was wanted was found, and removed at once. None is expected. */
  reverted!: FigureDto;

  /** Why permissions were refused or reverted, most frequent first; at most twenty. */
  reasons!: CodeCountDto[];
}

/** Links in copied documents, in the range. Those that are only listed are not counted. */
export class LinkActivityDto {
  /** They lead to the copies. */
  rewritten!: FigureDto;

  /** They lead to something that was not copied, and stay as they are. */
  outside!: FigureDto;

  /** A person has to change them. */
  unsupported!: FigureDto;

  /** They could not be rewritten. */
  failed!: FigureDto;

  /** Why links are unsupported or failed, most frequent first; at most twenty. */
  reasons!: CodeCountDto[];
}

/** What all requests to Google used in the range, those of browsing included. */
export class GoogleUsageDto extends UsageDto {
  /** Units in the same time before the range. */
  unitsBefore!: number;
}

/** The limit of a day of Google's for all transfers together. */
export class UnitsTodayDto {
  /**
   * `GOOGLE_UNITS_PER_DAY`.
   * @example 1000000
   */
  limit!: number;

  /**
   * How much of it is used, including blocks that processes have reserved. Browsing and the withdrawal of shares may
   * exceed the limit.
   * @example 640200
   */
  used!: number;

  /** When today ends: at midnight Pacific time. */
  @ApiProperty({ format: 'date-time' })
  endsAt!: string;
}

/** What all requests to Google used in a day of Google's. */
export class DayUsageDto extends UsageDto {
  /**
   * Google's days begin at midnight Pacific time.
   * @example "2026-11-23"
   */
  date!: string;
}

/** Google's quota units by day, and the limit. */
export class UsageByDayDto {
  /** Null without `GOOGLE_UNITS_PER_DAY`. */
  @ApiProperty({ type: UnitsTodayDto, nullable: true })
  today!: UnitsTodayDto | null;

  /** Transfers that wait because the units of today are used up. */
  waiting!: number;

  /** Fourteen days, today first. What all requests used, those of browsing included. */
  days!: DayUsageDto[];
}

/** Sign-ins and sessions in the range. */
export class SessionActivityDto {
  /** Accounts connected, by type of the session. */
  connections!: SessionTypeCountsDto;

  /** Why connections failed, most frequent first. */
  connectionsRefused!: CodeCountDto[];

  /** Valid tokens in calls of `GET /session/validate`. */
  validations!: number;

  /** Why other tokens were invalid. */
  validationsRefused!: CodeCountDto[];

  /** Approximate number of different accounts that used this API (mostly within one per cent). */
  distinctAccounts!: number;
}

/** The pace of one account's requests of one kind. */
export class AccountPaceDto {
  /**
   * Pseudonym of the account: the same in every response, and impossible to trace back.
   * @example "acc_8F2Kx0aQmN3bT7cVwYzL1e"
   */
  account!: string;

  @ApiProperty({ enum: ['read', 'write'], enumName: 'PaceKind' })
  kind!: 'read' | 'write';

  /**
   * Requests per second over the last minute.
   * @example 1.9
   */
  @ApiProperty({ format: 'double' })
  now!: number;

  /** About how many requests per second Google allows; null until a limit is reached. */
  @ApiProperty({ type: Number, format: 'double', nullable: true, example: 2.2 })
  allowed!: number | null;

  /** Until when Google refuses requests, if it stated that. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-23T03:10:00.000Z' })
  waitsUntil!: string | null;

  /** Requests that Google refused in the range because of a rate limit. */
  slowDowns!: number;

  /** Requests in each five minutes of the last hour, oldest first; the last period is not over. */
  @ApiProperty({ type: [Number], minItems: 12, maxItems: 12 })
  lastHour!: number[];
}

export class PaceOverviewDto {
  /** Accounts that sent requests to Google in the range; only the busiest if a step has more than a hundred. */
  accounts!: number;

  /** The accounts with most requests in the range; at most ten rows. */
  busiest!: AccountPaceDto[];
}

export class TransferStateCountDto {
  @ApiProperty({ enum: OPEN_STATES, enumName: 'OpenTransferState' })
  state!: TransferState;

  /** @example 14 */
  count!: number;
}

export class OpenTransfersDto {
  /** @example 26 */
  total!: number;

  /** Only states that occur, most frequent first. */
  byState!: TransferStateCountDto[];
}

export class ProcessCountsDto {
  /** Processes with a heartbeat in the last fifteen seconds. */
  answering!: number;

  /** Processes that became silent in the last hour without being stopped. */
  silent!: number;
}

export class QueueFiguresDto {
  /** Steps that wait for a worker. */
  waiting!: number;

  /** Steps that are being processed. */
  active!: number;

  /** Failed steps that will be retried; counted up to a thousand. */
  retried!: number;

  /** Seconds that the oldest step has waited. */
  oldestSeconds!: number;
}

/** The health of the system. */
@ApiSchema({ name: 'Machinery' })
export class InstallationStatsDto {
  /** Processes that run steps of transfers. */
  workers!: ProcessCountsDto;

  /** Processes that serve requests. A process with the role `all` is both. */
  apis!: ProcessCountsDto;

  queue!: QueueFiguresDto;

  /** Bytes that Redis uses; of a cluster, on the fullest node. */
  redisBytes!: number;

  /** Bytes that it may use; null without a limit. */
  @ApiProperty({ type: Number, nullable: true, example: 2147483648 })
  redisMaxBytes!: number | null;

  /** Temporary shares of ended transfers that must still be withdrawn. */
  sharesToSweep!: number;
}

/** The activity of all accounts together. Contains no names of people or files. */
export class AnalyticsDto {
  @ApiProperty({ enum: RANGES, enumName: 'AnalyticsRange' })
  range!: Range;

  /**
   * Start of the first step.
   * @example "2026-11-22T10:30:00.000Z"
   */
  @ApiProperty({ format: 'date-time' })
  from!: string;

  /**
   * Now; the last step is not over.
   * @example "2026-11-23T10:22:00.000Z"
   */
  @ApiProperty({ format: 'date-time' })
  to!: string;

  /**
   * Length of a step. Steps begin at multiples of it, in UTC.
   * @example 600
   */
  stepSeconds!: number;

  figures!: KeyFiguresDto;

  steps!: AnalyticsStepDto[];

  /** In the order of time. */
  slowDowns!: SlowDownDto[];

  /** Why items failed or could not be verified, most frequent first; at most twenty. */
  failureReasons!: CodeCountDto[];

  sharing!: SharingActivityDto;

  links!: LinkActivityDto;

  /** Problems that this API returned, most frequent first; at most twenty. */
  errorCodes!: CodeCountDto[];

  sessions!: SessionActivityDto;

  pace!: PaceOverviewDto;

  usage!: GoogleUsageDto;

  openTransfers!: OpenTransfersDto;

  machinery!: InstallationStatsDto;
}
