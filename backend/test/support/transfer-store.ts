import type { Redis } from 'ioredis';
import { DurableWrites } from '../../src/adapters/redis/durable-writes.js';
import type { LedgerObserver } from '../../src/adapters/redis/ledger/ledger-context.js';
import { defineLedgerScripts } from '../../src/adapters/redis/ledger/redis-ledger.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { RedisTransferStore } from '../../src/adapters/redis/redis-transfer.store.js';
import { redisUrl } from './redis.js';

const CIPHER = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);

/** The store of transfers of one process. Close it after use. */
export function aTransferStore(
  url = redisUrl(),
  observer?: LedgerObserver,
): { store: RedisTransferStore; redis: Redis; close: () => void } {
  const connections = new RedisConnections({ place: { kind: 'node', url }, waitForDisk: false });
  const durable = new DurableWrites(connections, defineLedgerScripts);
  return {
    store: new RedisTransferStore(connections.client, durable, CIPHER, observer),
    redis: connections.client as Redis,
    close: () => {
      durable.close();
      connections.close();
    },
  };
}
