import type { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { hasReplica, ReplicatedWrites } from '../../src/adapters/redis/replicated-writes.js';
import { StoreUnavailableError } from '../../src/http/errors.js';
import {
  connectedTo,
  ONE_KEY_PER_MASTER,
  RedisServer,
  type RedisTopology,
  startCluster,
  startSentinel,
} from '../support/redis-servers.js';

// Real: Redis servers of this spec.

const KEY = 'credentials:x';

describe('ReplicatedWrites', () => {
  let connections: RedisConnections;
  let writes: ReplicatedWrites;
  const use = async (env: RedisTopology['env']) => {
    connections = await connectedTo(env);
    writes = new ReplicatedWrites(connections);
  };
  afterEach(() => {
    writes.close();
    connections.close();
  });
  const set = (value: string, key = KEY) => writes.around(key, () => connections.client.set(key, value));
  /** Connections, and confirmations of a replica, may be late on a busy machine. */
  const untilSet = async (value: string, key = KEY): Promise<string> =>
    set(value, key).catch(() => untilSet(value, key));

  describe('on a master with a replica', () => {
    let redis: Awaited<ReturnType<typeof startSentinel>>;
    beforeEach(async () => {
      redis = await startSentinel();
      await use(redis.env);
    });
    afterEach(() => redis.stop());

    it('returns when the replica has the write, and fails if the replica does not confirm it', async () => {
      expect(await untilSet('1')).toBe('OK');
      expect(await redis.replica.client.get(KEY)).toBe('1');

      redis.replica.freeze();
      await expect(set('2')).rejects.toThrow(StoreUnavailableError);
      redis.replica.thaw();
      expect(await untilSet('3')).toBe('OK');
      expect(await redis.replica.client.get(KEY)).toBe('3');
    });

    it('waits for many writes at the same time, over one connection', async () => {
      await untilSet('1');
      const many = Array.from({ length: 50 }, (_, index) => untilSet('1', `credentials:${index}`));
      expect(new Set(await Promise.all(many))).toEqual(new Set(['OK']));
      expect(await redis.replica.client.dbsize()).toBeGreaterThanOrEqual(51);
      const clients = String(await redis.master.client.client('LIST'));
      expect(clients.match(/user=cloudmover/g)!.length).toBeLessThanOrEqual(3);
    });

    it('does not accept the confirmation of another node', async () => {
      await untilSet('1');
      const failover = writes.around(KEY, async () => {
        await connections.client.set(KEY, 'lost');
        await redis.master.kill();
      });
      await expect(failover).rejects.toThrow(StoreUnavailableError);
    });

    it('does not write when the node does not respond', async () => {
      await redis.master.kill();
      let written = false;
      await expect(
        writes.around(KEY, () => {
          written = true;
          return Promise.resolve();
        }),
      ).rejects.toThrow(StoreUnavailableError);
      expect(written).toBe(false);
    });

    it('continues without the replica once the master has removed it', async () => {
      expect(await untilSet('1')).toBe('OK');
      await redis.replica.kill();
      expect(await untilSet('2')).toBe('OK');
    });
  });

  it('does not wait if there is no replica', async () => {
    const server = await RedisServer.start({});
    await use({ REDIS_URL: server.url });
    expect(await untilSet('1')).toBe('OK');
    expect(await server.calls('wait')).toBe(0);
    await server.stop();
  });

  it('waits on the node of each key of a Cluster', async () => {
    const cluster = await startCluster({ replicas: true });
    try {
      await use(cluster.env);
      for (const key of ONE_KEY_PER_MASTER) {
        // The waiting connection is new as well, and may be late on a busy machine.
        const write = (): Promise<string> => writes.around(key, () => connections.client.set(key, '1')).catch(write);
        expect(await write()).toBe('OK');
      }
      const waits = await Promise.all(cluster.servers.map((server) => server.calls('wait')));
      expect(waits.map((calls) => calls > 0)).toEqual([true, true, true, false, false, false]);
    } finally {
      await cluster.stop();
    }
  });
});

it.each([
  ['role:master\r\nconnected_slaves:0\r\n', false],
  ['connected_slaves:1\r\nslave0:ip=127.0.0.1,port=7001,state=online,offset=14,lag=0\r\n', true],
  ['connected_slaves:1\r\nslave0:ip=127.0.0.1,port=7001,state=online,offset=14,lag=11\r\n', false],
  ['slave0:ip=a,port=1,state=wait_bgsave,offset=0,lag=0\r\n', false],
  [
    'slave0:ip=a,port=1,state=online,offset=14,lag=60\r\nslave1:ip=b,port=1,state=online,offset=14,lag=1,type=replica\r\n',
    true,
  ],
])('hasReplica %j: %s', (info, expected) => expect(hasReplica(info)).toBe(expected));
