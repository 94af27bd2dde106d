import { setTimeout as delay } from 'node:timers/promises';
import type { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import {
  connectionsTo,
  RedisServer,
  type RedisTopology,
  startCluster,
  startSentinel,
} from '../support/redis-servers.js';

// Real: Redis servers that die, hang and come back.

/** A bound that only a request without one of its own exceeds, however busy the machine is. */
const SOON_MS = 10_000;

/** How long a command took, and its error; none: it was done. */
async function attempt(connections: RedisConnections, key = 'cloudmover:x'): Promise<{ ms: number; error?: string }> {
  const began = performance.now();
  try {
    await connections.client.set(key, '1');
    return { ms: performance.now() - began };
  } catch (error) {
    return { ms: performance.now() - began, error: error instanceof Error ? error.message : String(error) };
  }
}

describe('a Redis that is away', () => {
  it('is reported soon, for each command, and used again when it is back, without the abandoned commands', async () => {
    const server = await RedisServer.start({ appendonly: 'yes' });
    const connections = connectionsTo({ REDIS_URL: server.url });
    try {
      expect(await attempt(connections)).not.toHaveProperty('error');
      await server.kill();
      for (let turn = 0; turn < 5; turn++) {
        const { ms, error } = await attempt(connections, `cloudmover:lost:${turn}`);
        expect(error).toBeDefined();
        expect(ms).toBeLessThan(SOON_MS);
      }
      await server.restart();
      const end = Date.now() + 10_000;
      while ((await attempt(connections)).error !== undefined && Date.now() < end) await delay(50);
      expect(await attempt(connections)).not.toHaveProperty('error');
      expect(await connections.client.exists(...[0, 1, 2, 3, 4].map((turn) => `cloudmover:lost:${turn}`))).toBe(0);
    } finally {
      connections.close();
      await server.stop();
    }
  });

  it('and hangs with open connections is abandoned in time, and reported soon from then on', async () => {
    const server = await RedisServer.start({ appendonly: 'yes' });
    const connections = connectionsTo({ REDIS_URL: server.url });
    try {
      await attempt(connections);
      server.freeze();
      expect(await attempt(connections, 'cloudmover:lost')).toMatchObject({ error: expect.any(String) });
      for (let turn = 0; turn < 3; turn++) expect((await attempt(connections)).ms).toBeLessThan(SOON_MS);
      server.thaw();
      const end = Date.now() + 10_000;
      while ((await attempt(connections)).error !== undefined && Date.now() < end) await delay(50);
      expect(await attempt(connections)).not.toHaveProperty('error');
    } finally {
      server.thaw();
      connections.close();
      await server.stop();
    }
  });
});

describe.each<[string, () => Promise<RedisTopology>]>([
  ['Sentinels that know no living master', startSentinel],
  ['a Cluster that has lost a master without a replica', startCluster],
])('%s', (_name, start) => {
  it('are reported soon', async () => {
    const redis = await start();
    const connections = connectionsTo(redis.env);
    try {
      // {a}: on the third master of a Cluster.
      const key = 'cloudmover:{a}';
      // A Cluster of several processes that have just begun: on a busy machine it answers late at first.
      for (const end = Date.now() + 10_000; Date.now() < end; await delay(50))
        if ((await attempt(connections, key)).error === undefined) break;
      expect(await attempt(connections, key)).not.toHaveProperty('error');
      await Promise.all([redis.servers[0]!, redis.servers.at(-1)!].map((server) => server.kill()));
      for (let turn = 0; turn < 4; turn++) {
        const { ms, error } = await attempt(connections, key);
        expect(error).toBeDefined();
        expect(ms).toBeLessThan(SOON_MS);
      }
    } finally {
      connections.close();
      await redis.stop();
    }
  });
});
