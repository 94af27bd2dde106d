// rclone for comparison with the engine: unmodified, with the same sandbox, through the same TLS proxy.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { stopWithUs } from '../../tools/processes.ts';
import { useRclone } from '../../tools/rclone.ts';
import { call } from '../../tools/api-client.ts';
import { cpuSeconds, residentBytes } from './measure.ts';
import type { Stack } from '../../tools/stack.ts';
import { Problem } from '../../tools/workspace.ts';

/** rclone's defaults: 4 transfers, 8 checkers, 100 calls at once and then one every 100 ms. */
export const DEFAULT_SETTINGS: string[] = [];

/** Settings that limit rclone only by its number of transfers. */
export function unlimitedSettings(transfers: number, ...more: string[]) {
  return [
    ...['--transfers', String(transfers), '--checkers', String(Math.min(transfers, 128))],
    ...['--drive-pacer-min-sleep', '100us', '--drive-pacer-burst', '10000', '--drive-list-chunk', '1000'],
    ...more,
  ];
}

/** An rclone with the remotes `alice:` and `bob:` for a stack with a TLS proxy. */
export async function startRclone({ sandboxUrl, tlsProxy }: Pick<Stack, 'sandboxUrl' | 'tlsProxy'>) {
  if (!tlsProxy) throw new Problem('rclone needs a TLS proxy.');
  const program = await useRclone();
  const folder = mkdtempSync(join(tmpdir(), 'cloudmover-rclone-'));
  const clientId = 'rclone';
  await call(`${sandboxUrl}/__sandbox/clients`, {
    method: 'POST',
    body: { clientId, clientSecret: 'not so secret', redirectUris: ['http://127.0.0.1:53682/'] },
  });
  const lines: string[] = [];
  for (const name of ['alice', 'bob']) {
    const token = await call<object>(`${sandboxUrl}/__sandbox/tokens`, {
      method: 'POST',
      body: { account: `${name}@example.com`, clientId, expiresIn: 36_000 },
    });
    lines.push(`[${name}]`, 'type = drive', `client_id = ${clientId}`, 'client_secret = not so secret');
    const expiry = new Date(Date.now() + 36_000_000).toISOString();
    lines.push('scope = drive', `token = ${JSON.stringify({ ...token, expiry })}`, '');
  }
  writeFileSync(join(folder, 'rclone.conf'), lines.join('\n'), { mode: 0o600 });
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    HTTPS_PROXY: tlsProxy.proxyUrl,
    RCLONE_CONFIG: join(folder, 'rclone.conf'),
    RCLONE_CACHE_DIR: join(folder, 'cache'),
    RCLONE_CA_CERT: tlsProxy.authorityFile,
  };
  return {
    /**
     * Copies a folder like `copy`, with a separate command for the folders first. For a new destination this is by far
     * the fastest way, because rclone otherwise looks up the folder of each file, one request after the other.
     * @returns the sums of both
     */
    async copyFoldersFirst(folderId: string, into: string, settings: string[]) {
      const first = await this.copy(folderId, into, [...settings, '--create-empty-src-dirs', '--filter', '- *.*']);
      const then = await this.copy(folderId, into, settings);
      return {
        seconds: first.seconds + then.seconds,
        cpuSeconds: first.cpuSeconds + then.cpuSeconds,
        peakBytes: Math.max(first.peakBytes, then.peakBytes),
        foldersSeconds: first.seconds,
      };
    },
    /**
     * Copies a folder of Alice's, by its id, into a folder in Bob's root, by its name.
     * @param how `limitMs`: stops rclone after this time
     * @throws {Problem} with the end of its log
     */
    async copy(
      folderId: string,
      into: string,
      settings: string[],
      { serverSide = true, limitMs }: { serverSide?: boolean; limitMs?: number } = {},
    ) {
      const log = join(folder, 'log');
      const began = performance.now();
      const child = spawn(
        program,
        [
          ...['copy', `alice,root_folder_id=${folderId}:`, `bob:${into}`, '--log-file', log, '--log-level', 'ERROR'],
          ...(serverSide ? ['--drive-server-side-across-configs'] : []),
          ...settings,
        ],
        { env, cwd: folder, stdio: 'ignore' },
      );
      const forget = stopWithUs(child);
      let [used, peakBytes, stopped] = [0, 0, false];
      const watch = setInterval(() => {
        try {
          used = cpuSeconds(child.pid ?? 0);
          peakBytes = Math.max(peakBytes, residentBytes(child.pid ?? 0));
        } catch {
          // It just ended.
        }
      }, 100);
      const stop = () => {
        stopped = true;
        child.kill();
      };
      const timer = limitMs === undefined ? undefined : setTimeout(stop, limitMs);
      const [code] = (await once(child, 'close')) as [number | null];
      const seconds = (performance.now() - began) / 1000;
      clearInterval(watch);
      clearTimeout(timer);
      forget();
      if (code !== 0 && !stopped)
        throw new Problem(`rclone ended with code ${code}:\n${readFileSync(log, 'utf8').slice(-2000)}`);
      rmSync(log, { force: true });
      return { seconds, cpuSeconds: used, peakBytes, finished: !stopped };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
