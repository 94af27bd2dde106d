import { closedUntil, cronProblem, intervalProblem, isTimeZone, nextRunAfter } from './schedule-times.js';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);

/** The next runs after a time. */
function runs(schedule: Parameters<typeof nextRunAfter>[0], after: string, count: number): string[] {
  const found: string[] = [];
  for (let now: number | undefined = at(after); found.length < count;) {
    now = nextRunAfter(schedule, now, now);
    if (now === undefined) break;
    found.push(new Date(now).toISOString().slice(0, 16));
  }
  return found;
}

describe('runs by cron', () => {
  it.each([
    [
      'clocks go forward, at a time that is skipped',
      '30 2 * * *',
      BERLIN,
      '2027-03-27T12:00Z',
      ['2027-03-28T01:30', '2027-03-29T00:30'],
    ],
    [
      'clocks go forward, at the first time after the gap',
      '0 3 * * *',
      BERLIN,
      '2027-03-27T12:00Z',
      ['2027-03-28T01:00', '2027-03-29T01:00'],
    ],
    [
      'clocks go back, at a time that occurs twice',
      '30 2 * * *',
      BERLIN,
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    ['clocks go back, at 02:00', '0 2 * * *', BERLIN, '2026-10-24T12:00Z', ['2026-10-25T00:00', '2026-10-26T01:00']],
    [
      'in New York, clocks go back',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00Z',
      ['2026-11-01T05:30', '2026-11-02T06:30'],
    ],
    [
      'in Cairo, clocks go forward at midnight',
      '0 0 * * *',
      'Africa/Cairo',
      '2026-04-23T12:00Z',
      ['2026-04-23T22:00', '2026-04-24T21:00'],
    ],
    [
      'several times a day, clocks go forward',
      '0 1-4 * * *',
      BERLIN,
      '2027-03-27T23:30Z',
      ['2027-03-28T00:00', '2027-03-28T01:00', '2027-03-28T02:00', '2027-03-28T23:00'],
    ],
  ])('once a day and never twice: %s', (_, cron, timezone, after, expected) => {
    expect(runs({ cron, timezone }, after, expected.length)).toEqual(expected);
  });

  it.each([
    ['0 2 * * mon-fri', ['2026-12-04T02:00', '2026-12-07T02:00']],
    ['*/30 22-23 * * 7', ['2026-12-06T22:00', '2026-12-06T22:30', '2026-12-06T23:00']],
    ['15 1 10,20 * *', ['2026-12-10T01:15', '2026-12-20T01:15']],
    ['0 0 13 * 5', ['2026-12-04T00:00', '2026-12-11T00:00', '2026-12-13T00:00']],
    ['5 20/2 * * *', ['2026-12-03T20:05', '2026-12-03T22:05', '2026-12-04T20:05']],
  ])('understands %s', (cron, expected) => {
    expect(cronProblem(cron)).toBeUndefined();
    expect(runs({ cron, timezone: 'UTC' }, '2026-12-03T12:00Z', expected.length)).toEqual(expected);
  });

  it.each([
    ['* * *', 'it has 3 fields instead of 5'],
    ['0 2 * * * *', 'it has 6 fields instead of 5'],
    ['0 24 * * *', '"24" is no hour'],
    ['0 5-2 * * *', '"5-2" is no hour'],
    ['0 2 * * */0', '"*/0" is no day of the week'],
    ['0 2 L * *', '"L" is no day of the month'],
    ['0 2 30 2 *', 'never fires'],
    ['0 2 31 4,6 *', 'never fires'],
    ['0 2 29 2 *', 'at least every 28 days'],
    ['0 2 1 * *', 'at least every 28 days'],
    ['*/5 * * * *', 'at least 15 minutes between two runs, but two of them are 5 apart'],
    ['5,55 0,23 * * *', 'but two of them are 10 apart'],
  ])('refuses %s', (cron, problem) => {
    expect(cronProblem(cron)).toContain(problem);
  });
});

describe('runs by an interval', () => {
  it('counts hours, also where the clocks change', () => {
    expect(runs({ every: 'PT12H', timezone: BERLIN }, '2027-03-27T20:00Z', 3)).toEqual([
      '2027-03-28T08:00',
      '2027-03-28T20:00',
      '2027-03-29T08:00',
    ]);
  });

  it('makes up for one missed run, and continues from the times of the earlier ones', () => {
    const due = at('2026-12-01T00:00Z');
    const [afterOne, afterMany] = ['2026-12-01T00:00:02Z', '2026-12-03T05:00Z'].map((now) =>
      nextRunAfter({ every: 'PT6H', timezone: 'UTC' }, at(now), due),
    );
    expect(afterOne).toBe(at('2026-12-01T06:00Z'));
    expect(afterMany).toBe(at('2026-12-03T06:00Z'));
  });

  it.each([
    ['PT15M', undefined],
    ['P28D', undefined],
    ['P1DT12H', undefined],
    ['PT14M', 'must be between PT15M and P28D'],
    ['P29D', 'must be between PT15M and P28D'],
    ['-P1D', 'must be between PT15M and P28D'],
    ['pt6h', 'must be in capital letters and without a sign: PT6H'],
    ['+P1dT6h', 'must be in capital letters and without a sign: P1DT6H'],
    ['P1M', 'must be an ISO 8601 duration'],
    ['6h', 'must be an ISO 8601 duration'],
  ])('checks %s', (every, problem) => {
    if (problem === undefined) expect(intervalProblem(every)).toBeUndefined();
    else expect(intervalProblem(every)).toContain(problem);
  });
});

it('starts no run after the end of a schedule', () => {
  const schedule = { cron: '0 2 * * *', timezone: 'UTC', until: at('2026-12-02T02:00Z') };
  expect(runs(schedule, '2026-11-30T12:00Z', 5)).toEqual(['2026-12-01T02:00', '2026-12-02T02:00']);
});

describe('allowed hours', () => {
  const night = { hours: { from: '20:00', to: '06:00' }, timezone: BERLIN };
  const shown = (until: number | undefined) => until && new Date(until).toISOString().slice(0, 16);

  it.each([
    ['in the evening', night, '2026-12-01T18:59Z', '2026-12-01T19:00'],
    ['from the first minute on', night, '2026-12-01T19:00Z', undefined],
    ['after midnight', night, '2026-12-02T04:59Z', undefined],
    ['until the last minute', night, '2026-12-02T05:00Z', '2026-12-02T19:00'],
    ['on the day on which the clocks go forward', night, '2027-03-28T10:00Z', '2027-03-28T18:00'],
    ['on the day on which the clocks go back', night, '2026-10-25T10:00Z', '2026-10-25T19:00'],
    ['at any time without hours', { timezone: BERLIN }, '2026-12-01T12:00Z', undefined],
    [
      'the next day, if the clocks skip these hours',
      { hours: { from: '02:00', to: '03:00' }, timezone: BERLIN },
      '2027-03-28T00:30Z',
      '2027-03-29T00:00',
    ],
    [
      'both times, if the clocks repeat these hours',
      { hours: { from: '02:00', to: '03:00' }, timezone: BERLIN },
      '2026-10-25T01:30Z',
      undefined,
    ],
  ])('open %s', (_, schedule, now, expected) => {
    expect(shown(closedUntil(schedule, at(now)))).toBe(expected);
  });
});

it.each([
  [BERLIN, true],
  ['UTC', true],
  ['US/Pacific', true],
  ['europe/berlin', true],
  ['GMT+0', true],
  ['T12:00[Europe/Berlin]', false],
  ['T00:00+02:00', false],
  // Intl formats these, Temporal does not know them.
  ['IST', false],
  ['PST', false],
  ['US/Pacific-New', false],
  ['Europe/Atlantis', false],
  ['+02:00', false],
  ['', false],
])('knows whether %s is a time zone', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});
