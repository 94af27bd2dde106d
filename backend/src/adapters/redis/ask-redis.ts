import { Redis } from 'ioredis';
import type { AskRedis } from './redis-checks.ts';

/** Somebody waits for the product to start, or to say why it does not. */
const PATIENCE_MS = 3_000;

/** A few questions to one server over a connection of their own. */
export const askRedis: AskRedis = async ({ host, port, tls, ca, username, password }, commands) => {
  const redis = new Redis({
    host,
    port,
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: { ...(ca && { ca }) } }),
    // Answers as they are on the wire, and no greeting that a server refuses before it has said what is wrong.
    protocol: 2,
    disableClientInfo: true,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    maxRetriesPerRequest: null,
    retryStrategy: () => null,
  });
  // The failing call only gets that the connection is closed.
  let reason: Error | undefined;
  redis.on('error', (error: Error) => (reason ??= error));
  try {
    await redis.connect();
    const replies = commands.map(([name = '', ...args]) => redis.call(name, ...args).catch((error: unknown) => error));
    const answers = await Promise.all(replies);
    if (redis.status !== 'ready') throw new Error('the connection was closed before the answer');
    return answers;
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
};
