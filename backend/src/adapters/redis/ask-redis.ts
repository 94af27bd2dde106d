import { Redis } from 'ioredis';
import type { AskRedis } from './redis-checks.ts';

/** Short, because a person waits for CloudMover to start or to report an error. */
const TIMEOUT_MS = 3_000;

/** Sends a few commands to one server over a separate connection. */
export const askRedis: AskRedis = async ({ host, port, tls, ca, username, password }, commands) => {
  const redis = new Redis({
    host,
    port,
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: { ...(ca && { ca }) } }),
    // Unconverted replies, and no greeting, which a server could refuse before it reports what is wrong.
    protocol: 2,
    disableClientInfo: true,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: () => null,
  });
  // The failing call itself only reports that the connection is closed.
  let reason: Error | undefined;
  redis.on('error', (error: Error) => (reason ??= error));
  try {
    await redis.connect();
    const replies = commands.map(([name = '', ...args]) => redis.call(name, ...args).catch((error: unknown) => error));
    const answers = await Promise.all(replies);
    if (redis.status !== 'ready') throw new Error('the connection was closed before the reply');
    return answers;
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
};
