import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type BehaviorInput, SandboxClient, type TreeItem } from '@cloudmover/drive-sandbox';
import { connect, OVER } from '../../tools/api-client.ts';
import { memoryFolder } from '../../tools/memory-folder.ts';
import { answers, freePort, launch, tail, untilReady, type Running } from '../../tools/processes.ts';
import { newKeyRing, redirectUris, startSandbox } from '../../server/parts.ts';
import { until } from '../../tools/until.ts';
import type { InterceptedCall, Interceptor } from './intercepted-call.ts';
import { GoogleProxy } from './proxy-http.ts';
import { RedisProxy } from './proxy-redis.ts';
import { type Fsync, RedisServer } from './redis-server.ts';
import { fillDestination, fillSource, GROUP, PEOPLE, PEOPLE_MAP, type Shape } from './source-data.ts';

/** The backend to test: the build of this checkout, or another one. */
const BACKEND = process.env['CHAOS_BACKEND'] ?? fileURLToPath(new URL('../dist/main.js', import.meta.url));
const CLOCK = new URL('clock.ts', import.meta.url).href;
const CLIENT = { id: 'chaos', secret: randomBytes(18).toString('base64url') };
/** Longer than a start on a machine that is busy with other tests. */
const START_MS = 120_000;
const QUEUE_PREFIX = '{cloudmover:queue}';
const DRIVE_READONLY = 'openid email profile https://www.googleapis.com/auth/drive.readonly';

/** Undocumented lags of Google; every environment has them, unless a scenario sets others. */
export const LAGS = { indexLagMs: 700, permissionLagMs: 400 } as const;
/** For runs that count requests: with lags, the number of repeated reads depends on the speed of the machine. */
export const NO_LAGS = { indexLagMs: 0, permissionLagMs: 0 } as const;

/** A process of the product behind a proxy to Redis and one to Google, restarted whenever it exits. */
export class SupervisedProcess {
  readonly name: string;
  readonly google: GoogleProxy;
  readonly redis: RedisProxy;
  readonly port: number;
  /** How often the process has exited. */
  deaths = 0;
  /** Whether to restart the process when it exits. */
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

  /** Starts the process and resolves when it is ready. */
  up(): Promise<void> {
    return (this.rising ??= this.rise().finally(() => (this.rising = undefined)));
  }

  private async rise(): Promise<void> {
    this.google.open();
    this.redis.open();
    // On a busy machine Redis may need longer to start than the product waits for it.
    while (!(await this.starts())) if (!this.supervised) throw new Error(`${this.name} was stopped while it started.`);
    void this.running?.ended.then(async () => {
      this.deaths++;
      if (!this.supervised) return;
      await this.whenDead();
      if (this.supervised) await this.up().catch(() => undefined); // the scenario reports that its transfer does not end
    });
  }

  /**
   * Starts the process and waits until it is ready.
   * @returns false if it exited because Redis did not respond
   */
  private async starts(): Promise<boolean> {
    const logged = this.log(Infinity).length;
    const running = launch({
      name: this.name,
      command: [process.execPath, '--import', CLOCK, BACKEND],
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
      await untilReady(running, () => answers(`http://127.0.0.1:${this.port}/health/ready`), START_MS);
      return true;
    } catch (error) {
      if (running.isOver() && this.log(Infinity).slice(logged).includes('Start it, or correct REDIS_URL')) return false;
      throw error;
    }
  }

  signal(name: NodeJS.Signals): void {
    this.running?.signal(name);
  }

  /** Kills the process; resolves when it has exited. */
  async kill(): Promise<void> {
    const { running } = this;
    running?.signal('SIGKILL');
    await running?.ended;
  }

  /** Stops the process with SIGTERM and does not restart it. @returns how long that took, in milliseconds */
  async stop(graceMs: number): Promise<number> {
    this.supervised = false;
    await this.rising?.catch(() => undefined); // a process that is still starting would be left running
    const began = Date.now();
    await this.running?.stop(graceMs);
    return Date.now() - began;
  }

  /** Calls an interceptor for all traffic of the process, instead of the one before. */
  watch(interceptor: Interceptor): void {
    this.google.interceptor = interceptor;
    this.redis.interceptor = interceptor;
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

/** Two accounts for one scenario, connected to the product, with their contents. */
export interface Pair {
  readonly shape: Shape;
  readonly source: string;
  readonly destination: string;
  readonly tokens: { readonly source: string; readonly destination: string };
  /** The selection: ids of items. */
  readonly chosen: readonly string[];
  /** All items of both before the transfer. */
  readonly before: { readonly source: readonly TreeItem[]; readonly destination: readonly TreeItem[] };
  /** The shared drive that copies go into; missing: My Drive. */
  readonly driveId?: string;
}

/** A requested transfer. */
export interface Transfer {
  readonly id: string;
  readonly pair: Pair;
  readonly mode: 'copy' | 'move';
  /** Name of the new folder with all copies. */
  readonly folder: string;
  /** Requests of both accounts before it. */
  readonly requestsBefore: Requests;
}

/** Numbers of requests by account, operation and status: `source files.get 200`. */
export type Requests = ReadonlyMap<string, number>;

export const sumOf = (requests: Requests): number => [...requests.values()].reduce((sum, count) => sum + count, 0);

/** `all` minus `some`, without zeros. */
export function beyond(all: Requests, some: Requests): Requests {
  const names = new Set([...all.keys(), ...some.keys()]);
  const more = [...names].map((name) => [name, (all.get(name) ?? 0) - (some.get(name) ?? 0)] as const);
  return new Map(more.filter(([, count]) => count !== 0));
}

/** A transfer in the API. */
export interface TransferView {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly grants: { readonly open: number };
  readonly problem?: { readonly code: string; readonly detail: string };
  readonly resumeAt?: string;
  readonly sharing?: Readonly<Partial<Record<'wanted' | 'equal' | 'narrower' | 'wider' | 'waiting', number>>>;
  readonly links?: Readonly<
    Partial<Record<'found' | 'waiting' | 'rewritten' | 'outside' | 'unsupported' | 'failed', number>>
  >;
}

/** A line of the transfer's report. */
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

/** The whole product as separate processes, with Redis and the sandbox behind proxies. */
export class ChaosEnvironment {
  readonly sandbox: SandboxClient;
  readonly sandboxUrl: string;
  readonly redis: RedisServer;
  /** A connection to Redis without a proxy. */
  readonly direct: Redis;
  api!: SupervisedProcess;
  workers: SupervisedProcess[] = [];
  private pairs = 0;
  private closing = false;
  private readonly folder: string;
  private readonly sandboxProcess: Stoppable;
  private readonly undisturbed = new Map<string, Requests>();

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
   * @param options.fsync when Redis syncs its file; default `always`, so that waits for the disk are short
   * @param options.env further environment variables of the product
   */
  static async start(
    options: { workers?: number; fsync?: Fsync; env?: Record<string, string> } = {},
  ): Promise<ChaosEnvironment> {
    if (!existsSync(BACKEND)) throw new Error(`The backend is not built (${BACKEND}): npm run build`);
    const folder = memoryFolder('cloudmover-chaos-');
    mkdirSync(join(folder, 'redis'));
    const apiPort = await freePort();
    const publicUrl = `http://127.0.0.1:${apiPort}`;
    const names = ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE'];
    const shell = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    const [redis, sandbox] = await Promise.all([
      RedisServer.start(join(folder, 'redis'), options.fsync ?? 'always'),
      startSandbox({
        logFile: join(folder, 'sandbox.log'),
        client: { ...CLIENT, redirects: redirectUris(publicUrl) },
      }),
    ]);
    const environment = new ChaosEnvironment(folder, redis, sandbox.url, sandbox);
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
    environment.api = await environment.child('api', apiPort, { ...env, CLOUDMOVER_ROLE: 'api' });
    for (let number = 1; number <= (options.workers ?? 1); number++)
      environment.workers.push(
        await environment.child(`worker-${number}`, await freePort(), { ...env, CLOUDMOVER_ROLE: 'worker' }),
      );
    await Promise.all([environment.api, ...environment.workers].map((child) => child.up()));
    for (const email of [...PEOPLE, ...GROUP.members, ...Object.values(PEOPLE_MAP)])
      if (email) await environment.sandbox.addAccount(email);
    await environment.sandbox.setGroup(GROUP.email, [...GROUP.members]);
    await environment.behave();
    return environment;
  }

  get worker(): SupervisedProcess {
    const [worker] = this.workers;
    if (!worker) throw new Error('The environment has no worker.');
    return worker;
  }

  private async child(name: string, port: number, env: NodeJS.ProcessEnv): Promise<SupervisedProcess> {
    const [google, redis] = await Promise.all([GoogleProxy.start(this.sandboxUrl), RedisProxy.start(this.redis.port)]);
    redis.onDurable = () => this.redis.markDurable();
    const logFile = join(this.folder, `${name}.log`);
    const isWorker = name !== 'api';
    const whenDead = async () => {
      // Expiring locks would affect live workers too, so with several BullMQ detects the death itself.
      if (!this.closing && isWorker && this.workers.length === 1) await this.expireJobLocks().catch(() => undefined);
    };
    return new SupervisedProcess({ name, google, redis, port, env, logFile, whenDead });
  }

  /** Sets the sandbox's behaviour: the lags, and `more`. */
  async behave(more: BehaviorInput = {}): Promise<void> {
    await this.sandbox.behave({ ...LAGS, ...more });
  }

  /** The file that shifts the clocks of the product's processes (`clock.ts`). */
  get clockFile(): string {
    return join(this.folder, 'clock');
  }

  /**
   * Expires all job locks and makes BullMQ notice at once, instead of within a minute. This also gives jobs of live workers
   * to other workers.
   */
  async expireJobLocks(): Promise<void> {
    const locks = await this.direct.keys(`${QUEUE_PREFIX}:*:lock`);
    if (locks.length > 0) await this.direct.del(...locks);
    for (const meta of await this.direct.keys(`${QUEUE_PREFIX}:*:meta`)) {
      const name = meta.slice(QUEUE_PREFIX.length + 1, -':meta'.length);
      const checker = new Worker(name, null, { connection: this.direct, prefix: QUEUE_PREFIX, autorun: false });
      checker.on('error', () => undefined);
      try {
        await checker.waitUntilReady();
        // The first check marks active jobs; the second one takes marked jobs without a lock.
        for (let check = 0; check < 2; check++) {
          await this.direct.del(`${QUEUE_PREFIX}:${name}:stalled-check`);
          await (checker as unknown as { moveStalledJobsToWait(): Promise<void> }).moveStalledJobsToWait();
        }
      } finally {
        await checker.close(true);
      }
    }
  }

  /** Creates two accounts, fills and connects them. */
  async pair(shape: Shape, seed: number): Promise<Pair> {
    const number = ++this.pairs;
    const [source, destination] = [`source-${number}@example.com`, `destination-${number}@example.com`];
    await this.sandbox.addAccount(source);
    await this.sandbox.addAccount(destination);
    const bearer = async (account: string) => (await this.sandbox.tokens(account)).access_token;
    const chosen = await fillSource(this, { account: source, bearer: await bearer(source), destination, shape, seed });
    await fillDestination(this, await bearer(destination));
    // People move items that have existed for a while, so the search index has them.
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

  /** Calls the API, and retries while it is down or fails. */
  async call<T>(
    pair: Pair,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    totalTimeoutMs = START_MS,
  ): Promise<T> {
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
    if (!answer.ok) throw new Error(`${method} ${path} returned ${answer.status}: ${answer.text.slice(0, 500)}`);
    return (answer.text ? JSON.parse(answer.text) : undefined) as T;
  }

  /** Creates a transfer of the pair's selection. */
  async transfer(pair: Pair, mode: 'copy' | 'move' = 'copy'): Promise<Transfer> {
    const requestsBefore = await this.requestsOf(pair);
    const folder = `Arrived ${randomBytes(4).toString('hex')}`;
    const people = Object.entries(PEOPLE_MAP).map(([from, to]) => ({ from, to }));
    const body = {
      items: pair.chosen,
      target: { folderId: pair.driveId ?? 'root', newFolderName: folder },
      mode,
      ...(pair.shape.isShared && { sharing: { mode: 'carry', people, owner: 'reader' } }),
      ...(pair.shape.isLinked && { links: 'rewrite' }),
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

  /** Starts a transfer if necessary, and waits until it has ended and its shares are removed. */
  async settled(transfer: Transfer, timeoutMs = 180_000): Promise<TransferView> {
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
      const logs = [this.api, ...this.workers].map((child) => `--- ${child.name}\n${child.log()}`).join('\n');
      throw new Error(`${String(error)}\nLast view: ${JSON.stringify(last)}\n${logs}`, { cause: error });
    }
  }

  /** All requests of both accounts to Drive so far. */
  async requestsOf({ source, destination }: Pick<Pair, 'source' | 'destination'>): Promise<Requests> {
    const requests = new Map<string, number>();
    for (const [side, account] of Object.entries({ source, destination }))
      for (const { operation, status } of await this.sandbox.log({ account })) {
        const name = `${side} ${operation} ${status || 'dropped'}`;
        requests.set(name, (requests.get(name) ?? 0) + 1);
      }
    return requests;
  }

  /** The requests since the transfer was created. */
  async requestsFor({ pair, requestsBefore }: Pick<Transfer, 'pair' | 'requestsBefore'>): Promise<Requests> {
    return beyond(await this.requestsOf(pair), requestsBefore);
  }

  /** The number of an account's reads and listings so far. */
  async readsOf(account: string): Promise<number> {
    const [lists, items] = await Promise.all(
      ['files.list', 'files.get'].map((operation) => this.sandbox.log({ account, operation })),
    );
    return lists!.length + items!.length;
  }

  /** Requests of the same transfer without a fault, measured once without lags. Sets the default behaviour afterwards. */
  async undisturbedRequests(shape: Shape, mode: 'copy' | 'move', seed: number): Promise<Requests> {
    const key = JSON.stringify([shape, mode]);
    let undisturbed = this.undisturbed.get(key);
    if (undisturbed === undefined) {
      await this.behave(NO_LAGS);
      const pair = await this.pair(shape, seed);
      const transfer = await this.transfer(pair, mode);
      await this.settled(transfer);
      undisturbed = await this.requestsFor(transfer);
      this.undisturbed.set(key, undisturbed);
      await this.behave();
    }
    return undisturbed;
  }

  /**
   * Kills a process at the `nth` call that matches; it restarts.
   * @returns a promise that resolves at the kill, with the call and the number of requests to Google in flight
   */
  killAt(
    child: SupervisedProcess,
    matches: (call: InterceptedCall) => boolean,
    nth = 1,
  ): Promise<{ at: InterceptedCall; lost: number }> {
    let count = 0;
    return new Promise((done) => {
      child.watch((call) => {
        if (!matches(call) || ++count !== nth) return undefined;
        const lost = child.google.inFlight + (call.name.startsWith('google ') && call.when === 'before' ? 1 : 0);
        child.signal('SIGKILL');
        child.watch(() => undefined);
        done({ at: call, lost });
        return 'stop';
      });
    });
  }

  /** Removes interceptors and faults, for the next scenario. */
  async restoreDefaults(): Promise<void> {
    for (const child of [this.api, ...this.workers]) {
      child.watch(() => undefined);
      child.redis.setFault('none');
    }
    await this.behave();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.direct.disconnect();
    await Promise.all([this.api, ...this.workers].map((child) => child?.close()));
    await this.sandboxProcess.stop();
    await this.redis.stop();
    if (process.env['CHAOS_KEEP'] === '1') console.log(`Kept: ${this.folder}`);
    else rmSync(this.folder, { recursive: true, force: true });
  }
}
