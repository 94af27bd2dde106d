import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { drive as driveOf, type drive_v3 } from '@googleapis/drive';
import { OAuth2Client } from 'google-auth-library';
import { TestSandbox, text } from './test-client.ts';

/** Google's own clients are the judge: what they read and write must be what they expect of Google. */
describe("Google's own clients", () => {
  let test: TestSandbox;
  let alice: drive_v3.Drive;
  let bob: drive_v3.Drive;
  // Per call, because the client sends uploads to Google's host otherwise.
  let there: { rootUrl: string };

  function oauthClient(): OAuth2Client {
    const { url } = test.sandbox;
    return new OAuth2Client({
      clientId: 'app',
      clientSecret: 'secret',
      redirectUri: 'http://localhost/cb',
      endpoints: {
        oauth2AuthBaseUrl: `${url}/o/oauth2/v2/auth`,
        oauth2TokenUrl: `${url}/token`,
        oauth2RevokeUrl: `${url}/revoke`,
        oauth2FederatedSignonJwkCertsUrl: `${url}/oauth2/v3/certs`,
        tokenInfoUrl: `${url}/tokeninfo`,
      },
    });
  }

  function signedIn(token: string): drive_v3.Drive {
    const auth = oauthClient();
    auth.setCredentials({ access_token: token, expiry_date: Date.now() + 3_000_000 });
    return driveOf({ version: 'v3', auth });
  }

  beforeAll(async () => {
    test = await TestSandbox.start({
      clients: [{ clientId: 'app', clientSecret: 'secret', redirectUris: ['http://localhost/cb'] }],
    });
    alice = signedIn(test.alice);
    bob = signedIn(test.bob);
    there = { rootUrl: `${test.sandbox.url}/` };
  });
  afterAll(() => test.close());

  it('sign in with a verifier, refresh, read the token and withdraw it', async () => {
    const client = oauthClient();
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    const address = client.generateAuthUrl({
      access_type: 'offline',
      prompt: 'consent',
      scope: ['openid', 'email', 'https://www.googleapis.com/auth/drive'],
      code_challenge: codeChallenge ?? '',
      code_challenge_method: 'S256' as never,
      state: 's',
    });
    const back = await test.ask('GET', `${address}&sandbox_account=bob@example.com&sandbox_consent=allow`);
    const code = new URL(text(back.headers['location'])).searchParams.get('code') ?? '';
    const { tokens } = await client.getToken({ code, codeVerifier });
    expect(tokens).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) as unknown });
    client.setCredentials({ refresh_token: tokens.refresh_token ?? '' });
    const { token } = await client.getAccessToken();
    expect(await client.getTokenInfo(token ?? '')).toMatchObject({ aud: 'app', email: 'bob@example.com' });
    await client.revokeToken(token ?? '');
    const ended = oauthClient();
    ended.setCredentials({ refresh_token: tokens.refresh_token ?? '' });
    await expect(ended.getAccessToken()).rejects.toThrow('invalid_grant');
  });

  it('upload, list, download, share, copy and delete', async () => {
    const data = randomBytes(700_000);
    const folder = await alice.files.create(
      { requestBody: { name: 'F', mimeType: 'application/vnd.google-apps.folder' } },
      there,
    );
    const made = await alice.files.create(
      {
        requestBody: { name: 'ü/1.bin', parents: [folder.data.id ?? ''], modifiedTime: '2011-11-11T11:11:11.111Z' },
        media: { mimeType: 'application/octet-stream', body: Readable.from([data]) },
        fields: 'id,size,md5Checksum,modifiedTime',
      },
      there,
    );
    const md5 = createHash('md5').update(data).digest('hex');
    expect(made.data).toMatchObject({ size: '700000', md5Checksum: md5, modifiedTime: '2011-11-11T11:11:11.111Z' });
    const fileId = made.data.id ?? '';
    const list = await alice.files.list(
      { q: `'${folder.data.id}' in parents and trashed = false`, fields: 'files(id,name)' },
      there,
    );
    expect(list.data.files).toEqual([{ id: fileId, name: 'ü/1.bin' }]);
    const got = await alice.files.get({ fileId, alt: 'media' }, { ...there, responseType: 'arraybuffer' });
    expect(Buffer.from(got.data as unknown as ArrayBuffer).equals(data)).toBe(true);

    const permission = await alice.permissions.create(
      {
        fileId: folder.data.id ?? '',
        sendNotificationEmail: false,
        requestBody: { type: 'user', role: 'reader', emailAddress: 'bob@example.com' },
      },
      there,
    );
    const { ids } = (await bob.files.generateIds({ count: 1 }, there)).data;
    const copy = await bob.files.copy(
      { fileId, requestBody: { id: ids?.[0] ?? '', parents: ['root'] }, fields: 'id,md5Checksum' },
      there,
    );
    expect(copy.data).toEqual({ id: ids?.[0], md5Checksum: md5 });
    await expect(bob.files.copy({ fileId, requestBody: { id: ids?.[0] ?? '' } }, there)).rejects.toMatchObject({
      status: 409,
    });
    await alice.permissions.delete({ fileId: folder.data.id ?? '', permissionId: permission.data.id ?? '' }, there);
    await expect(bob.files.get({ fileId }, there)).rejects.toMatchObject({
      status: 404,
      message: `File not found: ${fileId}.`,
    });
    expect((await alice.files.delete({ fileId }, there)).status).toBe(204);
    expect((await alice.about.get({ fields: 'user(emailAddress)' }, there)).data.user?.emailAddress).toBe(
      'alice@example.com',
    );
  });
});
