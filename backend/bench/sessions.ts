// The costs of a session without the framework: bytes of Redis, and processor time of encryption and of rate limits.
//   REDIS_URL=… node backend/bench/sessions.ts [sessions]   → one line of JSON; the Redis is emptied.
// It ends after about five minutes, with the sessions created until then.
// Uses the built product (backend/dist).
import { randomBytes } from 'node:crypto';
import { built, emptyRedis, nodeMicros } from './built.ts';
import type { Session } from '../src/session/session.port.ts';

const count = Number(process.argv[2] ?? 1_000_000);
/** Simultaneous calls, as many as the load on a route has connections. */
const PARALLEL = 32;
const DAY_MS = 86_400_000;
const TRIES = 50_000;
/** The size of a session is constant long before a million, so a slow machine may stop earlier. */
const FILL_MS = 240_000;
/** Simultaneous saves, which are sent in few writes. */
const FILL_PARALLEL = 512;

const { RedisCipher } =
  await built<typeof import('../src/adapters/redis/redis-cipher.ts')>('adapters/redis/redis-cipher');
const { RedisSessionStore } = await built<typeof import('../src/adapters/redis/redis-session.store.ts')>(
  'adapters/redis/redis-session.store',
);
const { RedisRateLimitStore } = await built<typeof import('../src/adapters/redis/redis-rate-limit.store.ts')>(
  'adapters/redis/redis-rate-limit.store',
);

const { redis, bytes: redisBytes, micros: redisMicros } = await emptyRedis();
const cipher = new RedisCipher([{ id: 'bench', key: randomBytes(32) }]);
const sessions = new RedisSessionStore(redis, cipher);
const limits = new RedisRateLimitStore(redis);

function aSession(number: number): Session {
  const now = Date.now();
  return {
    id: randomBytes(32).toString('base64url'),
    handle: randomBytes(16).toString('base64url'),
    type: number % 2 === 0 ? 'source' : 'destination',
    account: {
      sub: String(100_000_000_000_000_000_000n + BigInt(number)),
      email: `person.number${number}@example.com`,
      name: `Person Number ${number}`,
      photo: `https://lh3.googleusercontent.com/a/${randomBytes(32).toString('base64url')}=s64`,
    },
    credentialId: randomBytes(32).toString('base64url'),
    scopes: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/drive'],
    device: { browser: 'Firefox', os: 'Windows' },
    createdAt: now,
    expiresAt: now + DAY_MS,
    endsAt: now + DAY_MS,
    lastUsedAt: now,
  };
}

/** Runs work `times` times, in parallel. @returns processor time of this process and of Redis per call, in µs */
async function cpuPerCall(times: number, work: (number: number) => unknown): Promise<{ node: number; redis: number }> {
  const [began, redisBegan] = [process.cpuUsage(), await redisMicros()];
  let next = 0;
  const run = async () => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, run));
  return { node: nodeMicros(began) / times, redis: ((await redisMicros()) - redisBegan) / times };
}

const before = await redisBytes();
let saved = 0;
const fillEnd = performance.now() + FILL_MS;
const fill = async () => {
  while (saved < count && performance.now() < fillEnd) {
    const session = aSession(saved++);
    await sessions.save(session);
  }
};
await Promise.all(Array.from({ length: FILL_PARALLEL }, fill));
const bytes = (await redisBytes()) - before;

const session = aSession(0);
const sealed = cipher.seal('key', session);
const opening = () => cipher.open('key', sealed);
await cpuPerCall(TRIES, opening); // warms up
const open = await cpuPerCall(TRIES, opening);
const seal = await cpuPerCall(TRIES, () => cipher.seal('key', session));
const read = () => sessions.find(session.id);
await sessions.save(session);
await cpuPerCall(TRIES, read);
const found = await cpuPerCall(TRIES, read);
const take = () => limits.take('token', session.handle, { units: 1e9, windowMs: 60_000 }, 1);
await cpuPerCall(TRIES, take);
const taken = await cpuPerCall(TRIES, take);

process.stdout.write(
  `${JSON.stringify({
    sessions: saved,
    redisBytesPerSession: Math.round(bytes / saved),
    redisMb: Math.round(bytes / 1e6),
    openMicros: open.node.toFixed(1),
    sealMicros: seal.node.toFixed(1),
    readNodeMicros: found.node.toFixed(1),
    readRedisMicros: found.redis.toFixed(1),
    throttleNodeMicros: taken.node.toFixed(1),
    throttleRedisMicros: taken.redis.toFixed(1),
  })}\n`,
);
process.exit(0);
