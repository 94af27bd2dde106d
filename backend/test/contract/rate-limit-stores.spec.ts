import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisRateLimitStore } from '../../src/adapters/redis/redis-rate-limit.store.js';
import type { RateLimitStore } from '../../src/http/rate-limit.port.js';
import { InMemoryRateLimitStore, type TestClock } from '../support/in-memory-stores.js';
import { connectAdmin } from '../support/redis.js';

/** In which a unit renews: so long that none does in Redis, whose keys expire while the clock of a test stands. */
const UNIT_MS = 60_000;
const HOUR = { units: 60, windowMs: 60 * UNIT_MS };

let redis: Redis;
beforeAll(async () => {
  redis = await connectAdmin();
});
afterAll(() => redis.disconnect());

describe.each<[string, (clock: TestClock) => RateLimitStore]>([
  ['in memory', (clock) => new InMemoryRateLimitStore(clock)],
  ['in Redis', (clock) => new RedisRateLimitStore(redis, () => clock.now)],
])('a rate limit store %s', (_name, make) => {
  let clock: TestClock;
  let store: RateLimitStore;
  let who: string;
  beforeEach(() => {
    clock = { now: 1_800_000_000_000 };
    store = make(clock);
    who = randomUUID();
  });
  const take = (units = 1, quota = HOUR) => store.take('test', who, quota, units);

  it('admits the whole quota at once, and not one unit more', async () => {
    for (let left = 59; left >= 0; left--) {
      expect(await take()).toEqual({ allowed: true, remaining: left, fullInMs: (60 - left) * UNIT_MS, waitMs: 0 });
    }
    expect(await take()).toEqual({ allowed: false, remaining: 0, fullInMs: HOUR.windowMs, waitMs: UNIT_MS });
  });

  it('refills units evenly, regardless of refused calls', async () => {
    await take(60);
    for (let refused = 0; refused < 5; refused++) expect(await take()).toMatchObject({ allowed: false });
    clock.now += 2 * UNIT_MS;
    expect(await take()).toMatchObject({ allowed: true, remaining: 1 });
    expect(await take()).toMatchObject({ allowed: true, remaining: 0 });
    expect(await take()).toMatchObject({ allowed: false, waitMs: UNIT_MS });
    clock.now += HOUR.windowMs;
    expect(await take()).toMatchObject({ allowed: true, remaining: 59 });
  });

  it('admits costly calls completely or not at all', async () => {
    expect(await take(55)).toMatchObject({ allowed: true, remaining: 5 });
    expect(await take(10)).toMatchObject({ allowed: false, remaining: 5, waitMs: 5 * UNIT_MS });
    expect(await take(5)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('counts a call that costs more than the quota as the whole quota', async () => {
    expect(await take(1_000)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await take(1_000)).toMatchObject({ allowed: false, waitMs: HOUR.windowMs });
  });

  it('accepts returned units, up to the quota', async () => {
    await take(3);
    expect(await take(-1)).toMatchObject({ allowed: true, remaining: 58 });
    expect(await take(-30)).toMatchObject({ allowed: true, remaining: 60, fullInMs: 0 });
  });

  it('loses no unit to rounding', async () => {
    const quota = { units: 7, windowMs: 100_000 };
    for (let taken = 0; taken < 7; taken++) expect(await take(1, quota)).toMatchObject({ allowed: true });
    expect(await take(1, quota)).toMatchObject({ allowed: false, remaining: 0 });
  });

  it('counts each limit and each client separately', async () => {
    await take(60);
    expect(await store.take('other', who, HOUR, 1)).toMatchObject({ remaining: 59 });
    expect(await store.take('test', randomUUID(), HOUR, 1)).toMatchObject({ remaining: 59 });
  });
});

describe('limits in Redis', () => {
  it('are one expiring key per client, counted in one command by Redis’s own clock', async () => {
    const who = randomUUID();
    const [before] = await redis.time();
    await new RedisRateLimitStore(redis).take('test', who, HOUR, 30);
    const key = `cloudmover:limit:{test:${who}}`;
    expect(await redis.pttl(key)).toBeGreaterThan(29 * UNIT_MS);
    expect(Number(await redis.get(key)) / 1_000 - Number(before)).toBeGreaterThanOrEqual(30 * 60);
    await new RedisRateLimitStore(redis).take('test', who, HOUR, -30);
    expect(await redis.exists(key)).toBe(0);
  });

  it('are shared by simultaneous callers', async () => {
    const who = randomUUID();
    const stores = [new RedisRateLimitStore(redis), new RedisRateLimitStore(redis)];
    const quota = { units: 50, windowMs: 3_600_000 };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => stores[i % 2]!.take('test', who, quota, 1)),
    );
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(50);
  });
});
