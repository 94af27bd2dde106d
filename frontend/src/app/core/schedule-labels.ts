import { Schedule } from '../api/models/schedule';
import { catalogue } from '../texts/catalogue';
import { currentTime } from './clock';
import { formatMoment } from './formats';

/**
 * How often a transfer is kept in sync. `custom`: as another client chose it, which the form keeps. `none`: the schedule
 * has only hours.
 */
export type HowOften = 'day' | 'weekday' | 'week' | 'six_hours' | 'hour' | 'custom' | 'none';

export const WEEKDAYS = { day: '*', weekday: '1-5', week: '0' } as const;
export const INTERVALS = { six_hours: 'PT6H', hour: 'PT1H' } as const;
/** The time of the day that the form proposes. */
export const DEFAULT_TIME = '02:00';

/** Whether runs of this kind have a time of the day. */
export const hasTime = (often: HowOften): often is keyof typeof WEEKDAYS => often in WEEKDAYS;

/** The time zone of this browser. */
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Whether a schedule has runs, and not only hours. */
export const hasRuns = ({ every, cron }: Pick<Schedule, 'every' | 'cron'>): boolean => (every ?? cron) !== undefined;

/** How often a schedule runs, and at which time of the day (HH:MM). */
export function timingOf({ every, cron }: Pick<Schedule, 'every' | 'cron'>): { often: HowOften; at: string } {
  const at = DEFAULT_TIME;
  const interval = Object.entries(INTERVALS).find(([, each]) => each === every);
  if (interval) return { often: interval[0] as HowOften, at };
  const [, minute, hour, days] = /^(\d+) (\d+) \* \* (\S+)$/.exec(cron ?? '') ?? [];
  const often = Object.entries(WEEKDAYS).find(([, each]) => each === days)?.[0];
  if (often === undefined) return { often: hasRuns({ every, cron }) ? 'custom' : 'none', at };
  return { often: often as HowOften, at: `${hour!.padStart(2, '0')}:${minute!.padStart(2, '0')}` };
}

/** When a schedule runs: "Every day, 02:00; only from 20:00 to 06:00". */
export function timesOf(schedule: Schedule): string {
  const { often, hours } = catalogue().finished.sync;
  const { at, often: kind } = timingOf(schedule);
  const zone = schedule.timezone === localZone() ? '' : ` (${schedule.timezone})`;
  const runs = hasRuns(schedule) ? `${often[kind]}${hasTime(kind) ? `, ${at}` : ''}` : '';
  const limits = schedule.hours && hours(schedule.hours.from, schedule.hours.to);
  return [runs, limits].filter(Boolean).join('; ') + zone;
}

/** When the next run starts, or why none will; empty for a schedule that has only hours. */
export function nextRunOf({ state, nextRunAt }: Schedule): string {
  const { states, soon } = catalogue().finished.sync;
  if (state !== 'active') return states[state];
  if (nextRunAt === undefined) return '';
  return Date.parse(nextRunAt) <= currentTime() ? soon : formatMoment(nextRunAt);
}

/** What came of the last run; empty before the first one. */
export function lastRunOf({ lastRun }: Schedule): string {
  if (!lastRun) return '';
  const { result, outcomes } = catalogue().finished.sync;
  const { changed, state } = lastRun;
  if (state === 'completed') return result(changed, outcomes.finished);
  if (state === 'completed_with_failures') return result(changed, outcomes.failures);
  return result(changed, state === 'canceled' ? outcomes.canceled : outcomes.failed);
}
