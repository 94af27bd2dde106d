import type { Writable } from 'node:stream';
import slotOf from 'cluster-key-slot';
import { Cluster, type ClusterOptions, type Command, Redis, type RedisOptions } from 'ioredis';
import type { Config, HostAndPort } from '../../config/config.js';

/** The client of the stores: for one Redis (by its address or through Sentinel), or a Cluster. */
export type RedisClient = Redis | Cluster;

/** A Redis that stores keys: the only one, Sentinel's master, or one of a Cluster's masters. */
export interface RedisNode {
  /** Identifies a node. */
  readonly name: string;
  /**
   * Opens a separate connection with the first command. After it has broken it does not reconnect, and all its commands
   * fail, so that no caller mistakes a new connection for the one that it wrote on.
   * @param silenceMs how long a command may take before the connection counts as broken
   */
  connect(silenceMs: number): Redis;
}

/**
 * How long a command waits on a silent connection. Not less, because Redis delays writes for up to two seconds while
 * its disk is busy (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/).
 */
const SILENCE_MS = 3_000;
/** How long a command waits for an unreachable Redis before its request fails with 503. */
const UNREACHABLE_MS = 1_000;
/** How long a process that starts waits for its first connection. */
const FIRST_CONNECTION_MS = 5_000;
/** How long a Cluster counts as unreachable after the last error of a node. */
const TROUBLE_MS = 5_000;
/** Attempts to follow a key in a Cluster, 100 ms apart if its node is unreachable. */
const REDIRECTIONS = 8;
/** The name of the user in docs/redis-users.acl. */
const AUDITOR = 'auditor';

type NodeOptions = Omit<NonNullable<ClusterOptions['redisOptions']>, 'replyMapping'>;

/** How long commands wait for an unreachable Redis: about as long as a request may take, or without a limit. */
const TIMEOUTS = {
  short: {
    lazyConnect: true,
    connectTimeout: SILENCE_MS,
    // One timer per connection; a timer per command would cost noticeable processor time.
    socketTimeout: SILENCE_MS,
    // A command whose connection broke may have been executed, so its caller decides whether to repeat it.
    maxRetriesPerRequest: 0,
  },
  endless: { maxRetriesPerRequest: null },
} satisfies Record<string, NodeOptions>;

const reconnectDelay = (attempt: number) => Math.min(attempt * 100, 1_000);
const never = () => null;

/**
 * Opens all connections to Redis, according to the configuration. `close` ends the shared ones; callers end the others.
 */
export class RedisConnections {
  /** For short commands, shared by all stores; fails soon if Redis is unreachable. */
  readonly client: RedisClient;
  private readonly queues: RedisClient[] = [];

  constructor(private readonly settings: Config['redis']) {
    this.client = this.open('short');
  }

  /**
   * Connects the shared client, so that the first requests after a start do not fail because a busy machine takes more
   * than a second for it. Resolves without a connection after a few seconds: then requests report it.
   */
  async connect(): Promise<void> {
    const { client } = this;
    if (client.status === 'ready') return;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, FIRST_CONNECTION_MS);
      client.once('ready', () => {
        clearTimeout(timer);
        done();
      });
      // Rejects if it is connecting already.
      client.connect().catch(() => undefined);
    });
  }

  /** For BullMQ, whose workers wait for an unreachable Redis without a limit. */
  forQueues(): RedisClient {
    const client = this.open('endless');
    this.queues.push(client);
    return client;
  }

  /**
   * The node that has a key now.
   * @throws the error of ioredis if the Cluster does not respond
   */
  async nodeOf(key: string): Promise<RedisNode> {
    const { client } = this;
    if (!(client instanceof Cluster))
      return { name: 'master', connect: (silenceMs) => quiet(fair(client.duplicate(brittle(silenceMs)))) };
    // The Cluster client follows a redirection to the key's current node, and remembers it.
    await client.exists(key);
    const address = client.slots[slotOf(key)]?.[0];
    if (address === undefined) throw new Error('No node of the Cluster has this key.');
    const colon = address.lastIndexOf(':');
    const place = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
    return {
      name: address,
      connect: (silenceMs) => quiet(fair(new Redis({ ...this.credentials(), ...place, ...brittle(silenceMs) }))),
    };
  }

  /** Opens a connection as the user that may trim the audit log, if one is configured; the caller closes it. */
  asAuditor(): RedisConnections | undefined {
    const { place, auditorPassword: password } = this.settings;
    if (password === undefined) return undefined;
    if (place.kind !== 'node') return new RedisConnections({ ...this.settings, username: AUDITOR, password });
    const url = new URL(place.url);
    url.username = AUDITOR;
    url.password = encodeURIComponent(password);
    return new RedisConnections({ ...this.settings, place: { kind: 'node', url: url.href } });
  }

  /** Closes the shared connections immediately. */
  close(): void {
    for (const client of [this.client, ...this.queues]) client.disconnect();
  }

  /** See `waitForDisk` of the configuration. */
  get waitForDisk(): boolean {
    return this.settings.waitForDisk;
  }

  private open(timeouts: keyof typeof TIMEOUTS): RedisClient {
    const { place } = this.settings;
    const { tls, ...credentials } = this.credentials();
    const options = { ...credentials, ...(tls && { tls }), ...TIMEOUTS[timeouts] };
    if (place.kind === 'cluster') return quiet(this.openCluster(place.nodes, timeouts, options));
    const reconnecting = {
      ...options,
      retryStrategy: reconnectDelay,
      // It was the master; now the same address, or Sentinel, leads to another one.
      reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
    };
    const Client = timeouts === 'short' ? FailFastRedis : Redis;
    if (place.kind === 'node') return quiet(fair(new Client(place.url, reconnecting)));
    return quiet(
      fair(
        new Client({
          ...reconnecting,
          sentinels: [...place.sentinels],
          name: place.name,
          ...(place.sentinelPassword && { sentinelPassword: place.sentinelPassword }),
          ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
          sentinelCommandTimeout: UNREACHABLE_MS,
          sentinelRetryStrategy: reconnectDelay,
        }),
      ),
    );
  }

  private openCluster(nodes: readonly HostAndPort[], timeouts: keyof typeof TIMEOUTS, options: NodeOptions): Cluster {
    return new (timeouts === 'short' ? FailFastCluster : Cluster)([...nodes], {
      lazyConnect: timeouts === 'short',
      redisOptions: options,
      clusterRetryStrategy: reconnectDelay,
      slotsRefreshTimeout: UNREACHABLE_MS,
      ...(timeouts === 'short' && { maxRedirections: REDIRECTIONS }),
      // Not resolved, because a certificate contains a name, not the address that DNS returns.
      dnsLookup: (address, callback) => callback(null, address),
    });
  }

  private credentials(): Pick<RedisOptions, 'username' | 'password' | 'tls'> {
    const { username, password, tlsCa } = this.settings;
    return { ...(username && { username }), ...(password && { password }), ...(tlsCa && { tls: { ca: tlsCa } }) };
  }
}

/** Commands that establish a connection, and therefore wait for it as long as necessary. */
const GREETINGS: readonly string[] = ['hello', 'auth', 'select', 'client', 'info', 'readonly'];

/** Turns of the event loop in which a command must have waited before it fails. */
const TURNS = 10;

/**
 * Lets a command fail after some time (ms). In parts, because timers run before what has arrived meanwhile is read: a
 * process that got no processor for all of that time has not waited for Redis yet. Does nothing if it has a limit.
 */
function limit(command: Command, ms: number): void {
  let left = TURNS;
  const wait = (): NodeJS.Timeout =>
    setTimeout(() => {
      if (command.isSettled) return;
      if (--left > 0) command['_commandTimeoutTimer'] = wait();
      else command.reject(new Error('Redis did not respond in time.'));
    }, ms / TURNS);
  command['_commandTimeoutTimer'] ??= wait();
}

/**
 * In ioredis a command waits for the next attempt to connect, however long it takes; in this class it fails in time.
 */
class FailFastRedis extends Redis {
  override sendCommand(command: Command, ...rest: unknown[]): unknown {
    if (this.status !== 'ready' && !GREETINGS.includes(command.name)) limit(command, UNREACHABLE_MS);
    // The command already failed while it waited for a connection, so it must not be sent later.
    if (command.isSettled) return command.promise;
    together(this.stream);
    return super.sendCommand(command, ...(rest as [never]));
  }
}

/**
 * ioredis closes a connection in a timer, and timers run before what has arrived meanwhile is read: a process that was
 * busy, or got no processor, for as long as `socketTimeout` takes Redis for silent. Here the connection is read first.
 */
function fair(client: Redis): Redis {
  const watch = (): void => {
    const { stream } = client;
    const timer = setTimeout(
      () =>
        setImmediate(() => {
          if (client['socketTimeoutTimer'] === timer) stream.destroy(new Error('Redis is silent.'));
        }),
      client.options.socketTimeout,
    );
    client['socketTimeoutTimer'] = timer;
    stream.once('data', () => {
      clearTimeout(timer);
      client['socketTimeoutTimer'] = undefined;
      if (client['commandQueue'].length > 0) watch();
    });
  };
  client['setSocketTimeout'] = watch;
  return client;
}

/**
 * Sends commands of the same turn of the event loop in one write, because each system call costs noticeable processor
 * time.
 */
function together(stream: Writable | undefined): void {
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}

/** In ioredis a command waits for an unreachable Cluster without end; in this class it fails. */
class FailFastCluster extends Cluster {
  private troubledAt = -Infinity;

  constructor(nodes: HostAndPort[], options: Omit<ClusterOptions, 'redisOptions'> & { redisOptions: NodeOptions }) {
    super(nodes, options);
    for (const event of ['node error', '-node']) this.on(event, () => (this.troubledAt = performance.now()));
  }

  override sendCommand(command: Command, ...rest: unknown[]): unknown {
    const isAway = this.status !== 'ready' || performance.now() - this.troubledAt < TROUBLE_MS;
    limit(command, isAway ? UNREACHABLE_MS : SILENCE_MS);
    if (command.isSettled) return command.promise;
    return super.sendCommand(command, ...(rest as [never]));
  }
}

function brittle(silenceMs: number): RedisOptions {
  return {
    lazyConnect: true,
    connectTimeout: SILENCE_MS,
    socketTimeout: silenceMs,
    maxRetriesPerRequest: null,
    retryStrategy: never,
    sentinelRetryStrategy: never,
    commandTimeout: undefined,
    // A Redis that is still loading reports it in each reply.
    enableReadyCheck: false,
  };
}

/** Each command reports its own failure; without a listener ioredis would also write it to the console. */
function quiet<T extends RedisClient>(client: T): T {
  client.on('error', () => undefined);
  return client;
}
