import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';

/**
 * The address of the tests' Redis, which the test runner provides, with the user and rights of `docs/redis-users.acl`.
 * Each Jest worker has its own database, so that spec files running in parallel do not interfere.
 */
export function redisUrl(): string {
  return databaseOf(process.env['REDIS_URL']);
}

/** Options of BullMQ's queues and workers that connect to it as the product does. */
export function queueOptions() {
  const { hostname: host, port, pathname, username, password } = new URL(redisUrl());
  return {
    connection: { host, port: Number(port), db: Number(pathname.slice(1)), username, password },
    prefix: keys.queuePrefix,
  };
}

/** The same with the administrator, for commands that the product never uses. */
function adminUrl(): string {
  return databaseOf(process.env['REDIS_ADMIN_URL'] ?? process.env['REDIS_URL']);
}

function databaseOf(given: string | undefined): string {
  if (!given) throw new Error('These tests need a Redis: set REDIS_URL, or run them with `npm test` from the root.');
  const url = new URL(given);
  // Redis has 16 databases by default; 0 is left to other users of the server.
  url.pathname = `/${((Number(process.env['JEST_WORKER_ID'] ?? 1) - 1) % 15) + 1}`;
  return url.href;
}

/** A connected client with the product's rights; disconnect it after use. */
export function connectRedis(): Promise<Redis> {
  return connected(redisUrl());
}

/** A connected client with all rights; disconnect it after use. */
export function connectAdmin(): Promise<Redis> {
  return connected(adminUrl());
}

async function connected(url: string): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  await redis.connect();
  return redis;
}

/**
 * Watches the commands to this worker's database, except those of scripts. Not with `monitor` of ioredis: it takes the
 * commands of other spec files that arrive together with the confirmation for replies, and fails.
 * @returns ends it
 */
export async function watchCommands(onCommand: (args: string[]) => void): Promise<() => void> {
  const { hostname, port, pathname, username, password } = new URL(adminUrl());
  const socket = connect(Number(port), hostname);
  if (password) socket.write(`AUTH ${decodeURIComponent(username || 'default')} ${decodeURIComponent(password)}\r\n`);
  socket.write('MONITOR\r\n');
  let confirmations = password ? 2 : 1;
  await new Promise<void>((started, fail) => {
    socket.on('error', fail);
    createInterface({ input: socket }).on('line', (line) => {
      if (line.startsWith('-')) fail(new Error(line));
      if (line === '+OK' && --confirmations === 0) started();
      const [, database, source, command = ''] = /^\+[\d.]+ \[(\d+) (\S+)\] (.*)$/.exec(line) ?? [];
      if (database !== pathname.slice(1) || source === 'lua') return;
      onCommand(Array.from(command.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, argument]) => argument!));
    });
  });
  return () => void socket.destroy();
}

/** Empties this worker's database, because data of an earlier spec file would keep workers busy. */
export async function emptyRedis(): Promise<void> {
  if (process.env['REDIS_TEST'] !== '1') {
    throw new Error('These tests empty their Redis database: set REDIS_TEST=1 if REDIS_URL names one for tests only.');
  }
  const redis = await connectAdmin();
  await redis.flushdb();
  redis.disconnect();
}

/** Forgets the requests that the limits have counted. */
export async function forgetLimits(): Promise<void> {
  const redis = await connectAdmin();
  const counted = await redis.keys('cloudmover:limit:*');
  if (counted.length > 0) await redis.del(counted);
  redis.disconnect();
}
