import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { accepts, commandOf, portOf } from './processes.ts';
import { until } from './until.ts';
import { askRedis, checkRedisUrl, findRedisServer, startRedis, useRedis } from './redis.ts';
import { refusedCalls } from './test.ts';
import { messageOf } from './workspace.ts';

const REDIS = fileURLToPath(new URL('redis.ts', import.meta.url));

describe('redis', () => {
  let folder: string;
  const running: {
    url?: string;
    userUrl?: string | undefined;
    port?: number;
    version?: string;
    pid?: number;
    program?: { command: string; argv0?: string };
    stop: () => Promise<void>;
    ended: Promise<void>;
    env?: NodeJS.ProcessEnv;
    words?: string;
  }[] = [];
  // `npm test` sets the address of the Redis that other tests use.
  const { REDIS_URL } = process.env;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'redis-spec-'));
    delete process.env.REDIS_URL;
  });
  afterEach(async () => {
    if (REDIS_URL) process.env.REDIS_URL = REDIS_URL;
    for (const redis of running.splice(0)) await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = async (options = {}) => {
    const redis = await startRedis({ dir: join(folder, 'data'), password: 'a "quoted" pässword', ...options });
    running.push(redis);
    return redis;
  };

  describe('looking for a server', () => {
    const program = (name: string, script: string) => {
      mkdirSync(join(folder, 'bin'), { recursive: true });
      writeFileSync(join(folder, 'bin', name), `#!/bin/bash\n${script}\n`);
      chmodSync(join(folder, 'bin', name), 0o755);
    };
    const find = () => findRedisServer({ path: join(folder, 'bin'), extra: [] });

    it('finds none on a machine without one', () => {
      expect(find()).toEqual({ tooOld: undefined });
    });

    it('takes redis-server before Valkey', () => {
      program('valkey-server', 'echo "Valkey server v=8.1.1 sha=0"');
      expect(find()).toMatchObject({ command: join(folder, 'bin/valkey-server'), version: '8.1.1' });
      program('redis-server', 'echo "Redis server v=7.2.4 sha=0"');
      expect(find()).toMatchObject({ command: join(folder, 'bin/redis-server'), version: '7.2.4' });
    });

    it('skips a server without WAITAOF and reports it', () => {
      program('redis-server', 'echo "Redis server v=7.0.15 sha=0"');
      expect(find().command).toBeUndefined();
      expect(find().tooOld).toMatch(/7\.0\.15, CloudMover needs 7\.2 or newer/);
    });

    it('ignores redis-check-rdb, which is not a server', () => {
      program('redis-check-rdb', 'echo "redis-check-rdb 8.0.2"');
      expect(find().command).toBeUndefined();
    });
  });

  it('runs on loopback with a password, a kept append-only file, and never evicts', async () => {
    const redis = await start();
    const setting = async (name: string) => [(await askRedis(redis.url, [['CONFIG', 'GET', name]]))[0]].flat()[1];
    expect(await setting('appendonly')).toBe('yes');
    expect(await setting('appendfsync')).toBe('everysec');
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('bind')).toBe('127.0.0.1');
    const [refused] = await askRedis(redis.url.replace(/\/\/.*@/, '//'), [['PING']]);
    expect(refused).toEqual(expect.objectContaining({ message: expect.stringMatching(/^NOAUTH/) as string }));
    expect(statSync(join(folder, 'data/redis.conf')).mode & 0o077).toBe(0);
    // Other users can see arguments, so they must not contain the password.
    const arguments_ = commandOf(Number(readFileSync(join(folder, 'data/redis.pid'), 'utf8')));
    expect(arguments_).toMatch(/redis/);
    expect(arguments_).not.toContain('quoted');

    await askRedis(redis.url, [['SET', 'kept', 'yes']]);
    await redis.stop();
    const again = await start({ port: redis.port });
    expect(again.port).toBe(redis.port);
    expect(await askRedis(again.url, [['GET', 'kept']])).toEqual(['yes']);
  });

  it('has a user with only the rights that CloudMover needs, on request', async () => {
    const redis = await start({ userPassword: 'another "pässword"' });
    const key = 'cloudmover:x';
    expect(
      await askRedis(redis.userUrl!, [
        ['SET', key, 'yes'],
        ['GET', key],
      ]),
    ).toEqual(['OK', 'yes']);
    const [config, foreign] = await askRedis(redis.userUrl!, [
      ['CONFIG', 'GET', 'dir'],
      ['GET', 'other'],
    ]);
    for (const reply of [config, foreign]) expect(messageOf(reply)).toMatch(/^NOPERM/);
    await expect(askRedis(redis.userUrl!.replace('cloudmover:', 'default:'), [['PING']])).rejects.toThrow(/WRONGPASS/);
    expect(await refusedCalls(redis.url)).toEqual([
      'docs/redis-users.acl does not let "cloudmover" use the key other',
      'docs/redis-users.acl does not let "cloudmover" use the command config|get',
    ]);
  });

  it('is reached over TLS by the name or address in the certificate', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=redis'];
    for (const [subject, host, other] of [
      ['IP:127.0.0.1', '127.0.0.1', 'localhost'],
      ['DNS:localhost', 'localhost', '127.0.0.1'],
    ] as const) {
      execFileSync('openssl', ['req', ...made, '-keyout', key, '-out', cert, '-addext', `subjectAltName=${subject}`], {
        stdio: 'pipe',
      });
      const [ca, secret] = [readFileSync(cert), readFileSync(key)];
      const server = createTlsServer({ cert: ca, key: secret }, (socket) => socket.end('+PONG\r\n')).listen(0);
      server.on('tlsClientError', () => undefined);
      await once(server, 'listening');
      const url = (name: string) => `rediss://${name}:${portOf(server)}`;
      expect(await askRedis(url(host), [['PING']], { ca })).toEqual(['PONG']);
      await expect(askRedis(url(other), [['PING']], { ca })).rejects.toThrow('ERR_TLS_CERT_ALTNAME_INVALID');
      server.close();
    }
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `const { startRedis } = await import(${JSON.stringify(REDIS)});
       const { port } = await startRedis({ dir: ${JSON.stringify(join(folder, 'data'))}, password: 'x' });
       console.log(port); setInterval(() => {}, 1000);`,
    ]);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(line);
    expect(await accepts('127.0.0.1', port)).toBe(true);
    child.kill('SIGKILL');
    await until('Redis to end', async () => !(await accepts('127.0.0.1', port)));
  });

  it('ends a server that a crash left running on its folder, without losing its data', async () => {
    const left = await start();
    await askRedis(left.url, [['SET', 'kept', 'yes']]);
    const next = await start();
    await left.ended;
    expect(await askRedis(next.url, [['GET', 'kept']])).toEqual(['yes']);
  });

  it('does not end another process that has the id in an old pid file', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data/redis.pid'), String(process.pid));
    const redis = await start();
    expect(await askRedis(redis.url, [['PING']])).toEqual(['PONG']);
  });

  it('takes another port when the remembered one is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const redis = await start({ port: portOf(other) });
    expect(redis.port).not.toBe(portOf(other));
    other.close();
  });

  it('of a Cluster or Sentinels is left to the backend once something responds there', async () => {
    const theirs = await start();
    for (const name of ['REDIS_CLUSTER_NODES', 'REDIS_SENTINELS']) {
      try {
        process.env[name] = `127.0.0.1:1,127.0.0.1:${theirs.port}`;
        const used = await useRedis(join(folder, 'state'));
        expect(used).toMatchObject({ env: {}, words: `yours (127.0.0.1:1, 127.0.0.1:${theirs.port})` });
        process.env[name] = '127.0.0.1:1';
        await expect(useRedis(join(folder, 'state'))).rejects.toThrow(
          `Nothing responds at 127.0.0.1:1. Correct ${name}`,
        );
      } finally {
        delete process.env[name];
      }
    }
  });

  describe('REDIS_URL', () => {
    it('is accepted when it responds, and nothing is written there', async () => {
      const theirs = await start();
      process.env.REDIS_URL = theirs.url;
      const used = await useRedis(join(folder, 'state'));
      expect(used.env).toEqual({});
      await used.stop();
      expect(await askRedis(theirs.url, [['DBSIZE'], ['PING']])).toEqual([0, 'PONG']);
      const [config] = await askRedis(theirs.url, [['INFO', 'commandstats']]);
      expect(config).not.toMatch(/cmdstat_(set|config\|set|shutdown|flush)/);
    });

    it.each([
      ['http://127.0.0.1', /REDIS_URL is not a Redis address/],
      ['nonsense', /REDIS_URL is not a Redis address/],
      ['redis://:hidden@127.0.0.1:1', /does not respond: ECONNREFUSED.*Correct REDIS_URL, or unset it/],
    ])('%s is refused with a fix', async (url, message) => {
      const refused = await checkRedisUrl(url).catch(messageOf);
      expect(refused).toMatch(message);
      expect(refused).not.toContain('hidden');
    });

    it('with a wrong password is refused without showing it', async () => {
      const theirs = await start();
      const url = `redis://:wrong-one@127.0.0.1:${theirs.port}`;
      const refused = await checkRedisUrl(url).catch(messageOf);
      expect(refused).toMatch(/WRONGPASS/);
      expect(refused).not.toContain('wrong-one');
    });

    it('of something that is not Redis is refused', async () => {
      const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
      await once(web, 'listening');
      await expect(checkRedisUrl(`redis://127.0.0.1:${portOf(web)}`)).rejects.toThrow(/not Redis/);
      web.close();
    });
  });

  it('keeps the password and the port between starts of the same state folder', async () => {
    const state = join(folder, 'state');
    const first = await useRedis(state);
    running.push(first);
    await askRedis(first.env.REDIS_URL!, [['SET', 'session', '1']]);
    await first.stop();
    const second = await useRedis(state);
    running.push(second);
    expect(second.env.REDIS_URL).toBe(first.env.REDIS_URL);
    expect(await askRedis(second.env.REDIS_URL!, [['GET', 'session']])).toEqual(['1']);
    expect(statSync(join(state, 'redis-password')).mode & 0o077).toBe(0);
    expect(readFileSync(join(state, 'ports.json'), 'utf8')).toContain('redis');
  });
});
