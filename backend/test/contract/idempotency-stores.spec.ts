import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisIdempotencyStore } from '../../src/adapters/redis/redis-idempotency.store.js';
import type { IdempotencyStore, KeyedRequest } from '../../src/http/idempotency.port.js';
import { InMemoryIdempotencyStore } from '../support/in-memory-stores.js';
import { connectRedis } from '../support/redis.js';

const LEASE_MS = 60_000;
const cipher = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);
const aRequest = (): KeyedRequest => ({ key: randomUUID(), digest: 'content' });
const never = () => {
  throw new Error('The key has an id.');
};

let redis: Redis;
beforeAll(async () => {
  redis = await connectRedis();
});
afterAll(() => redis.disconnect());

describe.each<[string, () => IdempotencyStore]>([
  ['in memory', () => new InMemoryIdempotencyStore()],
  ['Redis', () => new RedisIdempotencyStore(redis, cipher)],
])('IdempotencyStore %s', (_name, supply) => {
  let store: IdempotencyStore;
  beforeEach(() => {
    store = supply();
  });

  it('gives a key to one of many simultaneous requests, and the same id to all', async () => {
    const request = aRequest();
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(request, randomUUID, LEASE_MS)));
    expect(claims.filter(({ outcome }) => outcome === 'mine')).toHaveLength(1);
    expect(claims.filter(({ outcome }) => outcome === 'under_way')).toHaveLength(19);
    expect(new Set(claims.map(({ id }) => id)).size).toBe(1);
  });

  it('returns the recorded result, and creates no id for it', async () => {
    const request = aRequest();
    await store.claim(request, () => 'made', LEASE_MS);
    await store.settle(request, 'made', '{"a":1}');
    for (const lease of [LEASE_MS, 0])
      expect(await store.claim(request, never, lease)).toEqual({ outcome: 'done', id: 'made', result: '{"a":1}' });
  });

  it('refuses different content, whether the first request is complete or in progress', async () => {
    const request = aRequest();
    const other = { ...request, digest: 'another' };
    await store.claim(request, () => 'made', LEASE_MS);
    expect(await store.claim(other, never, LEASE_MS)).toMatchObject({ outcome: 'conflict' });
    await store.settle(request, 'made', '{}');
    expect(await store.claim(other, never, 0)).toMatchObject({ outcome: 'conflict' });
  });

  it('lets another request take over, with the same id, after one ended without a result', async () => {
    const request = aRequest();
    await store.claim(request, () => 'made', LEASE_MS);
    await store.release(request, 'another', false);
    expect((await store.claim(request, never, LEASE_MS)).outcome).toBe('under_way');
    await store.release(request, 'made', false);
    const claims = await Promise.all([1, 2, 3].map(() => store.claim(request, never, LEASE_MS)));
    expect(claims.map(({ outcome }) => outcome).toSorted()).toEqual(['mine', 'under_way', 'under_way']);
    expect(claims.map(({ id }) => id)).toEqual(['made', 'made', 'made']);
  });

  it('frees a key that created nothing, also for different content', async () => {
    const request = aRequest();
    await store.claim(request, () => 'first', LEASE_MS);
    await store.release(request, 'first', true);
    const other = { ...request, digest: 'another' };
    expect(await store.claim(other, () => 'second', LEASE_MS)).toEqual({ outcome: 'mine', id: 'second' });
  });

  it('blocks nobody without a lease', async () => {
    const request = aRequest();
    expect(await store.claim(request, () => 'made', 0)).toEqual({ outcome: 'mine', id: 'made' });
    expect(await store.claim(request, never, 0)).toEqual({ outcome: 'done', id: 'made' });
  });
});

it('stays in Redis for 24 hours, with the result encrypted', async () => {
  const store = new RedisIdempotencyStore(redis, cipher);
  const request = aRequest();
  const key = keys.idempotency(request.key);
  await store.claim(request, () => 'made', LEASE_MS);
  expect(await redis.ttl(key)).toBeGreaterThan(86_390);
  await store.settle(request, 'made', '{"token":"quiet"}');
  expect(await redis.get(key)).not.toContain('quiet');
  expect(await redis.ttl(key)).toBeGreaterThan(86_390);
  const withoutTheKey = new RedisIdempotencyStore(redis, new RedisCipher([{ id: 'other', key: Buffer.alloc(32, 4) }]));
  // It cannot give the response, and must not do it twice.
  expect((await withoutTheKey.claim(request, never, LEASE_MS)).outcome).toBe('under_way');
});
