import type { Writable } from 'node:stream';
import slotOf from 'cluster-key-slot';
import { Cluster, type ClusterOptions, type Command, Redis, type RedisOptions } from 'ioredis';
import type { Config, HostAndPort } from '../../config/config.js';

/** What stores speak to: one Redis (found by its address or through Sentinel), or a Cluster. */
export type RedisClient = Redis | Cluster;

/** A Redis that holds keys: the only one, Sentinel's master, or one of a Cluster's masters. */
export interface RedisNode {
  /** Identifies a node. */
  readonly name: string;
  /**
   * A connection of its own. It is made with the first command, and never made again once it has broken: all its
   * commands then fail, so that nobody takes a new connection for the one that his writes went over.
   * @param silenceMs how long a command may take before the connection counts as broken
   */
  connect(silenceMs: number): Redis;
}

/**
 * A command waits this long on a connection that says nothing. Not less: while the disk is busy, Redis itself holds
 * writes back for up to two seconds (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/).
 */
const SILENCE_MS = 3_000;
/** A command waits this long for a Redis that is known to be away, before its request is answered with 503. */
const AWAY_MS = 1_000;
/** A Cluster that has lost a node is counted as away for so long after the last sign of it. */
const TROUBLE_MS = 5_000;
/** Attempts to follow a key in a Cluster, with 100 ms between two when its node is away. */
const REDIRECTIONS = 8;
/** As docs/redis-users.acl names the user. */
const AUDITOR = 'auditor';

type NodeOptions = Omit<NonNullable<ClusterOptions['redisOptions']>, 'replyMapping'>;

/** How long commands wait for a Redis that is away: about as long as a request may, or as long as it takes. */
const PATIENCE = {
  short: {
    lazyConnect: true,
    connectTimeout: SILENCE_MS,
    // One timer for the connection; a timer for each command would cost as much as the command.
    socketTimeout: SILENCE_MS,
    // A command whose connection broke may have been executed: its caller decides whether to repeat it.
    maxRetriesPerRequest: 0,
  },
  endless: { maxRetriesPerRequest: null },
} satisfies Record<string, NodeOptions>;

const reconnectDelay = (attempt: number) => Math.min(attempt * 100, 1_000);
const never = () => null;

/**
 * All connections to Redis are made here, as the configuration says where it is. Those that are shared end with
 * `close`; those that a caller asked for are the caller's.
 */
export class RedisConnections {
  /** For short commands, shared by all stores: it fails soon when Redis is away. */
  readonly client: RedisClient;
  private readonly queues: RedisClient[] = [];

  constructor(private readonly settings: Config['redis']) {
    this.client = this.open('short');
  }

  /** For BullMQ, whose workers wait for Redis as long as it is away. */
  forQueues(): RedisClient {
    const client = this.open('endless');
    this.queues.push(client);
    return client;
  }

  /**
   * The node that holds a key now.
   * @throws what ioredis throws when the Cluster does not answer
   */
  async nodeOf(key: string): Promise<RedisNode> {
    const { client } = this;
    if (!(client instanceof Cluster))
      return { name: 'master', connect: (silenceMs) => quiet(client.duplicate(brittle(silenceMs))) };
    // The Cluster's own client follows a redirection to where the key is now, and knows it from then on.
    await client.exists(key);
    const address = client.slots[slotOf(key)]?.[0];
    if (address === undefined) throw new Error('No node of the Cluster holds this key.');
    const colon = address.lastIndexOf(':');
    const place = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
    return {
      name: address,
      connect: (silenceMs) => quiet(new Redis({ ...this.credentials(), ...place, ...brittle(silenceMs) })),
    };
  }

  /** Connections as the user that may trim the audit log, if one is configured; the caller closes them. */
  asAuditor(): RedisConnections | undefined {
    const { place, auditorPassword: password } = this.settings;
    if (password === undefined) return undefined;
    if (place.kind !== 'node') return new RedisConnections({ ...this.settings, username: AUDITOR, password });
    const url = new URL(place.url);
    url.username = AUDITOR;
    url.password = encodeURIComponent(password);
    return new RedisConnections({ ...this.settings, place: { kind: 'node', url: url.href } });
  }

  /** Ends the shared connections at once. */
  close(): void {
    for (const client of [this.client, ...this.queues]) client.disconnect();
  }

  /** See `waitForDisk` of the configuration. */
  get waitForDisk(): boolean {
    return this.settings.waitForDisk;
  }

  private open(patience: keyof typeof PATIENCE): RedisClient {
    const { place } = this.settings;
    const { tls, ...credentials } = this.credentials();
    const options = { ...credentials, ...(tls && { tls }), ...PATIENCE[patience] };
    if (place.kind === 'cluster') return quiet(this.openCluster(place.nodes, patience, options));
    const reconnecting = {
      ...options,
      retryStrategy: reconnectDelay,
      // It was the master, and behind the same address, or by Sentinel's word, there is another one now.
      reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
    };
    const Client = patience === 'short' ? ImpatientRedis : Redis;
    if (place.kind === 'node') return quiet(new Client(place.url, reconnecting));
    return quiet(
      new Client({
        ...reconnecting,
        sentinels: [...place.sentinels],
        name: place.name,
        ...(place.sentinelPassword && { sentinelPassword: place.sentinelPassword }),
        ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
        sentinelCommandTimeout: AWAY_MS,
        sentinelRetryStrategy: reconnectDelay,
      }),
    );
  }

  private openCluster(nodes: readonly HostAndPort[], patience: keyof typeof PATIENCE, options: NodeOptions): Cluster {
    return new (patience === 'short' ? ImpatientCluster : Cluster)([...nodes], {
      lazyConnect: patience === 'short',
      redisOptions: options,
      clusterRetryStrategy: reconnectDelay,
      slotsRefreshTimeout: AWAY_MS,
      ...(patience === 'short' && { maxRedirections: REDIRECTIONS }),
      // As they are given: a certificate is made out to a name, not to what DNS makes of it.
      dnsLookup: (address, callback) => callback(null, address),
    });
  }

  private credentials(): Pick<RedisOptions, 'username' | 'password' | 'tls'> {
    const { username, password, tlsCa } = this.settings;
    return { ...(username && { username }), ...(password && { password }), ...(tlsCa && { tls: { ca: tlsCa } }) };
  }
}

/** By which a connection is made, and which therefore wait for it as long as that may take. */
const GREETINGS: readonly string[] = ['hello', 'auth', 'select', 'client', 'info', 'readonly'];

/** ioredis lets a command wait for the next attempt to connect, whenever that ends; with this one it fails in time. */
class ImpatientRedis extends Redis {
  override sendCommand(command: Command, ...rest: unknown[]): unknown {
    if (this.status !== 'ready' && !GREETINGS.includes(command.name)) command.setTimeout(AWAY_MS);
    // Its caller got an error while it waited for a connection, so it must not be sent any more.
    if (command.isSettled) return command.promise;
    together(this.stream);
    return super.sendCommand(command, ...(rest as [never]));
  }
}

/**
 * Commands of the same turn of the event loop leave in one write: each write is a call to the system, which costs more
 * than all else that a command does here.
 */
function together(stream: Writable | undefined): void {
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}

/** ioredis lets a command wait without end for a Cluster that is away; this one gives up. */
class ImpatientCluster extends Cluster {
  private troubledAt = -Infinity;

  constructor(nodes: HostAndPort[], options: Omit<ClusterOptions, 'redisOptions'> & { redisOptions: NodeOptions }) {
    super(nodes, options);
    for (const event of ['node error', '-node']) this.on(event, () => (this.troubledAt = performance.now()));
  }

  override sendCommand(command: Command, ...rest: unknown[]): unknown {
    const isAway = this.status !== 'ready' || performance.now() - this.troubledAt < TROUBLE_MS;
    command.setTimeout(isAway ? AWAY_MS : SILENCE_MS);
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
    // What is still loading says so itself, to each command.
    enableReadyCheck: false,
  };
}

/** Each command reports its own failure; without a listener ioredis would write the same to the console again. */
function quiet<T extends RedisClient>(client: T): T {
  client.on('error', () => undefined);
  return client;
}
