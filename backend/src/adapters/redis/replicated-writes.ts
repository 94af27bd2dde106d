import type { Redis } from 'ioredis';
import { StoreUnavailableError } from '../../http/errors.js';
import { keys } from './keys.js';
import type { RedisConnections } from './redis-connections.js';

/** A replica in the same network has a write within milliseconds. */
const WAIT_MS = 1_000;
/** Additional time (ms) for a command until the connection counts as broken. */
const SLACK_MS = 1_000;
/** A replica that has been silent for this long is ignored; Redis' `min-replicas-max-lag` has the same default. */
const MAX_LAG_SECONDS = 10;
const MARK_SECONDS = 60;

/** Makes a write; see ReplicatedWrites.around. */
export type Replicate = <T>(key: string, write: () => Promise<T>) => Promise<T>;

/** Writes without waiting for a replica. */
export const unreplicated: Replicate = (_key, write) => write();

/**
 * Writes that survive the death of a master: if it has replicas, one of them has the write before it counts as done.
 * That replica also has what others wrote to the same node before, because replication keeps the order.
 *
 * WAIT (https://redis.io/docs/latest/commands/wait/) covers only the writes of its own connection, and would block all
 * other commands on a shared one. So each node gets a further connection, which writes a mark after the write.
 */
export class ReplicatedWrites {
  private readonly links = new Map<string, Redis>();

  constructor(private readonly connections: RedisConnections) {}

  /**
   * Writes and waits for a replica; without one, only writes.
   * @param key the written key, or any key on the same node
   * @param write not called if the node does not respond
   * @throws what `write` throws · StoreUnavailableError if the node did not respond, or no replica had the write in
   *   time: then it is only in the master, and may be lost with it
   */
  around: Replicate = async (key, write) => {
    // Opened before the write and used until the end. A connection opened later might lead to a new master that has no
    // replica, and not the write either.
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
      // Callers that arrive while it is being opened wait for the same handshake.
      if (link.status !== 'ready') await link.ping();
      return link;
    } catch (error) {
      throw new StoreUnavailableError(error);
    }
  }
}

/**
 * Whether a replica received everything that this connection's node has, in time; also true if there is no replica.
 * @throws if the connection broke, or its node is no longer a master
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
