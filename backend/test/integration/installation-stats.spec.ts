import type { Redis } from 'ioredis';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisInstallationStats } from '../../src/adapters/redis/redis-installation-stats.js';
import { RedisSessionStore } from '../../src/adapters/redis/redis-session.store.js';
import { aSession } from '../support/builders.js';
import { connectRedis } from '../support/redis.js';
import { connectedTo, startCluster } from '../support/redis-servers.js';

const HOUR_MS = 3_600_000;

describe('the figures of an installation', () => {
  let redis: Redis;
  beforeAll(async () => {
    redis = await connectRedis();
  });
  afterAll(() => redis.disconnect());

  it('count a session until it ends, not for the longest that it may last', async () => {
    const sessions = new RedisSessionStore(redis, new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]));
    const valid = async () => (await new RedisInstallationStats(redis).sessions()).general;
    const before = await valid();
    const now = Date.now();
    const session = aSession({ type: 'general', expiresAt: now + 24 * HOUR_MS, endsAt: now + HOUR_MS });
    await sessions.save(session);
    expect(await valid()).toBe(before + 1);
    // Its limits of idleness, as if the hour had passed.
    await sessions.touch(session, now, now - 1);
    expect(await valid()).toBe(before);
    await sessions.touch(session, now, now + HOUR_MS);
    expect(await valid()).toBe(before);
  });

  it('state the memory of the fullest node of a cluster, of which one can refuse writes while others have room', async () => {
    const cluster = await startCluster();
    const connections = await connectedTo(cluster.env);
    try {
      const stats = new RedisInstallationStats(connections.client);
      expect(await stats.memory()).toMatchObject({ maxBytes: null });
      for (const [at, { client }] of cluster.servers.entries())
        await client.config('SET', 'maxmemory', at === 1 ? '40mb' : '400mb');
      const { usedBytes, maxBytes } = await stats.memory();
      expect(maxBytes).toBe(40 * 1024 * 1024);
      expect(usedBytes).toBeGreaterThan(0);
    } finally {
      connections.close();
      await cluster.stop();
    }
  });
});
