import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisCredentialStore } from '../../src/adapters/redis/redis-credential.store.js';
import { RedisDailyUnitStore } from '../../src/adapters/redis/redis-daily-unit.store.js';
import { RedisSessionStore } from '../../src/adapters/redis/redis-session.store.js';
import { RedisSignInStore } from '../../src/adapters/redis/redis-sign-in.store.js';
import type { Replicate } from '../../src/adapters/redis/replicated-writes.js';
import { StoreUnavailableError } from '../../src/http/errors.js';
import type { Session } from '../../src/session/session.port.js';
import { digest, newToken } from '../../src/session/token.js';
import { aCredential, aSession } from '../support/builders.js';
import { connectAdmin, connectRedis } from '../support/redis.js';

// What a reader of Redis sees. Real: Redis and the cipher. The contracts of the stores are in test/contract.

const cipher = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);
let redis: Redis;
let admin: Redis;

beforeAll(async () => {
  [redis, admin] = await Promise.all([connectRedis(), connectAdmin()]);
});
afterAll(() => [redis, admin].forEach((each) => each.disconnect()));

async function near(key: string, expectedMs: number): Promise<boolean> {
  return Math.abs((await admin.pexpiretime(key)) - expectedMs) < 30_000;
}

describe('the data in Redis', () => {
  it('has a session under credentials:{id}, and the newest id of a type, both with an expiry', async () => {
    const token = newToken();
    const endsAt = Date.now() + 600_000;
    const session = aSession({ id: digest(token), type: 'general', credentialId: randomUUID(), endsAt });
    await new RedisSessionStore(redis, cipher).save(session);

    expect(await near(`credentials:${digest(token)}`, endsAt)).toBe(true);
    expect(await redis.get('session:general')).toBe(digest(token));
    expect(await near('session:general', session.expiresAt)).toBe(true);
    expect(await near(`cloudmover:grant:{${session.credentialId}}:sessions`, session.expiresAt)).toBe(true);
    expect(await redis.ttl('cloudmover:sessions')).toBeGreaterThan(0);
  });

  it('has the units of a day of Google’s as a number with an expiry', async () => {
    const date = randomUUID();
    const store = new RedisDailyUnitStore(redis);
    expect(await store.reserve(date, 200, 1_000)).toBe(200);
    expect(await Promise.all([store.reserve(date, 500, 1_000), store.reserve(date, 500, 1_000)])).toEqual([500, 300]);
    expect(await store.reserve(date, 5, 1_000)).toBe(0);
    expect(await store.reserve(date, 50, undefined)).toBe(50);
    expect(await store.reserve(date, -100, undefined)).toBe(-100);
    expect(await redis.get(`cloudmover:units:${date}`)).toBe('950');
    expect(await Promise.all([store.usedOn(date), store.usedOn(randomUUID())])).toEqual([950, 0]);
    expect(await redis.ttl(`cloudmover:units:${date}`)).toBeGreaterThan(2 * 24 * 3_600);
    expect(await store.reserve(date, 200, 1_000)).toBe(50);
  });

  it('has no token, address, name or credential in plain text', async () => {
    const token = newToken();
    const id = randomUUID();
    const session = aSession({ id: digest(token), credentialId: id });
    await new RedisSessionStore(redis, cipher).save(session);
    await new RedisCredentialStore(redis, cipher).save(aCredential({ id }));
    const state = digest(randomUUID());
    await new RedisSignInStore(redis, cipher).begin(state, { type: 'source', verifier: 'v'.repeat(43), browser: 'b' });

    const keys = [`credentials:${session.id}`, `cloudmover:grant:{${id}}`, `cloudmover:sign-in:${state}`];
    for (const value of await Promise.all(keys.map((key) => redis.get(key)))) {
      expect(value).toMatch(/^test\.[\w-]+$/);
      for (const secret of [token, 'ana', 'Lima', 'refresh-1', 'access-1', 'vvvv', DRIVE]) {
        expect(value).not.toContain(secret);
        expect(Buffer.from(String(value).slice(5), 'base64url').toString('latin1')).not.toContain(secret);
      }
    }
    expect(await near(`cloudmover:sign-in:${state}`, Date.now() + 600_000)).toBe(true);
  });

  it('cannot be read without the key: such a session is unknown, not an error', async () => {
    const session = aSession({ credentialId: randomUUID() });
    await new RedisSessionStore(redis, cipher).save(session);
    const rotated = new RedisCipher([{ id: 'other', key: Buffer.alloc(32, 4) }]);
    expect(await new RedisSessionStore(redis, rotated).find(session.id)).toBeUndefined();
  });

  it('ignores a session that was copied from another one', async () => {
    const [mine, theirs] = [aSession({ credentialId: randomUUID() }), aSession({ credentialId: randomUUID() })];
    const store = new RedisSessionStore(redis, cipher);
    for (const each of [mine, theirs]) await store.save(each);
    expect(await store.find(theirs.id)).toEqual(theirs);
    await admin.copy(`credentials:${theirs.id}`, `credentials:${mine.id}`, 'REPLACE');
    expect(await store.find(mine.id)).toBeUndefined();
  });
});

const DRIVE = 'googleapis';

describe('without a confirmation by a replica', () => {
  const unconfirmed: Replicate = async (_key, write) => {
    await write();
    throw new StoreUnavailableError();
  };

  it('a session ends with all its tokens and leaves every list, and the error says so', async () => {
    const confirmed = new RedisSessionStore(redis, cipher);
    const credentialId = randomUUID();
    const next = (before: Partial<Session>) => aSession({ ...before, id: digest(newToken()) });
    const first = next({ credentialId });
    const second = next({ ...first, replaces: first.id });
    const third = next({ ...first, replaces: second.id });
    await confirmed.save(first);
    await confirmed.replace(first, second, 60_000);
    await confirmed.replace(second, third, 60_000);
    // With the token that it had before, as in requests that are in progress.
    const end = new RedisSessionStore(redis, cipher, unconfirmed).end(second);
    await expect(end).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await Promise.all([first, second, third].map(({ id }) => confirmed.find(id)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await redis.zcard(`cloudmover:grant:{${credentialId}}:sessions`)).toBe(0);
  });
});

describe('without Redis', () => {
  it('every call fails as StoreUnavailableError within seconds', async () => {
    const nowhere = new Redis({
      port: 1,
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      disconnectTimeout: 1,
    });
    nowhere.on('error', () => undefined);
    const session = aSession();
    const sessions = new RedisSessionStore(nowhere, cipher);
    const credentials = new RedisCredentialStore(nowhere, cipher);
    const signIns = new RedisSignInStore(nowhere, cipher);
    const calls = [
      () => sessions.find('a'),
      () => sessions.save(session),
      () => sessions.touch(session, 1, 1),
      () => sessions.replace(session, session, 1),
      () => sessions.graceLeft(session),
      () => sessions.end(session),
      () => sessions.list('a'),
      () => sessions.page(undefined, 1),
      () => credentials.find('a'),
      () => credentials.save(aCredential()),
      () => credentials.update(aCredential(), ''),
      () => credentials.takeRefresh('a', 'b', 1, false),
      () => credentials.endRefresh('a', 'b'),
      () => credentials.claim('a', 'session:a', Date.now()),
      () => credentials.release('a', 'session:a'),
      () => credentials.claimants('a'),
      () => credentials.due(),
      () => credentials.forget(aCredential()),
      () => credentials.postpone('a', Date.now()),
      () => signIns.take('a'),
      () => signIns.isUnderWay('a'),
      () => signIns.begin('a', { type: 'source', verifier: 'v', browser: 'b' }),
    ];
    for (const call of calls) await expect(call()).rejects.toBeInstanceOf(StoreUnavailableError);
    nowhere.disconnect();
  });
});
