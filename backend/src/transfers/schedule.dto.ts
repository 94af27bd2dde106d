import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, Matches, ValidateBy, ValidateNested } from 'class-validator';
import { TRANSFER_STATES, type TransferState } from '../engine/model/states.js';
import { MayBeLeftOut } from '../http/validation.js';
import { IsMoment } from '../http/moments.js';
import { cronProblem, intervalProblem, isTimeZone } from './schedule-times.js';

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const TIME_MESSAGE = 'must be a time such as 20:00';
const MAX_LENGTH = 100;

/** Checks a text with a function that returns what is wrong with it. */
const Passes = (name: string, problemOf: (text: string) => string | undefined) =>
  ValidateBy({
    name,
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && value.length <= MAX_LENGTH && problemOf(value) === undefined,
      defaultMessage: (context) => {
        const value: unknown = context?.value;
        const problem = typeof value === 'string' && value.length <= MAX_LENGTH ? problemOf(value) : undefined;
        return problem ?? `must be a text of at most ${MAX_LENGTH} characters`;
      },
    },
  });

/** Hours of each day, over midnight if `from` is later than `to`. */
export class AllowedHoursDto {
  /** @example 20:00 */
  @ApiProperty({ type: String, pattern: TIME.source, example: '20:00' })
  @Matches(TIME, { message: TIME_MESSAGE })
  from!: string;

  /** @example 06:00 */
  @ApiProperty({ type: String, pattern: TIME.source, example: '06:00' })
  @Matches(TIME, { message: TIME_MESSAGE })
  @ValidateBy({
    name: 'opens',
    validator: {
      validate: (value: unknown, context) => value !== (context?.object as AllowedHoursDto | undefined)?.from,
      defaultMessage: () =>
        'must differ from `from`, because these hours never open; leave out hours to allow any time',
    },
  })
  to!: string;
}

/** When the first run of a transfer may run. */
export class FirstRunScheduleDto {
  /**
   * IANA name of the time zone of the hours.
   * @example Europe/Berlin
   */
  @Passes('isTimeZone', (name) =>
    isTimeZone(name) ? undefined : `must be the IANA name of a time zone, such as Europe/Berlin`,
  )
  timezone: string = 'UTC';

  /**
   * The transfer runs only within these hours; outside them it waits, also with what is left of links and access. It counts
   * and wraps up at any time.
   */
  @MayBeLeftOut()
  @IsObject({ message: 'must have `from` and `to`' })
  @ValidateNested()
  @Type(() => AllowedHoursDto)
  hours?: AllowedHoursDto;
}

/** When a transfer syncs new changes, and the hours in which it may run. At least one of `every`, `cron` and `hours`. */
export class ScheduleChangeDto extends FirstRunScheduleDto {
  /**
   * Interval between two runs: an ISO 8601 duration of days, hours and minutes in capital letters, at least PT15M and at
   * most P28D. Not with `cron`.
   * @example PT6H
   */
  @ApiPropertyOptional({ type: String, example: 'PT6H', maxLength: MAX_LENGTH })
  @MayBeLeftOut()
  @Passes('isInterval', intervalProblem)
  every?: string;

  /**
   * Cron expression with five fields, in the time zone; runs are at least 15 minutes and at most 28 days apart. A time
   * that the start of daylight-saving time skips moves by an hour; one that its end repeats counts once.
   * @example 0 2 * * *
   */
  @ApiPropertyOptional({ type: String, example: '0 2 * * *', maxLength: MAX_LENGTH })
  @MayBeLeftOut()
  @Passes('isCron', cronProblem)
  cron?: string;

  /**
   * No run starts later (RFC 3339). One that is due just before this time may start up to a minute late.
   * @example 2027-06-30T22:00:00Z
   */
  @MayBeLeftOut()
  @IsMoment()
  until?: string;
}

/** The last run that the schedule started and that has ended. */
export class ScheduledRunDto {
  /** When it started. */
  at!: string;
  /** Items that it found new, changed or renamed in the source. */
  changed!: number;
  /** The state in which it ended. */
  @IsIn(TRANSFER_STATES)
  state!: TransferState;
}

export const SCHEDULE_STATES = ['active', 'paused', 'ended'] as const;

/** When a transfer runs, and what came of it. */
export class ScheduleDto {
  /** @example PT6H */
  every?: string;
  /** @example 0 2 * * * */
  cron?: string;
  /** @example Europe/Berlin */
  timezone!: string;
  until?: string;
  hours?: AllowedHoursDto;
  /**
   * `active`: it applies; `paused`: a person paused its runs; `ended`: no further run starts, because `until` is over, an
   * account withdrew its access, the transfer was undone, or it ended before anything was copied. `hours` apply in each
   * state.
   */
  @IsIn(SCHEDULE_STATES)
  state!: (typeof SCHEDULE_STATES)[number];
  /**
   * When the next run is due. In the past while another run is in progress, waits or is paused, or the account has no free
   * place: then it starts as soon as it can, unless `until` is over. Omitted if none is due. A run that failed is followed
   * by the next one.
   */
  nextRunAt?: string;
  lastRun?: ScheduledRunDto;
}
