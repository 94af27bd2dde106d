import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { type Sandbox, startSandbox } from '@cloudmover/drive-sandbox';
import { GoogleCredentialImporter } from '../../src/adapters/google/google-credential-importer.js';
import { GoogleAccessTokens } from '../../src/adapters/google/google-oauth-tokens.js';
import { GoogleOAuthAdapter } from '../../src/adapters/google/google-oauth.adapter.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { ReconnectNeededError } from '../../src/engine/errors.js';
import type { ServiceAccount } from '../../src/session/credentials.port.js';
import { DRIVE_SCOPE } from '../../src/session/session.port.js';
import { InMemoryCredentialStore } from '../support/in-memory-stores.js';

const CLIENT = { clientId: 'test-client', clientSecret: 'test-client-secret' };
const ROBOT = 'robot@project.iam.gserviceaccount.com';
const USERINFO = ['email', 'profile'].map((name) => `https://www.googleapis.com/auth/userinfo.${name}`);

/** A text in PEM format (RFC 7468); generated, so that no file contains something like a key. */
const pem = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;

/** Real: the sandbox's token and userinfo endpoints. */
describe('CredentialImporter', () => {
  let sandbox: Sandbox;
  let config: Config;
  let oauth: GoogleOAuthAdapter;
  let credentials: GoogleCredentialImporter;

  beforeAll(async () => {
    sandbox = await startSandbox({ clients: [{ ...CLIENT, redirectUris: [] }] });
    config = configOf({ GOOGLE_BASE_URL: sandbox.url });
    oauth = new GoogleOAuthAdapter(config.google);
    credentials = new GoogleCredentialImporter(oauth, config.google);
  });
  afterAll(() => sandbox.close());

  function configOf(env: Record<string, string>): Config {
    return readConfig({
      GOOGLE_CLIENT_ID: CLIENT.clientId,
      GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
      CREDENTIALS_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
      ...env,
    });
  }

  async function control<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${sandbox.url}/__sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as T;
  }

  const refreshTokenOf = async (account: string, clientId = CLIENT.clientId) =>
    (await control<{ refresh_token: string }>('tokens', { account, clientId })).refresh_token;

  async function serviceAccount(scopes: string[], subject = 'alice@example.com'): Promise<ServiceAccount> {
    const { keyFile } = await control<{ keyFile: { private_key: string } }>('service-accounts', {
      email: ROBOT,
      generate: true,
      delegation: { domain: 'example.com', scopes },
    });
    return { email: ROBOT, privateKey: keyFile.private_key, subject };
  }

  describe('from a refresh token', () => {
    it('imports the token’s account, and refreshes it', async () => {
      const { credential, account } = await credentials.fromRefreshToken(await refreshTokenOf('alice@example.com'));
      expect(account).toMatchObject({ email: 'alice@example.com', sub: credential.sub });
      expect(credential.scopes).toContain(DRIVE_SCOPE);
      expect(credential.lent).toBe(true);
      const again = await oauth.identify((await oauth.refresh(credential.refreshToken!)).accessToken);
      expect(again.sub).toBe(account.sub);
    });

    it('refuses an unknown token, and one of another client', async () => {
      await control('clients', { clientId: 'other', clientSecret: 'other-secret', redirectUris: [] });
      for (const token of ['nonsense', await refreshTokenOf('alice@example.com', 'other')])
        await expect(credentials.fromRefreshToken(token)).rejects.toMatchObject({ code: 'refresh_token_rejected' });
    });

    it('distinguishes a wrong client of the installation, an unavailable endpoint and a wrong token', async () => {
      const token = await refreshTokenOf('alice@example.com');
      const wrong = configOf({ GOOGLE_BASE_URL: sandbox.url, GOOGLE_CLIENT_SECRET: 'wrong' }).google;
      await expect(
        new GoogleCredentialImporter(new GoogleOAuthAdapter(wrong), wrong).fromRefreshToken(token),
      ).rejects.toMatchObject({ code: 'google_refused' });
      const away = configOf({ GOOGLE_BASE_URL: 'http://127.0.0.1:9' }).google;
      await expect(
        new GoogleCredentialImporter(new GoogleOAuthAdapter(away), away).fromRefreshToken(token),
      ).rejects.toMatchObject({ code: 'google_unavailable' });
    });
  });

  describe('from a service account', () => {
    it('acts for the subject, and gets new access tokens by another assertion', async () => {
      const { credential, account } = await credentials.fromServiceAccount(
        await serviceAccount([...USERINFO, DRIVE_SCOPE]),
      );
      expect(account.email).toBe('alice@example.com');
      expect(credential).toMatchObject({ scopes: [...USERINFO, DRIVE_SCOPE] });
      expect(credential.refreshToken).toBeUndefined();
      const store = new InMemoryCredentialStore();
      await store.save({ ...credential, accessTokenExpiresAt: Date.now() - 1 });
      const renewed = await new GoogleAccessTokens(store, oauth).accessToken(credential.id);
      expect(renewed).not.toBe(credential.accessToken);
      expect((await oauth.identify(renewed)).sub).toBe(account.sub);
    });

    it('gets read-only access if only that is delegated', async () => {
      const { credential } = await credentials.fromServiceAccount(
        await serviceAccount([...USERINFO, `${DRIVE_SCOPE}.readonly`]),
      );
      expect(credential.scopes).toEqual([...USERINFO, `${DRIVE_SCOPE}.readonly`]);
    });

    it('names the scopes to delegate if none are', async () => {
      await expect(credentials.fromServiceAccount(await serviceAccount(['openid']))).rejects.toMatchObject({
        code: 'service_account_rejected',
        message: expect.stringContaining(DRIVE_SCOPE) as unknown,
      });
    });

    it('refuses an unknown subject, and a key of another account', async () => {
      const account = await serviceAccount([...USERINFO, DRIVE_SCOPE], 'nobody@example.com');
      await expect(credentials.fromServiceAccount(account)).rejects.toMatchObject({ code: 'service_account_rejected' });
      const { privateKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      });
      await expect(
        credentials.fromServiceAccount({ ...account, subject: 'alice@example.com', privateKey }),
      ).rejects.toMatchObject({ code: 'service_account_rejected' });
    });

    it.each(['', 'nonsense', pem('PRIVATE KEY', 'AAAA')])(
      'refuses the key %j without quoting it',
      async (privateKey) => {
        const account = { email: ROBOT, privateKey, subject: 'alice@example.com' };
        const error: unknown = await credentials.fromServiceAccount(account).catch((each: unknown) => each);
        expect(error).toMatchObject({ code: 'service_account_rejected' });
        if (privateKey) expect(JSON.stringify([error, String(error)])).not.toContain(privateKey);
      },
    );

    it('requires a new sign-in once the delegation is withdrawn', async () => {
      const { credential } = await credentials.fromServiceAccount(await serviceAccount([...USERINFO, DRIVE_SCOPE]));
      const store = new InMemoryCredentialStore();
      await store.save({ ...credential, accessTokenExpiresAt: Date.now() - 1 });
      const publicKey = createPublicKey(credential.serviceAccount!.privateKey).export({ type: 'spki', format: 'pem' });
      await control('service-accounts', { email: ROBOT, publicKey });
      await expect(new GoogleAccessTokens(store, oauth).accessToken(credential.id)).rejects.toThrow(
        ReconnectNeededError,
      );
    });
  });

  describe('against a hostile token endpoint', () => {
    let hostile: Server;
    let origin: string;
    let answer: { status: number; headers: Record<string, string>; body?: Buffer };
    const asked: string[] = [];

    beforeAll(async () => {
      hostile = createServer((request, response) => {
        asked.push(request.url ?? '');
        response.writeHead(answer.status, answer.headers).end(answer.body);
      });
      await once(hostile.listen(0, '127.0.0.1'), 'listening');
      origin = `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      hostile.closeAllConnections();
      hostile.close();
    });
    beforeEach(() => {
      asked.length = 0;
    });

    const refresh = () =>
      new GoogleOAuthAdapter(configOf({ GOOGLE_BASE_URL: origin }).google)
        .refresh('refresh-1')
        .catch((error: unknown) => error);

    it.each([302, 307, 308])('follows no redirect (%i), which would receive the secrets', async (status) => {
      answer = { status, headers: { location: `${origin}/elsewhere` } };
      expect(await refresh()).toMatchObject({ name: 'TokenEndpointError', isOutage: false });
      expect(asked).toEqual(['/token']);
    });

    it.each(['identity', 'gzip'])(
      'rejects a response that is too large (%s), even if it is valid',
      async (encoding) => {
        const large = Buffer.from(`{"access_token":"a","expires_in":3600${' '.repeat(300_000)}}`);
        const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
        answer = { status: 200, headers, body: encoding === 'gzip' ? gzipSync(large) : large };
        expect(await refresh()).toMatchObject({ name: 'TokenEndpointError', isOutage: true });
      },
    );
  });
});
