import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { type Sandbox, SandboxClient, startSandbox } from '@cloudmover/drive-sandbox';
import { answers, freePort, launch, type Running } from '../../../tools/processes.ts';
import { until } from '../../../tools/until.ts';
import { RedisServer } from '../support/redis-servers.js';

const BACKEND = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const [ALICE, BOB] = ['alice@example.com', 'bob@example.com'] as const;
const DELEGATED = [
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
  'https://www.googleapis.com/auth/drive',
];
const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
const secret = () => randomBytes(24).toString('base64url');

/** A text in all the encodings in which it might leak. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  // Within a longer base64 text it can begin at any of three offsets of a group; the edges are cut off.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  const base64 = [...shifted, ...shifted.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
  const hex = bytes.toString('hex');
  return [...new Set([text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), ...base64, hex])];
}

/** Names of the secrets that a text holds, in any form. */
function found(text: string, secrets: ReadonlyMap<string, string>): string[] {
  const names = [...secrets].filter(([value]) => formsOf(value).some((form) => text.includes(form)));
  return [...new Set(names.map(([, name]) => name))];
}

/**
 * Real: the built product as a process, its whole log at the level `debug`, Redis and the sandbox. Redis's MONITOR
 * lists every command, including those of scripts, so that short-lived values are seen as well.
 */
describe('secrets', () => {
  let folder: string;
  let redis: RedisServer;
  let monitor: Redis;
  let sandbox: Sandbox;
  let google: SandboxClient;
  let product: Running;
  let origin: string;
  /** Descriptions by secret. */
  const secrets = new Map<string, string>();
  const commands: string[] = [];
  const errors: string[] = [];

  const keep = (name: string, value: string): string => {
    secrets.set(value, name);
    return value;
  };
  /** Adds the secrets that Google has issued; most never reach the browser. */
  const keepGoogles = () => {
    const { access, refresh } = sandbox.state.oauth.state();
    for (const [token] of access) keep('access token', token);
    for (const [token] of refresh) keep('refresh token', token);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cloudmover-secrets-'));
    const password = keep('Redis password', secret());
    redis = await RedisServer.start({ requirepass: password });
    monitor = await redis.client.monitor();
    monitor.on('monitor', (_time: string, args: string[]) => commands.push(args.join(' ')));
    const port = await freePort();
    origin = `http://localhost:${port}`;
    const client = { clientId: 'secrets', clientSecret: keep('client secret', secret()) };
    const redirectUris = ['source', 'destination'].map((type) => `${origin}/auth/${type}/callback`);
    sandbox = await startSandbox({ clients: [{ ...client, redirectUris, rotationGraceSeconds: 0 }] });
    google = new SandboxClient(sandbox.url);
    product = launch({
      name: 'The product',
      command: [process.execPath, BACKEND],
      logFile: join(folder, 'product.log'),
      env: {
        PATH: process.env['PATH'],
        LOG_LEVEL: 'debug',
        PORT: String(port),
        REDIS_URL: `redis://:${password}@127.0.0.1:${redis.port}`,
        GOOGLE_BASE_URL: sandbox.url,
        GOOGLE_CLIENT_ID: client.clientId,
        GOOGLE_CLIENT_SECRET: client.clientSecret,
        CREDENTIALS_KEYS: `k1:${keep('credentials key', randomBytes(32).toString('base64'))}`,
        OPERATOR_KEY: keep('operator key', `${secret()}${secret()}`),
        CLOUDMOVER_WAITAOF: 'off',
      },
    });
    await until('the product', () => answers(`${origin}/health/ready`));
  });
  afterAll(async () => {
    await product.stop();
    monitor.disconnect();
    await Promise.all([redis.stop(), sandbox.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  interface Answer {
    readonly status: number;
    readonly text: string;
    json<T>(): T;
  }

  /** Sends a request and keeps the problem of a failure. */
  async function ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: object,
  ): Promise<Answer> {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'manual',
    });
    const text = await response.text();
    if (response.status >= 400) errors.push(`${[...response.headers].join('\n')}\n${text}`);
    return { status: response.status, text, json: <T>() => JSON.parse(text) as T };
  }

  async function signIn(type: string, account: string): Promise<string> {
    const leaving = await fetch(`${origin}/auth/${type}`, { redirect: 'manual' });
    const cookie = leaving.headers.get('set-cookie')!.split(';')[0]!;
    keep('sign-in cookie', cookie.split('=')[1]!);
    const consent = new URL(leaving.headers.get('location')!);
    keep('state', consent.searchParams.get('state')!);
    consent.searchParams.set('sandbox_account', account);
    consent.searchParams.set('sandbox_consent', 'allow');
    const back = new URL((await fetch(consent, { redirect: 'manual' })).headers.get('location')!);
    keep('authorization code', back.searchParams.get('code')!);
    const portal = await fetch(back, { headers: { cookie }, redirect: 'manual' });
    // Opening the callback again fails, with all parameters in the address.
    await fetch(back, { headers: { cookie }, redirect: 'manual' });
    const token = new URL(portal.headers.get('location')!).searchParams.get('token')!;
    keepGoogles();
    return keep('token of an address', token);
  }

  async function rotated(token: string): Promise<string> {
    const answer = await ask('POST', '/session/rotate', { authorization: `Bearer ${token}` });
    return keep('session token', answer.json<{ token: string }>().token);
  }

  async function afterwards(id: string, tokens: Record<string, string>, isSeen: (state: string) => boolean) {
    const view = async () => (await ask('GET', `/api/transfers/${id}`, tokens)).json<{ state: string }>();
    await until('the transfer', async () => isSeen((await view()).state));
  }

  async function everythingInRedis(): Promise<string> {
    const { client } = redis;
    const texts = (await client.keys('*')).map(async (key) => {
      const type = await client.type(key);
      const read = {
        // A key may expire between the two commands.
        none: () => Promise.resolve(''),
        string: () => client.getBuffer(key).then((value) => value?.toString('latin1')),
        hash: () => client.hgetall(key),
        list: () => client.lrange(key, 0, -1),
        set: () => client.smembers(key),
        zset: () => client.zrange(key, 0, '-1'),
        stream: () => client.xrange(key, '-', '+'),
      }[type];
      if (!read) throw new Error(`No way to read a ${type}.`);
      return `${key} ${JSON.stringify(await read())}`;
    });
    return (await Promise.all(texts)).join('\n');
  }

  it('are in no log, job, metric or error, and nowhere in Redis in plain text', async () => {
    const source = await rotated(await signIn('source', ALICE));
    const destination = await rotated(await signIn('destination', BOB));
    const tokens = { 'x-source-token': source, 'x-destination-token': destination };

    // A transfer that relays in parts, with failures of every kind, and whose tokens expire during it.
    await google.behave({
      latencyMs: { 'files.upload.chunk': 200 },
      faults: [
        { operation: 'permissions.create', kind: 'error', status: 403, reason: 'shareOutNotPermitted' },
        { operation: 'files.upload.chunk', kind: 'error', status: 503, reason: 'backendError', times: 2 },
        { operation: 'files.download', kind: 'truncate', afterBytes: 1_000_000, times: 1 },
        { operation: 'oauth.token', kind: 'error', status: 503, reason: 'backendError', times: 1 },
      ],
    });
    const { folderId } = await google.makeTree(ALICE, { folders: 1, files: 6, bytes: 60_000_000, seed: 5 });
    const made = await ask('POST', '/api/transfers', { ...tokens, 'idempotency-key': 'once' }, { items: [folderId] });
    const { id } = made.json<{ id: string }>();
    const chunks = async () => Object.values((await google.stats()).requests['files.upload.chunk'] ?? {});
    const isOver = (state: string) => state.startsWith('completed');
    for (let round = 0; round < 3; round++) {
      const [before, view] = [await chunks(), () => ask('GET', `/api/transfers/${id}`, tokens)];
      const isFurther = async () =>
        sum(await chunks()) > sum(before) || isOver((await view()).json<{ state: string }>().state);
      await until('a further part of a file has arrived', isFurther);
      keepGoogles();
      for (const account of [ALICE, BOB]) await google.expireTokens(account);
    }
    await afterwards(id, tokens, isOver);
    keepGoogles();

    // Mistakes of people and programs.
    const wrong = keep('wrong token', secret() + secret().slice(0, 11));
    const operator = [...secrets].find(([, name]) => name === 'operator key')![0];
    await ask('GET', `/session/validate?token=${wrong}`);
    await ask('GET', `/list-files?token=${source}&page_size=nonsense`);
    await ask('GET', `/nowhere?token=${source}`);
    await ask('GET', `/nowhere/${source}`);
    await ask('DELETE', `/session/${source}`, tokens);
    await ask('POST', `/api/transfers?source_token=${source}&dest_token=${destination}`, {}, { items: source });
    await ask('POST', '/api/transfers', tokens, { [source]: destination });
    await ask('GET', '/session/active', { 'x-operator-key': keep('wrong operator key', secret()) });
    await ask('GET', '/session/active', { 'x-operator-key': operator });
    const created = await ask('POST', '/api/keys', { 'x-operator-key': operator }, { name: 'It', scopes: ['audit'] });
    const signedIn = await ask('POST', '/session/operator', { 'x-operator-key': operator });
    for (const text of [created.json<{ key: string }>().key, signedIn.json<{ token: string }>().token]) {
      keep('issued key', text.split('.')[1]!);
      await ask('GET', '/session/audit', { 'x-operator-key': text });
      await ask('GET', `/nowhere/${text}`, { 'x-operator-key': text });
    }
    await ask('GET', '/session/validate', { authorization: `Basic ${Buffer.from(`a:${source}`).toString('base64')}` });
    await ask('GET', `/auth/source/callback?code=${wrong}&state=${wrong}`);
    await google.behave({ faults: [{ operation: 'about.get', kind: 'drop' }] });
    await ask('GET', '/drive-info', { authorization: `Bearer ${source}` });
    await google.behave({ faults: [] });

    // Credentials supplied by programs, valid and invalid.
    const robot = 'robot@project.iam.gserviceaccount.com';
    const account = await fetch(`${sandbox.url}/__sandbox/service-accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: robot, generate: true, delegation: { domain: 'example.com', scopes: DELEGATED } }),
    });
    const { keyFile } = (await account.json()) as { keyFile: { private_key: string } };
    const privateKey = keyFile.private_key;
    for (const line of privateKey.split('\n')) if (/^[A-Za-z0-9+/]{64}$/.test(line)) keep('private key', line);
    const byOperator = { 'x-operator-key': operator };
    const { refresh_token: refreshToken } = await google.tokens(ALICE, { clientId: 'secrets' });
    const serviceAccount = { clientEmail: robot, privateKey, subject: ALICE };
    for (const credentials of [{ refreshToken }, { serviceAccount }]) {
      const opened = await ask('POST', '/session', byOperator, { type: 'source', ...credentials });
      expect(opened.status).toBe(201);
      const token = keep('session token', opened.json<{ token: string }>().token);
      await ask('GET', '/drive-info', { authorization: `Bearer ${token}` });
    }
    keepGoogles();
    await ask('POST', '/session', byOperator, { type: 'source', refreshToken: wrong });
    await ask('POST', '/session', byOperator, { type: refreshToken, refreshToken: { refreshToken } });
    await ask('POST', '/session', byOperator, {
      type: 'source',
      serviceAccount: { ...serviceAccount, subject: 'x@y.z' },
    });
    await ask('POST', '/session', {}, { type: 'source', serviceAccount });

    // The credential is revoked during a transfer, which then waits for a sign-in.
    const second = await ask('POST', '/api/transfers', tokens, { items: [folderId] });
    await google.revokeGrants(BOB);
    await afterwards(second.json<{ id: string }>().id, tokens, (state) => state === 'needs_reconnect');
    keepGoogles();
    const metrics = (await ask('GET', '/metrics')).text;
    const inRedis = await everythingInRedis();
    for (const token of [source, destination]) await ask('DELETE', '/session/logout', { 'x-source-token': token });
    // Afterwards it has written its whole log and sent its last command.
    await product.stop(30_000);
    await redis.client.echo('the end');
    const isSeen = () => commands.some((command) => command.includes('the end'));
    await until('the monitor has seen the last command', isSeen);

    const log = readFileSync(product.logFile!, 'utf8');
    const written = commands.join('\n');
    // Proves that the search finds something.
    for (const name of ['refresh token', 'access token', 'session token', 'state', 'authorization code', 'private key'])
      expect([...secrets.values()]).toContain(name);
    expect(log.split('\n').length).toBeGreaterThan(30);
    expect(log).toContain('"level":20');
    expect(written).toContain('{cloudmover:queue}');
    expect(written).toContain(`credentials:`);
    expect(commands.length).toBeGreaterThan(300);
    expect(errors.length).toBeGreaterThan(7);
    for (const [value, name] of secrets)
      for (const form of formsOf(value)) expect(found(`x${form}x`, secrets)).toContain(name);

    expect({
      log: found(log, secrets),
      commands: found(written, secrets),
      redis: found(inRedis, secrets),
      metrics: found(metrics, secrets),
      errors: found(errors.join('\n'), secrets),
      uploads: [log, written, inRedis, metrics, errors.join('\n')].filter((text) => text.includes('upload_id=')),
    }).toEqual({ log: [], commands: [], redis: [], metrics: [], errors: [], uploads: [] });
  });
});
