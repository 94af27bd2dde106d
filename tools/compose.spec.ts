import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { checkRedis, type AskRedis } from '../backend/src/adapters/redis/redis-checks.ts';
import { milliseconds, mountsOf, readCompose, startOrder } from './compose.ts';
import { freePort, launch, programOnPath, untilReady, type Running } from './processes.ts';
import { askRedis, redisServer } from './redis.ts';
import { messageOf, ROOT } from './workspace.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const source = read('backend/src/config/config.ts');
/** What the product reads, but for what only tests and stand-ins set. */
const variables = [...source.matchAll(/\b(?:setting|secret)\(\s*'([A-Z_]+)'/g)]
  .map(([, name = '']) => name)
  .filter(
    (name) =>
      !/^(PORTAL_DIR|CLOUDMOVER_WAITAOF|GOOGLE_(API_ROOT|AUTH_URL|TOKEN_URL|REVOKE_URL|USERINFO_URL|ISSUER))$/.test(
        name,
      ),
  );
const secrets = [...source.matchAll(/\bsecret\(\s*'([A-Z_]+)'/g)].map(([, name = '']) => name);

describe('docker-compose.yml', () => {
  it('needs no settings for Redis alone', () => {
    const { services } = readCompose({});
    const started = ['redis', ...Object.keys(services.redis!.depends_on!)];
    expect(started).toEqual(['redis', 'redis-users']);
    for (const name of started) {
      expect(services[name]!.secrets).toBeUndefined();
      expect(services[name]!.ports).toBeUndefined();
      expect(services[name]!.environment).not.toHaveProperty('REDIS_PASSWORD');
    }
  });

  it('publishes Redis on loopback only, and only in the file for development', () => {
    const { services } = readCompose({}, 'docker-compose.dev.yml');
    expect(services.redis!.ports).toEqual(['127.0.0.1:6379:6379']);
    // Ports of a service on internal networks alone are not published.
    const { networks } = readCompose({});
    expect(services.redis!.networks.filter((name) => !networks[name]?.internal)).toEqual(['outside']);
  });

  it('passes every variable of the README to API and workers, and no other', () => {
    const all = Object.fromEntries(variables.map((name) => [name, `of ${name}`]));
    const readme = read('README.md');
    // Those that the image sets, and that a container's network makes the same for all.
    const ofImage = [...read('backend/Dockerfile').matchAll(/\b([A-Z_]+)=\S+/g)].map(([, name]) => name);
    const fixed = ['HOST', 'PORT', 'NODE_ENV'];
    expect(ofImage).toEqual(expect.arrayContaining(fixed));
    const wanted = variables.filter((name) => !fixed.includes(name));
    expect(wanted.length).toBeGreaterThan(30);
    const compose = readCompose({ ...all, REDIS_TLS_CA_FILE: './ca.pem' });
    for (const name of ['api', 'worker']) {
      const names = Object.keys(compose.services[name]!.environment);
      const base = (each: string) => (each === 'REDIS_TLS_CA_FILE' ? each : each.replace(/_FILE$/, ''));
      const passed = new Set(names.map(base));
      passed.delete('OTEL_EXPORTER_OTLP_HEADERS'); // read by OpenTelemetry's own code
      expect([...passed].sort()).toEqual([...wanted].sort());
      expect([...passed].filter((each) => !readme.includes(`\`${each}\``))).toEqual([]);
    }
    expect(read('docs/operations.md')).toContain('`OTEL_EXPORTER_OTLP_HEADERS`');
  });

  it('passes variables on unchanged, and none that is not set', () => {
    const api = (env: NodeJS.ProcessEnv) => readCompose(env).services.api!.environment;
    expect(api({ RATE_LIMIT_TOKEN: '7' })).toMatchObject({ RATE_LIMIT_TOKEN: '7' });
    expect(api({})).not.toHaveProperty('RATE_LIMIT_TOKEN');
    expect(api({})).toMatchObject({ REDIS_URL_FILE: '/run/redis/url' });
    const other = { REDIS_URL_FILE: '', REDIS_URL: 'rediss://redis.example.com' };
    expect(api(other)).toMatchObject(other);
  });

  it('reads every secret from a file', () => {
    // The client's id is no secret, and Redis's address comes from Redis's own passwords.
    const names = secrets.filter((name) => !['GOOGLE_CLIENT_ID', 'REDIS_URL'].includes(name));
    expect(names.length).toBeGreaterThan(4);
    const env = Object.fromEntries(names.map((name) => [`${name}_FILE`, `./secrets/${name}`]));
    const [bare, given] = [readCompose({}), readCompose(env)];
    const always = ['CREDENTIALS_KEYS', 'GOOGLE_CLIENT_SECRET'];
    for (const service of ['api', 'worker']) {
      for (const name of names) {
        const file = given.services[service]!.environment[`${name}_FILE`];
        const secret = file!.replace('/run/secrets/', '');
        expect(given.services[service]!.secrets).toContain(secret);
        expect(given.secrets[secret]!.file).toBe(`./secrets/${name}`);
        // An empty variable counts as absent.
        expect(bare.services[service]!.environment[`${name}_FILE`]).toBe(always.includes(name) ? file : '');
        expect(bare.secrets[secret]!.file).toBe(always.includes(name) ? `./secrets/${secret}` : '/dev/null');
      }
    }
    expect(read('.gitignore').split('\n')).toContain('secrets');
  });

  it('limits memory and processes of each service, and lets none write or gain rights', () => {
    for (const service of Object.values(readCompose({}).services)) {
      expect(service).toMatchObject({
        mem_limit: expect.stringMatching(/^\d+[mg]$/),
        pids_limit: expect.any(Number),
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
  });
});

describe('what a container of Compose gets', () => {
  it('is volumes, files and secrets with full paths, and a tmpfs', () => {
    const compose = readCompose({ OPERATOR_KEY_FILE: '/etc/key' });
    const mounts = mountsOf(compose, 'api', '/srv');
    expect(mounts).toHaveLength(1 + 1 + compose.services.api!.secrets!.length);
    expect(mounts).toEqual(
      expect.arrayContaining([
        { kind: 'tmpfs', source: '', target: '/tmp', readOnly: false },
        { kind: 'named', source: 'redis-access', target: '/run/redis', readOnly: true },
        {
          kind: 'path',
          source: '/srv/secrets/credentials_keys',
          target: '/run/secrets/credentials_keys',
          readOnly: true,
        },
        { kind: 'path', source: '/etc/key', target: '/run/secrets/operator_key', readOnly: true },
        { kind: 'path', source: '/dev/null', target: '/run/secrets/metrics_key', readOnly: true },
      ]),
    );
    expect(mountsOf(compose, 'redis-users', '/srv')).toEqual([
      { kind: 'named', source: 'redis-access', target: '/run/redis', readOnly: false },
      { kind: 'path', source: '/srv/docs/redis-users.acl', target: '/etc/redis-users.acl', readOnly: true },
    ]);
  });

  it('starts after what it depends on', () => {
    const compose = readCompose({});
    expect(startOrder(compose, ['worker'])).toEqual(['redis-users', 'redis', 'worker']);
    const all = startOrder(compose);
    expect([...all].sort()).toEqual(Object.keys(compose.services).sort());
    for (const [name, service] of Object.entries(compose.services))
      for (const needed of Object.keys(service.depends_on ?? {}))
        expect(all.indexOf(needed)).toBeLessThan(all.indexOf(name));
  });

  it('reads durations as Compose does, and refuses others', () => {
    expect(['30s', '1m30s', '2h', '500ms'].map(milliseconds)).toEqual([30_000, 90_000, 7_200_000, 500]);
    expect(() => milliseconds('30')).toThrow(/no duration/);
  });
});

/** What `docker-compose config` prints: networks by their names. */
interface Resolved {
  services: Record<
    string,
    {
      environment: Record<string, string | null>;
      ports: object[];
      networks: object;
      volumes?: { type: 'volume' | 'bind'; source: string; target: string; read_only?: boolean }[];
    }
  >;
  secrets: Record<string, { file: string }>;
}

// Checked by Compose itself where this machine has it (Debian's package docker-compose); it needs no Docker for this.
const compose = programOnPath('docker-compose');
(compose ? it : it.skip)('is read by Compose as by these tests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compose-config-'));
  try {
    const cases: [env: Record<string, string>, files: string[]][] = [
      [{}, ['docker-compose.yml']],
      [
        { REDIS_URL_FILE: '', REDIS_URL: 'rediss://other', OPERATOR_KEY_FILE: './key', LOG_LEVEL: 'warn' },
        ['docker-compose.yml'],
      ],
      [{ REDIS_PORT: '7000' }, ['docker-compose.yml', 'docker-compose.dev.yml']],
    ];
    for (const [env, files] of cases) {
      for (const file of files) writeFileSync(join(folder, file), read(file));
      const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
      writeFileSync(join(folder, '.env'), lines.join(''));
      const args = [...files.flatMap((file) => ['-f', file]), 'config', '--format', 'json'];
      // Its own environment goes before `.env`.
      const output = execFileSync(compose!, args, { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH } });
      const { services, secrets: secretFiles } = JSON.parse(output) as Resolved;
      const ours = readCompose(env);
      for (const name of Object.keys(services)) {
        const set = Object.entries(services[name]!.environment ?? {}).filter(([, value]) => value !== null);
        expect(Object.fromEntries(set)).toEqual(ours.services[name]!.environment);
        const volumes = mountsOf(ours, name, folder).filter(
          ({ kind, target }) => kind !== 'tmpfs' && !target.startsWith('/run/secrets/'),
        );
        expect(
          (services[name]!.volumes ?? []).map(({ type, source, target, read_only: readOnly = false }) => ({
            kind: type === 'volume' ? 'named' : 'path',
            source,
            target,
            readOnly,
          })),
        ).toEqual(volumes);
      }
      expect(secretFiles.operator_key!.file).toBe(env.OPERATOR_KEY_FILE ? join(folder, 'key') : '/dev/null');
      if (files.length > 1) {
        expect(services.redis!.ports).toEqual([expect.objectContaining({ host_ip: '127.0.0.1', published: '7000' })]);
        expect(Object.keys(services.redis!.networks).sort()).toEqual(['inside', 'outside']);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

// Its commands, run by a shell on folders of the test's own in place of the container's.
describe('the Redis of docker-compose.yml', () => {
  const { services } = readCompose({});
  let folder: string;
  let redis: Running;
  let port: number;
  let env: NodeJS.ProcessEnv | undefined;
  const here = (script: string) =>
    script
      .replaceAll('/run/redis', join(folder, 'access'))
      .replaceAll('/data', join(folder, 'data'))
      .replaceAll('/etc/redis-users.acl', join(ROOT, 'docs/redis-users.acl'))
      .replace('--port 6379', `--port ${port} --bind 127.0.0.1`)
      .replace('redis-cli --user', `redis-cli -p ${port} --user`);
  const makeUsers = () => {
    const [shell = '', ...flags] = services['redis-users']!.entrypoint!;
    execFileSync(shell, [...flags, here(services['redis-users']!.command![0]!)], { env });
  };
  const file = (name: string) => readFileSync(join(folder, 'access', name), 'utf8');
  const as = (user: string, password: string) => `redis://${user}:${password}@127.0.0.1:${port}`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'compose-'));
    for (const name of ['access', 'data', 'bin']) mkdirSync(join(folder, name));
    const { command } = await redisServer();
    symlinkSync(command, join(folder, 'bin/redis-server'));
    const cli = programOnPath('redis-cli') ?? programOnPath('valkey-cli');
    symlinkSync(cli!, join(folder, 'bin/redis-cli'));
    if (!programOnPath('sha256sum'))
      writeFileSync(join(folder, 'bin/sha256sum'), '#!/bin/sh\nexec shasum -a 256\n', { mode: 0o755 });
    env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, ...services.redis!.environment };
    port = await freePort();
    makeUsers();
    const [shell = '', flag = '', script = ''] = services.redis!.command!;
    redis = launch({
      name: 'Redis',
      command: ['/bin/sh', flag, here(script)],
      argv0: shell,
      env,
      logFile: join(folder, 'log'),
    });
    await untilReady(redis, () =>
      askRedis(as('cloudmover', file('password')), [['PING']]).then(
        () => true,
        () => false,
      ),
    );
  });
  afterAll(async () => {
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has separate passwords for CloudMover and its administrator, and the user "default" off', async () => {
    const [user, admin] = [file('password'), file('admin-password')];
    for (const password of [user, admin]) expect(password).toMatch(/^[\da-f]{64}$/);
    expect(user).not.toBe(admin);
    expect(await askRedis(as('admin', admin), [['ACL', 'WHOAMI']])).toEqual(['admin']);
    for (const password of [user, admin, ''])
      await expect(askRedis(as('default', password || 'x'), [['PING']])).rejects.toThrow(/WRONGPASS/);
    await expect(askRedis(as('admin', user), [['PING']])).rejects.toThrow(/WRONGPASS/);
    const [reply] = await askRedis(`redis://127.0.0.1:${port}`, [['PING']]);
    expect(messageOf(reply)).toMatch(/^NOAUTH/);
  });

  it('passes the startup check of production', async () => {
    const url = file('url').trim().replace('@redis:6379', `@127.0.0.1:${port}`);
    const ask: AskRedis = ({ username = '', password = '' }, commands) => askRedis(as(username, password), commands);
    const findings = await checkRedis({ place: { kind: 'node', url } }, { ask, production: true });
    expect(findings.filter(({ level }) => level === 'bad')).toEqual([]);
    expect(findings.map(({ text }) => text)).toContain('Redis keeps an append-only file');
  });

  it('trims the audit log to its newest entries, as a user who may do nothing else', async () => {
    const log = (...commands: (readonly string[])[]) => askRedis(as('cloudmover', file('password')), commands);
    const entries = Array.from({ length: 30 }, (_, number) => `${number} {}`);
    await log(['RPUSH', 'cloudmover-audit', ...entries]);
    const [shell = '', ...flags] = services['redis-audit']!.entrypoint!;
    const once = here(services['redis-audit']!.command![0]!).replace('-h redis', '').replace('sleep 3600', 'exit 0');
    const cut = (most: string) => execFileSync(shell, [...flags, once], { env: { ...env, AUDIT_MAX_ENTRIES: most } });
    cut('30');
    expect(await log(['LLEN', 'cloudmover-audit'])).toEqual([30]);
    cut('20');
    expect(await log(['LRANGE', 'cloudmover-audit', '0', '-1'])).toEqual([entries.slice(10)]);
    const [reply] = await log(['LTRIM', 'cloudmover-audit', '0', '0']);
    expect(messageOf(reply)).toMatch(/^NOPERM/);
    expect(statSync(join(folder, 'access/auditor-password')).mode & 0o077).toBe(0);
  });

  it('is healthy once it responds, and not before', async () => {
    const [, test = ''] = services.redis!.healthcheck!.test;
    const code = (script: string) =>
      new Promise((done) => spawn('sh', ['-c', script], { env, stdio: 'ignore' }).once('close', done));
    expect(await code(here(test))).toBe(0);
    expect(await code(here(test).replace(`-p ${port}`, '-p 1'))).not.toBe(0);
  });

  it('keeps its passwords over a restart, and hides the administrator’s from other users', () => {
    const before = ['password', 'admin-password', 'url', 'users.acl'].map(file);
    makeUsers();
    expect(['password', 'admin-password', 'url', 'users.acl'].map(file)).toEqual(before);
    expect(statSync(join(folder, 'access/admin-password')).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'access/url')).mode & 0o444).toBe(0o444);
    expect(file('users.acl')).not.toMatch(/PASSWORD_SHA256/);
  });
});
