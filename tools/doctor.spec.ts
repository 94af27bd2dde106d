import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine } from './doctor.ts';
import { accepts, freePort, launch, portOf, untilReady, type Running } from './processes.ts';
import { until } from './until.ts';
import { askRedis, findRedisServer, startRedis, userOf } from './redis.ts';

const KEY = `k1:${'A'.repeat(43)}=`;

describe('npm run doctor', () => {
  let folder: string;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let standIn: Server;
  /** The answer's Date header; undefined: now. */
  let date: string | undefined;
  /** A production configuration with nothing to fix, except that Google is a local stand-in. */
  let sound: NodeJS.ProcessEnv;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    redis = await startRedis({
      dir: join(folder, 'redis'),
      password: 'long-and-secret',
      userPassword: 'user-and-secret',
    });
    standIn = createServer((_, response) => {
      if (date) response.setHeader('date', date);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(standIn, 'listening');
    sound = {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://mover.example.com',
      TRUST_PROXY: '1',
      GOOGLE_CLIENT_ID: '1234-abc.apps.googleusercontent.com',
      GOOGLE_CLIENT_SECRET: 'not-a-real-one',
      GOOGLE_BASE_URL: `http://127.0.0.1:${portOf(standIn)}`,
      REDIS_URL: redis.userUrl,
      CREDENTIALS_KEYS: KEY,
      PORT: String(portOf(standIn)),
    };
  });
  afterEach(() => (date = undefined));
  afterAll(async () => {
    standIn.close();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const address = () => `http://127.0.0.1:${portOf(standIn)}`;
  const bad = async (env: NodeJS.ProcessEnv) =>
    (await examine(env, address())).filter(({ level }) => level === 'bad').map(({ text }) => text);
  const all = async (env: NodeJS.ProcessEnv) => (await examine(env, address())).map(({ text }) => text).join('\n');

  it('reports no problem in a correct configuration, and shows no secret', async () => {
    expect(await bad(sound)).toEqual([]);
    for (const secret of ['long-and-secret', 'user-and-secret', 'not-a-real-one', 'AAAA'])
      expect(await all(sound)).not.toContain(secret);
  });

  it('requires TRUST_PROXY, and refuses to trust everyone', async () => {
    expect(await bad({ ...sound, TRUST_PROXY: undefined })).toEqual([
      expect.stringContaining('TRUST_PROXY is not set'),
    ]);
    for (const wrong of ['true', '0.0.0.0/0', 'proxy.example.com', 'none', '0'])
      expect(await bad({ ...sound, TRUST_PROXY: wrong })).toEqual([expect.stringContaining('TRUST_PROXY must be')]);
    for (const right of ['2', '10.0.0.0/8,loopback']) expect(await bad({ ...sound, TRUST_PROXY: right })).toEqual([]);
    expect(await all({ ...sound, NODE_ENV: undefined, TRUST_PROXY: 'none' })).not.toContain('TRUST_PROXY must be');
  });

  it('prints the exact redirect addresses', async () => {
    const real = { ...sound, GOOGLE_BASE_URL: undefined };
    expect(await all({ ...real, PUBLIC_URL: 'https://mover.example.com/' })).toContain(
      'https://mover.example.com/auth/source/callback\nhttps://mover.example.com/auth/destination/callback\nhttps://mover.example.com/auth/general/callback',
    );
    expect(await all({ ...real, NODE_ENV: undefined, PUBLIC_URL: undefined, PORT: '3999' })).toContain(
      'http://localhost:3999/auth/source/callback',
    );
  });

  it.each([
    [{ PUBLIC_URL: 'http://mover.example.com' }, /Google accepts http only for localhost/],
    [{ PUBLIC_URL: 'https://mover.example.com/app' }, /must be an origin.*https:\/\/mover\.example\.com\./],
    [{ PUBLIC_URL: 'https://203.0.113.7' }, /no IP addresses/],
    [{ PUBLIC_URL: undefined }, /PUBLIC_URL is not set: in production/],
    [{ PUBLIC_URL: 'mover' }, /PUBLIC_URL is not an address/],
    [{ GOOGLE_CLIENT_ID: undefined }, /GOOGLE_CLIENT_ID is not set, but GOOGLE_CLIENT_SECRET is/],
    [{ GOOGLE_CLIENT_SECRET: '' }, /GOOGLE_CLIENT_SECRET is not set, but GOOGLE_CLIENT_ID is/],
    [{ GOOGLE_CLIENT_ID: '', GOOGLE_CLIENT_SECRET: '' }, /are not set[\s\S]*enable the Google Drive API/],
    [{ GOOGLE_BASE_URL: 'http://127.0.0.1:1' }, /stand-in .* does not respond/],
    [{ GOOGLE_CLIENT_SECRET_FILE: '/nowhere' }, /GOOGLE_CLIENT_SECRET and GOOGLE_CLIENT_SECRET_FILE are both set/],
    [
      { GOOGLE_CLIENT_SECRET: '', GOOGLE_CLIENT_SECRET_FILE: '/nowhere' },
      /GOOGLE_CLIENT_SECRET_FILE names a file that cannot be read/,
    ],
    [{ REDIS_URL: undefined }, /REDIS_URL is not set/],
    [{ REDIS_URL: 'localhost:6379' }, /REDIS_URL is not a Redis address/],
    [{ REDIS_URL: 'redis://:pw@127.0.0.1:1' }, /does not respond: ECONNREFUSED/],
    [{ CREDENTIALS_KEYS: undefined }, /CREDENTIALS_KEYS is not set.*openssl rand/],
    [{ CREDENTIALS_KEYS: 'k1:short' }, /32 bytes a key/],
    [{ CREDENTIALS_KEYS: `${KEY},${KEY}` }, /two keys named "k1"/],
  ])('with %j it names the problem and the fix', async (change, message) => {
    expect(await bad({ ...sound, ...change })).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it.each([
    ['appendonly', 'no', /no append-only file.*appendonly yes/],
    ['appendfsync', 'no', /appendfsync no.*everysec/],
    ['maxmemory-policy', 'allkeys-lru', /maxmemory-policy allkeys-lru.*noeviction/],
  ])('reports a Redis with %s %s', async (name, value, message) => {
    const [before] = await askRedis(redis.url, [['CONFIG', 'GET', name]]);
    // CloudMover's own user may not read every setting.
    const rights = ['on', '>keeper-and-secret', '~*', '&*', '+@all'];
    await askRedis(redis.url, [
      ['CONFIG', 'SET', name, value],
      ['ACL', 'SETUSER', 'keeper', ...rights],
    ]);
    try {
      expect(await bad({ ...sound, REDIS_URL: `redis://keeper:keeper-and-secret@127.0.0.1:${redis.port}` })).toEqual([
        expect.stringMatching(message),
      ]);
    } finally {
      await askRedis(redis.url, [['CONFIG', 'SET', name, String(Array.isArray(before) && before[1])]]);
    }
  });

  it('reports a Redis without a password, only as a warning if it is local', async () => {
    await askRedis(redis.url, [['CONFIG', 'SET', 'requirepass', '']]);
    const open = `redis://127.0.0.1:${redis.port}`;
    try {
      expect(await bad({ ...sound, REDIS_URL: open })).toEqual([expect.stringMatching(/requires no password/)]);
      expect(await bad({ ...sound, NODE_ENV: undefined, REDIS_URL: open })).toEqual([]);
    } finally {
      await askRedis(open, [['CONFIG', 'SET', 'requirepass', 'long-and-secret']]);
    }
  });

  it('reports a password that also works for the user "default", and a configuration with that user', async () => {
    await askRedis(redis.url, [['ACL', 'SETUSER', 'default', '>user-and-secret']]);
    try {
      expect(await bad(sound)).toEqual([expect.stringMatching(/also for its user "default".* Set "user default off"/)]);
    } finally {
      await askRedis(redis.url, [['ACL', 'SETUSER', 'default', '<user-and-secret']]);
    }
    expect(await bad({ ...sound, REDIS_URL: redis.url })).toEqual([
      expect.stringMatching(/REDIS_URL uses the user "default"/),
    ]);
  });

  describe('with a Cluster or Sentinels', () => {
    const running: Running[] = [];
    afterEach(async () => {
      for (const server of running.splice(0)) await server.stop();
    });
    /** A server with these settings; its port. */
    const serve = async (name: string, settings: Record<string, string>, ...args: string[]) => {
      const [port, busPort] = [await freePort(), await freePort()];
      const dir = join(folder, name);
      mkdirSync(dir);
      const lines = {
        bind: '127.0.0.1',
        port,
        dir,
        ...settings,
        ...(name === 'cluster' && { 'cluster-port': busPort }),
      };
      const file = join(dir, 'redis.conf');
      writeFileSync(
        file,
        Object.entries(lines)
          .map(([key, value]) => `${key} ${value}\n`)
          .join(''),
      );
      const { command, argv0 } = findRedisServer();
      const server = launch({ name, command: [command!, file, ...args], argv0, logFile: join(dir, 'log') });
      running.push(server);
      await untilReady(server, () => accepts('127.0.0.1', port));
      return port;
    };
    const durable = {
      requirepass: 'hidden',
      masterauth: 'hidden',
      user: userOf('user-hidden').replace(/^user /, ''),
      appendonly: 'yes',
      'maxmemory-policy': 'noeviction',
    };

    it('checks each master of the Cluster, and that every slot is served', async () => {
      const port = await serve('cluster', { ...durable, 'cluster-enabled': 'yes' });
      const env = { ...sound, REDIS_URL: undefined, REDIS_CLUSTER_NODES: `127.0.0.1:${port}` };
      expect(await bad(env)).toEqual([expect.stringMatching(/NOAUTH/)]);
      const known = { ...env, REDIS_USERNAME: 'cloudmover', REDIS_PASSWORD: 'user-hidden' };
      expect(await bad(known)).toEqual([expect.stringMatching(/not every slot is served/)]);

      await askRedis(`redis://:hidden@127.0.0.1:${port}`, [['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']]);
      await until('a sound Cluster', async () => (await bad(known)).length === 0);
      await askRedis(`redis://:hidden@127.0.0.1:${port}`, [['CONFIG', 'SET', 'appendonly', 'no']]);
      expect(await bad(known)).toEqual([expect.stringMatching(/keeps no append-only file/)]);
      expect(await all(known)).not.toContain('hidden');
    });

    it('checks the master that the Sentinels name', async () => {
      const port = await serve('sentinel', { 'sentinel monitor': `main 127.0.0.1 ${redis.port} 1` }, '--sentinel');
      const env = {
        ...sound,
        REDIS_URL: undefined,
        REDIS_SENTINELS: `127.0.0.1:${port}`,
        REDIS_SENTINEL_NAME: 'main',
        REDIS_USERNAME: 'cloudmover',
        REDIS_PASSWORD: 'user-and-secret',
      };
      expect(await bad(env)).toEqual([]);
      expect(await all(env)).toContain(`The Sentinels report the master: 127.0.0.1:${redis.port}`);
      expect(await bad({ ...env, REDIS_SENTINEL_NAME: 'other' })).toEqual([
        expect.stringMatching(/knows no master "other"/),
      ]);
      expect(await bad({ ...env, REDIS_SENTINELS: '127.0.0.1:1' })).toEqual([
        expect.stringMatching(/The Sentinel \(127\.0\.0\.1:1\) does not respond: ECONNREFUSED/),
      ]);
    });

    it.each([
      [{ REDIS_CLUSTER_NODES: '127.0.0.1:1' }, /REDIS_URL and REDIS_CLUSTER_NODES are set: keep/],
      [{ REDIS_URL: '', REDIS_CLUSTER_NODES: 'redis-1' }, /REDIS_CLUSTER_NODES must be hosts with ports/],
      [{ REDIS_URL: '', REDIS_SENTINELS: 'sentinel-1:26379' }, /REDIS_SENTINEL_NAME is not set/],
    ])('refuses %j', async (change, message) => {
      expect(await bad({ ...sound, ...change })).toEqual([expect.stringMatching(message)]);
    });
  });

  it('reads secrets from files', async () => {
    const file = join(folder, 'keys');
    writeFileSync(file, `${KEY}\n`);
    chmodSync(file, 0o600);
    expect(await bad({ ...sound, CREDENTIALS_KEYS: undefined, CREDENTIALS_KEYS_FILE: file })).toEqual([]);
  });

  it('reports a wrong clock', async () => {
    date = new Date(Date.now() - 10 * 60_000).toUTCString();
    expect(await bad(sound)).toEqual([expect.stringMatching(/clock is 6\d\d s off/)]);
  });
});
