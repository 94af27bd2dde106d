import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { codeOf, Problem, ROOT } from './workspace.ts';

/** Runs npm and waits for it. @returns its output */
export function npm(args: string[], { seconds = 120 } = {}) {
  const { error, status, stdout, stderr } = spawnSync('npm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: seconds * 1_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, npm_config_update_notifier: 'false', npm_config_loglevel: 'error' },
  });
  if (codeOf(error) === 'ENOENT') throw new Problem('npm is not on the PATH: start this command with `npm run`.');
  return { timedOut: codeOf(error) === 'ETIMEDOUT', status, stdout: stdout ?? '', stderr: stderr ?? '' };
}
