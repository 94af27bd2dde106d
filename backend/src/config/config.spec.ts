import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from './config.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const minimal = { GOOGLE_CLIENT_ID: 'client', GOOGLE_CLIENT_SECRET: 'quiet', CREDENTIALS_KEYS: `k1:${KEY}` };

function errorOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('The environment was accepted.');
}

describe('readConfig', () => {
  it('uses the defaults, which point to Google', () => {
    const config = readConfig(minimal);
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 3000, publicUrl: 'http://localhost:3000' });
    expect(config.http.portalUrl).toBe(config.http.publicUrl);
    expect(config.general.role).toBe('all');
    expect(config.session).toEqual({
      ttlSeconds: 86_400,
      urlTokenTtlSeconds: 86_400,
      idleSeconds: 86_400,
      queryTokens: true,
    });
    expect(config.google).toMatchObject({
      authUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
      tokenUrl: 'https://oauth2.googleapis.com/token',
      revokeUrl: 'https://oauth2.googleapis.com/revoke',
      userinfoUrl: 'https://openidconnect.googleapis.com/v1/userinfo',
      apiRoot: 'https://www.googleapis.com',
      isSandbox: false,
    });
  });

  it('derives all of Google’s addresses from GOOGLE_BASE_URL, and a single one from its own variable', () => {
    const { google } = readConfig({
      ...minimal,
      GOOGLE_BASE_URL: 'http://127.0.0.1:4010/',
      GOOGLE_TOKEN_URL: 'http://127.0.0.1:4011/token',
    });
    expect(google).toMatchObject({
      authUrl: 'http://127.0.0.1:4010/o/oauth2/v2/auth',
      tokenUrl: 'http://127.0.0.1:4011/token',
      revokeUrl: 'http://127.0.0.1:4010/revoke',
      userinfoUrl: 'http://127.0.0.1:4010/v1/userinfo',
      apiRoot: 'http://127.0.0.1:4010',
      isSandbox: true,
    });
  });

  it('takes the limit of units a day of a project with a raised quota', () => {
    const units = (value: string) => ({ ...minimal, GOOGLE_UNITS_PER_DAY: value });
    expect(readConfig(units('20000000000')).google.unitsPerDay).toBe(20_000_000_000);
    expect(errorOf(units('1000000000001'))).toContain('GOOGLE_UNITS_PER_DAY must be whole quota units');
  });

  it('names every missing variable at once, and how to make a key', () => {
    const message = errorOf({});
    expect(message).toContain('GOOGLE_CLIENT_ID is missing');
    expect(message).toContain('GOOGLE_CLIENT_SECRET is missing');
    expect(message).toMatch(/CREDENTIALS_KEYS is missing.*openssl rand -base64 32/);
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '80 80'],
    ['PUBLIC_URL', 'ftp://quiet.example.com'],
    ['REDIS_URL', 'http://quiet:6379'],
    ['REDIS_URL', 'redis://:quiet%zz@redis:6379'],
    ['REDIS_CLUSTER_NODES', 'quiet'],
    ['REDIS_CLUSTER_NODES', 'redis-1:6379,quiet:70000'],
    ['REDIS_SENTINELS', 'redis://quiet:26379'],
    ['CLOUDMOVER_WAITAOF', 'quiet'],
    ['CLOUDMOVER_ROLE', 'quiet'],
    ['LOG_LEVEL', 'quiet'],
    ['SESSION_TTL', '10'],
    ['SESSION_TTL', '1h'],
    ['RATE_LIMIT_TOKEN', '-5'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://quiet.example.com/path'],
    ['CORS_ORIGINS', 'https://a.example.com,quiet'],
    ['MAX_OPEN_TRANSFERS', '-1'],
    ['MAX_OPEN_TRANSFERS', 'many'],
    ['CREDENTIALS_KEYS', 'k1:quietquietquiet'],
    ['CREDENTIALS_KEYS', `k1:${KEY},k1:${KEY}`],
    ['OPERATOR_KEY', 'quiet'],
    ['METRICS_KEY', 'quiet'],
  ])('refuses %s=%s, naming the variable but not its value', (name, value) => {
    const message = errorOf({ ...minimal, [name]: value });
    expect(message).toMatch(new RegExp(`^${name} `));
    expect(message).not.toContain('quiet');
    expect(message).not.toContain(value);
  });

  it.each(['PUBLIC_URL', 'PORTAL_URL'])('requires https for %s in production, except on this machine', (name) => {
    const address = 'https://mover.example.com';
    const production = { ...minimal, NODE_ENV: 'production', PUBLIC_URL: address, TRUST_PROXY: '1' };
    expect(errorOf({ ...production, [name]: 'http://mover.example.com' })).toMatch(new RegExp(`^${name} .*https`));
    for (const local of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:3000'])
      expect(() => readConfig({ ...production, [name]: local })).not.toThrow();
    expect(() => readConfig({ ...minimal, [name]: 'http://mover.example.com' })).not.toThrow();
  });

  it('requires PUBLIC_URL in production, where no address can be assumed', () => {
    expect(errorOf({ ...minimal, NODE_ENV: 'production' })).toMatch(/^PUBLIC_URL is missing: set it to/);
  });

  it('treats an empty variable as absent', () => {
    expect(readConfig({ ...minimal, PORT: '', OPERATOR_KEY: '' }).http.port).toBe(3000);
  });

  it('reads the key ring in its order', () => {
    const other = Buffer.alloc(32, 9).toString('base64');
    const { credentialsKeys } = readConfig({ ...minimal, CREDENTIALS_KEYS: `new:${other}, old:${KEY}` }).general;
    expect(credentialsKeys.map(({ id }) => id)).toEqual(['new', 'old']);
    expect(credentialsKeys[0]?.key.equals(Buffer.alloc(32, 9))).toBe(true);
  });

  it('reads the origins of other sites', () => {
    expect(readConfig(minimal).http.corsOrigins).toEqual([]);
    const { corsOrigins } = readConfig({
      ...minimal,
      CORS_ORIGINS: 'https://a.example.com, http://localhost:4200/',
    }).http;
    expect(corsOrigins).toEqual(['https://a.example.com', 'http://localhost:4200']);
  });

  it('normalises the accounts that may connect', () => {
    const { allowedAccounts } = readConfig({
      ...minimal,
      ALLOWED_ACCOUNTS: ' Ana@Example.com, @example.org ,',
    }).general;
    expect(allowedAccounts).toEqual(['ana@example.com', 'example.org']);
  });

  it('limits a token from an address, and the idle time, to the lifetime of a session', () => {
    const { session } = readConfig({ ...minimal, SESSION_TTL: '3600', URL_TOKEN_TTL: '7200', QUERY_TOKENS: 'off' });
    expect(session).toEqual({ ttlSeconds: 3600, urlTokenTtlSeconds: 3600, idleSeconds: 3600, queryTokens: false });
    expect(readConfig({ ...minimal, SESSION_IDLE_TTL: '900' }).session.idleSeconds).toBe(900);
  });

  it('trusts as many proxies as TRUST_PROXY states', () => {
    const { trustProxy } = readConfig({ ...minimal, TRUST_PROXY: '1' }).http;
    expect(typeof trustProxy === 'function' && [trustProxy('10.0.0.1', 0), trustProxy('10.0.0.2', 1)]).toEqual([
      true,
      false,
    ]);
    for (const none of ['none', 'false', '0', ''])
      expect(readConfig({ ...minimal, TRUST_PROXY: none }).http.trustProxy).toBe(false);
    for (const ranges of [
      '10.0.0.0/8',
      '192.0.2.7',
      '2001:db8::/32',
      'loopback',
      '::1,10.0.0.0/8,uniquelocal',
      '0.0.0.0/1,128.0.0.0/2,192.0.0.0/4',
      '8000::/1',
      '::ffff:192.0.2.7,2000::/4',
    ])
      expect(readConfig({ ...minimal, TRUST_PROXY: ranges }).http.trustProxy).toBe(ranges);
    expect(readConfig({ ...minimal, TRUST_PROXY: '10.0.0.1, 10.0.0.2' }).http.trustProxy).toBe('10.0.0.1,10.0.0.2');
  });

  it.each([
    'true',
    'yes',
    '11',
    '-1',
    '1.5',
    '*',
    'all',
    '0.0.0.0/0',
    '::/0',
    '0.0.0.0/1,128.0.0.0/1',
    '128.0.0.0/1, 10.0.0.0/8, 0.0.0.0/2, 64.0.0.0/2',
    '0.0.0.0/1,128.0.0.0/2,192.0.0.0/3',
    '::/1,8000::/1',
    '2000::/3',
    '2000::/4,3000::/4',
    '::ffff:0:0/96',
    '::ffff:0.0.0.0/97,::ffff:128.0.0.0/97',
    '::/1',
    'fe80::1%eth0',
    '10.0.0.0/33',
    '10.0.0/8',
    'a.example',
    ',',
  ])('refuses TRUST_PROXY=%s, which trusts anyone or is meaningless', (value) => {
    expect(() => readConfig({ ...minimal, TRUST_PROXY: value })).toThrow(/^TRUST_PROXY must be the number of reverse/);
  });

  it('requires TRUST_PROXY in production with https, for a process that serves visitors', () => {
    const behind = { ...minimal, NODE_ENV: 'production', PUBLIC_URL: 'https://mover.example.com' };
    for (const role of ['all', 'api'])
      expect(() => readConfig({ ...behind, CLOUDMOVER_ROLE: role })).toThrow(/^TRUST_PROXY is missing: it must/);
    for (const none of ['none', 'false', '0'])
      expect(() => readConfig({ ...behind, TRUST_PROXY: none })).toThrow(/^TRUST_PROXY must be .* addresses or ranges/);
    expect(readConfig({ ...behind, CLOUDMOVER_ROLE: 'worker' }).http.trustProxy).toBe(false);
    expect(readConfig({ ...behind, CLOUDMOVER_ROLE: 'worker', TRUST_PROXY: 'none' }).http.trustProxy).toBe(false);
    expect(readConfig({ ...behind, TRUST_PROXY: '127.0.0.1/32' }).http.trustProxy).toBe('127.0.0.1/32');
    const direct = { ...behind, PUBLIC_URL: 'http://localhost:3000' };
    for (const env of [direct, { ...direct, TRUST_PROXY: 'none' }]) expect(readConfig(env).http.trustProxy).toBe(false);
  });

  describe('Redis', () => {
    const redisOf = (env: Record<string, string>) => readConfig({ ...minimal, ...env }).redis;

    it('is one node, on this machine unless REDIS_URL names another', () => {
      expect(redisOf({})).toEqual({ place: { kind: 'node', url: 'redis://127.0.0.1:6379' }, waitForDisk: true });
      expect(redisOf({ REDIS_URL: 'redis://:secret@redis:6379/2' }).place).toEqual({
        kind: 'node',
        url: 'redis://:secret@redis:6379/2',
      });
    });

    it('is a Cluster of which some nodes are named', () => {
      const redis = redisOf({
        REDIS_CLUSTER_NODES: 'redis-1:6379, 10.0.0.2:7000,[fe80::2]:7001',
        REDIS_USERNAME: 'mover',
        REDIS_PASSWORD: 'secret',
      });
      expect(redis).toEqual({
        place: {
          kind: 'cluster',
          nodes: [
            { host: 'redis-1', port: 6379 },
            { host: '10.0.0.2', port: 7000 },
            { host: 'fe80::2', port: 7001 },
          ],
        },
        username: 'mover',
        password: 'secret',
        waitForDisk: true,
      });
    });

    it('is found through Sentinels, which may have a password of their own', () => {
      const sentinels = { REDIS_SENTINELS: 'sentinel-1:26379', REDIS_SENTINEL_NAME: 'mymaster' };
      const place = { kind: 'sentinel', sentinels: [{ host: 'sentinel-1', port: 26_379 }], name: 'mymaster' };
      expect(redisOf(sentinels)).toEqual({ place, waitForDisk: true });
      expect(redisOf({ ...sentinels, REDIS_SENTINEL_PASSWORD: 'secret' }).place).toEqual({
        ...place,
        sentinelPassword: 'secret',
      });
    });

    it.each([
      [{ REDIS_URL: 'redis://a', REDIS_CLUSTER_NODES: 'b:1' }, /^REDIS_URL and REDIS_CLUSTER_NODES are set: keep/],
      [
        { REDIS_CLUSTER_NODES: 'a:1', REDIS_SENTINELS: 'b:1' },
        /^REDIS_CLUSTER_NODES and REDIS_SENTINELS are set: keep/,
      ],
      [{ REDIS_SENTINELS: 'a:1' }, /^REDIS_SENTINEL_NAME is missing/],
      [{ REDIS_SENTINEL_NAME: 'mymaster' }, /^REDIS_SENTINEL_NAME is set without REDIS_SENTINELS/],
      [{ REDIS_PASSWORD: 'quiet' }, /^REDIS_PASSWORD belongs to .* REDIS_URL\.$/],
      [{ REDIS_URL: 'redis://a', REDIS_TLS_CA_FILE: import.meta.filename }, /^REDIS_TLS_CA_FILE is set, .* rediss:/],
      [{ REDIS_URL: 'rediss://a', REDIS_TLS_CA_FILE: '/no/such/quiet' }, /^REDIS_TLS_CA_FILE names a file that cannot/],
    ])('refuses %j', (env, sentence) => {
      const message = errorOf({ ...minimal, ...(env as Record<string, string>) });
      expect(message).toMatch(sentence);
      expect(message).not.toContain('quiet');
    });

    it('does not wait for the disk if a test turns that off', () => {
      expect(redisOf({ CLOUDMOVER_WAITAOF: 'off' }).waitForDisk).toBe(false);
    });
  });

  describe('mail', () => {
    const from = 'CloudMover <mover@example.com>';
    const mailOf = (url: string, sender = from) => readConfig({ ...minimal, SMTP_URL: url, MAIL_FROM: sender }).mail;

    it('is off by default, and needs both settings', () => {
      expect(readConfig(minimal).mail).toEqual({});
      expect(errorOf({ ...minimal, SMTP_URL: 'smtp://user:quiet@mail.example.com' })).toMatch(
        /^MAIL_FROM is missing: /,
      );
      expect(errorOf({ ...minimal, MAIL_FROM: from })).toMatch(/^MAIL_FROM is set without SMTP_URL/);
    });

    it('reads server, login and sender, and requires TLS where a password leaves the machine', () => {
      const sender = { name: 'CloudMover', address: 'mover@example.com' };
      expect(mailOf('smtp://us%40er:p%3Ass@mail.example.com').smtp).toEqual({
        ...{ host: 'mail.example.com', port: 587, secure: false, user: 'us@er', password: 'p:ss' },
        ...{ requireTls: true, ignoreTls: false, from: sender },
      });
      expect(mailOf('smtps://mail.example.com').smtp).toMatchObject({ port: 465, secure: true, requireTls: false });
      expect(mailOf('smtp://user:word@127.0.0.1:25/').smtp).toMatchObject({
        port: 25,
        requireTls: false,
        ignoreTls: true,
      });
      expect(mailOf('smtp://mail', 'mover@example.com').smtp?.from).toEqual({ name: '', address: 'mover@example.com' });
    });

    it.each([
      ['https://quiet.example.com'],
      ['smtp://quiet.example.com/path'],
      ['smtp://quiet.example.com?tls.rejectUnauthorized=false'],
      ['smtp://user:quiet%zz@mail.example.com'],
      ['quiet'],
    ])('refuses SMTP_URL=%s without repeating it', (url) => {
      const message = errorOf({ ...minimal, SMTP_URL: url, MAIL_FROM: from });
      expect(message).toMatch(/^SMTP_URL /);
      expect(message).not.toContain('quiet');
    });

    it.each([['mover'], ['CloudMover'], ['a@b\r\nBcc: c@d'], ['A <a@b>, B <c@d>'], ['A\n <a@b>'], ['a@b, c@d']])(
      'refuses MAIL_FROM=%j',
      (sender) => {
        expect(errorOf({ ...minimal, SMTP_URL: 'smtp://mail', MAIL_FROM: sender })).toMatch(/^MAIL_FROM must/);
      },
    );
  });

  describe('webhooks', () => {
    const webhooksOf = (env: Record<string, string>) => readConfig({ ...minimal, ...env }).webhooks;

    it('go to public addresses only, and in production only encrypted, unless configured otherwise', () => {
      expect(webhooksOf({})).toEqual({ allowedNetworks: [], allowHttp: true });
      const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://a.example', TRUST_PROXY: '1' };
      expect(webhooksOf(production).allowHttp).toBe(false);
      expect(webhooksOf({ ...production, WEBHOOKS_ALLOW_HTTP: 'on' }).allowHttp).toBe(true);
    });

    it('may go to networks and single addresses', () => {
      const { allowedNetworks } = webhooksOf({ WEBHOOKS_ALLOWED_NETWORKS: '10.0.0.0/8, 192.0.2.7,fd00::1' });
      expect(allowedNetworks).toEqual(['10.0.0.0/8', '192.0.2.7/32', 'fd00::1/128']);
    });

    it.each(['example.com', '10.0.0.0/33', '10', 'all', '10.0.0.0/8,,'])('may not go to %s', (networks) => {
      expect(errorOf({ ...minimal, WEBHOOKS_ALLOWED_NETWORKS: networks })).toMatch(/^WEBHOOKS_ALLOWED_NETWORKS must/);
    });
  });

  describe('secrets in files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cloudmover-config-'));
    const file = join(folder, 'secret');
    afterAll(() => rmSync(folder, { recursive: true }));

    it('reads a secret from the file that its variable names, without the line break', () => {
      writeFileSync(file, 'from-file\n');
      const { GOOGLE_CLIENT_SECRET: _, ...rest } = minimal;
      expect(readConfig({ ...rest, GOOGLE_CLIENT_SECRET_FILE: file }).google.clientSecret).toBe('from-file');
    });

    it('refuses both at once, an unreadable file and an empty one, by the name of the variable', () => {
      expect(errorOf({ ...minimal, GOOGLE_CLIENT_SECRET_FILE: file })).toContain('are both set');
      const { CREDENTIALS_KEYS: _, ...rest } = minimal;
      expect(errorOf({ ...rest, CREDENTIALS_KEYS_FILE: join(folder, 'nowhere') })).toMatch(
        /^CREDENTIALS_KEYS_FILE names a file that cannot be read/,
      );
      writeFileSync(file, ' \n');
      expect(errorOf({ ...rest, CREDENTIALS_KEYS_FILE: file })).toContain('names an empty file');
    });
  });
});
