import type { Schedule } from '../../model/schedule.js';
import type { CommandedBy } from './log.js';

/** When a transfer runs. The snapshot shows it. */
export interface LedgerSchedule {
  /**
   * Sets the schedule, replacing an earlier one and a pause, and keeps the transfer for another 30 days. After its end
   * the sides of `by` thereby consent. Durable.
   * @param nextRunAt when the first run is due (epoch milliseconds); undefined: the schedule has only hours
   * @returns false, without an effect, if an account has withdrawn its access
   */
  setSchedule(schedule: Schedule, nextRunAt: number | undefined, by: CommandedBy): Promise<boolean>;
  /**
   * No further run starts; one in progress continues. Durable.
   * @param how `paused`: until it is set again · `ended`: no further run is possible · `removed`: its hours no longer
   *   apply either
   * @param by the person who commanded it, for the log
   */
  stopSchedule(how: 'paused' | 'ended' | 'removed', by?: CommandedBy): Promise<void>;
}
