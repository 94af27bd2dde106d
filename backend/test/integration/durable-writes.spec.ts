import slotOf from 'cluster-key-slot';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DurableWrites } from '../../src/adapters/redis/durable-writes.js';
import type { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { StoreUnavailableError } from '../../src/http/errors.js';
import {
  connectedTo,
  connectionsTo,
  ONE_KEY_PER_MASTER,
  RedisServer,
  type RedisTopology,
  startCluster,
  startSentinel,
} from '../support/redis-servers.js';
import { until } from '../../../tools/until.ts';

// Real: Redis servers of this spec.

declare module 'ioredis' {
  interface ChainableCommander {
    cmTestCount(keyCount: 1, key: string): ChainableCommander;
  }
}

/** Timers that stay real while a test controls `setTimeout`. */
const ALL_BUT_TIMEOUTS = (
  [
    'Date',
    'hrtime',
    'nextTick',
    'queueMicrotask',
    'setImmediate',
    'clearImmediate',
    'setInterval',
    'clearInterval',
  ] as const
).slice();

const COUNT = `return redis.call('INCR', KEYS[1])`;

describe('DurableWrites on a Redis with an append-only file', () => {
  let server: RedisServer;
  let connections: RedisConnections;
  let writes: DurableWrites;
  /** Number of connections that wait for the disk; one for each batch that waits at the same time. */
  let opened: number;

  beforeAll(async () => {
    server = await RedisServer.start({ appendonly: 'yes', appendfsync: 'everysec' });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await server.client.flushall();
    connections = connectionsTo({ REDIS_URL: server.url });
    opened = 0;
    writes = new DurableWrites(connections, (redis) => {
      opened++;
      redis.defineCommand('cmTestCount', { lua: COUNT });
    });
  });
  afterEach(() => {
    writes.close();
    connections.close();
  });

  it('returns the replies of the commands, including scripts', async () => {
    const replies = await writes.commit('{a}:1', (pipeline) => {
      pipeline.hset('{a}:1', 'field', 'value').hget('{a}:1', 'field').cmTestCount(1, '{a}:2');
    });
    expect(replies).toEqual([1, 'value', 1]);
  });

  it('returns only once the writes are on disk', async () => {
    await server.client.config('SET', 'appendfsync', 'no'); // nothing reaches the disk
    let answered = false;
    const commit = writes.commit('a', (pipeline) => pipeline.set('a', '1')).then(() => (answered = true));
    await until('the write is done', async () => (await server.client.get('a')) === '1');
    expect(await server.client.call('WAITAOF', 1, 0, 50)).toEqual([0, 0]);
    expect(answered).toBe(false);

    await server.client.config('SET', 'appendfsync', 'everysec');
    await commit;
  });

  it("waits even if it changed nothing, because another connection's equal write may not be on the disk yet", async () => {
    await writes.commit('a', (pipeline) => pipeline.set('a', '1'));
    await server.client.config('SET', 'appendfsync', 'no');
    await server.client.hsetnx('ids', '7', 'reserved by another worker');
    let answered = false;
    const commit = writes.commit('ids', (pipeline) => pipeline.hsetnx('ids', '7', 'mine').hget('ids', '7'));
    void commit.then(() => (answered = true));
    await until('it waits', async () => (await server.waiting()) === 1);
    expect(answered).toBe(false);

    await server.client.config('SET', 'appendfsync', 'everysec');
    expect(await commit).toEqual([0, 'reserved by another worker']);
  });

  it('groups writes that arrive together: many commits, few waits', async () => {
    await server.client.config('SET', 'appendfsync', 'no');
    const write = (key: string) => writes.commit(key, (pipeline) => pipeline.set(key, '1'));
    const first = write('{t}:0');
    await until('the first one waits', async () => (await server.waiting()) === 1);
    const others = Array.from({ length: 199 }, (_, index) => write(`{t}:${index + 1}`));
    await until('a second batch waits', async () => (await server.waiting()) === 2);
    expect(await server.client.dbsize()).toBe(201); // including the marker
    await server.client.config('SET', 'appendfsync', 'everysec');
    await Promise.all([first, ...others]);
    expect(opened).toBe(2);
  });

  it('confirms a write with an earlier one in the same sync to disk', async () => {
    await server.client.config('SET', 'appendfsync', 'no');
    const write = (key: string) => writes.commit(key, (pipeline) => pipeline.set(key, '1'));
    const first = write('a');
    await until('the first one waits', async () => (await server.waiting()) === 1);
    const second = write('b');
    await until('both wait', async () => (await server.waiting()) === 2);
    await server.client.config('SET', 'appendfsync', 'everysec');
    expect(await Promise.all([first, second])).toEqual([['OK'], ['OK']]);
  });

  it('waits for at most four batches at a time', async () => {
    await server.client.config('SET', 'appendfsync', 'no');
    const commits: Promise<unknown[]>[] = [];
    const commit = () => commits.push(writes.commit('a', (pipeline) => pipeline.incr('a')));
    for (let waiting = 1; waiting <= 4; waiting++) {
      commit();
      await until('it waits', async () => (await server.waiting()) === waiting);
    }
    jest.useFakeTimers({ doNotFake: ALL_BUT_TIMEOUTS });
    try {
      for (let late = 0; late < 2; late++) commit();
      await jest.advanceTimersByTimeAsync(2_000); // longer than any batch gathers
      expect(opened).toBe(4);
    } finally {
      jest.useRealTimers();
    }
    await server.client.config('SET', 'appendfsync', 'everysec');
    expect((await Promise.all(commits)).flat().toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(opened).toBe(4);
  });

  it('fails only the commit whose command failed', async () => {
    await server.client.set('text', 'no hash');
    const outcomes = await Promise.allSettled([
      writes.commit('a', (pipeline) => pipeline.set('a', '1')),
      writes.commit('text', (pipeline) => pipeline.hset('text', 'a', '1')),
      writes.commit('b', () => {
        throw new Error('not a command');
      }),
      writes.commit('c', (pipeline) => pipeline.set('c', '1')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(StoreUnavailableError) });
    expect(outcomes[1]).toMatchObject({ reason: { cause: { message: expect.stringContaining('WRONGTYPE') } } });
  });

  it('sends a script again that the server no longer caches, before it waits', async () => {
    const count = () => writes.commit('n', (pipeline) => pipeline.cmTestCount(1, 'n'));
    expect(await count()).toEqual([1]);
    await server.client.script('FLUSH');
    const monitor = await server.client.monitor();
    const seen: string[] = [];
    monitor.on('monitor', (_time: string, [command]: string[]) => seen.push(command!.toLowerCase()));
    try {
      expect(await count()).toEqual([2]);
      await until('the monitor has seen it', async () => seen.includes('waitaof'));
      const ours = ['evalsha', 'eval', 'incr', 'set', 'waitaof'];
      expect(seen.filter((command) => ours.includes(command))).toEqual(ours);
    } finally {
      monitor.disconnect();
    }
  });

  it('waits for a new master when the current one has been replaced', async () => {
    await writes.commit('a', (pipeline) => pipeline.set('a', '1'));
    await server.client.replicaof('127.0.0.1', 1);
    const refusals = async () => (await server.client.info('errorstats')).match(/READONLY:count=(\d+)/)?.[1] ?? '0';
    const commit = writes.commit('a', (pipeline) => pipeline.set('a', '2'));
    await until('it has been refused twice', async () => Number(await refusals()) >= 2);
    await server.client.replicaof('NO', 'ONE');
    expect(await commit).toEqual(['OK']);
    expect(await server.client.get('a')).toBe('2');
  });

  it('does not wait if configured, so that a test can show the effect', async () => {
    const careless = connectionsTo({ REDIS_URL: server.url, CLOUDMOVER_WAITAOF: 'off' });
    const hasty = new DurableWrites(careless);
    const before = await server.calls('waitaof');
    await hasty.commit('a', (pipeline) => pipeline.set('a', '1'));
    expect(await server.calls('waitaof')).toBe(before);
    hasty.close();
    careless.close();
  });

  it('fails at once when the connection dies, and writes over a new one afterwards', async () => {
    await server.client.config('SET', 'appendfsync', 'no');
    const commit = writes.commit('a', (pipeline) => pipeline.set('a', '1'));
    await until('it waits', async () => (await server.calls('waitaof')) > 0);
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect(commit).rejects.toThrow(StoreUnavailableError);

    await server.client.config('SET', 'appendfsync', 'everysec');
    expect(await writes.commit('c', (pipeline) => pipeline.set('c', '1'))).toEqual(['OK']);
  });

  it('gives up when the disk hangs, and writes over a new connection afterwards', async () => {
    await server.client.config('SET', 'appendfsync', 'no');
    const commit = writes.commit('a', (pipeline) => pipeline.set('a', '1'));
    // On a busy machine Redis may also respond to one of the waits too late.
    const reason = expect.stringMatching(/append-only file|timed out/);
    await expect(commit).rejects.toMatchObject({ cause: { message: reason } });
    await server.client.config('SET', 'appendfsync', 'everysec');
    expect(await writes.commit('a', (pipeline) => pipeline.set('a', '2'))).toEqual(['OK']);
  });

  it('fails writes in progress and later ones once it is closed', async () => {
    await server.client.config('SET', 'appendfsync', 'no');
    const commit = writes.commit('a', (pipeline) => pipeline.set('a', '1'));
    await until('the write is done', async () => (await server.client.get('a')) === '1');
    const gathered = writes.commit('c', (pipeline) => pipeline.set('c', '1'));
    await new Promise(setImmediate);
    writes.close();
    await expect(commit).rejects.toThrow(StoreUnavailableError);
    await expect(gathered).rejects.toThrow(StoreUnavailableError);
    expect(await server.client.exists('c')).toBe(0);
    await expect(writes.commit('b', (pipeline) => pipeline.set('b', '1'))).rejects.toThrow(StoreUnavailableError);
    await server.client.config('SET', 'appendfsync', 'everysec');
  });
});

describe('DurableWrites on a Redis without an append-only file', () => {
  it('continues without waiting, logs it once, and waits as soon as the file is enabled', async () => {
    const server = await RedisServer.start({ appendonly: 'no' });
    const connections = connectionsTo({ REDIS_URL: server.url });
    const writes = new DurableWrites(connections);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    try {
      for (const key of ['a', 'b'])
        expect(await writes.commit(key, (pipeline) => pipeline.set(key, '1'))).toEqual(['OK']);
      expect(warn.mock.calls).toEqual([[expect.stringMatching(/"appendonly yes"/)]]);

      await server.client.config('SET', 'appendonly', 'yes');
      expect(await writes.commit('c', (pipeline) => pipeline.set('c', '1'))).toEqual(['OK']);
      expect(await server.client.call('WAITAOF', 1, 0, 0)).toEqual([1, 0]);
    } finally {
      warn.mockRestore();
      writes.close();
      connections.close();
      await server.stop();
    }
  });
});

describe('DurableWrites on a master with a replica', () => {
  it('returns only once the writes are on the replica', async () => {
    const redis = await startSentinel();
    const connections = connectionsTo(redis.env);
    const writes = new DurableWrites(connections);
    const key = 'cloudmover:{a}';
    try {
      const set = (value: string) => writes.commit(key, (pipeline) => pipeline.set(key, value));
      // On a busy machine the Sentinel or the replica may answer too late at first.
      await until('the first write is done', () =>
        set('1').then(
          () => true,
          () => false,
        ),
      );
      expect(await redis.replica.client.get(key)).toBe('1');
      redis.replica.freeze();
      let answered = false;
      const commit = set('2').then(() => (answered = true));
      await until('the master has it on its disk', async () => (await redis.master.calls('waitaof')) >= 2);
      await until('the replica is waited for', async () =>
        String(await redis.master.client.client('LIST')).includes('cmd=wait '),
      );
      expect(answered).toBe(false);
      redis.replica.thaw();
      await commit;
      expect(await redis.replica.client.get(key)).toBe('2');
    } finally {
      writes.close();
      connections.close();
      await redis.stop();
    }
  });
});

describe('a replaced master whose address leads to another one', () => {
  it('is left by all connections after a refusal', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => RedisServer.start({ appendonly: 'yes' })));
    let port = first!.port;
    const address = createServer((socket) => {
      const server = createConnection(port, '127.0.0.1');
      for (const [from, to] of [
        [socket, server],
        [server, socket],
      ] as const)
        from.on('error', () => undefined).pipe(to);
    }).listen(0, '127.0.0.1');
    await once(address, 'listening');
    const connections = await connectedTo({
      REDIS_URL: `redis://127.0.0.1:${(address.address() as AddressInfo).port}`,
    });
    const writes = new DurableWrites(connections);
    try {
      await writes.commit('a', (pipeline) => pipeline.set('a', 'on the first'));
      await connections.client.set('b', 'on the first');
      port = second!.port;
      await first!.client.replicaof('127.0.0.1', 1);

      await expect(connections.client.set('b', 'refused')).rejects.toThrow('READONLY');
      // Commands sent while the connection is being replaced fail as well.
      const isSet = () => connections.client.set('b', 'on the second').then(Boolean, () => false);
      await until('the new master is written to', isSet);
      expect(await writes.commit('a', (pipeline) => pipeline.set('a', 'on the second'))).toEqual(['OK']);
      expect(await second!.client.mget('a', 'b')).toEqual(['on the second', 'on the second']);
    } finally {
      writes.close();
      connections.close();
      address.close();
      await Promise.all([first!.stop(), second!.stop()]);
    }
  });
});

describe('DurableWrites on a Redis that is down', () => {
  it('fails soon', async () => {
    const connections = connectionsTo({ REDIS_URL: 'redis://127.0.0.1:1' });
    const writes = new DurableWrites(connections);
    await expect(writes.commit('a', (pipeline) => pipeline.set('a', '1'))).rejects.toThrow(StoreUnavailableError);
    writes.close();
    connections.close();
  });
});

describe('DurableWrites on a Cluster', () => {
  let cluster: RedisTopology;
  let connections: RedisConnections;
  let writes: DurableWrites;

  beforeAll(async () => {
    cluster = await startCluster();
    connections = await connectedTo(cluster.env);
    writes = new DurableWrites(connections, (redis) => redis.defineCommand('cmTestCount', { lua: COUNT }));
  });
  afterAll(async () => {
    writes.close();
    connections.close();
    await cluster.stop();
  });

  it('writes to the node of each key, and waits on that node', async () => {
    await Promise.all(
      ONE_KEY_PER_MASTER.map((key) =>
        writes.commit(key, (pipeline) => pipeline.set(key, '1').cmTestCount(1, `${key}:n`)),
      ),
    );
    for (const { client, calls } of cluster.servers.map((server) => ({
      client: server.client,
      calls: server.calls('waitaof'),
    }))) {
      expect(await client.dbsize()).toBe(3); // both writes, and the marker
      expect(await calls).toBeGreaterThan(0); // more if the disk of a busy machine needs longer than one wait
    }
  });

  it('follows a slot that has moved to another node', async () => {
    const key = 'cloudmover:{a}';
    const password = cluster.adminPassword;
    const [slot, from, to] = [slotOf(key), cluster.servers[2]!, cluster.servers[0]!];
    const ids = new Map(
      await Promise.all(
        [from, to].map(async (server) => [server, String(await server.client.call('CLUSTER', 'MYID'))] as const),
      ),
    );
    await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids.get(from)!);
    await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids.get(to)!);
    const moving = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    await from.client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'AUTH', password, 'KEYS', ...moving);
    for (const server of [to, from]) await server.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids.get(to)!);

    expect(await writes.commit(key, (pipeline) => pipeline.cmTestCount(1, `${key}:n`).get(key))).toEqual([2, '1']);
    expect(await to.client.get(`${key}:n`)).toBe('2');
  });
});
