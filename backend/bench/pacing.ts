// How much of Google's limit is used and how much is refused: two processes, each with the product's client and pacer,
// send requests of one account as fast as the pacer allows.
//   REDIS_URL=… node backend/bench/pacing.ts SANDBOX LIMIT SECONDS [LATENCY_MS]   → one line of JSON
// LIMIT: `writes` (10 a second), `units` (2,000 quota units a second, counted by the minute as Google does), or `none`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { built } from './built.ts';
import { SandboxClient, unitsOf } from '@cloudmover/drive-sandbox';

/** Casts a response whose shape does not matter. */
const asIs = <T>(answer: unknown): T => answer as T;

const LIMITS = {
  writes: { quotas: { writesPerSecond: 10 }, perSecond: 10 },
  units: { quotas: { unitsPerMinute: 120_000 }, perSecond: 2_000 },
  none: { quotas: {}, perSecond: Infinity },
} as const;
const PROCESSES = 2;
/** Simultaneous requests of each process, including waiting ones. */
const CALLERS = 100;
const ACCOUNT = 'alice@example.com';

const [sandbox = '', limit = '', ...rest] = process.argv.slice(2);
if (!Object.hasOwn(LIMITS, limit)) throw new Error(`There is no limit "${limit}".`);
if (rest[0] === 'worker') await work(rest[1] ?? '', rest[2] ?? '');
else {
  const [seconds = '300', latencyMs = '0'] = rest;
  const figures = await measure(limit as keyof typeof LIMITS, Number(seconds), Number(latencyMs));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

async function measure(
  name: keyof typeof LIMITS,
  seconds: number,
  latencyMs: number,
): Promise<Record<string, string | number>> {
  const { quotas, perSecond } = LIMITS[name];
  const control = new SandboxClient(sandbox);
  await control.reset();
  const { access_token } = await control.tokens(ACCOUNT, { expiresIn: 86_400 });
  const { folderId } = await control.makeTree(ACCOUNT, { files: 1, bytes: 1_000, seed: 1 });
  const [file] = (await control.tree(ACCOUNT)).filter(({ parentId }) => parentId === folderId);
  await control.behave({ quotas, latencyMs });
  await control.clearStats();
  const workers = Array.from({ length: PROCESSES }, () =>
    fork(import.meta.filename, [sandbox, name, 'worker', file?.id ?? '', access_token], { stdio: 'inherit' }),
  );
  // Does not count the start of the processes.
  while (Object.keys((await control.stats()).requests).length === 0) await sleep(20);
  const began = performance.now();
  await sleep(seconds * 1_000);
  const { requests } = await control.stats();
  const spent = (performance.now() - began) / 1_000;
  const ended = workers.map((worker) => once(worker, 'exit'));
  for (const worker of workers) worker.kill();
  await Promise.all(ended);

  let [made, units, refused, failed] = [0, 0, 0, 0];
  for (const [operation, statuses] of Object.entries(requests))
    for (const [status, count] of Object.entries(statuses)) {
      if (status === '200') {
        made += count;
        units += count * unitsOf(operation);
      } else if (status === '403') refused += count;
      else failed += count;
    }
  const writes = requests['files.copy']?.['200'] ?? 0;
  return {
    limit: name,
    seconds: spent.toFixed(0),
    latency_ms: latencyMs,
    processes: PROCESSES,
    requests_per_s: (made / spent).toFixed(1),
    ...(Number.isFinite(perSecond) && {
      use_percent: ((100 * (name === 'writes' ? writes : units)) / spent / perSecond).toFixed(1),
      aim_use_percent: 95,
      refused_percent: ((100 * refused) / (made + refused)).toFixed(2),
      aim_refused_percent: 2,
    }),
    failed,
  };
}

/** Like a transfer: mostly copies, and some listings. */
async function work(fileId: string, token: string): Promise<void> {
  process.on('disconnect', () => process.exit());
  const { GoogleClient } = await built<typeof import('../src/adapters/google/google-client.ts')>(
    'adapters/google/google-client',
  );
  const { Pacer } = await built<typeof import('../src/pacing/pacer.ts')>('pacing/pacer');
  const { RedisPaceStore } = await built<typeof import('../src/adapters/redis/redis-pacer.store.ts')>(
    'adapters/redis/redis-pacer.store',
  );
  const pacer = new Pacer(new RedisPaceStore(new Redis(process.env['REDIS_URL'] ?? '')));
  const client = new GoogleClient({ accessToken: () => Promise.resolve(token) }, { apiRoot: sandbox, pacer });
  // Another account for each run.
  const credentialId = `bench-${limit}-${process.ppid}`;
  const caller = async (): Promise<void> => {
    for (let round = 0; ; round++) {
      if (round % 10 === 9)
        await client.json(
          {
            credentialId,
            method: 'GET',
            path: '/drive/v3/files',
            query: { fields: 'files(id)', pageSize: 10 },
          },
          asIs,
        );
      else
        await client.json(
          {
            credentialId,
            method: 'POST',
            path: `/drive/v3/files/${fileId}/copy`,
            query: { fields: 'id,size' },
            body: {},
            repeatable: true,
          },
          asIs,
        );
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}
