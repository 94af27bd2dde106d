import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { type AddressInfo, connect, createServer } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { readConfig } from '../../src/config/config.js';
import { memoryFolder } from '../../../tools/memory-folder.ts';
import { freePort } from '../../../tools/processes.ts';
import { until } from '../../../tools/until.ts';

/** Ends its command when the test process ends, even after a crash. */
const GUARDIAN = fileURLToPath(new URL('../../../tools/guardian.ts', import.meta.url));
/** `npm test` sets the server that it found, and its required argv[0] if that differs. */
const { REDIS_SERVER: PROGRAM = 'redis-server', REDIS_SERVER_NAME: NAME } = process.env;
const HOST = '127.0.0.1';

/** Created by openssl on first use; deleted at the end of the process. */
export interface Certificates {
  /** File of the certificate authority. */
  readonly ca: string;
  /** Files of the certificate for 127.0.0.1 and localhost, and its key. */
  readonly cert: string;
  readonly key: string;
}
let certificates: Certificates | undefined;

/** A certificate authority for tests, and a server certificate signed by it. */
export function someCertificates(): Certificates {
  return (certificates ??= newCertificates(`IP:${HOST},DNS:localhost`));
}

/** The same from another authority, for any subject. */
export function newCertificates(subjectAltName: string): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'cloudmover-tls-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const keyKind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-keyout', file('ca.key'), '-out', file('ca.pem')];
  openssl('req', '-x509', ...keyKind, ...authority, '-days', '2', '-subj', '/CN=Authority of the tests');
  const issued = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', `subjectAltName=${subjectAltName}`];
  const server = ['-keyout', file('server.key'), '-out', file('server.pem')];
  openssl('req', '-x509', ...keyKind, ...server, '-days', '2', '-subj', '/CN=Redis of the tests', ...issued);
  return { ca: file('ca.pem'), cert: file('server.pem'), key: file('server.key') };
}

/** Lines of redis.conf for TLS on a further port; clients need no certificates. */
function tlsLines(port: number, { ca, cert, key }: Certificates): Record<string, string> {
  return {
    'tls-port': String(port),
    'tls-ca-cert-file': ca,
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-auth-clients': 'no',
  };
}

/** Attempts to start a server that exits at once. */
const STARTS = 3;

/** A Redis process of a test, on a free port with its own folder. */
export class RedisServer {
  private constructor(
    readonly port: number,
    /** Port with TLS; 0: none. */
    readonly tlsPort: number,
    readonly busPort: number,
    private readonly folder: string,
    private readonly launch: () => Promise<RunningServer>,
    private running: RunningServer,
    /** A client for the test itself. */
    readonly client: Redis,
  ) {}

  /**
   * @param settings lines of redis.conf by name
   * @param options.mode `sentinel` starts a Sentinel
   * @param options.tls a further port with TLS
   * @param options.program another server than the tests' default
   */
  static async start(settings: Readonly<Record<string, string>>, options: ServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const server = await RedisServer.launched(settings, options);
      const isReady = () => server.client.status === 'ready';
      try {
        await until('the server has started', async () => isReady() || !server.isRunning);
        if (isReady()) return server;
        if (attempt === STARTS) throw new Error(`The server ended ${STARTS} times before it was ready.`);
      } catch (error) {
        await server.stop();
        throw error;
      }
      // Another process took one of the ports before the server started.
      await server.stop();
    }
  }

  private static async launched(
    settings: Readonly<Record<string, string>>,
    { mode, tls, program = PROGRAM }: ServerOptions,
  ): Promise<RedisServer> {
    const [port, busPort, tlsPort] = [await freePort(), await freePort(), tls ? await freePort() : 0];
    const folder = memoryFolder('cloudmover-redis-');
    const file = join(folder, 'redis.conf');
    const lines = {
      bind: HOST,
      port: String(port),
      dir: folder,
      ...(mode ? {} : { save: '""' }),
      ...(settings['cluster-enabled'] && { 'cluster-port': String(busPort) }),
      ...(tls && tlsLines(tlsPort, tls)),
      ...settings,
    };
    writeFileSync(
      file,
      Object.entries(lines)
        .map(([name, value]) => `${name} ${value}\n`)
        .join(''),
      { mode: 0o600 },
    );
    const launch = async (): Promise<RunningServer> => {
      const guardian = spawn(process.execPath, [GUARDIAN, program, file, ...(mode ? [`--${mode}`] : [])], {
        env: { ...process.env, ...(NAME && program === PROGRAM && { GUARDIAN_ARGV0: NAME }) },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const [{ pid }] = (await once(guardian, 'message')) as [{ pid: number }];
      return { guardian, pid };
    };
    const running = await launch();
    const { requirepass: password } = settings;
    const client = new Redis(port, HOST, {
      ...(password && { password }),
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
    });
    client.on('error', () => undefined);
    return new RedisServer(port, tlsPort, busPort, folder, launch, running, client);
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  /** How often a command was called since the start. */
  async calls(command: string): Promise<number> {
    const stats = await this.client.info('commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  }

  /** The number of connections that wait, for the disk or a replica. */
  async waiting(): Promise<number> {
    return Number(/blocked_clients:(\d+)/.exec(await this.client.info('clients'))?.[1]);
  }

  /** Kills the server, like a crash. */
  async kill(): Promise<void> {
    this.client.disconnect();
    process.kill(this.running.pid, 'SIGKILL');
    await this.ended();
  }

  /** Restarts the server on the same port with its data. */
  async restart(): Promise<void> {
    this.running = await this.launch();
    // The first attempt may be too early; ioredis retries.
    await this.client.connect().catch(() => undefined);
    await until('the server has started again', async () => this.client.status === 'ready');
  }

  /** Suspends the server, with open connections, until `thaw`. */
  freeze(): void {
    process.kill(this.running.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.running.pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    if (this.isRunning) process.kill(this.running.pid, 'SIGKILL');
    await this.ended();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get isRunning(): boolean {
    const { exitCode, signalCode } = this.running.guardian;
    return exitCode === null && signalCode === null;
  }

  private async ended(): Promise<void> {
    if (this.isRunning) await once(this.running.guardian, 'exit');
  }
}

interface ServerOptions {
  readonly mode?: 'sentinel';
  readonly tls?: Certificates;
  readonly program?: string;
}

interface RunningServer {
  readonly guardian: ChildProcess;
  /** Process id of the server itself. */
  readonly pid: number;
}

/** A port on which a server accepts connections, but responds only after a time, like one on a busy machine. */
export async function slowTo({ port }: RedisServer, ms = 1_200): Promise<{ port: number; close(): void }> {
  const slow = createServer((socket) => {
    const redis = connect(port, HOST);
    setTimeout(() => socket.pipe(redis).pipe(socket), ms);
    for (const each of [socket, redis]) each.on('error', () => undefined);
  }).listen(0, HOST);
  await once(slow, 'listening');
  return { port: (slow.address() as AddressInfo).port, close: () => void slow.close() };
}

/** Redis servers, and the environment variables for the product to connect to them. */
export interface RedisTopology {
  readonly env: Readonly<Record<string, string>>;
  readonly servers: readonly RedisServer[];
  /** The password of the administrator. */
  readonly adminPassword: string;
  stop(): Promise<void>;
}

/** The product's connections; close them after use. */
export function connectionsTo(env: Readonly<Record<string, string>>): RedisConnections {
  const needed = { GOOGLE_CLIENT_ID: 'client', GOOGLE_CLIENT_SECRET: 'secret' };
  const CREDENTIALS_KEYS = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
  return new RedisConnections(readConfig({ ...needed, CREDENTIALS_KEYS, ...env }).redis);
}

/** The same after every node has responded: on a busy machine the first connection may take longer than a timeout. */
export async function connectedTo(env: Readonly<Record<string, string>>): Promise<RedisConnections> {
  const connections = connectionsTo(env);
  const answers = () => Promise.all(ONE_KEY_PER_MASTER.map((key) => connections.client.exists(key)));
  await until('Redis answers', () =>
    answers().then(
      () => true,
      () => false,
    ),
  );
  return connections;
}
/** Slots 15495, 3300 and 7365: one on each master of `startCluster`. */
export const ONE_KEY_PER_MASTER = ['cloudmover:{a}', 'cloudmover:{b}', 'cloudmover:{c}'];

const PASSWORD = 'redis-password';
const SENTINEL_PASSWORD = 'sentinel-password';
const USER = 'cloudmover';
const USER_PASSWORD = 'user-password';

/** A user of docs/redis-users.acl as a line of redis.conf. */
export function userOf(password: string, name = USER): { user: string } {
  const file = readFileSync(new URL('../../../docs/redis-users.acl', import.meta.url), 'utf8');
  const [, user] = new RegExp(`^user (${name} .*)$`, 'm').exec(file) ?? [];
  if (!user) throw new Error(`docs/redis-users.acl has no user "${name}".`);
  return { user: user.replace(/#\w+/, `#${createHash('sha256').update(password).digest('hex')}`) };
}

/** The administrator has a password; the product, replicas and Sentinels are users with minimal rights. */
const SETTINGS = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  requirepass: PASSWORD,
  masteruser: 'replica',
  masterauth: PASSWORD,
  'repl-diskless-sync-delay': '0',
  // Several lines with the same setting.
  user: [userOf(USER_PASSWORD), userOf(PASSWORD, 'replica'), userOf(PASSWORD, 'sentinel')]
    .map(({ user }) => user)
    .join('\nuser '),
};

/** A single Redis (or another server) with TLS. */
export async function startSingle({ program }: { program?: string } = {}): Promise<RedisTopology> {
  const tls = someCertificates();
  const server = await RedisServer.start(SETTINGS, { tls, ...(program && { program }) });
  const url = `rediss://${USER}:${USER_PASSWORD}@${HOST}:${server.tlsPort}`;
  return { ...topology([server], {}), env: { REDIS_URL: url, REDIS_TLS_CA_FILE: tls.ca } };
}

/**
 * A Cluster of three masters.
 * @param options.replicas adds three replicas after the masters, in the same order
 * @param options.encrypted the product uses TLS
 */
export async function startCluster({ replicas = false, encrypted = false } = {}): Promise<RedisTopology> {
  const settings = {
    ...SETTINGS,
    'cluster-enabled': 'yes',
    'cluster-node-timeout': '2000',
  };
  const tls = encrypted ? someCertificates() : undefined;
  const starts = await Promise.allSettled(
    Array.from({ length: replicas ? 2 * MASTERS : MASTERS }, () => RedisServer.start(settings, tls && { tls })),
  );
  const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await Promise.all(servers.map((server) => server.stop()));
    throw failed.reason as Error;
  }
  const masters = servers.slice(0, MASTERS);
  for (const [index, { client }] of servers.entries()) {
    const [from, to] = [0, 1].map((next) => Math.floor((16_384 * (index + next)) / MASTERS));
    if (index < MASTERS) await client.call('CLUSTER', 'ADDSLOTSRANGE', from!, to! - 1);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  for (const { port, busPort } of servers.slice(1))
    await servers[0]!.client.call('CLUSTER', 'MEET', HOST, port, busPort);
  const all = (line: string) => async () =>
    (await Promise.all(servers.map(({ client }) => client.cluster('INFO')))).every((info) => info.includes(line));
  await until('the nodes have met', all(`cluster_known_nodes:${servers.length}`));
  for (const [index, { client }] of servers.slice(MASTERS).entries()) {
    await client.call('CLUSTER', 'REPLICATE', String(await masters[index]!.client.call('CLUSTER', 'MYID')));
    await until('the replica follows', async () => (await client.info('replication')).includes('link_status:up'));
  }
  await until('the Cluster is ready', all('cluster_state:ok'));
  return topology(servers, {
    REDIS_CLUSTER_NODES: servers.map(({ port, tlsPort }) => `${HOST}:${tlsPort || port}`).join(','),
    ...(tls && { REDIS_TLS_CA_FILE: tls.ca }),
  });
}
const MASTERS = 3;

/**
 * A master, its replica and one Sentinel with a quorum of one.
 * @param options.encrypted all connections use TLS
 */
export async function startSentinel({ encrypted = false } = {}): Promise<
  RedisTopology & { master: RedisServer; replica: RedisServer }
> {
  const tls = encrypted ? someCertificates() : undefined;
  const options = tls && { tls };
  const among: Record<string, string> = tls ? { 'tls-replication': 'yes' } : {};
  const portOf = ({ port, tlsPort }: RedisServer) => tlsPort || port;
  const master = await RedisServer.start({ ...SETTINGS, ...among }, options);
  const replica = await RedisServer.start({ ...SETTINGS, ...among, replicaof: `${HOST} ${portOf(master)}` }, options);
  await until('the replica follows', async () => (await replica.client.info('replication')).includes('link_status:up'));
  const sentinel = await RedisServer.start(
    {
      ...among,
      requirepass: SENTINEL_PASSWORD,
      'sentinel monitor': `mymaster ${HOST} ${portOf(master)} 1`,
      'sentinel auth-user': 'mymaster sentinel',
      'sentinel auth-pass': `mymaster ${PASSWORD}`,
      'sentinel down-after-milliseconds': 'mymaster 1000',
      'sentinel failover-timeout': 'mymaster 3000',
    },
    { ...options, mode: 'sentinel' },
  );
  await until('the Sentinel knows the replica', async () => {
    const info = (await sentinel.client.call('SENTINEL', 'REPLICAS', 'mymaster')) as unknown[];
    return info.length === 1;
  });
  const all = topology([master, replica, sentinel], {
    REDIS_SENTINELS: `${HOST}:${portOf(sentinel)}`,
    REDIS_SENTINEL_NAME: 'mymaster',
    REDIS_SENTINEL_PASSWORD: SENTINEL_PASSWORD,
    ...(tls && { REDIS_TLS_CA_FILE: tls.ca }),
  });
  return { ...all, master, replica };
}

function topology(servers: readonly RedisServer[], env: Record<string, string>): RedisTopology {
  return {
    env: { ...env, REDIS_USERNAME: USER, REDIS_PASSWORD: USER_PASSWORD },
    servers,
    adminPassword: PASSWORD,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
