import { Meter, pacificDayOf, type MeteredCall } from './meter.ts';

const NOON = Date.parse('2030-01-15T20:00:00Z');
const call = (operation: string, more: Partial<MeteredCall> = {}): MeteredCall => ({
  time: NOON,
  operation,
  project: 'p',
  account: 'a@example.com',
  status: 200,
  bytes: 0,
  ...more,
});

describe('pacificDayOf', () => {
  it.each([
    ['2030-01-15T07:59:59.999Z', '2030-01-14', 24],
    ['2030-01-15T08:00:00.000Z', '2030-01-15', 24],
    ['2030-07-01T06:59:59.999Z', '2030-06-30', 24],
    ['2030-07-01T07:00:00.000Z', '2030-07-01', 24],
    // The clocks there go forward on 10 March 2030, and back on 3 November.
    ['2030-03-10T20:00:00.000Z', '2030-03-10', 23],
    ['2030-11-03T20:00:00.000Z', '2030-11-03', 25],
  ])('%s belongs to %s, which has %i hours', (time, date, hours) => {
    const day = pacificDayOf(Date.parse(time));
    expect(day.date).toBe(date);
    expect((day.ends - day.starts) / 3_600_000).toBe(hours);
    expect(pacificDayOf(day.ends - 1).date).toBe(date);
    expect(pacificDayOf(day.ends).date).not.toBe(date);
    expect(pacificDayOf(day.starts - 1).date).not.toBe(date);
  });
});

describe('Meter', () => {
  const dayOf = (meter: Meter, account?: string): Record<string, unknown>[] => {
    const { projects } = JSON.parse(JSON.stringify(meter.report(NOON))) as {
      projects: { days: Record<string, unknown>[]; accounts: { account: string; days: Record<string, unknown>[] }[] }[];
    };
    const project = projects[0]!;
    return account === undefined
      ? project.days
      : (project.accounts.find((each) => each.account === account)?.days ?? []);
  };

  it('counts units by class and bucket, for the project and for each account', () => {
    const meter = new Meter();
    for (const operation of ['files.get', 'files.list', 'files.copy', 'about.get']) meter.record(call(operation));
    meter.record(call('files.download', { bytes: 1000, account: 'b@example.com' }));
    expect(dayOf(meter)).toEqual([
      expect.objectContaining({
        date: '2030-01-15',
        requests: 5,
        units: 5 + 100 + 50 + 5 + 200,
        egressBytes: 1000,
        classes: {
          get: { requests: 2, units: 10 },
          list: { requests: 1, units: 100 },
          download: { requests: 1, units: 200 },
          edit: { requests: 1, units: 50 },
          other: { requests: 0, units: 0 },
        },
        buckets: [
          { bucket: 'light', units: 10, cost: 0 },
          { bucket: 'medium', units: 50, cost: 0 },
          { bucket: 'plus', units: 100, cost: 0 },
          { bucket: 'top', units: 200, cost: 0 },
        ],
      }),
    ]);
    expect(dayOf(meter, 'b@example.com')).toEqual([expect.objectContaining({ requests: 1, units: 200 })]);
    expect(meter.totals().byProject).toEqual({ p: { requests: 5, units: 360 } });
  });

  it('does not count other APIs, calls without an account, or rate-limited calls', () => {
    const meter = new Meter();
    meter.record(call('directory.users.list'));
    meter.record(call('oauth.token'));
    meter.record(call('files.get', { account: undefined }));
    meter.record(call('files.get', { status: 403 }), true);
    expect(meter.totals().byProject).toEqual({});
  });

  it('bills errors or not, and always reports their number', () => {
    let billsErrors = true;
    const meter = new Meter(() => billsErrors);
    meter.record(call('files.get', { status: 404 }));
    billsErrors = false;
    meter.record(call('files.get', { status: 404 }));
    expect(dayOf(meter)).toEqual([
      expect.objectContaining({ requests: 2, units: 10, successful: { requests: 0, units: 0 } }),
    ]);
    expect(meter.totals().byBucket.light).toBe(5);
  });

  it('begins a minute with its first request, and a day at midnight Pacific', () => {
    const meter = new Meter();
    for (const seconds of [0, 59, 60, 119, 125]) meter.record(call('files.list', { time: NOON + seconds * 1000 }));
    expect(JSON.parse(JSON.stringify(meter.report(NOON)))).toMatchObject({
      day: '2030-01-15',
      dayEnds: '2030-01-16T08:00:00.000Z',
      projects: [{ minutes: { peakUnits: 200, current: { since: '2030-01-15T20:02:05.000Z', units: 100 } } }],
    });
    meter.record(call('files.get', { time: Date.parse('2030-01-16T08:00:00Z') }));
    expect(dayOf(meter).map(({ date, units }) => [date, units])).toEqual([
      ['2030-01-15', 500],
      ['2030-01-16', 5],
    ]);
  });

  it('prices usage beyond the daily allowances', () => {
    const meter = new Meter();
    meter.setPrices({
      freeUnitsPerDay: { plus: 100 },
      perMillionUnits: { plus: 2_000_000 },
      freeEgressBytesPerDay: 1e9,
      perGigabyte: 3,
    });
    for (let i = 0; i < 3; i++) meter.record(call('files.list'));
    meter.record(call('files.download', { bytes: 2e9 }));
    expect(dayOf(meter)).toEqual([expect.objectContaining({ cost: 200 * 2 + 3 })]);
  });

  it.each([
    [{ perMillionUnits: { heavy: 1 } }, 'perMillionUnits has no bucket "heavy"'],
    [{ perMillionUnits: 1 }, 'perMillionUnits must be an object'],
    [{ freeUnitsPerDay: { light: '1' } }, 'freeUnitsPerDay.light must be a number'],
    [{ perGigabyte: -1 }, 'perGigabyte must be a number'],
    [{ currency: 'EUR' }, 'Unknown price "currency"'],
  ])('refuses %j', (prices, message) => {
    expect(() => new Meter().setPrices(prices)).toThrow(message);
  });
});
