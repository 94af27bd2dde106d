import type { Redis } from 'ioredis';
import { StoreUnavailableError } from '../../http/errors.js';
import { keys } from './keys.js';
import type { RedisConnections } from './redis-connections.js';

/** A replica of the same network has a write within milliseconds. */
const WAIT_MS = 1_000;
/** What a command may take beyond that before the connection counts as broken. */
const SLACK_MS = 1_000;
/** One that has not been heard of for so long is waited for no more; Redis' own `min-replicas-max-lag` is the same. */
const MAX_LAG_SECONDS = 10;
const MARK_SECONDS = 60;

/** Does a write; see ReplicatedWrites.around. */
export type Replicate = <T>(key: string, write: () => Promise<T>) => Promise<T>;

/** For a Redis whose replicas nobody waits for. */
export const unreplicated: Replicate = (_key, write) => write();

/**
 * Writes that a master that dies does not take along: where it has replicas, one of them has the write before it counts
 * as done. What others have written to the same node before is there then too, because replication keeps the order.
 *
 * WAIT (https://redis.io/docs/latest/commands/wait/) speaks of the writes of its own connection only, and would hold up
 * all other commands on a shared one. So there is a further connection to each node, on which a mark follows the write.
 */
export class ReplicatedWrites {
  private readonly links = new Map<string, Redis>();

  constructor(private readonly connections: RedisConnections) {}

  /**
   * Writes and waits for a replica; without one, only writes.
   * @param key what is written to, or anything that lies on the same node
   * @param write not called when the node does not answer
   * @throws what `write` throws, and StoreUnavailableError when the node did not answer, or no replica had the write in
   *   time: it is in the master, and may be lost with it
   */
  around: Replicate = async (key, write) => {
    // Before the write, and held until the end: were it made only afterwards, it might lead to a new master that has no
    // replica to be waited for, and not the write either.
    const link = await this.linkTo(key);
    const result = await write();
    try {
      if (await reachesReplica(link, key)) return result;
    } catch (error) {
      this.drop(link);
      throw new StoreUnavailableError(error);
    }
    throw new StoreUnavailableError(new Error('No replica has the write yet.'));
  };

  close(): void {
    for (const link of this.links.values()) link.disconnect();
  }

  private drop(link: Redis): void {
    for (const [name, known] of this.links) if (known === link) this.links.delete(name);
    link.disconnect();
  }

  private async linkTo(key: string): Promise<Redis> {
    try {
      const node = await this.connections.nodeOf(key);
      let link = this.links.get(node.name);
      if (!link || !['ready', 'connecting', 'connect'].includes(link.status)) {
        link = node.connect(WAIT_MS + SLACK_MS);
        this.links.set(node.name, link);
      }
      // Callers that come while it is being opened wait for the same handshake.
      if (link.status !== 'ready') await link.ping();
      return link;
    } catch (error) {
      throw new StoreUnavailableError(error);
    }
  }
}

/**
 * Whether a replica has received, in time, everything that the node behind this connection has; also true without one.
 * @throws when the connection broke, or its node is no master any more
 */
async function reachesReplica(link: Redis, key: string): Promise<boolean> {
  if (!hasReplica(await link.info('replication'))) return true;
  const replies = await link.pipeline().set(keys.mark(key), '', 'EX', MARK_SECONDS).wait(1, WAIT_MS).exec();
  for (const [error] of replies ?? []) if (error) throw error;
  return Number(replies?.[1]?.[1]) >= 1;
}

/** Whether a master has a replica that keeps up, according to INFO. */
export function hasReplica(info: string): boolean {
  const lags = [...info.matchAll(/^slave\d+:.*\bstate=online\b.*\blag=(\d+)/gm)].map(([, lag]) => Number(lag));
  return lags.some((lag) => lag <= MAX_LAG_SECONDS);
}
