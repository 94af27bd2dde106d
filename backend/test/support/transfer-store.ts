import { Redis } from 'ioredis';
import { DurableWrites } from '../../src/adapters/redis/durable-writes.js';
import type { LedgerObserver } from '../../src/adapters/redis/ledger/ledger-context.js';
import { defineLedgerScripts } from '../../src/adapters/redis/ledger/redis-ledger.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { RedisTransferStore } from '../../src/adapters/redis/redis-transfer.store.js';
import { redisUrl } from './redis.js';

const CIPHER = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);

/**
 * The store of transfers of one process. Close it after use.
 * @param url of a Redis that may be away, where commands fail like the product's. Those to the tests' own wait until it
 *   is connected, which may take longer than a second on a busy machine
 */
export function aTransferStore(
  url?: string,
  observer?: LedgerObserver,
): { store: RedisTransferStore; redis: Redis; close: () => void } {
  const place = { kind: 'node', url: url ?? redisUrl() } as const;
  const connections = new RedisConnections({ place, waitForDisk: false });
  const durable = new DurableWrites(connections, defineLedgerScripts);
  const redis = url === undefined ? new Redis(place.url, { lazyConnect: true }) : (connections.client as Redis);
  return {
    store: new RedisTransferStore(redis, durable, CIPHER, observer),
    redis,
    close: () => {
      redis.disconnect();
      durable.close();
      connections.close();
    },
  };
}
