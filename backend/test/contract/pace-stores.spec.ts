import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisPaceStore } from '../../src/adapters/redis/redis-pacer.store.js';
import { type LimiterName, MemoryPaceStore, type PaceStore } from '../../src/pacing/pace-store.js';
import type { Pace } from '../../src/pacing/calculator.js';
import { connectRedis } from '../support/redis.js';

const HOUR = 3_600_000;
let redis: Redis;
let now: number;
let store: PaceStore;
let limiter: LimiterName;

beforeAll(async () => {
  redis = await connectRedis();
});
afterAll(() => redis.disconnect());
beforeEach(() => {
  now = 1_700_000_000_000;
});

const aPace = (more: Partial<Pace> = {}): Pace => ({
  epoch: 1,
  phase: 'known',
  at: now,
  rate: 500,
  shutAt: now,
  tries: 0,
  gapMs: 250,
  from: { at: now, admitted: 0 },
  vain: 0,
  ...more,
});

describe.each([
  ['memory', () => new MemoryPaceStore(() => now)],
  ['Redis', () => new RedisPaceStore(redis, () => now)],
])('the paces in %s', (_, make) => {
  beforeEach(() => {
    store = make();
    limiter = { account: randomUUID(), kind: 'write' };
  });

  it('reserves consecutive times, and none in the past', async () => {
    expect((await store.reserve(limiter, 0, 0, 100)).startsInMs).toBe(0);
    expect((await store.reserve(limiter, 0, 0, 250.5)).startsInMs).toBe(100);
    expect((await store.reserve(limiter, 0, 0, 0)).startsInMs).toBe(350.5);
    now += 1_000;
    expect((await store.reserve(limiter, 0, 0, 100)).startsInMs).toBe(0);
    expect((await store.reserve({ ...limiter, kind: 'read' }, 0, 0, 100)).startsInMs).toBe(0);
  });

  it('counts admitted requests, and keeps a mark from some seconds ago', async () => {
    await store.reserve(limiter, 0, 100, 0);
    expect(await store.reserve(limiter, 0, 50, 0)).toMatchObject({ now: { at: now, admitted: 150 } });
    const began = now;
    for (let second = 1; second <= 70; second++) {
      now += 1_000;
      const { recent, earlier, ...reading } = await store.reserve(limiter, 0, 10, 0);
      expect(reading.now).toEqual({ at: now, admitted: 150 + 10 * second });
      expect(now - recent.at).toBeLessThanOrEqual(6_000);
      expect(now - earlier.at).toBeLessThanOrEqual(60_000);
      if (second === 70) {
        expect(now - recent.at).toBeGreaterThanOrEqual(3_000);
        expect(now - earlier.at).toBeGreaterThanOrEqual(30_000);
        // A mark is set before its own report is counted.
        expect(recent.admitted).toBe(150 + (10 * (recent.at - began)) / 1_000 - 10);
        expect(earlier.admitted).toBe(150 + (10 * (earlier.at - began)) / 1_000 - 10);
      }
    }
    now += 600_000;
    expect((await store.reserve(limiter, 0, 0, 0)).recent.at).toBe(now);
  });

  it('is changed by the first caller; the others receive the new pace', async () => {
    const changed = await store.change(limiter, 0, aPace(), 300);
    expect(changed.pace).toEqual(aPace());
    expect((await store.change(limiter, 0, aPace({ rate: 1 }), 0)).pace).toEqual(aPace());
    const stale = await store.reserve(limiter, 0, 0, 100);
    expect(stale).toMatchObject({ pace: aPace(), startsInMs: undefined });
    expect((await store.reserve(limiter, 1, 0, 100)).startsInMs).toBe(300);
    expect((await store.reserve(limiter, 1, 0, 100)).startsInMs).toBe(400);
    // Times restart from now, but the time of a reserved probe stays.
    await store.change(limiter, 1, aPace({ epoch: 2, phase: 'shut', rate: null }), 250);
    expect((await store.reserve(limiter, 2, 0, 1_000)).startsInMs).toBe(250);
    await store.change(limiter, 2, aPace({ epoch: 3, phase: 'shut', tries: 1 }), 375);
    expect((await store.reserve(limiter, 3, 0, 0)).startsInMs).toBe(1_250);
    await store.change(limiter, 3, aPace({ epoch: 4, tries: 1 }), 20);
    expect((await store.reserve(limiter, 4, 0, 0)).startsInMs).toBe(20);
  });

  it('pauses a whole account, and never shortens a pause', async () => {
    await store.pause(limiter.account, 5_000);
    await store.pause(limiter.account, 1_000);
    for (const kind of ['read', 'write', 'all'] as const)
      expect(await store.reserve({ ...limiter, kind }, 0, 0, 10)).toMatchObject({ pausedMs: 5_000, startsInMs: 5_000 });
    expect((await store.reserve({ ...limiter, account: randomUUID() }, 0, 0, 10)).pausedMs).toBe(0);
    now += 5_000;
    expect((await store.reserve({ ...limiter, kind: 'read' }, 0, 0, 0)).pausedMs).toBe(0);
  });

  it('pauses no account for longer than an hour', async () => {
    for (const ms of [30_000 * 365 * 24 * HOUR, Number.MAX_VALUE]) {
      await store.pause(limiter.account, ms);
      expect((await store.reserve(limiter, 0, 0, 0)).pausedMs).toBe(HOUR);
    }
    now += HOUR;
    expect((await store.reserve(limiter, 0, 0, 0)).pausedMs).toBe(0);
  });

  it('keeps the bytes of a day by the hour', async () => {
    const first = Math.floor(now / HOUR) * HOUR;
    await store.addBytes(limiter.account, 5e11);
    await store.addBytes(limiter.account, 1);
    now += 3 * HOUR;
    await store.addBytes(limiter.account, 7);
    expect(await store.bytesOfDay(limiter.account)).toEqual([
      { at: first, bytes: 5e11 + 1 },
      { at: first + 3 * HOUR, bytes: 7 },
    ]);
    now += 23 * HOUR;
    await store.addBytes(limiter.account, 9);
    expect((await store.bytesOfDay(limiter.account)).map(({ bytes }) => bytes)).toEqual([7, 9]);
    expect(await store.bytesOfDay(randomUUID())).toEqual([]);
  });
});

describe('reading paces from outside', () => {
  const real = () => new RedisPaceStore(redis, () => now);
  beforeEach(() => {
    now = 1_700_000_000_000;
    limiter = { account: randomUUID(), kind: 'write' };
  });

  it('returns the allowed pace, and the time and duration of the last slow-down', async () => {
    expect(await real().paceOf(limiter.account)).toEqual({
      read: { unitsPerSecond: 0, allowedUnitsPerSecond: null, waitsMs: 0 },
      write: { unitsPerSecond: 0, allowedUnitsPerSecond: null, waitsMs: 0 },
    });
    await real().change(limiter, 0, aPace({ rate: 110, shutAt: now - 40_000 }), 0);
    const { read, write } = await real().paceOf(limiter.account);
    expect(write).toMatchObject({ slowed: { at: now - 40_000, ms: 40_000 } });
    expect(write.allowedUnitsPerSecond).toBeGreaterThan(90);
    expect(write.allowedUnitsPerSecond).toBeLessThanOrEqual(110);
    expect(read).toMatchObject({ allowedUnitsPerSecond: null });
    expect(read.slowed).toBeUndefined();
    // A shared limit applies to reads and writes; the later slow-down is returned.
    await real().change({ ...limiter, kind: 'all' }, 0, aPace({ rate: 20, shutAt: now - 5_000 }), 0);
    const later = await real().paceOf(limiter.account);
    for (const kind of ['read', 'write'] as const) expect(later[kind].slowed).toEqual({ at: now - 5_000, ms: 5_000 });
    expect(later.write.allowedUnitsPerSecond).toBeLessThanOrEqual(20);
  });

  it('counts a slow-down only while requests are sent or wait', async () => {
    await real().change(limiter, 0, aPace({ phase: 'shut' }), 250);
    const shutAt = now;
    now += 100;
    expect((await real().paceOf(limiter.account)).write.slowed).toEqual({ at: shutAt, ms: 100 });
    now += 60_000;
    expect((await real().paceOf(limiter.account)).write.slowed).toEqual({ at: shutAt, ms: 250 });
    await real().pause(limiter.account, 5_000);
    expect((await real().paceOf(limiter.account)).write.slowed).toEqual({ at: shutAt, ms: 60_100 });
  });

  it('reports no slow-down if refusals do not depend on the pace', async () => {
    await real().change(limiter, 0, aPace({ phase: 'noisy' }), 0);
    expect((await real().paceOf(limiter.account)).write.slowed).toBeUndefined();
  });
});

it('ignores a time, stored by another version, that would block an account forever', async () => {
  const account = randomUUID();
  const real = new RedisPaceStore(redis, () => now);
  const key = keys.pace(account);
  await redis.hset(key, { paused: '946728000000000.000', 'write:until': '946728000000000.000' });
  const reading = await real.reserve({ account, kind: 'write' }, 0, 0, 100);
  expect(reading).toMatchObject({ pausedMs: 0, startsInMs: 0 });
  expect((await real.paceOf(account)).write.waitsMs).toBe(0);
  await redis.hset(key, { paused: '946728000000000.000' });
  await real.pause(account, 1_000);
  expect((await real.reserve({ account, kind: 'write' }, 0, 0, 0)).pausedMs).toBe(1_000);
});

it('expires in Redis', async () => {
  const account = randomUUID();
  const real = new RedisPaceStore(redis);
  const before = Date.now();
  const reading = await real.reserve({ account, kind: 'write' }, 0, 1, 0);
  expect(reading.now.at).toBeGreaterThanOrEqual(before);
  await real.addBytes(account, 1);
  expect(await redis.ttl(keys.pace(account))).toBeGreaterThan(3_500);
  expect(await redis.ttl(keys.paceBytes(account))).toBeGreaterThan(24 * 3_600);
  await real.pause(account, 3_600_000);
  expect(await redis.ttl(keys.pace(account))).toBeGreaterThan(7_000);
});
