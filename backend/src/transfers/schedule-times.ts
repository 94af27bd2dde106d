import type { AllowedHours, Schedule } from '../engine/model/schedule.js';
import { DAY_MS, MINUTE_MS } from '../engine/times.js';

const DAY_MINUTES = 24 * 60;
/** A run lists the changes of two accounts, so more frequent ones would mostly compete with each other. */
const MIN_INTERVAL_MINUTES = 15;
/** A transfer is kept for 30 days after a run, so the next one must start within them. */
const MAX_INTERVAL_DAYS = 28;
/** Days after which a pattern of days has repeated, leap days included. */
const PATTERN_DAYS = 4 * 366;
/** Days that are searched for an opening: a change of the clocks can remove the hours of one day. */
const OPENING_DAYS = 3;

const FIELDS = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  {
    ...{ name: 'month', least: 1, most: 12 },
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // 7 is Sunday, too.
  { name: 'day of the week', least: 0, most: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;
type Field = (typeof FIELDS)[number];

/** A cron expression: the times of a day, in minutes since midnight and ascending, and the days. */
interface Cron {
  readonly times: readonly number[];
  readonly isOn: (date: Temporal.PlainDate) => boolean;
}

/**
 * Parses a cron expression: five fields of lists, ranges, steps and `*` (POSIX.1-2017, crontab). If both the day of the
 * month and the day of the week are restricted, either suffices.
 * @throws Error whose message completes "must be a cron expression, but …"
 */
function parseCron(text: string): Cron {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) throw new Error(`it has ${parts.length} fields instead of 5`);
  const [minutes, hours, days, months, weekdays] = parts.map((part, index) => valuesOf(part, FIELDS[index]!));
  const [anyDay, anyWeekday] = [parts[2]!.startsWith('*'), parts[4]!.startsWith('*')];
  return {
    times: [...hours!].flatMap((hour) => [...minutes!].map((minute) => hour * 60 + minute)).sort((a, b) => a - b),
    isOn: ({ day, month, dayOfWeek }) => {
      if (!months!.has(month)) return false;
      const [onDay, onWeekday] = [days!.has(day), weekdays!.has(dayOfWeek) || weekdays!.has(dayOfWeek % 7)];
      return anyDay || anyWeekday ? onDay && onWeekday : onDay || onWeekday;
    },
  };
}

function valuesOf(part: string, { name, least, most, names }: Field): ReadonlySet<number> {
  const values = new Set<number>();
  for (const each of part.split(',')) {
    const [, range, step = '1'] = /^(\*|[a-z\d]+(?:-[a-z\d]+)?)(?:\/(\d{1,4}))?$/.exec(each.toLowerCase()) ?? [];
    if (range === undefined) throw new Error(`"${each}" is no ${name}`);
    const [low, high = each.includes('/') ? String(most) : low] =
      range === '*' ? [String(least), String(most)] : (range.split('-') as [string, string?]);
    const [from, to] = [numberOf(low, names, least), numberOf(high, names, least)];
    if (!(from >= least && to <= most && from <= to && Number(step) > 0)) throw new Error(`"${each}" is no ${name}`);
    for (let value = from; value <= to; value += Number(step)) values.add(value);
  }
  return values;
}

/** @param least the value of the first name */
function numberOf(text: string, names: readonly string[], least: number): number {
  const index = names.indexOf(text);
  return index >= 0 ? index + least : /^\d{1,2}$/.test(text) ? Number(text) : NaN;
}

/** What is wrong with a cron expression of a schedule, as a sentence about it; undefined: nothing. */
export function cronProblem(text: string): string | undefined {
  let cron: Cron;
  try {
    cron = parseCron(text);
  } catch (error) {
    return `must be a cron expression with five fields such as 0 2 * * *, but ${(error as Error).message}`;
  }
  const { times, isOn } = cron;
  const first = times[0]! + DAY_MINUTES;
  const closest = Math.min(...[...times, first].slice(1).map((time, index) => time - times[index]!));
  if (closest < MIN_INTERVAL_MINUTES)
    return `must leave at least ${MIN_INTERVAL_MINUTES} minutes between two runs, but two of them are ${closest} apart`;
  const start = Temporal.PlainDate.from('2027-01-01');
  const on = Array.from({ length: PATTERN_DAYS }, (_, day) => day).filter((days) => isOn(start.add({ days })));
  if (on.length === 0) return 'never fires: no date matches its days and months';
  const longest = Math.max(...[...on, on[0]! + PATTERN_DAYS].slice(1).map((day, index) => day - on[index]!));
  return longest > MAX_INTERVAL_DAYS
    ? `must start a run at least every ${MAX_INTERVAL_DAYS} days, because a transfer is kept for 30 days after its end`
    : undefined;
}

/**
 * What is wrong with the interval of a schedule, as a sentence about it; undefined: nothing. Temporal accepts a sign and
 * small letters, too.
 */
export function intervalProblem(text: string): string | undefined {
  let ms: number;
  try {
    ms = intervalMs(text);
  } catch {
    return 'must be an ISO 8601 duration of days, hours and minutes, such as PT6H or P1D';
  }
  const isInside = ms >= MIN_INTERVAL_MINUTES * MINUTE_MS && ms <= MAX_INTERVAL_DAYS * DAY_MS;
  if (!isInside) return `must be between PT${MIN_INTERVAL_MINUTES}M and P${MAX_INTERVAL_DAYS}D`;
  const proper = text.replace('+', '').toUpperCase();
  return text === proper ? undefined : `must be in capital letters and without a sign: ${proper}`;
}

/** An interval or a cron expression as one text. */
export const timingText = ({ every, cron }: Pick<Schedule, 'every' | 'cron'>): string => cron ?? every ?? '';

/** What such a text is. Earlier versions stored intervals such as pt6h and +PT6H as well; no cron expression begins so. */
export const timingIn = (text: string): Pick<Schedule, 'every' | 'cron'> =>
  /^\+?p/i.test(text) ? { every: text } : { cron: text };

const intervalMs = (text: string): number => Temporal.Duration.from(text).total({ unit: 'milliseconds' });

/**
 * Whether it is the IANA name of a time zone that `Temporal` knows, with which all times are computed. `Intl` knows
 * former names too, such as IST.
 */
export function isTimeZone(name: string): boolean {
  // An offset such as +02:00 has no daylight-saving time, so it is rarely what was meant.
  if (!/^[a-z]/i.test(name)) return false;
  try {
    // It also reads times that contain a zone or an offset.
    const { timeZoneId } = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return timeZoneId.toLowerCase() === name.toLowerCase();
  } catch {
    return false;
  }
}

/**
 * When the next run of a valid schedule is due. A time that a change of the clocks skips moves by as much; one that
 * occurs twice counts once, the first time.
 * @param now epoch milliseconds, as all times here; the run is later
 * @param last when the last run was due; intervals continue from it
 * @returns undefined if none is due any more, or the schedule has no runs
 */
export function nextRunAfter(
  { every, cron, timezone, until = Infinity }: Schedule,
  now: number,
  last = now,
): number | undefined {
  const next =
    every !== undefined
      ? last + Math.max(1, Math.floor((now - last) / intervalMs(every)) + 1) * intervalMs(every)
      : cron !== undefined
        ? nextOf(parseCron(cron), timezone, now)
        : undefined;
  return next !== undefined && next <= until ? next : undefined;
}

function nextOf({ times, isOn }: Cron, timezone: string, now: number): number | undefined {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate();
  for (let days = 0; days <= MAX_INTERVAL_DAYS + 1; days++) {
    const date = today.add({ days });
    if (!isOn(date)) continue;
    // Not in order where a change of the clocks moves some of them.
    const later = times.map((minutes) => instantOf(date, minutes, timezone)).filter((at) => at > now);
    if (later.length > 0) return Math.min(...later);
  }
  return undefined;
}

/** @param minutes since midnight, by the clock on the wall */
function instantOf(date: Temporal.PlainDate, minutes: number, timeZone: string): number {
  const plainTime = new Temporal.PlainTime(Math.floor(minutes / 60), minutes % 60);
  return date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
}

/**
 * When the allowed hours of a schedule open next.
 * @returns undefined if they are open now, or it has none
 */
export function closedUntil(
  { hours, timezone }: Pick<Schedule, 'hours' | 'timezone'>,
  now: number,
): number | undefined {
  if (!hours || isOpen(hours, timezone, now)) return undefined;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate();
  const openings = Array.from({ length: OPENING_DAYS }, (_, days) =>
    instantOf(today.add({ days }), minutesOf(hours.from), timezone),
  );
  return openings.find((at) => at > now && isOpen(hours, timezone, at));
}

function isOpen({ from, to }: AllowedHours, timezone: string, at: number): boolean {
  const { hour, minute } = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
  const [time, opens, closes] = [hour * 60 + minute, minutesOf(from), minutesOf(to)];
  return opens < closes ? time >= opens && time < closes : time >= opens || time < closes;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
