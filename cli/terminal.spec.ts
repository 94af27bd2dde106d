import { moment } from './terminal.ts';

it.each([
  ['UTC', '2026-12-01 08:00 UTC'],
  ['Europe/Berlin', '2026-12-01 09:00 GMT+1'],
  ['America/Los_Angeles', '2026-12-01 00:00 PST'],
])('states a moment in %s', (timeZone, text) => {
  expect(moment('2026-12-01T08:00:00.000Z', timeZone)).toBe(text);
});
