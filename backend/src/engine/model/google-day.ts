import { HOUR_MS } from '../times.js';

const PACIFIC = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/Los_Angeles',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** A day of Google's quotas. */
export interface GoogleDay {
  /** `2026-11-30` */
  readonly date: string;
  /** Epoch milliseconds of its end. */
  readonly ends: number;
}

/** The day of Google's quotas at a time, such as `2026-11-30`. */
export const googleDateAt = (time: number): string => PACIFIC.format(time);

/**
 * The day of Google's quotas at a time: they "reset at midnight Pacific Time" (Google Cloud, "Quotas overview"), which
 * is a full hour in UTC. Twice a year a day has 23 or 25 hours.
 */
export function googleDayAt(time: number): GoogleDay {
  const date = googleDateAt(time);
  let ends = (Math.floor(time / HOUR_MS) + 1) * HOUR_MS;
  while (googleDateAt(ends) === date) ends += HOUR_MS;
  return { date, ends };
}
