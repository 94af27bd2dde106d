import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ChainableCommander, Redis } from 'ioredis';
import { StoreUnavailableError } from '../../http/errors.js';
import { keys } from './keys.js';
import type { RedisConnections, RedisNode } from './redis-connections.js';
import { hasReplica } from './replicated-writes.js';

/** With `appendfsync everysec` a write is on the disk within one or two seconds, unless the disk is very busy. */
const WAIT_MS = 2_000;
/** After this many waits, a write that is not on the disk fails. */
const WAITS = 5;
/** Additional time (ms) for a command until the connection counts as broken. */
const SLACK_MS = 3_000;
const MARK_SECONDS = 60;
/**
 * How long a batch collects writes (ms) while zero, one, two or three other batches wait for the disk; with four it
 * collects until one is done. The disk syncs once a second, so few writes miss a sync by waiting here.
 */
const GATHER_MS = [0, 20, 100, 400];
/** Longer than it takes until a hanging replica counts as gone. */
const REPLICA_MS = 14_000;

/** Attempts for a refused write: a Cluster or Sentinel needs a few seconds to promote a new master. */
const TRIES = 10;
const PAUSE_MS = 300;

/**
 * Redis refuses because it does not have the key any more, or not yet; nothing was written
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding).
 */
const REFUSED = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY|MASTERDOWN|LOADING)\b/;
/** The user may not call WAIT, or this Redis does not know the command. */
const NO_RIGHT = /unknown command|^NOPERM/i;
/** The same, or there is no append-only file. */
const NO_DISK = new RegExp(`appendonly is disabled|${NO_RIGHT.source}`, 'i');

const OVER: readonly Redis['status'][] = ['reconnecting', 'close', 'end'];

interface Commit {
  readonly key: string;
  readonly write: (pipeline: ChainableCommander) => void;
  readonly done: (replies: unknown[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Writes that survive a loss of power of Redis: when they resolve, they are in its append-only file on the disk. Writes
 * within a short time form a batch with one wait.
 *
 * WAITAOF (https://redis.io/docs/latest/commands/waitaof/) covers only the writes of its own connection, which it
 * blocks. So each node gets a few connections for this alone: a write that arrives during a wait is on the disk after
 * the same sync, not a second later. If the node has replicas, one of them has the writes too (WAIT, on the same
 * connection), so that they survive a failover.
 */
export class DurableWrites {
  private readonly log = new Logger(DurableWrites.name);
  private readonly writers = new Map<string, NodeWriter>();
  private warned = false;
  private closed = false;

  /**
   * @param connections opens up to four connections to each node
   * @param prepare defines on such a connection the scripts that `write` calls
   */
  constructor(
    private readonly connections: RedisConnections,
    private readonly prepare: (redis: Redis) => void = () => undefined,
  ) {}

  /**
   * Sends writes and waits until they are on the disk and in a replica, if there are such.
   * @param key one of the written keys, which all share its hash tag
   * @param write adds the commands to a pipeline. May be called again, so the commands must be safe to repeat
   * @returns the commands' replies
   * @throws StoreUnavailableError if a command failed, Redis cannot be reached, or the writes were not on the disk in
   *   time
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

  /** Breaks the connections; pending writes fail. */
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

  /** Waits until everything that this connection has seen in Redis is on the disk. */
  private async reachDisk(redis: Redis, key: string): Promise<void> {
    for (let waits = 0; waits < WAITS; waits++) {
      // WAITAOF covers the last write of this connection. If its commands changed nothing, because another connection
      // had just made the same change, that change may still be in memory. So this writes a mark after it.
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
      `If Redis loses power, files in progress may be copied twice (${message}). Use Redis 7.2 or newer with "appendonly yes", and allow its user to call WAITAOF.`,
    );
  }
}

/**
 * Waits until a replica, if there is one, has everything that this connection has written. It follows the wait for the
 * disk, so the replica mostly has it already. Waits for a hanging replica until it counts as gone (see hasReplica).
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

/**
 * Writes to one node in batches: some wait for the disk, each on its own connection, while the next one collects
 * writes.
 */
class NodeWriter {
  private readonly idle: CommitConnection[];
  private gathering: Commit[] = [];
  /** When the last batch was sent (ms of `performance.now`). */
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

  /**
   * Commits of the same turn of the event loop form one batch. The more batches wait, the longer the next one collects.
   */
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

/** A connection that writes and waits for one batch at a time. */
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
      // Only after the replies, because a script that the server did not know was sent again.
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
