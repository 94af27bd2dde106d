import type { RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { ReplicatedWrites } from '../../src/adapters/redis/replicated-writes.js';
import {
  connectionsTo,
  RedisServer,
  type RedisTopology,
  slowTo,
  startCluster,
  startSentinel,
} from '../support/redis-servers.js';
import { until } from '../../../tools/until.ts';

// Real: Redis servers that crash, hang and return.

/** Resolves, or rejects with the error of the connection; a command that does neither fails the test. */
const attempt = (connections: RedisConnections, key = 'cloudmover:x') => connections.client.set(key, '1');

const untilDone = (send: () => Promise<unknown>) =>
  until('commands are done', () =>
    send().then(
      () => true,
      () => false,
    ),
  );

const untilUsable = (connections: RedisConnections, key?: string) => untilDone(() => attempt(connections, key));

describe('a Redis that is down', () => {
  it('is reported soon for each command, and used again when it returns, without the abandoned commands', async () => {
    const server = await RedisServer.start({ appendonly: 'yes' });
    const connections = connectionsTo({ REDIS_URL: server.url });
    try {
      await untilUsable(connections);
      await server.kill();
      for (let turn = 0; turn < 5; turn++)
        await expect(attempt(connections, `cloudmover:lost:${turn}`)).rejects.toThrow();
      await server.restart();
      await untilUsable(connections);
      expect(await connections.client.exists(...[0, 1, 2, 3, 4].map((turn) => `cloudmover:lost:${turn}`))).toBe(0);
    } finally {
      connections.close();
      await server.stop();
    }
  });

  it('times out if it hangs with open connections, and is reported soon afterwards', async () => {
    const server = await RedisServer.start({ appendonly: 'yes' });
    const connections = connectionsTo({ REDIS_URL: server.url });
    try {
      await untilUsable(connections);
      server.freeze();
      for (let turn = 0; turn < 4; turn++) await expect(attempt(connections, 'cloudmover:lost')).rejects.toThrow();
      server.thaw();
      await untilUsable(connections);
    } finally {
      server.thaw();
      connections.close();
      await server.stop();
    }
  });
});

const command = (connections: RedisConnections) => () => attempt(connections);

/** The only thing that the returned function waits for is the connection that asks for a replica. */
function confirmation(connections: RedisConnections) {
  const writes = new ReplicatedWrites(connections);
  return () => writes.around('cloudmover:x', () => Promise.resolve('OK' as const));
}

it.each([
  { what: 'a command', ms: 3_500, isConnected: true, sender: command },
  { what: 'connecting', ms: 1_500, isConnected: false, sender: command },
  { what: 'a confirmation', ms: 2_500, isConnected: true, sender: confirmation },
])('is not taken for away by a process that was busy for longer than $what may take', async (row) => {
  const { ms, isConnected, sender } = row;
  const server = await RedisServer.start({ appendonly: 'yes' });
  const whileBusy = async () => {
    const connections = connectionsTo({ REDIS_URL: server.url });
    const send = sender(connections);
    try {
      if (isConnected) await untilDone(send);
      const sent = send().catch(String);
      await new Promise(setImmediate); // the command or the connection is on its way, and the reply has not been read
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      return await sent;
    } finally {
      connections.close();
    }
  };
  try {
    let outcome: string | undefined;
    // On a busy machine Redis itself may be late; a process that takes it for away does so every time.
    for (let turn = 0; turn < 3 && outcome !== 'OK'; turn++) outcome = await whileBusy();
    expect(outcome).toBe('OK');
  } finally {
    await server.stop();
  }
});

it('may take more than a second for the first connection of a process, which waits for it', async () => {
  const server = await RedisServer.start({ appendonly: 'yes' });
  const slow = await slowTo(server);
  const connections = connectionsTo({ REDIS_URL: server.url.replace(/\d+$/, String(slow.port)) });
  try {
    await connections.connect();
    await expect(attempt(connections)).resolves.toBe('OK');
    await connections.connect(); // has nothing to do
  } finally {
    connections.close();
    slow.close();
    await server.stop();
  }
});

describe.each<[string, () => Promise<RedisTopology>]>([
  ['Sentinels without a live master', startSentinel],
  ['a Cluster that has lost a master without a replica', startCluster],
])('%s', (_name, start) => {
  it('are reported soon', async () => {
    const redis = await start();
    const connections = connectionsTo(redis.env);
    try {
      // {a}: on the third master of a Cluster.
      const key = 'cloudmover:{a}';
      // On a busy machine a Cluster that has just started may respond late at first.
      await untilUsable(connections, key);
      await Promise.all([redis.servers[0]!, redis.servers.at(-1)!].map((server) => server.kill()));
      for (let turn = 0; turn < 4; turn++) await expect(attempt(connections, key)).rejects.toThrow();
    } finally {
      connections.close();
      await redis.stop();
    }
  });
});
