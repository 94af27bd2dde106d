import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { askRedis } from '../../src/adapters/redis/ask-redis.js';
import { prepareRedis } from '../../src/adapters/redis/prepare-redis.js';
import { checkRedis, type CheckedRedis, type RedisAddress } from '../../src/adapters/redis/redis-checks.js';
import { checkRights } from '../../src/adapters/redis/redis-rights.js';
import { readConfig } from '../../src/config/config.js';
import { newCertificates, RedisServer, slowTo, someCertificates, userOf } from '../support/redis-servers.js';

// Real: Redis servers of this spec, checked like at the product's start. The doctor makes the same checks with its own
// client (tools/doctor.spec.ts).

const USER_PASSWORD = 'user-password';
const tls = someCertificates();
/** The settings without which nothing starts. */
const REQUIRED = {
  GOOGLE_CLIENT_ID: 'client',
  GOOGLE_CLIENT_SECRET: 'secret',
  CREDENTIALS_KEYS: `k1:${'A'.repeat(43)}=`,
};
const SOUND = { appendonly: 'yes', requirepass: 'admin-password', ...userOf(USER_PASSWORD) };

let server: RedisServer;
let url: string;
beforeAll(async () => {
  server = await RedisServer.start(SOUND, { tls });
  url = `redis://cloudmover:${USER_PASSWORD}@127.0.0.1:${server.port}`;
});
afterAll(() => server.stop());

const secretUrl = (more: { host?: string; port?: number } = {}) =>
  `rediss://cloudmover:${USER_PASSWORD}@${more.host ?? '127.0.0.1'}:${more.port ?? server.tlsPort}`;
const lines = async (level: string, settings: CheckedRedis, production = true) =>
  (await checkRedis(settings, { ask: askRedis, production, more: checkRights }))
    .filter((each) => each.level === level)
    .map((each) => each.text);
const at = (address: string, more: Partial<CheckedRedis> = {}): CheckedRedis => ({
  place: { kind: 'node', url: address },
  ...more,
});
const bad = (address: string, more?: Partial<CheckedRedis>) => lines('bad', at(address, more));

async function set(name: string, value: string): Promise<() => Promise<unknown>> {
  const [, before] = (await server.client.config('GET', name)) as [string, string];
  await server.client.config('SET', name, value);
  return () => server.client.config('SET', name, before);
}

it('reports nothing about a correct Redis, also over TLS, and shows no password', async () => {
  expect(await bad(url)).toEqual([]);
  expect(await bad(secretUrl(), { tlsCa: readFileSync(tls.ca, 'utf8') })).toEqual([]);
  const all = (await checkRedis(at(url), { ask: askRedis, production: true, more: checkRights })).map(
    ({ text }) => text,
  );
  expect(all).toContain('The Redis user "cloudmover" has the necessary rights');
  expect(all.join()).not.toMatch(/password/);
});

it.each([
  ['appendonly', 'no', /^Redis keeps no append-only file: .* Set "appendonly yes"/],
  ['maxmemory-policy', 'allkeys-lru', /^Redis may evict keys .* Set "maxmemory-policy noeviction"/],
])('fails on %s %s in production, and warns elsewhere', async (name, value, line) => {
  const restore = await set(name, value);
  try {
    expect(await bad(url)).toEqual([expect.stringMatching(line)]);
    expect(await lines('bad', at(url), false)).toEqual([]);
    expect(await lines('note', at(url), false)).toEqual([expect.stringMatching(line)]);
  } finally {
    await restore();
  }
});

it.each([
  [
    'a wrong password',
    () => url.replace(USER_PASSWORD, 'guessed'),
    /refuses the password of the user "cloudmover" \(WRONGPASS\)\. Correct REDIS_URL/,
  ],
  [
    'a wrong user',
    () => url.replace('cloudmover:', 'clodmover:'),
    /refuses the password of the user "clodmover".*, or the user\./,
  ],
  ['no password', () => url.replace(/\/\/.*@/, '//'), /requires a password \(NOAUTH\)\. Put it into REDIS_URL/],
  [
    'nobody there',
    () => 'redis://:pw@127.0.0.1:1',
    /\(127\.0\.0\.1:1\) does not respond: ECONNREFUSED\. Start it, or correct REDIS_URL\.$/,
  ],
  ['an unknown host', () => 'redis://:pw@redis.invalid:6379', /\(redis\.invalid:6379\) does not respond: E/],
  [
    'TLS where there is none',
    () => secretUrl({ port: server.port }),
    /does not speak TLS there, write redis:.*, or use its TLS port/,
  ],
  [
    'no TLS where there is',
    () => url.replace(/\d+$/, String(server.tlsPort)),
    /does not respond.* If it speaks TLS there, write rediss:/,
  ],
  ['an unknown authority', () => secretUrl(), /certificate that no known authority signed\. Set REDIS_TLS_CA_FILE/],
])('reports one line about %s', async (_what, address, line) => {
  const answers = await bad(address());
  expect(answers).toEqual([expect.stringMatching(line)]);
  expect(answers[0]).not.toMatch(/user-password|guessed|\n/);
});

it('reports one line about a certificate of another authority, and about one for another host', async () => {
  const other = newCertificates('DNS:redis.example.com');
  const stranger = await RedisServer.start(SOUND, { tls: other });
  const address = secretUrl({ port: stranger.tlsPort });
  try {
    expect(await bad(address, { tlsCa: readFileSync(tls.ca, 'utf8') })).toEqual([
      expect.stringMatching(/the authority in REDIS_TLS_CA_FILE did not sign/),
    ]);
    expect(await bad(address, { tlsCa: readFileSync(other.ca, 'utf8') })).toEqual([
      expect.stringMatching(/certificate for another host\. Set REDIS_URL to a name in the certificate/),
    ]);
    await stranger.client.config('SET', 'tls-auth-clients', 'yes');
    expect(
      await bad(address.replace('127.0.0.1', 'localhost'), { tlsCa: readFileSync(other.ca, 'utf8') }),
    ).toHaveLength(1);
  } finally {
    await stranger.stop();
  }
});

describe('a password that also opens the user "default"', () => {
  /** The same password for both users; `user default off` and different passwords prevent this. */
  const SHARED = { ...SOUND, requirepass: USER_PASSWORD };
  const line = /accepts the password of "cloudmover" also for its user "default", .*"user default off"/;

  it('fails in production, and warns elsewhere, even if all else is correct', async () => {
    const shared = await RedisServer.start(SHARED, { tls });
    const as = (address: string) => address.replace(/\d+$/, String(shared.port));
    try {
      expect(await bad(as(url))).toEqual([expect.stringMatching(line)]);
      expect(await bad(secretUrl({ port: shared.tlsPort }), { tlsCa: readFileSync(tls.ca, 'utf8') })).toEqual([
        expect.stringMatching(line),
      ]);
      expect(await lines('bad', at(as(url)), false)).toEqual([]);
      expect(await lines('note', at(as(url)), false)).toContainEqual(expect.stringMatching(line));
      await shared.client.call('ACL', 'SETUSER', 'default', 'off');
      expect(await bad(as(url))).toEqual([]);
      await shared.client.call('ACL', 'SETUSER', 'default', 'on', 'nopass');
      expect(await bad(as(url))).toEqual([expect.stringMatching(line)]);
    } finally {
      await shared.stop();
    }
  });

  it('fails in production if "default" is the configured user', async () => {
    for (const user of ['', 'default']) {
      const own = url.replace(/\/\/.*@/, `//${user}:admin-password@`);
      const [text, ...more] = await bad(own);
      expect(more).toEqual([]);
      expect(text).toMatch(/REDIS_URL uses the user "default", .* Use the user of docs\/redis-users\.acl/);
      expect(text).not.toContain('admin-password');
      expect(await lines('bad', at(own), false)).toEqual([]);
      expect((await lines('note', at(own), false)).join()).not.toMatch(/"default"/);
    }
  });

  it('fails also if it is the password of the user "auditor" that this process has', async () => {
    const own = await RedisServer.start({ ...SOUND, requirepass: 'auditor-password' });
    try {
      const settings = at(url.replace(/\d+$/, String(own.port)));
      expect((await lines('bad', settings)).join()).not.toMatch(/"default"/);
      const asAuditor = await lines('bad', { ...settings, auditorPassword: 'auditor-password' });
      expect(asAuditor).toEqual([expect.stringMatching(/password of "auditor" also for its user "default"/)]);
    } finally {
      await own.stop();
    }
  });

  it('fails on the replicas that Sentinels and a Cluster name, which may become masters', async () => {
    const asked: string[] = [];
    const replica = ['name', 'r', 'ip', '10.0.0.2', 'port', '6380', 'flags', 'slave'];
    const slots = [0, 16_383, ['10.0.0.1', 6379, 'm'], ['10.0.0.2', 6380, 'r']];
    const ask = async ({ host, username }: RedisAddress, commands: readonly (readonly string[])[]) => {
      if (username === 'default') asked.push(host);
      if (username === 'default' && host !== '10.0.0.2') throw new Error('WRONGPASS invalid username-password pair');
      return commands.map(([name, part]) => {
        if (name === 'SENTINEL') return part === 'REPLICAS' ? [replica] : ['10.0.0.1', '6379'];
        if (name === 'CLUSTER') return part === 'SLOTS' ? [slots] : 'cluster_state:ok';
        return '';
      });
    };
    const node = [{ host: '10.0.0.1', port: 6379 }];
    const user = { username: 'cloudmover', password: USER_PASSWORD };
    for (const place of [
      { kind: 'sentinel', sentinels: node, name: 'mymaster' } as const,
      { kind: 'cluster', nodes: node } as const,
    ]) {
      const findings = await checkRedis({ place, ...user }, { ask, production: true });
      const texts = findings.filter(({ level }) => level === 'bad').map(({ text }) => text);
      expect(texts).toEqual([expect.stringMatching(/^Redis \(10\.0\.0\.2:6380\) accepts the password/)]);
    }
    expect(asked).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.2']);
  });

  it('fails on the master that Sentinels name, and on each master of a Cluster', async () => {
    const node = await RedisServer.start({ ...SHARED, 'cluster-enabled': 'yes' });
    const master = await RedisServer.start(SHARED);
    const sentinel = await RedisServer.start(
      {
        requirepass: 'sentinel-password',
        'sentinel monitor': `mymaster 127.0.0.1 ${master.port} 1`,
        'sentinel auth-pass': `mymaster ${USER_PASSWORD}`,
      },
      { mode: 'sentinel' },
    );
    await node.client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    const user = { username: 'cloudmover', password: USER_PASSWORD };
    const byCluster: CheckedRedis = {
      place: { kind: 'cluster', nodes: [{ host: '127.0.0.1', port: node.port }] },
      ...user,
    };
    const bySentinel: CheckedRedis = {
      place: {
        kind: 'sentinel',
        sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
        name: 'mymaster',
        sentinelPassword: 'sentinel-password',
      },
      ...user,
    };
    try {
      for (const settings of [byCluster, bySentinel]) {
        expect(await lines('bad', settings)).toContainEqual(expect.stringMatching(line));
      }
      for (const { client } of [node, master]) await client.call('ACL', 'SETUSER', 'default', 'off');
      for (const settings of [byCluster, bySentinel]) {
        expect((await lines('bad', settings)).join()).not.toMatch(/"default"/);
      }
    } finally {
      await Promise.all([node.stop(), sentinel.stop(), master.stop()]);
    }
  });
});

it('names the rights that the user lacks, without executing the commands', async () => {
  await server.client.call(
    'ACL',
    'SETUSER',
    'poor',
    'reset',
    'on',
    '>poor',
    '~*',
    '+@all',
    '-hset',
    '-wait',
    '-script|load',
  );
  await server.client.call('ACL', 'SETUSER', 'homeless', 'reset', 'on', '>poor', '~other:*', '+@all');
  const before = await server.client.dbsize();
  expect(await bad(url.replace(/\/\/.*@/, '//poor:poor@'))).toEqual([
    expect.stringMatching(
      /does not give its user "poor" all necessary rights: script\|load, wait, hset\. Give it the rights in docs/,
    ),
  ]);
  expect(await bad(url.replace(/\/\/.*@/, '//homeless:poor@'))).toEqual([
    expect.stringMatching(
      /rights: keys credentials:\*, keys session:\*, keys cloudmover:\*, keys \{cloudmover:queue\}:\*, keys cloudmover-audit\./,
    ),
  ]);
  await server.client.call('ACL', 'SETUSER', 'poor', '-multi', '-info');
  expect(await bad(url.replace(/\/\/.*@/, '//poor:poor@'))).toEqual([expect.stringMatching(/rights: info, multi\./)]);
  expect(await server.client.dbsize()).toBe(before);
});

it('reports one line about a replica, a single node of a Cluster, and a single Redis configured as a Cluster', async () => {
  const replica = await RedisServer.start({
    ...SOUND,
    replicaof: `127.0.0.1 ${server.port}`,
    masterauth: 'admin-password',
  });
  const node = await RedisServer.start({ ...SOUND, 'cluster-enabled': 'yes' });
  const as = (port: number) => url.replace(/\d+$/, String(port));
  try {
    expect(await bad(as(replica.port))).toEqual([
      expect.stringMatching(/is a replica, .* to its master, or set REDIS_SENTINELS/),
    ]);
    expect(await bad(as(node.port))).toEqual([
      expect.stringMatching(/is a node of a Cluster\. Set REDIS_CLUSTER_NODES to its nodes/),
    ]);
    const nodes = { username: 'cloudmover', password: USER_PASSWORD };
    const cluster = (port: number): CheckedRedis => ({
      place: { kind: 'cluster', nodes: [{ host: '127.0.0.1', port }] },
      ...nodes,
    });
    expect(await lines('bad', cluster(server.port))).toEqual([
      expect.stringMatching(/is not a node of a Cluster\. For a single Redis set REDIS_URL/),
    ]);
    expect(await lines('bad', cluster(node.port))).toEqual([expect.stringMatching(/not every slot is served/)]);
  } finally {
    await Promise.all([replica.stop(), node.stop()]);
  }
});

it('reports one line about a server that lacks a command', async () => {
  const managed = await RedisServer.start({ ...SOUND, 'rename-command': 'WAITAOF ""' });
  try {
    expect(await bad(url.replace(/\d+$/, String(managed.port)))).toEqual([
      expect.stringMatching(/all necessary rights: waitaof\./),
    ]);
  } finally {
    await managed.stop();
  }
});

it.each([
  ['redis_version:7.0.15', /version 7\.0\.15; 7\.2 or newer is needed \(WAITAOF\)\. Update it/],
  ['redis_version:7.2.4\r\nvalkey_version:7.1.9', /version 7\.1\.9; 7\.2 or newer/],
  [
    'redis_version:8.0.0\r\nrole:master\r\naof_enabled:1\r\naof_last_write_status:err',
    /cannot write its append-only file\. Free space/,
  ],
])('reports one line about a server that reports %j', async (info, line) => {
  const ask = ({ username }: RedisAddress, commands: readonly (readonly string[])[]) =>
    username === 'default'
      ? Promise.reject(new Error('WRONGPASS'))
      : Promise.resolve(
          commands.map(([name]) => (name === 'PING' ? 'PONG' : name === 'INFO' ? `${info}\r\n` : 'QUEUED')),
        );
  const findings = await checkRedis(at(url), { ask, production: true, more: checkRights });
  expect(findings.filter(({ level }) => level === 'bad')).toEqual([
    { level: 'bad', text: expect.stringMatching(line) },
  ]);
});

it.each([1, 2])('reports a server that responds only to command %i', async (answered) => {
  let asked = 0;
  const ask = (_address: RedisAddress, commands: readonly (readonly string[])[]) =>
    ++asked > answered ? Promise.reject(new Error('Socket timeout.')) : Promise.resolve(commands.map(() => 'QUEUED'));
  const findings = await checkRedis({ ...at(url), username: 'default' }, { ask, production: false, more: checkRights });
  expect(findings).toEqual([{ level: 'bad', text: expect.stringMatching(/does not respond: Socket timeout\. Start/) }]);
});

describe('the product itself', () => {
  /** Runs the product until it is ready or exits. @returns its output and exit code */
  async function start(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('../../dist/main.js', import.meta.url))], {
      env: {
        PATH: process.env['PATH'],
        ...REQUIRED,
        CLOUDMOVER_ROLE: 'api',
        PORT: '0',
        REDIS_URL: url,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        output += data.toString();
        // Once: a second signal would end it with 1.
        if (/Serves http/.test(output) && !child.killed) child.kill('SIGTERM');
      });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }

  it('does not start in production on a Redis that may lose data, and names each problem in a line', async () => {
    const restore = await set('maxmemory-policy', 'allkeys-lru');
    try {
      const { code, output } = await start({
        NODE_ENV: 'production',
        PUBLIC_URL: 'https://mover.example.com',
        TRUST_PROXY: '1',
      });
      expect(output).toMatch(/^Redis may evict keys .* Set "maxmemory-policy noeviction"\.\n$/m);
      expect(code).toBe(1);
      const here = await start({});
      expect(here).toMatchObject({ code: 0, output: expect.stringContaining('Redis may evict keys') });
    } finally {
      await restore();
    }
  });

  it('starts although Redis, on a busy machine, takes more than a second for each connection', async () => {
    const slow = await slowTo(server);
    try {
      const env = { ...REQUIRED, REDIS_URL: url.replace(/\d+$/, String(slow.port)) };
      expect(await prepareRedis(readConfig(env))).toEqual({ refusals: [], remarks: [] });
    } finally {
      slow.close();
    }
  });

  it('does not start in production with a password that also opens "default"', async () => {
    const shared = await RedisServer.start({ ...SOUND, requirepass: USER_PASSWORD });
    const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://mover.example.com', TRUST_PROXY: '1' };
    try {
      const { code, output } = await start({ ...production, REDIS_URL: url.replace(/\d+$/, String(shared.port)) });
      expect(output).toMatch(/also for its user "default"/);
      expect(output).not.toContain(USER_PASSWORD);
      expect(code).toBe(1);
    } finally {
      await shared.stop();
    }
  });

  it('does not start with a wrong password, and does not show it', async () => {
    const { code, output } = await start({ REDIS_URL: url.replace(USER_PASSWORD, 'guessed') });
    expect(code).toBe(1);
    expect(output).toContain('(WRONGPASS). Correct REDIS_URL, or the user.');
    expect(output).not.toContain('guessed');
  });
});
