import type { TransferState } from './states.js';

/** Hours of each day in which a transfer may run, as HH:MM. `from` later than `to`: over midnight. */
export interface AllowedHours {
  readonly from: string;
  readonly to: string;
}

/** When a transfer runs. With `every` or `cron` it syncs new changes then; with `hours` it runs only within them. */
export interface Schedule {
  /** The interval between two runs: ISO 8601 duration. */
  readonly every?: string;
  /** Cron expression with five fields. */
  readonly cron?: string;
  /** IANA name of the time zone of `cron` and `hours`. */
  readonly timezone: string;
  /** No run starts later. Epoch milliseconds, as all times here. */
  readonly until?: number;
  readonly hours?: AllowedHours;
}

/** The last run that a schedule started and that has ended. */
export interface ScheduledRun {
  /** When it started. */
  readonly at: number;
  /** Items that it found new, changed or renamed. */
  readonly changed: number;
  /** The state in which it ended. */
  readonly state: TransferState;
}

/** A schedule and what has come of it. */
export interface ScheduleSnapshot extends Schedule {
  /**
   * When the next run is due; in the past while it must wait, as for another run. Missing if no run will start: the schedule
   * has only hours, is paused, or has ended.
   */
  readonly nextRunAt?: number;
  readonly isPaused?: true;
  readonly lastRun?: ScheduledRun;
  /** A person resumed the transfer outside its hours: they do not apply until its end. */
  readonly ignoresHours?: true;
}
