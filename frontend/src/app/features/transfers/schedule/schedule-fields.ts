import { Schedule } from '../../../api/models/schedule';
import { ScheduleChange } from '../../../api/models/schedule-change';
import {
  DEFAULT_TIME,
  hasTime,
  HowOften,
  INTERVALS,
  localZone,
  timingOf,
  WEEKDAYS,
} from '../../../core/schedule-labels';

/** A schedule as the form has it. */
export interface ScheduleFields {
  readonly often: HowOften;
  /** HH:MM, for `day`, `weekday` and `week`. */
  readonly at: string;
  readonly limited: boolean;
  readonly from: string;
  readonly to: string;
  /** A date, or empty. */
  readonly until: string;
}

/** A date in the time zone of this browser, as a date field has it. */
function dateOf(time: string): string {
  const at = new Date(time);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** The fields of a schedule; without one, those that the form proposes. */
export const fieldsOf = (schedule?: Schedule): ScheduleFields => ({
  ...(schedule ? timingOf(schedule) : { often: 'day', at: DEFAULT_TIME }),
  limited: schedule?.hours !== undefined,
  from: schedule?.hours?.from ?? '20:00',
  to: schedule?.hours?.to ?? '06:00',
  until: schedule?.until ? dateOf(schedule.until) : '',
});

/**
 * @param before the schedule that it replaces: its time zone stays, because the form shows its times; an end whose date was
 *   not changed keeps its exact time
 */
export function scheduleOf(fields: ScheduleFields, before?: Schedule): ScheduleChange {
  const { often, at, limited, from, to, until } = fields;
  const [hour, minute] = at.split(':').map(Number);
  return {
    ...(hasTime(often) && { cron: `${minute} ${hour} * * ${WEEKDAYS[often]}` }),
    ...((often === 'six_hours' || often === 'hour') && { every: INTERVALS[often] }),
    ...(often === 'custom' && (before?.every ? { every: before.every } : { cron: before?.cron })),
    timezone: before?.timezone ?? localZone(),
    ...(limited && { hours: { from, to } }),
    // The API accepts an end only with runs.
    ...(until && often !== 'none' && { until: endOf(until, before?.until) }),
  };
}

const endOf = (date: string, before?: string): string =>
  before && dateOf(before) === date ? before : new Date(`${date}T23:59:59`).toISOString();

/** A schedule as it can be sent again. */
export const changeOf = ({ every, cron, timezone, until, hours }: Schedule): ScheduleChange => ({
  ...(every && { every }),
  ...(cron && { cron }),
  timezone,
  ...(until && { until }),
  ...(hours && { hours }),
});
