import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';

const GUARDIAN = fileURLToPath(new URL('../../tools/guardian.ts', import.meta.url));

/** A program that was started, and ends with us even when we are killed. */
export interface Running {
  /** Of the program itself, not of its guardian. */
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when it is gone, by whatever means. */
  readonly ended: Promise<void>;
  isOver(): boolean;
  /** Sends a signal to the program; one that is gone is let be. */
  signal(name: NodeJS.Signals): void;
}

/** Starts a program with its output in a file. Resolves when it has a process id, not when it is ready. */
export async function start(options: {
  command: readonly [string, ...string[]];
  logFile: string;
  env?: NodeJS.ProcessEnv;
  /** The name it sees itself called by. */
  argv0?: string;
}): Promise<Running> {
  const { command, logFile, argv0 } = options;
  const env = { ...(options.env ?? process.env), ...(argv0 && { GUARDIAN_ARGV0: argv0 }) };
  const log = openSync(logFile, 'a', 0o600);
  const child: ChildProcess = spawn(process.execPath, [GUARDIAN, ...command], {
    env,
    detached: true, // a Ctrl-C in the terminal is ours to answer
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  let over = false;
  const ended = new Promise<void>((done) => {
    const end = (): void => {
      over = true;
      done();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  const pid = await new Promise<number>((found, failed) => {
    child.on('message', (message: { type?: string; pid?: number }) => {
      if (message.type === 'pid' && message.pid !== undefined) found(message.pid);
    });
    void ended.then(() => failed(new Error(`${command.join(' ')} ended at once:\n${tail(logFile)}`)));
  });
  child.channel?.unref();
  child.unref();
  return {
    pid,
    logFile,
    ended,
    isOver: () => over,
    signal: (name) => {
      if (over) return;
      try {
        process.kill(pid, name);
      } catch {
        // It ended a moment ago.
      }
    },
  };
}

/** Ends a program: asked kindly, and by force after `graceMs`. */
export async function end(running: Running, graceMs = 5_000): Promise<void> {
  running.signal('SIGCONT');
  running.signal('SIGTERM');
  const patience = new AbortController();
  await Promise.race([
    running.ended.then(() => patience.abort()),
    sleep(graceMs, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  running.signal('SIGKILL');
  await running.ended;
}

/** Asks `probe` every `everyMs` until it answers something other than undefined. What it throws counts as "not yet". */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs: number,
  everyMs = 25,
): Promise<T> {
  let last = '';
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(everyMs)) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = ` Last: ${error instanceof Error ? error.message : 'no error'}`;
    }
  }
  throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}.${last}`);
}

/** The last lines of a file; nothing where there is none. */
export function tail(file: string, lines = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** The server that the test runner found, or one on the PATH. */
function redisProgram(): { program: string; argv0?: string } {
  const { REDIS_SERVER: program = 'redis-server', REDIS_SERVER_NAME: argv0 } = process.env;
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', ...(argv0 && { argv0 }) });
  if (/server v=/i.test(stdout ?? '')) return { program, ...(argv0 && { argv0 }) };
  throw new Error('There is no redis-server on the PATH: use `npm test` or `npm run chaos`, which find one.');
}

/** How often Redis has its file on the disk: `everysec` as in production, `always` where nobody is to wait for it. */
export type Fsync = 'everysec' | 'always';

/**
 * A Redis of our own that can lose power. Its append-only file then keeps what the last confirmed fsync had written, or
 * what everysec guarantees.
 */
export class RedisServer {
  readonly port: number;
  private readonly dir: string;
  private running: Running | undefined;
  /** Sizes of the append-only file, oldest first. */
  private sizes: { at: number; bytes: number }[] = [];
  /** Bytes that an answered WAITAOF vouches for. */
  private vouched = 0;
  private readonly watch: NodeJS.Timeout;

  private constructor(dir: string, port: number, fsync: Fsync) {
    this.dir = dir;
    this.port = port;
    const configuration = {
      bind: '127.0.0.1',
      port,
      dir,
      appendonly: 'yes',
      appendfsync: fsync,
      save: '',
      'maxmemory-policy': 'noeviction',
      // One file all the time, so that its size is what was written.
      'auto-aof-rewrite-percentage': 0,
      'aof-load-truncated': 'yes',
    };
    writeFileSync(
      join(dir, 'redis.conf'),
      Object.entries(configuration)
        .map(([name, value]) => `${name} ${JSON.stringify(String(value))}\n`)
        .join(''),
    );
    this.watch = setInterval(() => this.measure(), 25).unref();
  }

  static async start(dir: string, fsync: Fsync): Promise<RedisServer> {
    const server = new RedisServer(dir, await freePort(), fsync);
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it on the same port with what is in its file. */
  async up(): Promise<void> {
    const { program, argv0 } = redisProgram();
    this.running = await start({
      command: [program, join(this.dir, 'redis.conf')],
      logFile: join(this.dir, 'redis.log'),
      ...(argv0 && { argv0 }),
    });
    const client = new Redis(this.url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await until(
        'Redis to answer',
        async () => {
          if (client.status === 'wait' || client.status === 'end') await client.connect();
          return (await client.ping()) === 'PONG' ? true : undefined;
        },
        20_000,
      );
    } finally {
      client.disconnect();
    }
    this.measure();
  }

  /** Ends it from one moment to the next. What it handed to the kernel stays. */
  async kill(): Promise<void> {
    this.running?.signal('SIGKILL');
    await this.running?.ended;
  }

  signal(name: NodeJS.Signals): void {
    this.running?.signal(name);
  }

  /** A WAITAOF was answered yes, and nobody knows yet: all that is in the file now is on the disk. */
  vouch(): void {
    this.vouched = this.fileSize();
  }

  /**
   * A loss of power: the server is gone, and of its file only what is certain to be on the disk, but for what it wrote
   * in the last `lostMs`. With everysec Redis promises no more than a second or two.
   * @returns bytes that were lost
   */
  async losePower(lostMs: number): Promise<number> {
    this.measure();
    const now = Date.now();
    await this.kill();
    const old = this.sizes.filter(({ at }) => at <= now - lostMs).at(-1)?.bytes ?? 0;
    const size = this.fileSize();
    const kept = Math.min(size, Math.max(old, this.vouched));
    truncateSync(this.file(), kept);
    this.sizes = [{ at: now, bytes: kept }];
    this.vouched = kept;
    return size - kept;
  }

  async stop(): Promise<void> {
    clearInterval(this.watch);
    if (this.running) await end(this.running);
  }

  private measure(): void {
    if (!this.running || this.running.isOver()) return;
    const now = Date.now();
    this.sizes.push({ at: now, bytes: this.fileSize() });
    while ((this.sizes[1]?.at ?? now) < now - 10_000) this.sizes.shift();
  }

  private file(): string {
    const folder = join(this.dir, 'appendonlydir');
    const name = readdirSync(folder).find((each) => each.endsWith('.incr.aof'));
    if (!name) throw new Error(`There is no append-only file in ${folder}.`);
    return join(folder, name);
  }

  private fileSize(): number {
    try {
      return statSync(this.file()).size;
    } catch {
      return 0; // Redis makes it a moment after it starts.
    }
  }
}
