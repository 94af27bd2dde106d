import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { TreeItem } from '../control/client.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoogleProxy } from '../http/google-proxy.ts';
import { TestSandbox } from './test-client.ts';
import { until } from '../../tools/until.ts';

const PROGRAM = process.env['RCLONE'] ?? 'rclone';

/** The result of a run of rclone. */
export interface Run {
  code: number;
  out: string;
  /** What it logged. */
  log: string;
}

/**
 * An unmodified rclone with the remotes `alice:` and `bob:`, which reaches the sandbox in place of Google through a
 * proxy, over TLS with a temporary authority. `folder` is for local files.
 */
export class TestRclone {
  readonly test: TestSandbox;
  readonly proxy: GoogleProxy;
  readonly folder: string;

  private constructor(test: TestSandbox, proxy: GoogleProxy, folder: string) {
    this.test = test;
    this.proxy = proxy;
    this.folder = folder;
  }

  static async start(): Promise<TestRclone> {
    const clients = [{ clientId: 'rclone', clientSecret: 'not so secret', redirectUris: ['http://127.0.0.1:53682/'] }];
    const test = await TestSandbox.start({ clients });
    const proxy = await GoogleProxy.start(test.sandbox.url);
    const rclone = new TestRclone(test, proxy, mkdtempSync(join(tmpdir(), 'rclone-')));
    writeFileSync(join(rclone.folder, 'ca.pem'), proxy.authority);
    await rclone.connect();
    return rclone;
  }

  /** The folder `local`, empty after `reset`. */
  get local(): string {
    return join(this.folder, 'local');
  }

  /** Begins again, with an empty sandbox, new tokens and an empty folder `local`. */
  async reset(): Promise<void> {
    await this.test.control.reset();
    await this.test.signIn();
    await this.connect();
    rmSync(this.local, { recursive: true, force: true });
    mkdirSync(this.local);
  }

  /** What is really in an account. */
  tree(account = 'alice'): Promise<TreeItem[]> {
    return this.test.control.tree(`${account}@example.com`);
  }

  /** The one item at a path. */
  async at(path: string, account = 'alice'): Promise<TreeItem> {
    const [found, ...others] = (await this.tree(account)).filter((item) => item.path === path);
    if (!found || others.length > 0) throw new Error(`There is not one item ${path}.`);
    return found;
  }

  /** How many requests an operation received, whatever the response. */
  async asked(operation: string): Promise<number> {
    const { requests } = await this.test.control.stats();
    return Object.values(requests[operation] ?? {}).reduce((sum, each) => sum + each, 0);
  }

  /** Writes the configuration, with tokens like those of `rclone config`. */
  async connect(expiry = new Date(Date.now() + 3_500_000)): Promise<void> {
    const lines: string[] = [];
    for (const name of ['alice', 'bob']) {
      const { json } = await this.test.ask('POST', '/__sandbox/tokens', {
        body: { account: `${name}@example.com`, clientId: 'rclone' },
      });
      const token = { ...json, expiry: expiry.toISOString() };
      lines.push(`[${name}]`, 'type = drive', 'client_id = rclone', 'client_secret = not so secret', 'scope = drive');
      lines.push(`token = ${JSON.stringify(token)}`, 'server_side_across_configs = true');
      // The pauses between requests that rclone needs for Google.
      lines.push('pacer_min_sleep = 1ms', 'pacer_burst = 1000', '');
    }
    writeFileSync(join(this.folder, 'rclone.conf'), lines.join('\n'), { mode: 0o600 });
  }

  /** Runs a command to its end, even if it fails. */
  try(args: readonly string[], input?: Buffer | string): Promise<Run> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        PROGRAM,
        args,
        { env: this.env(), cwd: this.folder, maxBuffer: 64 * 1024 * 1024 },
        (error, out, log) => {
          if (error && typeof error.code !== 'number')
            reject(
              new Error(
                `${PROGRAM} cannot be started (${error.message}). Install the Debian package rclone, or set RCLONE to its path.`,
              ),
            );
          else resolve({ code: error ? Number(error.code) : 0, out, log });
        },
      );
      child.stdin?.end(input);
    });
  }

  /** Starts a command that runs until `stop`; `said` waits until it has logged a text. */
  start(args: readonly string[]): { said(words: string): Promise<void>; stop(): Promise<void> } {
    const child = spawn(PROGRAM, args, { env: this.env(), cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.once('error', (error) => (log += error.message));
    return {
      said: async (words) => {
        await until(`rclone ${args.join(' ')} says ${words}`, () => log.includes(words)).catch((error: unknown) => {
          throw new Error(`rclone said:\n${log}`, { cause: error });
        });
      },
      stop: async () => {
        child.kill();
        await ended;
      },
    };
  }

  private env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      HOME: this.folder,
      HTTPS_PROXY: this.proxy.url,
      RCLONE_CONFIG: join(this.folder, 'rclone.conf'),
      RCLONE_CACHE_DIR: join(this.folder, 'cache'),
      RCLONE_CA_CERT: join(this.folder, 'ca.pem'),
      // One attempt, so that retries hide no failure.
      RCLONE_RETRIES: '1',
      RCLONE_LOW_LEVEL_RETRIES: '1',
    };
  }

  /** Runs a command that must succeed and returns its output. */
  async run(args: readonly string[], input?: Buffer | string): Promise<string> {
    const { code, out, log } = await this.try(args, input);
    if (code !== 0) throw new Error(`rclone ${args.join(' ')} ended with ${code}:\n${log}${out}`);
    return out;
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.test.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const md5 = (data: Buffer | string): string => createHash('md5').update(data).digest('hex');

/** Bytes that repeat nowhere, the same each time. */
export function bytes(length: number, seed: string): Buffer {
  const block = createHash('sha512').update(seed).digest();
  const data = Buffer.alloc(length, block);
  for (let i = 0; i + 4 <= length; i += 4096) data.writeUInt32LE(i, i);
  return data;
}
