import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, launch, untilReady, type Running } from '../../tools/processes.ts';
import { askRedis, redisServer } from '../../tools/redis.ts';

/** Redis's `appendfsync`: `everysec` as in production, `always` to avoid waits for the next sync. */
export type Fsync = 'everysec' | 'always';

/**
 * A Redis server that can lose power. Its append-only file then keeps the data of the last confirmed fsync, or the data that
 * `everysec` guarantees.
 */
export class RedisServer {
  readonly port: number;
  private readonly dir: string;
  private running: Running | undefined;
  /** Sizes of the append-only file, oldest first. */
  private sizes: { at: number; bytes: number }[] = [];
  /** Size of the file at the last confirmed WAITAOF. */
  private durableBytes = 0;
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
      // Without rewrites the size of the file is the number of bytes written.
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

  /** Starts it on the same port with the data of its file. */
  async up(): Promise<void> {
    const { command, argv0 } = await redisServer();
    this.running = launch({
      name: 'Redis',
      command: [command, join(this.dir, 'redis.conf')],
      logFile: join(this.dir, 'redis.log'),
      append: true,
      argv0,
    });
    const answers = () =>
      askRedis(this.url, [['PING']], { timeoutMs: 1000 }).then(
        ([reply]) => reply === 'PONG',
        () => false,
      );
    await untilReady(this.running, answers, 60_000);
    this.measure();
  }

  /** Kills it. Data that it passed to the kernel is kept. */
  async kill(): Promise<void> {
    this.running?.signal('SIGKILL');
    await this.running?.ended;
  }

  signal(name: NodeJS.Signals): void {
    this.running?.signal(name);
  }

  /** Call it before the reply to a confirmed WAITAOF is returned: all data in the file is on the disk now. */
  markDurable(): void {
    this.durableBytes = this.fileSize();
  }

  /**
   * Simulates a loss of power: kills the server, and truncates its file to the data of the last confirmed WAITAOF, or to
   * that of `lostMs` ago if that is more. With `everysec` Redis may lose one to two seconds.
   * @returns the number of lost bytes
   */
  async losePower(lostMs: number): Promise<number> {
    this.measure();
    const now = Date.now();
    await this.kill();
    const old = this.sizes.filter(({ at }) => at <= now - lostMs).at(-1)?.bytes ?? 0;
    const size = this.fileSize();
    const kept = Math.min(size, Math.max(old, this.durableBytes));
    truncateSync(this.file(), kept);
    this.sizes = [{ at: now, bytes: kept }];
    this.durableBytes = kept;
    return size - kept;
  }

  async stop(): Promise<void> {
    clearInterval(this.watch);
    await this.running?.stop(5_000);
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
      return 0; // Redis creates it shortly after it starts.
    }
  }
}
