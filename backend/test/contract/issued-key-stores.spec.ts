import type { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import type { RedisClient, RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { RedisIssuedKeyStore } from '../../src/adapters/redis/redis-issued-key.store.js';
import type { IssuedKeyStore, MachineKey } from '../../src/session/issued-keys.port.js';
import { newHandle } from '../../src/session/token.js';
import { InMemoryIssuedKeyStore } from '../support/in-memory-stores.js';
import { connectRedis, emptyRedis } from '../support/redis.js';
import { connectedTo, type RedisTopology, startCluster } from '../support/redis-servers.js';

const MANY = 1_000;
const cipher = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);
const onRedis = (client: RedisClient) => new RedisIssuedKeyStore(client, cipher);
let redis: Redis;
let cluster: RedisTopology;
let connections: RedisConnections;

beforeAll(async () => {
  await emptyRedis();
  redis = await connectRedis();
  cluster = await startCluster();
  connections = await connectedTo(cluster.env);
});
afterAll(async () => {
  redis.disconnect();
  connections.close();
  await cluster.stop();
});

const suppliers: [string, () => IssuedKeyStore][] = [
  ['in memory', () => new InMemoryIssuedKeyStore()],
  ['Redis', () => onRedis(redis)],
  ['Redis Cluster', () => onRedis(connections.client)],
];

function aKey(parts: Partial<MachineKey> = {}): MachineKey {
  return {
    kind: 'machine',
    id: newHandle(),
    digest: 'd',
    createdAt: 1,
    expiresAt: 2,
    // No encrypted text has a space.
    name: 'Nightly copy',
    scopes: [],
    ...parts,
  };
}

describe.each(suppliers)('issued keys: %s', (_name, supply) => {
  let store: IssuedKeyStore;
  beforeAll(() => {
    store = supply();
  });

  it('keeps each kind apart, newest first, with the last use', async () => {
    const [older, newer] = [aKey({ scopes: ['audit'] }), aKey({ createdAt: 5 })];
    const session = { kind: 'session', id: newHandle(), digest: 's', createdAt: 3, expiresAt: 4, device: {} } as const;
    for (const key of [older, newer, session]) expect(await store.add(key, 2)).toBe(true);
    expect(await store.list('machine')).toEqual([newer, older]);
    expect(await store.list('session')).toEqual([session]);
    await store.touch('machine', older.id, 1_234);
    expect(await store.find('machine', older.id)).toEqual({ ...older, lastUsedAt: 1_234 });
    expect(await store.find('session', older.id)).toBeUndefined();
    expect(await store.find('machine', newHandle())).toBeUndefined();
  });

  it('ends a key once, and a late use does not bring it back', async () => {
    const key = aKey();
    await store.add(key, MANY);
    await store.touch('machine', key.id, 1);
    expect(await store.end('machine', key.id)).toBe(true);
    expect(await store.end('machine', key.id)).toBe(false);
    await store.touch('machine', key.id, 2);
    expect(await store.find('machine', key.id)).toBeUndefined();
    expect((await store.list('machine')).map(({ id }) => id)).not.toContain(key.id);
  });

  it('admits no more than the most, however many are added at the same time', async () => {
    const most = (await store.list('machine')).length + 3;
    const added = await Promise.all(Array.from({ length: 20 }, () => store.add(aKey(), most)));
    expect(added.filter(Boolean)).toHaveLength(3);
    expect(await store.list('machine')).toHaveLength(most);
    const [known] = await store.list('machine');
    expect(await store.add({ ...known!, name: 'again' }, most)).toBe(true);
    expect(await store.find('machine', known!.id)).toMatchObject({ name: 'again' });
  });
});

it('Redis: leaves room beside records that no encryption key opens', async () => {
  const store = onRedis(redis);
  await redis.hset(keys.issuedKeys('session'), { [newHandle()]: 'forged' });
  const session = { kind: 'session', id: newHandle(), digest: 's', createdAt: 3, expiresAt: 4, device: {} } as const;
  const most = (await store.list('session')).length + 1;
  expect([await store.add(session, most), await store.add({ ...session, id: newHandle() }, most)]).toEqual([
    true,
    false,
  ]);
});

it('Redis: accepts no record that was written elsewhere, under another id, or without the encryption key', async () => {
  const [store, key] = [onRedis(redis), aKey()];
  await store.add(key, MANY);
  const records = keys.issuedKeys('machine');
  const sealed = (await redis.hget(records, key.id))!;
  expect(sealed).not.toContain(key.name);
  const [moved, forged] = [newHandle(), newHandle()];
  await redis.hset(records, { [moved]: sealed, [forged]: JSON.stringify({ ...key, id: forged }) });
  for (const id of [moved, forged]) expect(await store.find('machine', id)).toBeUndefined();
});
