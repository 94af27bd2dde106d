// `npm run chaos`: transfers to which happens what happens to processes, networks and disks.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { buildStale } from './build.ts';
import { onlyWhileWeLive, onStop } from './processes.ts';
import { redisServer } from './redis.ts';
import { ROOT, withoutSettings } from './workspace.ts';

/**
 * @param args `--seed N`, `--runs N`, `--only PART-OF-A-NAME`, `--list`
 * @returns exit code
 */
export default async function chaos(args: string[]): Promise<number> {
  await buildStale(ROOT, ['backend']);
  const { command, argv0 } = await redisServer();
  const child = spawn(process.execPath, [join(ROOT, 'backend/chaos/main.ts'), ...args], {
    cwd: ROOT,
    env: { ...withoutSettings(), REDIS_SERVER: command, ...(argv0 && { REDIS_SERVER_NAME: argv0 }) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onlyWhileWeLive(child);
  onStop(() =>
    child.exitCode === null && child.signalCode === null ? once(child, 'exit').then(() => undefined) : undefined,
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
