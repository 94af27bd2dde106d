import type { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisActivityStore } from '../../src/adapters/redis/redis-activity.store.js';
import { type ActivityStore, type Fact, LEVELS } from '../../src/insight/activity.port.js';
import { InMemoryActivityStore } from '../support/in-memory-activity.js';
import { connectAdmin, connectRedis, emptyRedis } from '../support/redis.js';

let redis: Redis;
beforeAll(async () => {
  redis = await connectRedis();
});
afterAll(() => redis.disconnect());

const process = { role: 'api', id: 'one' };
const MINUTE = 60_000;
/** In the middle of a minute, of ten minutes, of an hour and of a day; today, because Redis expires old data. */
const NOW = Math.floor(Date.now() / (24 * 3_600_000)) * 24 * 3_600_000 + 13 * 3_600_000 + 25 * MINUTE + 30_000;

const happened = (facts: [Fact, number][] = [], accounts: string[] = []) => ({
  facts: new Map(facts),
  accounts: new Set(accounts),
  byAccount: [],
});

describe.each<[string, () => ActivityStore]>([
  ['in memory', () => new InMemoryActivityStore()],
  ['in Redis', () => new RedisActivityStore(redis)],
])('counts over time %s', (_name, open) => {
  let store: ActivityStore;
  beforeEach(async () => {
    await emptyRedis();
    store = open();
  });

  it('adds events to the bucket of their time, at every level', async () => {
    await store.add(happened([['request', 2]]), NOW, process);
    await store.add(happened([['request', 3], ['validated', 1]]), NOW + 1_000, process); // oxfmt-ignore
    await store.add(happened([['request', 10]]), NOW - MINUTE, process);
    const minutes = await store.read(LEVELS.minute, NOW, 3);
    expect(minutes.map(({ at }) => at)).toEqual([NOW - 2.5 * MINUTE, NOW - 1.5 * MINUTE, NOW - 0.5 * MINUTE]);
    expect(minutes.map(({ facts }) => facts.get('request'))).toEqual([undefined, 10, 5]);
    expect(minutes[2]?.facts.get('validated')).toBe(1);
    for (const level of [LEVELS.tenMinutes, LEVELS.hour, LEVELS.day])
      expect((await store.read(level, NOW, 2)).map(({ facts }) => facts.get('request'))).toEqual([undefined, 15]);
  });

  it('counts requests to Google by account and kind', async () => {
    const entry = (credentialId: string, kind: 'read' | 'write', asked: number, slowed: number) => ({
      credentialId,
      kind,
      asked,
      slowed,
    });
    await store.add({ ...happened(), byAccount: [entry('a', 'read', 5, 0), entry('b', 'write', 2, 1)] }, NOW, process);
    await store.add({ ...happened(), byAccount: [entry('a', 'read', 1, 0), entry('a', 'write', 1, 1)] }, NOW, process);
    const [bucket] = await store.read(LEVELS.hour, NOW, 1);
    expect(bucket?.byAccount).toHaveLength(3);
    expect(bucket?.byAccount).toEqual(
      expect.arrayContaining([entry('a', 'read', 6, 0), entry('b', 'write', 2, 1), entry('a', 'write', 1, 1)]),
    );
  });

  it('counts an account once over several buckets', async () => {
    await store.add(happened([], ['x', 'y']), NOW, process);
    await store.add(happened([], ['y', 'z']), NOW - MINUTE, process);
    expect(await store.accounts(LEVELS.minute, NOW, 1)).toBe(2);
    expect(await store.accounts(LEVELS.minute, NOW, 2)).toBe(3);
    expect(await store.accounts(LEVELS.day, NOW, 1)).toBe(3);
  });

  it('lists the live processes until they leave', async () => {
    const now = Date.now();
    const worker = { role: 'worker', id: 'two' };
    await store.add(happened(), now - 20_000, process);
    await store.add(happened(), now, worker);
    await store.add(happened(), now, process);
    expect(await store.processes()).toEqual(
      expect.arrayContaining([
        { ...process, at: now },
        { ...worker, at: now },
      ]),
    );
    await store.leave(process);
    expect(await store.processes()).toEqual([{ ...worker, at: now }]);
  });
});

describe('counts in Redis', () => {
  beforeEach(emptyRedis);

  it('all expire, and keep only the busiest accounts of a bucket', async () => {
    const store = new RedisActivityStore(redis);
    const byAccount = Array.from({ length: 300 }, (_, n) => ({
      credentialId: `credential-${n}`,
      kind: 'read' as const,
      asked: n + 1,
      slowed: n % 2,
    }));
    await store.add({ ...happened([['request', 1]], ['x']), byAccount }, NOW, process);
    const admin = await connectAdmin(); // nobody else may list keys
    const written = await admin.keys('cloudmover:{insight}:*');
    admin.disconnect();
    expect(written).toHaveLength(16);
    for (const key of written) expect(await redis.ttl(key)).toBeGreaterThan(0);
    const [bucket] = await store.read(LEVELS.day, NOW, 1);
    const asked = bucket!.byAccount.filter(({ asked: requests }) => requests > 0);
    expect(asked).toHaveLength(100);
    expect(Math.min(...asked.map(({ asked: requests }) => requests))).toBe(201);
  });

  it('show no account to a reader', async () => {
    await new RedisActivityStore(redis).add(happened([], ['somebody']), NOW, process);
    const key = keys.activityAccounts('day', Math.floor(NOW / 86_400_000));
    expect(await redis.get(key)).not.toContain('somebody');
  });
});
