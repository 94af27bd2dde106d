import { BUCKET_MS, rateOf } from './ledger-rate.js';

/** The third second of a bucket. */
const NOW = 1_800_000_003_000;
const NOW_BUCKET = Math.floor(NOW / BUCKET_MS);
/** Amounts of the newest buckets, the current one first. */
const buckets = (what: 'i' | 'b', ...amounts: number[]) =>
  Object.fromEntries(amounts.map((amount, age) => [`${what}:${NOW_BUCKET - age}`, String(amount)]));
const HOUR_AGO = NOW - 3_600_000;

it('is the average of the last minute', () => {
  const passed = { ...buckets('i', 10, 10, 10, 10, 10, 10, 99), ...buckets('b', 600) };
  expect(rateOf(passed, HOUR_AGO, NOW)).toEqual({ itemsPerSecond: 1, bytesPerSecond: 10 });
});

it('is the average since the start of a younger transfer', () => {
  expect(rateOf(buckets('i', 20), NOW - 2_000, NOW).itemsPerSecond).toBe(10);
  expect(rateOf({}, NOW, NOW)).toEqual({ itemsPerSecond: 0, bytesPerSecond: 0 });
});

it('ignores the pause before it resumed and what arrived before', () => {
  expect(rateOf(buckets('i', 15, 15, 0, 0, 600), NOW - 10_000, NOW).itemsPerSecond).toBe(3);
});

it('falls to 0 once nothing arrives, but not for a usual pause', () => {
  // Three a second, and then nothing for 13 s.
  expect(rateOf(buckets('i', 0, 0, 30, 30, 30, 30), HOUR_AGO, NOW).itemsPerSecond).toBe(0);
  expect(rateOf(buckets('i', 0, 30, 30, 30, 30, 30), HOUR_AGO, NOW).itemsPerSecond).toBe(2.5);
  // One every half minute.
  expect(rateOf(buckets('i', 0, 0, 1, 0, 0, 1), HOUR_AGO, NOW).itemsPerSecond).toBeCloseTo(2 / 60);
  expect(rateOf(buckets('b', 0, 0, 600, 600, 600, 600), HOUR_AGO, NOW).bytesPerSecond).toBe(40);
  expect(rateOf(buckets('b', 0, 0, 0, 0, 0, 600), HOUR_AGO, NOW).bytesPerSecond).toBe(10);
});
