/**
 * Formats counts, sizes, durations and times in the page's language. Numbers and dates follow the locale
 * (`texts/language.ts`); the words are in `texts/…/formats.ts`. The functions read signals, so templates that call them
 * update when the language changes.
 */
import { catalogue } from '../texts/catalogue';
import { count } from '../texts/counting';
import { cached } from '../texts/formatters';
import { locale } from '../texts/language';
import { currentTime } from './clock';

const UNITS = ['KB', 'MB', 'GB', 'TB', 'PB'] as const;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const texts = () => catalogue().formats;

const withDigits = ([0, 1] as const).map((digits) =>
  cached((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits })),
);
const number = (value: number, digits: 0 | 1): string => withDigits[digits]!().format(value);
const timeOfDay = cached((locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'short' }));
const timeWithSeconds = cached((locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }));
const dayAndMonth = cached((locale) => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }));
const withYear = cached(
  (locale) => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' }),
);
const day = cached((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }));
const exact = cached((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' }));

/** Creates the formatters that nearly every page needs: a browser's first one takes longer than rendering the page. */
export function prepareFormats(): void {
  for (const formatter of [timeOfDay, dayAndMonth, exact]) formatter();
}

/** 12517 → "12,517". */
export const formatCount = count;

const compact = cached(
  (locale) => new Intl.NumberFormat(locale, { notation: 'compact', compactDisplay: 'long', maximumFractionDigits: 1 }),
);

/** Google's quota units: "641,300", "1.9 million". */
export const formatQuotaUnits = (units: number): string =>
  units < 1_000_000 ? formatCount(units) : compact().format(units);

/** "1 item", "7 items". */
export const formatItems = (value: number, what: 'item' | 'file' | 'folder' = 'item'): string =>
  texts().counted[what](value);

/**
 * A size in bytes as Google states it, with one decimal below 100. `null` (folders, Google Docs) is an em dash.
 * @param step 1024 for files and storage, as in Drive: an account with 15 GB has 15 × 1,024³ bytes. 1000 for limits that
 * Google publishes in decimal units: 750 GB a day would otherwise read 698.5 GB.
 */
export function formatBytes(bytes: number | null, step: 1000 | 1024 = 1024): string {
  if (bytes === null) return '—';
  if (bytes < step) return `${formatCount(Math.round(bytes))} B`;
  let value = bytes / step;
  let unit = 0;
  // 1023.95 KB would round to "1,024 KB", which is 1 MB.
  while (value >= step - 0.5 && unit < UNITS.length - 1) {
    value /= step;
    unit++;
  }
  const digits = value < 99.95 ? 1 : 0;
  return `${number(value, digits)} ${UNITS[unit]}`;
}

/** A duration in seconds, in its two largest units: "1 h 8 min", "40 s", "2 d 3 h". Below a second: "0 s". */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const { day, hour, minute, second } = texts().units;
  const pair = (large: number, largeName: string, small: number, smallName: string) =>
    small === 0 ? `${large} ${largeName}` : `${large} ${largeName} ${small} ${smallName}`;
  if (total < MINUTE) return `${total} ${second}`;
  if (total < HOUR) return pair(Math.floor(total / MINUTE), minute, total % MINUTE, second);
  if (total < DAY) return pair(Math.floor(total / HOUR), hour, Math.floor((total % HOUR) / MINUTE), minute);
  return pair(Math.floor(total / DAY), day, Math.floor((total % DAY) / HOUR), hour);
}

/** The time left of a transfer, rounded to minutes, because the estimate is not more precise. */
export const formatTimeLeft = (seconds: number): string =>
  seconds < MINUTE
    ? texts().lessThanAMinuteLeft
    : texts().aboutLeft(formatDuration(Math.round(seconds / MINUTE) * MINUTE));

/** A rate, with one decimal below 10: "1.9", "12". */
export const formatRate = (value: number): string => number(value, value < 10 ? 1 : 0);

/** A rate of items: "1.9 items/s". */
export const formatItemRate = (perSecond: number): string => texts().itemsPerSecond(formatRate(perSecond));

/** A number with at most `digits` decimals: 2.25 → "2.3", "2,3". */
export const formatDecimal = (value: number, digits = 1): string =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);

/** A part of a whole, 0 to 1: "98.6%", "98,6 %". */
export const formatShare = (share: number, digits = 1): string =>
  new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: digits }).format(share);

const startOfDay = (time: number): number => new Date(time).setHours(0, 0, 0, 0);

/** Calendar days from `now` to `time`, negative for the past; correct across daylight saving time. */
const daysAway = (time: number, now: number): number => Math.round((startOfDay(time) - startOfDay(now)) / (DAY * 1000));

/** "10:22". */
export const formatTimeOfDay = (time: number): string => timeOfDay().format(time);

/** A calendar date: "22 Nov", with the year if it differs from that of `now`. */
export function formatDate(time: number | string, now = currentTime()): string {
  const date = new Date(time);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayAndMonth() : withYear()).format(date);
}

/** A calendar date with its year, for names: "22 Nov 2026". */
export const formatDay = (time: number): string => day().format(time);

/** A time relative to today: "10:22", "yesterday, 10:22", "tomorrow, 08:51", "22 Nov". */
export function formatMoment(time: number | string, now = currentTime()): string {
  const at = new Date(time).getTime();
  switch (daysAway(at, now)) {
    case 0:
      return formatTimeOfDay(at);
    case -1:
      return texts().yesterday(formatTimeOfDay(at));
    case 1:
      return texts().tomorrow(formatTimeOfDay(at));
    default:
      return formatDate(at, now);
  }
}

/** A time in a log, always to the second: "10:22:07", "yesterday, 10:22:07", "22 Nov, 10:22:07". */
export function formatLogTime(time: number | string, now = currentTime()): string {
  const at = new Date(time).getTime();
  const clock = timeWithSeconds().format(at);
  switch (daysAway(at, now)) {
    case 0:
      return clock;
    case -1:
      return texts().yesterday(clock);
    default:
      return `${formatDate(at, now)}, ${clock}`;
  }
}

/** The exact time with its time zone, for tooltips. */
export const formatExact = (time: number | string): string => exact().format(new Date(time));

/** Names of some of `total` items: ["A", "B"] of 7 → "A, B and 5 more". @param max how many names to show */
export function formatNames(names: readonly string[], total: number, max = 2): string {
  const shown = names.slice(0, Math.min(max, total));
  const rest = total - shown.length;
  if (shown.length === 0) return formatItems(total);
  if (rest > 0) return texts().andMore(shown.join(', '), rest);
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(shown);
}
