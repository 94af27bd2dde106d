// `npm run reencrypt`: re-encrypts all records in Redis with the first key of CREDENTIALS_KEYS. Safe while instances
// run.
import { join } from 'node:path';
import process from 'node:process';
import { buildStale } from './build.ts';
import { run } from './processes.ts';
import { askRedis, useRedis } from './redis.ts';
import { keptSecret, loadEnvFile, remembered, ROOT, STATE } from './workspace.ts';

/** @returns 0 if every record is encrypted with the first key */
export default async function reencrypt(): Promise<number> {
  loadEnvFile();
  const { CREDENTIALS_KEYS, CREDENTIALS_KEYS_FILE } = process.env;
  await buildStale(ROOT, ['backend']);
  const redis = (await runningRedis()) ?? (await useRedis());
  try {
    return await run([process.execPath, join(ROOT, 'backend/dist/reencrypt.js')], {
      cwd: ROOT,
      env: {
        ...process.env,
        // No request goes to Google. A value and a file of it may not both be set.
        ...{ GOOGLE_CLIENT_ID: 'unused', GOOGLE_CLIENT_ID_FILE: '' },
        ...{ GOOGLE_CLIENT_SECRET: 'unused', GOOGLE_CLIENT_SECRET_FILE: '' },
        ...redis.env,
        ...(!CREDENTIALS_KEYS && !CREDENTIALS_KEYS_FILE && { CREDENTIALS_KEYS_FILE: join(STATE, 'credentials-keys') }),
      },
    });
  } finally {
    await redis.stop();
  }
}

/** The Redis of a running `npm start`, which must not be started twice. */
async function runningRedis() {
  const names = ['REDIS_URL', 'REDIS_URL_FILE', 'REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'];
  const port = remembered('redis');
  if (names.some((name) => process.env[name]) || port === undefined) return undefined;
  const url = `redis://:${encodeURIComponent(keptSecret(join(STATE, 'redis-password')))}@127.0.0.1:${port}`;
  try {
    const [reply] = await askRedis(url, [['PING']], { timeoutMs: 1000 });
    return reply === 'PONG' ? { env: { REDIS_URL: url }, stop: () => Promise.resolve() } : undefined;
  } catch {
    return undefined;
  }
}
