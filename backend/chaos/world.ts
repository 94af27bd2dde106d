import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type BehaviorInput, SandboxClient, type TreeItem } from '@cloudmover/drive-sandbox';
import { connect, OVER } from '../../tools/api-client.ts';
import { answers, freePort, launch, tail, untilReady, type Running } from '../../tools/processes.ts';
import { newKeyRing, redirectUris, startSandbox } from '../../tools/stack.ts';
import { until } from '../../tools/until.ts';
import type { Crossing, Guard } from './crossing.ts';
import { GoogleProxy } from './proxy-http.ts';
import { RedisProxy } from './proxy-redis.ts';
import { type Fsync, RedisServer } from './redis-server.ts';
import { fillDestination, fillSource, GROUP, PEOPLE, PEOPLE_MAP, type Shape } from './source-data.ts';

/** What is tried: the built backend of this checkout, or another build of it. */
const BACKEND = process.env['CHAOS_BACKEND'] ?? fileURLToPath(new URL('../dist/main.js', import.meta.url));
const CLOCK = new URL('clock.ts', import.meta.url).href;
const CLIENT = { id: 'chaos', secret: randomBytes(18).toString('base64url') };
const QUEUE_PREFIX = '{cloudmover:queue}';
const DRIVE_READONLY = 'openid email profile https://www.googleapis.com/auth/drive.readonly';

/** Lags that Google has and does not document; every world has them, unless a scenario says otherwise. */
export const LAGS = { indexLagMs: 700, permissionLagMs: 400 } as const;
/** Where requests are counted: how often a process asks again for what is not seen yet is a matter of its speed. */
export const NO_LAGS = { indexLagMs: 0, permissionLagMs: 0 } as const;

/** One process of the product, behind a proxy to Redis and one to Google. Started again whenever it dies. */
export class Slot {
  readonly name: string;
  readonly google: GoogleProxy;
  readonly redis: RedisProxy;
  readonly port: number;
  /** Times it died, by our hand or its own. */
  deaths = 0;
  /** Whether it is to be started again when it dies. */
  supervised = true;
  private running: Running | undefined;
  private rising: Promise<void> | undefined;
  private readonly env: NodeJS.ProcessEnv;
  private readonly logFile: string;
  private readonly whenDead: () => Promise<void>;

  constructor(options: {
    name: string;
    google: GoogleProxy;
    redis: RedisProxy;
    port: number;
    env: NodeJS.ProcessEnv;
    logFile: string;
    whenDead: () => Promise<void>;
  }) {
    this.name = options.name;
    this.google = options.google;
    this.redis = options.redis;
    this.port = options.port;
    this.env = options.env;
    this.logFile = options.logFile;
    this.whenDead = options.whenDead;
  }

  /** Starts it, and resolves when it serves. */
  up(): Promise<void> {
    return (this.rising ??= this.rise().finally(() => (this.rising = undefined)));
  }

  private async rise(): Promise<void> {
    this.google.open();
    this.redis.open();
    // On a busy machine a Redis that has just started may answer later than the product waits for it.
    while (!(await this.starts())) if (!this.supervised) throw new Error(`${this.name} is no longer wanted.`);
    void this.running?.ended.then(async () => {
      this.deaths++;
      if (!this.supervised) return;
      await this.whenDead();
      if (this.supervised) await this.up().catch(() => undefined); // the scenario reports that its transfer does not end
    });
  }

  /**
   * Starts the process and waits until it serves.
   * @returns false when it ended because Redis did not answer it
   */
  private async starts(): Promise<boolean> {
    const logged = this.log(Infinity).length;
    const running = launch({
      name: this.name,
      command: [process.execPath, '--import', CLOCK, '--enable-source-maps', BACKEND],
      env: {
        ...this.env,
        PORT: String(this.port),
        REDIS_URL: this.redis.url,
        GOOGLE_BASE_URL: this.google.url,
      },
      logFile: this.logFile,
      append: true,
    });
    this.running = running;
    try {
      await untilReady(running, () => answers(`http://127.0.0.1:${this.port}/health/ready`), 30_000);
      return true;
    } catch (error) {
      if (running.isOver() && this.log(Infinity).slice(logged).includes('Start it, or correct REDIS_URL')) return false;
      throw error;
    }
  }

  signal(name: NodeJS.Signals): void {
    this.running?.signal(name);
  }

  /** Kills it without a warning; resolves when it is gone. */
  async kill(): Promise<void> {
    const { running } = this;
    running?.signal('SIGKILL');
    await running?.ended;
  }

  /** Asks it to stop; answers how long that took, in milliseconds. It is not started again. */
  async stop(graceMs: number): Promise<number> {
    this.supervised = false;
    await this.rising?.catch(() => undefined); // one that is just being started would be left behind
    const began = Date.now();
    await this.running?.stop(graceMs);
    return Date.now() - began;
  }

  /** Has all its traffic pass a guard. */
  watch(guard: Guard): void {
    this.google.guard = guard;
    this.redis.guard = guard;
  }

  log(lines = 25): string {
    return tail(this.logFile, lines);
  }

  async close(): Promise<void> {
    await this.stop(2_000);
    await this.google.close();
    await this.redis.close();
  }
}

/** Two accounts of their own with what is in them, connected to the product. */
export interface Pair {
  readonly shape: Shape;
  readonly source: string;
  readonly destination: string;
  readonly tokens: { readonly source: string; readonly destination: string };
  /** What is chosen to be transferred. */
  readonly chosen: readonly string[];
  /** Everything in both, before. */
  readonly before: { readonly source: readonly TreeItem[]; readonly destination: readonly TreeItem[] };
  /** The shared drive that copies go into; missing: My Drive. */
  readonly driveId?: string;
}

/** A requested transfer. */
export interface Transfer {
  readonly id: string;
  readonly pair: Pair;
  readonly mode: 'copy' | 'move';
  /** The new folder that everything goes into. */
  readonly folder: string;
  /** Requests of both accounts before it. */
  readonly requestsBefore: Requests;
}

/** How many requests there were, by whose they were, what they did and how they were answered: `source files.get 200`. */
export type Requests = ReadonlyMap<string, number>;

export const sumOf = (requests: Requests): number => [...requests.values()].reduce((sum, count) => sum + count, 0);

/** What `all` has more than `some`, or (negative) less. */
export function beyond(all: Requests, some: Requests): Requests {
  const names = new Set([...all.keys(), ...some.keys()]);
  const more = [...names].map((name) => [name, (all.get(name) ?? 0) - (some.get(name) ?? 0)] as const);
  return new Map(more.filter(([, count]) => count !== 0));
}

/** What the API says of a transfer. */
export interface TransferView {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly grants: { readonly open: number };
  readonly problem?: { readonly code: string; readonly detail: string };
  readonly resumeAt?: string;
  readonly sharing?: Readonly<Partial<Record<'wanted' | 'equal' | 'narrower' | 'wider' | 'waiting', number>>>;
}

/** A line of its report. */
export interface ItemView {
  readonly sourceId: string;
  readonly destinationId?: string;
  readonly path: string;
  readonly kind: string;
  readonly state: string;
  readonly code?: string;
  readonly reason?: string;
  readonly original?: 'trashed' | 'kept';
}

type Stoppable = Pick<Running, 'stop'>;

/** The whole product as processes of their own, all of whose traffic we hold in our hands. */
export class World {
  readonly sandbox: SandboxClient;
  readonly sandboxUrl: string;
  readonly redis: RedisServer;
  /** Straight to Redis, past the proxies. */
  readonly direct: Redis;
  api!: Slot;
  workers: Slot[] = [];
  private pairs = 0;
  private closing = false;
  private readonly folder: string;
  private readonly sandboxProcess: Stoppable;
  private readonly calm = new Map<string, Requests>();

  private constructor(folder: string, redis: RedisServer, sandboxUrl: string, sandboxProcess: Stoppable) {
    this.folder = folder;
    this.redis = redis;
    this.sandboxUrl = sandboxUrl;
    this.sandbox = new SandboxClient(sandboxUrl);
    this.sandboxProcess = sandboxProcess;
    this.direct = new Redis(redis.url, { maxRetriesPerRequest: null });
    this.direct.on('error', () => undefined);
  }

  /**
   * Starts Redis, the sandbox, an API and workers.
   * @param options.fsync of Redis's file (default `always`: then nothing waits for the disk for long)
   * @param options.env further settings of the product
   */
  static async start(options: { workers?: number; fsync?: Fsync; env?: Record<string, string> } = {}): Promise<World> {
    if (!existsSync(BACKEND)) throw new Error(`The backend is not built (${BACKEND}): npm run build`);
    const folder = mkdtempSync(join(tmpdir(), 'cloudmover-chaos-'));
    mkdirSync(join(folder, 'redis'));
    const apiPort = await freePort();
    const publicUrl = `http://127.0.0.1:${apiPort}`;
    const shell = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] };
    const [redis, sandbox] = await Promise.all([
      RedisServer.start(join(folder, 'redis'), options.fsync ?? 'always'),
      startSandbox({
        logFile: join(folder, 'sandbox.log'),
        client: { ...CLIENT, redirects: redirectUris(publicUrl) },
      }),
    ]);
    const world = new World(folder, redis, sandbox.url, sandbox);
    const env = {
      ...shell,
      HOST: '127.0.0.1',
      PUBLIC_URL: publicUrl,
      PORTAL_DIR: join(folder, 'no-portal'),
      LOG_LEVEL: 'warn',
      GOOGLE_CLIENT_ID: CLIENT.id,
      GOOGLE_CLIENT_SECRET: CLIENT.secret,
      CREDENTIALS_KEYS: newKeyRing(),
      RATE_LIMIT_TOKEN: '1000000',
      RATE_LIMIT_ADDRESS: '1000000',
      RATE_LIMIT_SIGN_IN: '1000000',
      CHAOS_CLOCK_FILE: join(folder, 'clock'),
      ...options.env,
    };
    world.api = await world.slot('api', apiPort, { ...env, CLOUDMOVER_ROLE: 'api' });
    for (let number = 1; number <= (options.workers ?? 1); number++)
      world.workers.push(await world.slot(`worker-${number}`, await freePort(), { ...env, CLOUDMOVER_ROLE: 'worker' }));
    await Promise.all([world.api, ...world.workers].map((slot) => slot.up()));
    for (const email of [...PEOPLE, ...GROUP.members, ...Object.values(PEOPLE_MAP)])
      if (email) await world.sandbox.addAccount(email);
    await world.sandbox.setGroup(GROUP.email, [...GROUP.members]);
    await world.behave();
    return world;
  }

  get worker(): Slot {
    const [worker] = this.workers;
    if (!worker) throw new Error('This world has no worker.');
    return worker;
  }

  private async slot(name: string, port: number, env: NodeJS.ProcessEnv): Promise<Slot> {
    const [google, redis] = await Promise.all([GoogleProxy.start(this.sandboxUrl), RedisProxy.start(this.redis.port)]);
    redis.onDurable = () => this.redis.vouch();
    const logFile = join(this.folder, `${name}.log`);
    const isWorker = name !== 'api';
    const whenDead = async () => {
      // With several workers the living keep theirs: BullMQ notices the dead in its own time.
      if (!this.closing && isWorker && this.workers.length === 1) await this.lapse().catch(() => undefined);
    };
    return new Slot({ name, google, redis, port, env, logFile, whenDead });
  }

  /** Sets how the sandbox behaves: the usual lags, and what is given. */
  async behave(more: BehaviorInput = {}): Promise<void> {
    await this.sandbox.behave({ ...LAGS, ...more });
  }

  /** Shifts the clocks of the product's processes, as an administrator or a bad time server does. */
  get clockFile(): string {
    return join(this.folder, 'clock');
  }

  /**
   * Has BullMQ find now what it would find within a minute: that the locks of jobs are not renewed any more. A job whose
   * worker lives is handed to another one all the same.
   */
  async lapse(): Promise<void> {
    const locks = await this.direct.keys(`${QUEUE_PREFIX}:*:lock`);
    if (locks.length > 0) await this.direct.del(...locks);
    for (const meta of await this.direct.keys(`${QUEUE_PREFIX}:*:meta`)) {
      const name = meta.slice(QUEUE_PREFIX.length + 1, -':meta'.length);
      const checker = new Worker(name, null, { connection: this.direct, prefix: QUEUE_PREFIX, autorun: false });
      checker.on('error', () => undefined);
      try {
        await checker.waitUntilReady();
        // The first look marks what is active, the second one takes what was marked and has no lock.
        for (let look = 0; look < 2; look++) {
          await this.direct.del(`${QUEUE_PREFIX}:${name}:stalled-check`);
          await (checker as unknown as { moveStalledJobsToWait(): Promise<void> }).moveStalledJobsToWait();
        }
      } finally {
        await checker.close(true);
      }
    }
  }

  /** New accounts with a tree in the source, and both connected. */
  async pair(shape: Shape, seed: number): Promise<Pair> {
    const number = ++this.pairs;
    const [source, destination] = [`source-${number}@example.com`, `destination-${number}@example.com`];
    await this.sandbox.addAccount(source);
    await this.sandbox.addAccount(destination);
    const bearer = async (account: string) => (await this.sandbox.tokens(account)).access_token;
    const chosen = await fillSource(this, { account: source, bearer: await bearer(source), destination, shape, seed });
    await fillDestination(this, await bearer(destination));
    // What people move has lain there for a while: the index knows all of it.
    await this.sandbox.advance(2 * LAGS.indexLagMs);
    const tokens = {
      source: await connect(this.apiUrl, 'source', source, shape.readOnly ? { scope: DRIVE_READONLY } : {}),
      destination: await connect(this.apiUrl, 'destination', destination),
    };
    const before = { source: await this.sandbox.tree(source), destination: await this.sandbox.tree(destination) };
    const reader = { email: PEOPLE[2], role: 'commenter' } as const;
    const drive = shape.isIntoDrive ? await this.sandbox.addDrive('Team', destination, [reader]) : undefined;
    return { shape, source, destination, tokens, chosen, before, ...(drive && { driveId: drive.id }) };
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.api.port}`;
  }

  /** A call of the API, again and again while it is not there. */
  async call<T>(pair: Pair, method: 'GET' | 'POST', path: string, body?: object, totalTimeoutMs = 60_000): Promise<T> {
    const headers = {
      'x-source-token': pair.tokens.source,
      'x-destination-token': pair.tokens.destination,
      ...(body && { 'content-type': 'application/json' }),
      ...(method === 'POST' && { 'idempotency-key': randomBytes(12).toString('hex') }),
    };
    const attempt = async () => {
      const response = await fetch(`${this.apiUrl}${path}`, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return response.status < 500 && { ok: response.ok, status: response.status, text };
    };
    const answer = await until(`${method} ${path}`, () => attempt().catch(() => undefined), totalTimeoutMs);
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return (answer.text ? JSON.parse(answer.text) : undefined) as T;
  }

  /** Asks for a transfer of what the pair chose. */
  async transfer(pair: Pair, mode: 'copy' | 'move' = 'copy'): Promise<Transfer> {
    const requestsBefore = await this.requestsOf(pair);
    const folder = `Arrived ${randomBytes(4).toString('hex')}`;
    const people = Object.entries(PEOPLE_MAP).map(([from, to]) => ({ from, to }));
    const body = {
      items: pair.chosen,
      target: { folderId: pair.driveId ?? 'root', newFolderName: folder },
      mode,
      ...(pair.shape.isShared && { sharing: { mode: 'carry', people, owner: 'reader' } }),
    };
    const { id } = await this.call<{ id: string }>(pair, 'POST', '/api/transfers', body);
    return { id, pair, mode, folder, requestsBefore };
  }

  view({ id, pair }: Transfer): Promise<TransferView> {
    return this.call(pair, 'GET', `/api/transfers/${id}`);
  }

  async items({ id, pair }: Transfer): Promise<ItemView[]> {
    const items: ItemView[] = [];
    for (let cursor: string | undefined; ;) {
      const query = new URLSearchParams({ limit: '200', ...(cursor && { cursor }) });
      const page = await this.call<{ items: ItemView[]; nextCursor?: string }>(
        pair,
        'GET',
        `/api/transfers/${id}/items?${query.toString()}`,
      );
      items.push(...page.items);
      if (!page.nextCursor) return items;
      cursor = page.nextCursor;
    }
  }

  /** Waits until a transfer has ended and its shares are withdrawn. */
  async settled(transfer: Transfer, timeoutMs = 90_000): Promise<TransferView> {
    let last: TransferView | undefined;
    let started = false;
    try {
      return await until(
        'the end of the transfer',
        async () => {
          last = await this.view(transfer);
          if (last.state === 'ready' && !started) {
            started = true;
            await this.call(transfer.pair, 'POST', `/api/transfers/${transfer.id}/start`).catch(
              () => (started = false),
            );
          }
          return OVER.has(last.state) && last.grants.open === 0 ? last : undefined;
        },
        timeoutMs,
      );
    } catch (error) {
      const logs = [this.api, ...this.workers].map((slot) => `--- ${slot.name}\n${slot.log()}`).join('\n');
      throw new Error(`${String(error)}\nIt is ${JSON.stringify(last)}\n${logs}`, { cause: error });
    }
  }

  /** Requests that both accounts have sent to Drive so far. */
  async requestsOf({ source, destination }: Pick<Pair, 'source' | 'destination'>): Promise<Requests> {
    const requests = new Map<string, number>();
    for (const [side, account] of Object.entries({ source, destination }))
      for (const { operation, status } of await this.sandbox.log({ account })) {
        const name = `${side} ${operation} ${status || 'dropped'}`;
        requests.set(name, (requests.get(name) ?? 0) + 1);
      }
    return requests;
  }

  /** Those of them that are a transfer's. */
  async requestsFor({ pair, requestsBefore }: Pick<Transfer, 'pair' | 'requestsBefore'>): Promise<Requests> {
    return beyond(await this.requestsOf(pair), requestsBefore);
  }

  /** Requests by which an account looked at its items so far. */
  async readsOf(account: string): Promise<number> {
    const [lists, items] = await Promise.all(
      ['files.list', 'files.get'].map((operation) => this.sandbox.log({ account, operation })),
    );
    return lists!.length + items!.length;
  }

  /** Requests of the same transfer when nothing happens; measured once, without lags. Leaves the world with its usual ones. */
  async calmRequests(shape: Shape, mode: 'copy' | 'move', seed: number): Promise<Requests> {
    const key = JSON.stringify([shape, mode]);
    let calm = this.calm.get(key);
    if (calm === undefined) {
      await this.behave(NO_LAGS);
      const pair = await this.pair(shape, seed);
      const transfer = await this.transfer(pair, mode);
      await this.settled(transfer);
      calm = await this.requestsFor(transfer);
      this.calm.set(key, calm);
      await this.behave();
    }
    return calm;
  }

  /**
   * Kills a process at the `nth` crossing that matches, and has it started again.
   * @returns resolves when it was killed, with what was lost on the way: requests under way to Google
   */
  killAt(slot: Slot, matches: (crossing: Crossing) => boolean, nth = 1): Promise<{ at: Crossing; lost: number }> {
    let count = 0;
    return new Promise((done) => {
      slot.watch((crossing) => {
        if (!matches(crossing) || ++count !== nth) return undefined;
        const lost = slot.google.underWay + (crossing.name.startsWith('google ') && crossing.when === 'before' ? 1 : 0);
        slot.signal('SIGKILL');
        slot.watch(() => undefined);
        done({ at: crossing, lost });
        return 'stop';
      });
    });
  }

  /** Everything back to calm, for the next scenario. */
  async calmDown(): Promise<void> {
    for (const slot of [this.api, ...this.workers]) {
      slot.watch(() => undefined);
      slot.redis.set('none');
    }
    await this.behave();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.direct.disconnect();
    await Promise.all([this.api, ...this.workers].map((slot) => slot?.close()));
    await this.sandboxProcess.stop();
    await this.redis.stop();
    if (process.env['CHAOS_KEEP'] === '1') console.log(`Kept: ${this.folder}`);
    else rmSync(this.folder, { recursive: true, force: true });
  }
}
