import { remembered } from '../remembered.ts';

// Clients read the same files repeatedly.
const written = remembered(10_000, (time: number) => new Date(time).toISOString());

/** Milliseconds as Google writes times: UTC with three decimals and Z. */
export function rfc3339(time: number | undefined): string | undefined {
  return time === undefined ? undefined : written(time);
}
