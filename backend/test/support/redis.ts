import { Redis } from 'ioredis';

/**
 * Address of the Redis that tests may write to; the test runner provides a private one, as a user with just the rights of
 * `docs/redis-users.acl`. Each Jest worker has a database of its own there, so that spec files running side by side do
 * not meet.
 */
export function redisUrl(): string {
  return databaseOf(process.env['REDIS_URL']);
}

/** The same as its administrator, for what the product never does. */
function adminUrl(): string {
  return databaseOf(process.env['REDIS_ADMIN_URL'] ?? process.env['REDIS_URL']);
}

function databaseOf(given: string | undefined): string {
  if (!given) throw new Error('These tests need a Redis: set REDIS_URL, or run them with `npm test` from the root.');
  const url = new URL(given);
  // Redis has 16 databases unless configured otherwise; 0 is left to other users of the server.
  url.pathname = `/${((Number(process.env['JEST_WORKER_ID'] ?? 1) - 1) % 15) + 1}`;
  return url.href;
}

/** A connected client with the product's rights; disconnect it after use. */
export function connectRedis(): Promise<Redis> {
  return connected(redisUrl());
}

/** A connected client that may do everything; disconnect it after use. */
export function connectAdmin(): Promise<Redis> {
  return connected(adminUrl());
}

async function connected(url: string): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  await redis.connect();
  return redis;
}

/** Empties this worker's database: what an earlier spec file left would keep this one's worker busy. */
export async function emptyRedis(): Promise<void> {
  if (process.env['REDIS_TEST'] !== '1') {
    throw new Error('These tests empty their Redis database: set REDIS_TEST=1 if REDIS_URL names one for tests only.');
  }
  const redis = await connectAdmin();
  await redis.flushdb();
  redis.disconnect();
}
