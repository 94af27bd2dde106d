// The built product (backend/dist), for measurements that use parts of it in their own process.
import type { Redis } from 'ioredis';

/** A module of the built product. @param path from backend/dist, without the extension */
export const built = <Module>(path: string) =>
  import(new URL(`../dist/${path}.js`, import.meta.url).href) as Promise<Module>;

/** The product's connections to the empty Redis of REDIS_URL, and figures of this Redis. */
export async function emptyRedis() {
  const { RedisConnections } = await built<typeof import('../src/adapters/redis/redis-connections.ts')>(
    'adapters/redis/redis-connections',
  );
  const connections = new RedisConnections({
    place: { kind: 'node', url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' },
    waitForDisk: true,
  });
  const redis = connections.client as Redis;
  await redis.flushall();
  const figure = async (section: string, name: string) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(await redis.info(section))?.[1]);
  return {
    connections,
    redis,
    /** Bytes of its data. */
    bytes: () => figure('memory', 'used_memory'),
    /** Processor time that Redis has used, in microseconds. */
    micros: async () => 1e6 * ((await figure('cpu', 'used_cpu_user')) + (await figure('cpu', 'used_cpu_sys'))),
  };
}

/** Processor time this process has used, in microseconds. */
export function nodeMicros(since?: NodeJS.CpuUsage) {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}
