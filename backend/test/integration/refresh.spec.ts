import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Sandbox, SandboxClient, startSandbox } from '@cloudmover/drive-sandbox';
import { GoogleAccessTokens } from '../../src/adapters/google/google-oauth-tokens.js';
import { GoogleOAuthAdapter } from '../../src/adapters/google/google-oauth.adapter.js';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisCredentialStore } from '../../src/adapters/redis/redis-credential.store.js';
import { readConfig } from '../../src/config/config.js';
import { aCredential } from '../support/builders.js';
import { redisUrl } from '../support/redis.js';
import { until } from '../../../tools/until.ts';

const ALICE = 'alice@example.com';
const CLIENT = { clientId: 'test-client', clientSecret: 'test-client-secret' };
const INSTANCES = 8;

// Real: Redis, the cipher and the sandbox's token endpoint. Each instance has its own connection.
describe('refreshing by many instances on one Redis', () => {
  let sandbox: Sandbox;
  let google: SandboxClient;
  let connections: Redis[];

  beforeAll(async () => {
    sandbox = await startSandbox({ clients: [{ ...CLIENT, redirectUris: [] }] });
    google = new SandboxClient(sandbox.url);
  });
  afterAll(() => sandbox.close());
  beforeEach(async () => {
    connections = [];
    await google.addClient(CLIENT.clientId, CLIENT.clientSecret, []);
    await fetch(`${sandbox.url}/__sandbox/stats`, { method: 'DELETE' });
  });
  afterEach(() => {
    for (const each of connections) each.disconnect();
  });

  function store(): RedisCredentialStore {
    const redis = new Redis(redisUrl());
    connections.push(redis);
    return new RedisCredentialStore(redis, new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]));
  }

  function instances(leaseMs?: number): GoogleAccessTokens[] {
    const config = readConfig({
      GOOGLE_BASE_URL: sandbox.url,
      GOOGLE_CLIENT_ID: CLIENT.clientId,
      GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
      CREDENTIALS_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    });
    const options = leaseMs === undefined ? {} : { leaseMs };
    return Array.from(
      { length: INSTANCES },
      () => new GoogleAccessTokens(store(), new GoogleOAuthAdapter(config.google), options),
    );
  }

  /** A credential of Alice's with an expired access token. */
  async function aStoredCredential(): Promise<string> {
    const { refresh_token: refreshToken } = await google.tokens(ALICE, { clientId: CLIENT.clientId });
    const id = randomUUID();
    await store().save(aCredential({ id, refreshToken, accessTokenExpiresAt: Date.now() - 1 }));
    return id;
  }

  async function refreshes(): Promise<Record<string, number>> {
    const stats = (await (await fetch(`${sandbox.url}/__sandbox/stats`)).json()) as {
      requests: Record<string, Record<string, number>>;
    };
    return stats.requests['oauth.token'] ?? {};
  }

  it('refreshes once, for callers with an expiring token and with a rejected one', async () => {
    const id = await aStoredCredential();
    const all = instances();
    const crowd = () => all.flatMap((each) => Array.from({ length: 5 }, () => each));
    const [first, ...rest] = await Promise.all(crowd().map((each) => each.accessToken(id)));
    expect(new Set(rest)).toEqual(new Set([first]));
    expect(await refreshes()).toEqual({ 200: 1 });
    await google.expireTokens(ALICE);
    const [second, ...others] = await Promise.all(crowd().map((each) => each.accessToken(id, first)));
    expect(new Set(others)).toEqual(new Set([second]));
    expect(second).not.toBe(first);
    expect(await refreshes()).toEqual({ 200: 2 });
  });

  it('uses each refresh token once if each use replaces it', async () => {
    await google.addClient(CLIENT.clientId, CLIENT.clientSecret, [], { rotationGraceSeconds: 0 });
    const id = await aStoredCredential();
    const all = instances();
    let token: string | undefined;
    for (let round = 0; round < 5; round++) {
      const tokens = await Promise.all(all.map((each) => each.accessToken(id, token)));
      expect(new Set(tokens).size).toBe(1);
      [token] = tokens;
    }
    expect(await refreshes()).toEqual({ 200: 5 });
  });

  it('continues when the refreshing process crashes', async () => {
    const id = await aStoredCredential();
    expect(await store().takeRefresh(id, 'of a killed process', 600_000, false)).toBe('mine');
    const takes = jest.spyOn(RedisCredentialStore.prototype, 'takeRefresh');
    const waiting = Promise.all(instances().map((each) => each.accessToken(id)));
    await until('each instance has tried twice to get the turn', () => takes.mock.calls.length >= 2 * INSTANCES);
    expect(await refreshes()).toEqual({});
    await connections[0]!.pexpire(keys.credentialRefresh(id), 1);
    expect(new Set(await waiting).size).toBe(1);
    expect(await refreshes()).toEqual({ 200: 1 });
    takes.mockRestore();
  });

  it('continues if that process crashed after Google’s response, if the issuer allows a grace period', async () => {
    await google.addClient(CLIENT.clientId, CLIENT.clientSecret, [], { rotationGraceSeconds: 30 });
    const id = await aStoredCredential();
    const lost = await store().find(id);
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: lost!.refreshToken!,
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
    });
    expect((await fetch(`${sandbox.url}/token`, { method: 'POST', body })).status).toBe(200);
    const tokens = await Promise.all(instances().map((each) => each.accessToken(id)));
    expect(new Set(tokens).size).toBe(1);
    expect((await store().find(id))?.refreshToken).not.toBe(lost!.refreshToken);
  });
});
