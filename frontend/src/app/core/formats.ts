/**
 * How counts, sizes, durations and times read. The browser's locale decides separators and month names
 * (pass `locale` only in tests); the words are English.
 */

type Locale = string | undefined;

const STEP = 1024;
const UNITS = ['KB', 'MB', 'GB', 'TB', 'PB'] as const;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 12517 → "12,517". */
export const formatCount = (value: number, locale?: Locale): string => new Intl.NumberFormat(locale).format(value);

/** "1 item", "7 items"; `word` is the singular of a regular noun. */
export const formatItems = (value: number, word = 'item', locale?: Locale): string =>
  `${formatCount(value, locale)} ${value === 1 ? word : `${word}s`}`;

/**
 * A size in bytes as Google Drive shows it: steps of 1,024 named KB, MB, GB, one decimal below 100.
 * `null` (folders, Google Docs) is an em dash.
 */
export function formatBytes(bytes: number | null, locale?: Locale): string {
  if (bytes === null) return '—';
  if (bytes < STEP) return `${formatCount(Math.round(bytes), locale)} B`;
  let value = bytes / STEP;
  let unit = 0;
  // 1023.95 would round to "1,024 KB"; it is a megabyte.
  while (value >= STEP - 0.5 && unit < UNITS.length - 1) {
    value /= STEP;
    unit++;
  }
  const digits = value < 99.95 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${UNITS[unit]}`;
}

/** A length of time in seconds, in its two largest units: "1 h 8 min", "40 s", "2 d 3 h". Below a second: "0 s". */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const pair = (large: number, largeName: string, small: number, smallName: string) =>
    small === 0 ? `${large} ${largeName}` : `${large} ${largeName} ${small} ${smallName}`;
  if (total < MINUTE) return `${total} s`;
  if (total < HOUR) return pair(Math.floor(total / MINUTE), 'min', total % MINUTE, 's');
  if (total < DAY) return pair(Math.floor(total / HOUR), 'h', Math.floor((total % HOUR) / MINUTE), 'min');
  return pair(Math.floor(total / DAY), 'd', Math.floor((total % DAY) / HOUR), 'h');
}

/** The time left of a transfer: rounded to minutes, because its estimate is not better than that. */
export const formatTimeLeft = (seconds: number): string =>
  seconds < MINUTE ? 'Less than a minute left' : `About ${formatDuration(Math.round(seconds / MINUTE) * MINUTE)} left`;

/** Items first, because small files cost time and not bytes: "1.9 items/s". */
export const formatItemRate = (perSecond: number, locale?: Locale): string =>
  `${new Intl.NumberFormat(locale, { maximumFractionDigits: perSecond < 10 ? 1 : 0 }).format(perSecond)} items/s`;

const startOfDay = (time: number): number => new Date(time).setHours(0, 0, 0, 0);

/** Whole calendar days from `now` to `time`, negative for the past; summer time cannot shift it. */
const daysAway = (time: number, now: number): number => Math.round((startOfDay(time) - startOfDay(now)) / (DAY * 1000));

const timeOfDay = (time: number, locale: Locale): string =>
  new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(time);

/** A calendar date: "22 Nov", with the year when it is another one than `now`'s. */
export function formatDate(time: number | string, now: number, locale?: Locale): string {
  const date = new Date(time);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  const year = sameYear ? undefined : 'numeric';
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year }).format(date);
}

/** A moment, as near as it is: "10:22", "yesterday, 10:22", "tomorrow, 08:51", "22 Nov". */
export function formatMoment(time: number | string, now: number, locale?: Locale): string {
  const at = new Date(time).getTime();
  const days = daysAway(at, now);
  if (days === 0) return timeOfDay(at, locale);
  if (days === -1) return `yesterday, ${timeOfDay(at, locale)}`;
  if (days === 1) return `tomorrow, ${timeOfDay(at, locale)}`;
  return formatDate(at, now, locale);
}

/** The exact moment with its zone, for tooltips. */
export const formatExact = (time: number | string, locale?: Locale): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' }).format(new Date(time));

/** "7", "7 of 12" lists read better with names: ["A", "B"] of 7 → "A, B and 5 more". */
export function formatNames(names: readonly string[], total: number): string {
  const shown = names.slice(0, total > 2 ? 2 : total);
  const rest = total - shown.length;
  if (shown.length === 0) return formatItems(total);
  if (rest > 0) return `${shown.join(', ')} and ${formatCount(rest)} more`;
  return shown.join(' and ');
}
