import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ChainableCommander, Redis } from 'ioredis';
import { StoreUnavailableError } from '../../http/errors.js';
import { keys } from './keys.js';
import type { RedisConnections, RedisNode } from './redis-connections.js';
import { hasReplica } from './replicated-writes.js';

/** With `appendfsync everysec` the disk has a write within a second or two, unless it is very busy. */
const WAIT_MS = 2_000;
/** A write that is not on the disk after so many waits is given up. */
const WAITS = 5;
/** What a command may take beyond that before the connection counts as broken. */
const SLACK_MS = 3_000;
const MARK_SECONDS = 60;
/**
 * How long a batch gathers (ms) when none, one, two or three others wait for the disk; with four it gathers until one is
 * there. The disk takes its turns a second apart, so this leaves few writes that miss one by waiting here.
 */
const GATHER_MS = [0, 20, 100, 400];
/** Longer than it takes until a replica that hangs counts as gone. */
const REPLICA_MS = 14_000;

/** A refused write is tried so often: until a Cluster or Sentinel has made a new master, a few seconds pass. */
const TRIES = 10;
const PAUSE_MS = 300;

/**
 * Redis refuses because it holds the key no longer, or not yet: nothing was written
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding).
 */
const REFUSED = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY|MASTERDOWN|LOADING)\b/;
/** A user who may not wait, or a Redis that knows no such command. */
const NO_RIGHT = /unknown command|^NOPERM/i;
/** The same, or no append-only file. */
const NO_DISK = new RegExp(`appendonly is disabled|${NO_RIGHT.source}`, 'i');

const OVER: readonly Redis['status'][] = ['reconnecting', 'close', 'end'];

interface Commit {
  readonly key: string;
  readonly write: (pipeline: ChainableCommander) => void;
  readonly done: (replies: unknown[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Writes that a Redis that loses power does not forget: they are on the disk, in its append-only file, when they are
 * answered. What comes within a moment goes out together, to be waited for once.
 *
 * WAITAOF (https://redis.io/docs/latest/commands/waitaof/) speaks of the writes of its own connection only and holds that
 * connection up, hence a few connections to each node, used for nothing else: a write that comes while another is waited
 * for is on the disk with the same turn of it, and not a second later. Where the node has replicas, one of them has the writes as well (WAIT,
 * on the same connection), so that they are there after a failover.
 */
export class DurableWrites {
  private readonly log = new Logger(DurableWrites.name);
  private readonly writers = new Map<string, NodeWriter>();
  private warned = false;
  private closed = false;

  /**
   * @param connections of which each node gets up to four more
   * @param prepare makes known to such a connection the scripts that `write` calls
   */
  constructor(
    private readonly connections: RedisConnections,
    private readonly prepare: (redis: Redis) => void = () => undefined,
  ) {}

  /**
   * Sends writes and waits until they are on the disk and in a replica; without either, until they are done.
   * @param key one of those written to; all of them share its hash tag
   * @param write adds the commands to a pipeline. It may be called again, so what it adds must be safe to repeat
   * @returns the commands' replies
   * @throws StoreUnavailableError when a command failed or Redis cannot be reached, and also when all were done but the
   *   disk did not have them in time
   */
  async commit(key: string, write: (pipeline: ChainableCommander) => void): Promise<unknown[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.writerOf(await this.connections.nodeOf(key)).commit(key, write);
      } catch (error) {
        if (!REFUSED.test(messageOf(error)) || attempt === TRIES || this.closed) throw asUnavailable(error);
        await delay(PAUSE_MS);
      }
    }
  }

  /** Breaks the connections; what has not been answered fails. */
  close(): void {
    this.closed = true;
    for (const writer of this.writers.values()) writer.close();
  }

  private writerOf(node: RedisNode): NodeWriter {
    if (this.closed) throw new StoreUnavailableError();
    const known = this.writers.get(node.name);
    if (known) return known;
    const open = () => {
      const redis = node.connect(WAIT_MS + SLACK_MS);
      this.prepare(redis);
      return redis;
    };
    const writer = new NodeWriter(open, async (redis, key) => {
      if (!this.connections.waitForDisk) return;
      await this.reachDisk(redis, key);
      await reachReplica(redis);
    });
    this.writers.set(node.name, writer);
    return writer;
  }

  /** Waits until all that this connection has seen in Redis is on the disk. */
  private async reachDisk(redis: Redis, key: string): Promise<void> {
    for (let waits = 0; waits < WAITS; waits++) {
      // WAITAOF asks for the last write of this connection. Where its commands changed nothing, because another
      // connection had just made the same change, that change may still be in memory: a write of our own comes after it.
      const [marked, waited] = (await redis
        .pipeline()
        .set(keys.mark(key), '', 'EX', MARK_SECONDS)
        .call('WAITAOF', 1, 0, WAIT_MS)
        .exec()) as [[Error | null], [Error | null, [local: number, replicas: number]]];
      if (marked[0]) throw marked[0];
      if (waited[0]) {
        if (!NO_DISK.test(waited[0].message)) throw waited[0];
        this.warn(waited[0].message);
        return;
      }
      if (waited[1][0] > 0) {
        this.warned = false;
        return;
      }
    }
    throw new Error(`Redis has not written to its append-only file for ${(WAIT_MS * WAITS) / 1_000} s.`);
  }

  private warn(message: string): void {
    if (this.warned) return;
    this.warned = true;
    this.log.warn(
      `A Redis that loses power may make duplicates of files under way (${message}): use Redis 7.2 or newer with "appendonly yes" and let its user call WAITAOF.`,
    );
  }
}

/**
 * Waits until a replica, where there is one, has all that this connection has written. It comes after the disk, so it has
 * mostly happened; one that hangs is waited for until it counts as gone (see hasReplica).
 */
async function reachReplica(redis: Redis): Promise<void> {
  for (const end = performance.now() + REPLICA_MS; performance.now() < end;) {
    if (!hasReplica(await redis.info('replication'))) return;
    try {
      if ((await redis.wait(1, WAIT_MS)) >= 1) return;
    } catch (error) {
      if (NO_RIGHT.test(messageOf(error))) return;
      throw error;
    }
  }
  throw new Error(`No replica has had the writes for ${REPLICA_MS / 1_000} s.`);
}

/** Writes to one node, in batches: some wait for the disk, each over a connection of its own, and the next one gathers. */
class NodeWriter {
  private readonly idle: CommitConnection[];
  private gathering: Commit[] = [];
  /** When a batch went out last (ms of `performance.now`). */
  private sentAt = -Infinity;
  private next: NodeJS.Timeout | undefined;
  private readonly connections: readonly CommitConnection[];

  constructor(open: () => Redis, waitForDisk: (redis: Redis, key: string) => Promise<void>) {
    this.connections = GATHER_MS.map(() => new CommitConnection(open, waitForDisk));
    this.idle = [...this.connections];
  }

  commit(key: string, write: Commit['write']): Promise<unknown[]> {
    return new Promise((done, fail) => {
      this.gathering.push({ key, write, done, fail });
      this.schedule();
    });
  }

  close(): void {
    clearTimeout(this.next);
    for (const connection of this.connections) connection.close();
    for (const { fail } of this.gathering.splice(0)) fail(new StoreUnavailableError());
  }

  /** Commits of the same turn form one batch; the more batches are waiting, the longer the next one collects. */
  private schedule(): void {
    const pause = GATHER_MS[this.connections.length - this.idle.length];
    if (this.next || pause === undefined || this.gathering.length === 0) return;
    this.next = setTimeout(() => void this.send(), Math.max(0, this.sentAt + pause - performance.now()));
  }

  private async send(): Promise<void> {
    this.next = undefined;
    const connection = this.idle.pop()!;
    const batch = this.gathering;
    this.gathering = [];
    this.sentAt = performance.now();
    await connection.send(batch);
    this.idle.push(connection);
    this.schedule();
  }
}

/** A connection over which one batch at a time is written and waited for. */
class CommitConnection {
  private redis?: Redis;

  constructor(
    private readonly open: () => Redis,
    private readonly waitForDisk: (redis: Redis, key: string) => Promise<void>,
  ) {}

  close(): void {
    this.redis?.disconnect();
  }

  /** Reports to each commit its own result. */
  async send(batch: readonly Commit[]): Promise<void> {
    if (!this.redis || OVER.includes(this.redis.status)) this.redis = this.open();
    const { redis } = this;
    const written: { commit: Commit; replies: unknown[] }[] = [];
    await Promise.all(
      batch.map(async (commit) => {
        try {
          written.push({ commit, replies: await repliesTo(redis, commit.write) });
        } catch (error) {
          commit.fail(error);
        }
      }),
    );
    try {
      // Only now, after the replies: a script that the server had forgotten was sent a second time.
      if (written[0]) await this.waitForDisk(redis, written[0].commit.key);
      for (const { commit, replies } of written) commit.done(replies);
    } catch (error) {
      redis.disconnect();
      delete this.redis;
      for (const { commit } of written) commit.fail(error);
    }
  }
}

/** @throws the first error among the replies */
async function repliesTo(redis: Redis, write: Commit['write']): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  write(pipeline);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function asUnavailable(error: unknown): StoreUnavailableError {
  return error instanceof StoreUnavailableError ? error : new StoreUnavailableError(error);
}
