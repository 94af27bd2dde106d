import { validateSync } from 'class-validator';
import { IsDayOrMoment, IsMoment } from './moments.js';

class Times {
  @IsMoment()
  time: unknown;
  @IsDayOrMoment()
  day: unknown;
}

const refused = (value: unknown) =>
  validateSync(Object.assign(new Times(), { time: value, day: value })).map(({ property }) => property);

it.each([
  ['2026-01-31T08:00:00Z', []],
  ['2028-02-29T23:59:59.123456789+05:30', []],
  ['2026-01-31', ['time']],
  ['2026-02-30', ['time', 'day']],
  ['2026-02-30T08:00:00Z', ['time', 'day']],
  ['2026-11-31T08:00:00+01:00', ['time', 'day']],
  ['2026-01-31T24:00:00Z', ['time', 'day']],
  ['2026-01-31T23:59:60Z', ['time', 'day']],
  ['2026-01-31T08:00:00', ['time', 'day']],
  ['yesterday', ['time', 'day']],
  [1_790_000_000_000, ['time', 'day']],
])('of %j, refused as: %j', (value, as) => {
  expect(refused(value)).toEqual(as);
});
