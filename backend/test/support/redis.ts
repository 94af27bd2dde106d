import { Redis } from 'ioredis';

/**
 * Address of the Redis that tests may write to; the test runner provides a private one. Each Jest worker has a database
 * of its own there, so that spec files running side by side do not meet.
 */
export function redisUrl(): string {
  const given = process.env['REDIS_URL'];
  if (!given) throw new Error('These tests need a Redis: set REDIS_URL, or run them with `npm test` from the root.');
  const url = new URL(given);
  // Redis has 16 databases unless configured otherwise; 0 is left to whoever else uses the server.
  url.pathname = `/${((Number(process.env['JEST_WORKER_ID'] ?? 1) - 1) % 15) + 1}`;
  return url.href;
}

/** A connected client; disconnect it after use. */
export async function connectRedis(): Promise<Redis> {
  const redis = new Redis(redisUrl(), { lazyConnect: true, maxRetriesPerRequest: 1 });
  await redis.connect();
  return redis;
}

/** Empties this worker's database: what an earlier spec file left would keep this one's worker busy. */
export async function emptyRedis(): Promise<void> {
  if (process.env['REDIS_TEST'] !== '1') {
    throw new Error('These tests empty their Redis database: set REDIS_TEST=1 if REDIS_URL names one for tests only.');
  }
  const redis = await connectRedis();
  await redis.flushdb();
  redis.disconnect();
}
