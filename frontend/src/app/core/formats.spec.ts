import {
  formatBytes,
  formatDate,
  formatDuration,
  formatItems,
  formatLogTime,
  formatMoment,
  formatNames,
  formatQuotaUnits,
  formatTimeLeft,
} from './formats';
import { speak } from '../texts/catalogue';
import { language } from '../texts/language';

const browser = (...tags: string[]) => jest.spyOn(navigator, 'languages', 'get').mockReturnValue(tags);

beforeEach(() => {
  browser('en-GB');
  language.set('de');
  language.set('en');
});

const NOW = new Date(2026, 10, 24, 10, 22).getTime();

it.each([
  [null, '—'],
  [0, '0 B'],
  [1023, '1,023 B'],
  [1024, '1 KB'],
  [418 * 1024, '418 KB'],
  [99.94 * 1024, '99.9 KB'],
  [1024 * 1024 - 1, '1 MB'],
  [3.1 * 1024 ** 3, '3.1 GB'],
  [184.2 * 1024 ** 3, '184 GB'],
  [2 * 1024 ** 4, '2 TB'],
])('formats %p bytes as %p', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [999, '999 B'],
  [999_950, '1 MB'],
  [750 * 1000 ** 3, '750 GB'],
  [5 * 1000 ** 4, '5 TB'],
])('writes %p bytes beside a decimal limit of Google’s as %p', (bytes, text) => {
  expect(formatBytes(bytes, 1000)).toBe(text);
});

it.each([
  [0, '0', '0'],
  [641_300, '641,300', '641.300'],
  [1_000_000, '1 million', '1 Million'],
  [1_912_400, '1.9 million', '1,9 Millionen'],
  [402_000_000, '402 million', '402 Millionen'],
])('writes %p quota units as %p and %p', (units, english, german) => {
  expect(formatQuotaUnits(units)).toBe(english);
  language.set('de');
  expect(formatQuotaUnits(units)).toBe(german);
});

it.each([
  [-3, '0 s'],
  [40, '40 s'],
  [59.6, '1 min'],
  [61, '1 min 1 s'],
  [3600, '1 h'],
  [4080, '1 h 8 min'],
  [90_000, '1 d 1 h'],
])('formats %p seconds in the two largest units: %p', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it('rounds the time left to minutes', () => {
  expect(formatTimeLeft(2525)).toBe('About 42 min left');
  expect(formatTimeLeft(20)).toBe('Less than a minute left');
});

it.each([
  [new Date(2026, 10, 24, 8, 51), '08:51'],
  [new Date(2026, 10, 23, 23, 59), 'yesterday, 23:59'],
  [new Date(2026, 10, 25, 3, 10), 'tomorrow, 03:10'],
  [new Date(2026, 10, 12, 8, 0), '12 Nov'],
  [new Date(2024, 4, 1, 8, 0), '1 May 2024'],
])('formats %p by its distance: %p', (date, text) => {
  expect(formatMoment(date.getTime(), NOW)).toBe(text);
});

it.each([
  [new Date(2026, 10, 24, 8, 51, 7), '08:51:07'],
  [new Date(2026, 10, 23, 23, 59, 0), 'yesterday, 23:59:00'],
  [new Date(2026, 10, 12, 8, 0, 30), '12 Nov, 08:00:30'],
])('formats %p in a log to the second: %p', (date, text) => {
  expect(formatLogTime(date.getTime(), NOW)).toBe(text);
});

it('includes the year only if it is not the current one', () => {
  expect(formatDate(new Date(2025, 1, 14).getTime(), NOW)).toBe('14 Feb 2025');
});

it('counts one item and several', () => {
  expect(formatItems(1)).toBe('1 item');
  expect(formatItems(12_517, 'file')).toBe('12,517 files');
});

it.each([
  [['A'], 1, 'A'],
  [['A', 'B'], 2, 'A and B'],
  [['A', 'B', 'C'], 7, 'A, B and 5 more'],
  [[], 3, '3 items'],
])('names %p of %p as %p', (names, total, text) => {
  expect(formatNames(names, total)).toBe(text);
});

it('formats in German, with the separators of the reader’s country', async () => {
  browser('de-DE', 'en-GB');
  await speak('de');
  expect(formatItems(1)).toBe('1 Element');
  expect(formatItems(12_517, 'file')).toBe('12.517 Dateien');
  expect(formatMoment(new Date(2026, 10, 25, 3, 10).getTime(), NOW)).toBe('morgen, 03:10');
  expect(formatNames(['A', 'B'], 2)).toBe('A und B');
  browser('en-GB');
  language.set('en');
  language.set('de');
  expect(formatBytes(3.1 * 1024 ** 3)).toBe('3,1 GB');
});
