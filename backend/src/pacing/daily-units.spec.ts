import { googleDayAt } from '../engine/model/google-day.js';
import { DailyUnits, DailyUnitStore, StoredUnitsOfToday } from './daily-units.js';

const HOUR_MS = 3_600_000;

class MemoryStore extends DailyUnitStore {
  readonly used = new Map<string, number>();
  trips = 0;
  override async reserve(date: string, units: number, limit?: number): Promise<number> {
    this.trips++;
    const used = this.used.get(date) ?? 0;
    const reserved = limit === undefined ? units : Math.max(0, Math.min(units, limit - used));
    this.used.set(date, used + reserved);
    return reserved;
  }
  override usedOn = async (date: string) => this.used.get(date) ?? 0;
}

const at = (text: string) => Date.parse(text);

it.each([
  ['in winter', '2026-11-30T07:59:59Z', '2026-11-29', '2026-11-30T08:00:00Z'],
  ['at its beginning', '2026-11-30T08:00:00Z', '2026-11-30', '2026-12-01T08:00:00Z'],
  ['in summer', '2026-07-01T12:00:00Z', '2026-07-01', '2026-07-02T07:00:00Z'],
  ['of 23 hours', '2026-03-08T08:00:00Z', '2026-03-08', '2026-03-09T07:00:00Z'],
  ['of 25 hours', '2026-11-01T07:00:00Z', '2026-11-01', '2026-11-02T08:00:00Z'],
])('knows a day of Google’s %s', (_, time, date, ends) => {
  expect(googleDayAt(at(time))).toEqual({ date, ends: at(ends) });
});

describe('the units of a day', () => {
  let store: MemoryStore;
  let now: number;
  const today = { day: '2026-11-30' };
  const process = (limit: number) => new DailyUnits(store, limit, () => now);
  beforeEach(() => {
    store = new MemoryStore();
    now = at('2026-11-30T20:00:00Z');
  });

  it('are never exceeded by several processes, and begin again with the next day', async () => {
    const processes = [process(2_000), process(2_000)];
    const sent = async () => {
      const taken = await Promise.all(Array.from({ length: 60 }, (_, i) => processes[i % 2]!.take(50)));
      const waits = taken.flatMap((each) => ('waitMs' in each ? [each.waitMs] : []));
      return { allowed: taken.length - waits.length, waits };
    };
    const { allowed, waits } = await sent();
    expect(allowed).toBe(40);
    expect(waits).toEqual(Array.from({ length: 20 }, () => 12 * HOUR_MS));
    expect(store.used).toEqual(new Map([['2026-11-30', 2_000]]));
    now += 12 * HOUR_MS;
    expect((await sent()).allowed).toBe(40);
    expect(store.used.get('2026-12-01')).toBe(2_000);
  });

  it('are read for today, and only where a limit is set', async () => {
    await process(2_000).take(50);
    expect(await new StoredUnitsOfToday(store, 2_000).read(now)).toEqual({
      ...{ limit: 2_000, used: 200, endsAt: at('2026-12-01T08:00:00Z') },
    });
    expect(await new StoredUnitsOfToday(store, 2_000).read(now + 12 * HOUR_MS)).toMatchObject({ used: 0 });
    expect(await new StoredUnitsOfToday(store, undefined).read(now)).toBeUndefined();
  });

  it('are reserved in blocks, and returned if they were not used', async () => {
    const units = process(400_000_000);
    for (let i = 0; i < 100; i++) expect(await units.take(50)).toEqual(today);
    expect(store.trips).toBe(1);
    units.giveBack(50, today.day); // Google refused a request because of its rate
    await units.close();
    expect(store.used.get('2026-11-30')).toBe(99 * 50);
  });

  it('of a day that is over are not returned to the next one', async () => {
    const units = process(200);
    const [taken, counted] = [await units.take(50), await units.count(50)];
    now += 12 * HOUR_MS;
    for (let i = 0; i < 4; i++) await units.take(50);
    expect(taken).toEqual(today);
    expect(counted).toBe(today.day);
    for (let i = 0; i < 2; i++) units.giveBack(50, today.day);
    expect(await units.take(50)).toEqual({ waitMs: 24 * HOUR_MS });
    expect(store.used.get('2026-12-01')).toBe(200);
    units.giveBack(50, '2026-12-01');
    expect(await units.take(50)).toEqual({ day: '2026-12-01' });
  });

  it('that exceeded the limit are returned too, also by a process that takes none', async () => {
    const units = process(1_000);
    units.giveBack(50, await units.count(50));
    await units.close();
    expect(store.used).toEqual(new Map([[today.day, 0]]));
  });

  it('include requests that may exceed the limit', async () => {
    const units = process(1_000);
    await units.count(1_500);
    expect(await units.take(5)).toEqual({ waitMs: 12 * HOUR_MS });
    expect(await units.take(0)).toEqual(today);
    expect(store.used.get('2026-11-30')).toBe(1_500);
  });

  it('that are left suffice for a cheaper request', async () => {
    const units = process(1_030);
    for (let i = 0; i < 10; i++) expect(await units.take(100)).toEqual(today);
    expect(await units.take(100)).toEqual({ waitMs: 12 * HOUR_MS });
    expect(await units.take(5)).toEqual(today);
  });
});
