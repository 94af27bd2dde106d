import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { drive as driveOf, type drive_v3 } from '@googleapis/drive';
import { JWT, OAuth2Client, type Credentials } from 'google-auth-library';
import { routeOf } from '../http/routes.ts';
import { TestSandbox, text } from '../testing/test-client.ts';

const FOLDER = 'application/vnd.google-apps.folder';
const DOCUMENT = 'application/vnd.google-apps.document';
const DRIVE = 'https://www.googleapis.com/auth/drive';

/** Methods of the client that the sandbox does not model. */
const NOT_SERVED = [
  ...['accessproposals.get', 'accessproposals.list', 'accessproposals.resolve'],
  ...['approvals.approve', 'approvals.cancel', 'approvals.comment', 'approvals.decline', 'approvals.get'],
  ...['approvals.list', 'approvals.reassign', 'approvals.start', 'apps.get', 'apps.list', 'changes.watch'],
  ...['channels.stop', 'files.generateCseToken', 'files.listLabels', 'files.modifyLabels', 'files.watch'],
  ...['teamdrives.create', 'teamdrives.delete', 'teamdrives.get', 'teamdrives.list', 'teamdrives.update'],
];

type Method = (params: object, options: object) => Promise<{ status: number }>;
type Resources = Record<string, Record<string, Method>>;

/** Names of all methods of the client, as `files.copy`. */
function methodsOf(client: drive_v3.Drive): string[] {
  return Object.entries(client).flatMap(([resource, value]: [string, unknown]) => {
    if (resource === 'context' || value === null || typeof value !== 'object') return [];
    const prototype = Object.getPrototypeOf(value) as object;
    return Object.getOwnPropertyNames(prototype)
      .filter((name) => name !== 'constructor')
      .map((name) => `${resource}.${name}`);
  });
}

/**
 * Google's own clients test the sandbox: it must behave as they expect from Google. `@googleapis/drive`
 * is the Drive part of `googleapis`, generated from the same description; the whole package is a hundred
 * times its size. It has no batch and no resumable uploads.
 */
describe("Google's own clients", () => {
  let test: TestSandbox;
  let alice: drive_v3.Drive;
  let bob: drive_v3.Drive;
  // For each call, because the client otherwise sends uploads to Google's host.
  let there: { rootUrl: string };
  /** Methods that were called successfully. */
  const proven = new Set<string>();
  /** Methods that the sandbox serves. */
  const served: string[] = [];

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
        oauth2FederatedSignonPemCertsUrl: `${url}/oauth2/v1/certs`,
        oauth2FederatedSignonJwkCertsUrl: `${url}/oauth2/v3/certs`,
        tokenInfoUrl: `${url}/tokeninfo`,
      },
    });
  }

  /** A client with a token, which calls the sandbox and records successful methods. */
  function signedIn(token: string): drive_v3.Drive {
    const auth = oauthClient();
    auth.setCredentials({ access_token: token, expiry_date: Date.now() + 3_000_000 });
    const client = driveOf({ version: 'v3', auth });
    const resources = client as unknown as Resources;
    const recorded: Resources = {};
    for (const name of methodsOf(client)) {
      const [resource = '', method = ''] = name.split('.');
      (recorded[resource] ??= {})[method] = async (params, options) => {
        const answer = await resources[resource]?.[method]?.call(resources[resource], params, { ...there, ...options });
        if (!answer) throw new Error(`No method ${name}.`);
        proven.add(name);
        return answer;
      };
    }
    return recorded as unknown as drive_v3.Drive;
  }

  /** Signs an account in like a program, with a scripted consent page. */
  async function signIn(client: OAuth2Client, more: object = {}): Promise<Credentials> {
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    const address = client.generateAuthUrl({
      access_type: 'offline',
      prompt: 'consent',
      scope: ['openid', 'email', 'profile', DRIVE],
      code_challenge: codeChallenge ?? '',
      code_challenge_method: 'S256' as never,
      state: 's',
      ...more,
    });
    const back = await test.ask('GET', `${address}&sandbox_account=bob@example.com&sandbox_consent=allow`);
    const code = new URL(text(back.headers['location'])).searchParams.get('code') ?? '';
    return (await client.getToken({ code, codeVerifier })).tokens;
  }

  beforeAll(async () => {
    test = await TestSandbox.start({
      clients: [{ clientId: 'app', clientSecret: 'secret', redirectUris: ['http://localhost/cb'] }],
    });
    alice = signedIn(test.alice);
    bob = signedIn(test.bob);
    there = { rootUrl: `${test.sandbox.url}/` };
  });
  afterAll(async () => {
    await test.close();
    // Not a test of its own, because tests run in a random order. Empty if a filter excludes the test that fills it.
    expect(['not called', ...served.filter((name) => !proven.has(name))]).toEqual(['not called']);
  });

  describe('google-auth-library', () => {
    it('sign in with a verifier, refresh, read the token and revoke it', async () => {
      const client = oauthClient();
      const tokens = await signIn(client);
      expect(tokens).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) as unknown });
      client.setCredentials({ refresh_token: tokens.refresh_token ?? '' });
      const { token } = await client.getAccessToken();
      expect(client.credentials.refresh_token).toBe(tokens.refresh_token);
      const info = await client.getTokenInfo(token ?? '');
      expect(info).toMatchObject({ aud: 'app', email: 'bob@example.com' });
      expect(info.scopes).toContain(DRIVE);
      await client.revokeToken(token ?? '');
      const ended = oauthClient();
      ended.setCredentials({ refresh_token: tokens.refresh_token ?? '' });
      await expect(ended.getAccessToken()).rejects.toThrow('invalid_grant');
    });

    it('refresh automatically when a token is refused', async () => {
      const client = oauthClient();
      client.setCredentials(await signIn(client));
      const drive = driveOf({ version: 'v3', auth: client });
      const who = async (): Promise<unknown> =>
        (await drive.about.get({ fields: 'user(emailAddress)' }, there)).data.user?.emailAddress;
      const before = client.credentials.access_token;
      expect(await who()).toBe('bob@example.com');
      await test.ask('POST', '/__sandbox/tokens/expire', { body: { account: 'bob@example.com' } });
      // The library refreshes on 401 only if it does not know the token's expiry.
      delete client.credentials.expiry_date;
      expect(await who()).toBe('bob@example.com');
      expect(client.credentials.access_token).not.toBe(before);
      bob = signedIn(await test.token('bob@example.com'));
    });

    it('verify the id_token, and refuse a modified one or one for another audience', async () => {
      const client = oauthClient();
      const { id_token: idToken } = await signIn(client, { nonce: 'n-1' });
      const ticket = await client.verifyIdToken({ idToken: idToken ?? '', audience: 'app' });
      expect(ticket.getPayload()).toMatchObject({
        iss: 'https://accounts.google.com',
        aud: 'app',
        email: 'bob@example.com',
        email_verified: true,
        name: 'Bob',
        nonce: 'n-1',
      });
      expect(ticket.getUserId()).toMatch(/^\d{21}$/);
      await expect(client.verifyIdToken({ idToken: idToken ?? '', audience: 'another' })).rejects.toThrow('audience');
      const [head, body, signature] = (idToken ?? '').split('.');
      const claims = JSON.parse(Buffer.from(body ?? '', 'base64url').toString()) as object;
      const forged = Buffer.from(JSON.stringify({ ...claims, email: 'eve@example.org' })).toString('base64url');
      await expect(
        client.verifyIdToken({ idToken: `${head}.${forged}.${signature}`, audience: 'app' }),
      ).rejects.toThrow('Invalid token signature');
    });

    it('act as a service account, and as a person who delegated to it', async () => {
      const made = await test.ask('POST', '/__sandbox/service-accounts', {
        body: {
          email: 'mover@project.iam.gserviceaccount.com',
          generate: true,
          delegation: { domain: 'example.com', scopes: [DRIVE] },
        },
      });
      const { client_email: email, private_key: key } = made.json['keyFile'] as unknown as Record<string, string>;
      const as = (subject?: string, scopes = [DRIVE]): drive_v3.Drive => {
        // The library has Google's token address built in.
        const { transporter } = new OAuth2Client();
        transporter.interceptors.request.add({
          resolved: (config) => {
            if (config.url.hostname === 'oauth2.googleapis.com') config.url = new URL('/token', test.sandbox.url);
            return Promise.resolve(config);
          },
        });
        const account = { email: email ?? '', key: key ?? '', scopes, ...(subject ? { subject } : {}) };
        return driveOf({ version: 'v3', auth: new JWT({ ...account, transporter }) });
      };
      const who = async (drive: drive_v3.Drive): Promise<unknown> =>
        (await drive.about.get({ fields: 'user(emailAddress)' }, there)).data.user?.emailAddress;
      expect(await who(as())).toBe('mover@project.iam.gserviceaccount.com');
      expect(await who(as('alice@example.com'))).toBe('alice@example.com');
      await expect(who(as('eve@example.org'))).rejects.toThrow('unauthorized_client');
      await expect(who(as('alice@example.com', [`${DRIVE}.readonly`]))).rejects.toThrow('unauthorized_client');
      await expect(who(as('zoe@example.com'))).rejects.toThrow('invalid_grant');
    });
  });

  it('upload, list, download, share, copy and delete', async () => {
    const data = randomBytes(700_000);
    const folder = await alice.files.create({ requestBody: { name: 'F', mimeType: FOLDER } });
    const made = await alice.files.create({
      requestBody: { name: 'ü/1.bin', parents: [folder.data.id ?? ''], modifiedTime: '2011-11-11T11:11:11.111Z' },
      media: { mimeType: 'application/octet-stream', body: Readable.from([data]) },
      fields: 'id,size,md5Checksum,modifiedTime',
    });
    const md5 = createHash('md5').update(data).digest('hex');
    expect(made.data).toMatchObject({ size: '700000', md5Checksum: md5, modifiedTime: '2011-11-11T11:11:11.111Z' });
    const fileId = made.data.id ?? '';
    const list = await alice.files.list({
      q: `'${folder.data.id}' in parents and trashed = false`,
      fields: 'files(id,name)',
    });
    expect(list.data.files).toEqual([{ id: fileId, name: 'ü/1.bin' }]);
    const got = await alice.files.get({ fileId, alt: 'media' }, { responseType: 'arraybuffer' });
    expect(Buffer.from(got.data as unknown as ArrayBuffer).equals(data)).toBe(true);
    const part = await alice.files.get(
      { fileId, alt: 'media' },
      { responseType: 'arraybuffer', headers: { range: 'bytes=100-199' } },
    );
    expect(part.status).toBe(206);
    expect(Buffer.from(part.data as unknown as ArrayBuffer).equals(data.subarray(100, 200))).toBe(true);

    const permission = await alice.permissions.create({
      fileId: folder.data.id ?? '',
      sendNotificationEmail: false,
      requestBody: { type: 'user', role: 'reader', emailAddress: 'bob@example.com' },
    });
    const { ids } = (await bob.files.generateIds({ count: 1 })).data;
    const copy = await bob.files.copy({
      fileId,
      requestBody: { id: ids?.[0] ?? '', parents: ['root'] },
      fields: 'id,md5Checksum',
    });
    expect(copy.data).toEqual({ id: ids?.[0], md5Checksum: md5 });
    await expect(bob.files.copy({ fileId, requestBody: { id: ids?.[0] ?? '' } })).rejects.toMatchObject({
      status: 409,
    });
    await alice.permissions.delete({ fileId: folder.data.id ?? '', permissionId: permission.data.id ?? '' });
    await expect(bob.files.get({ fileId })).rejects.toMatchObject({
      status: 404,
      message: `File not found: ${fileId}.`,
    });
    expect((await alice.files.delete({ fileId })).status).toBe(204);
    expect((await alice.about.get({ fields: 'user(emailAddress)' })).data.user?.emailAddress).toBe('alice@example.com');
  });

  it('change a file: its metadata, content, folder and trash state', async () => {
    const { id: from } = (await alice.files.create({ requestBody: { name: 'from', mimeType: FOLDER } })).data;
    const { id: to } = (await alice.files.create({ requestBody: { name: 'to', mimeType: FOLDER } })).data;
    const media = { mimeType: 'text/plain', body: 'first' };
    const { id } = (await alice.files.create({ requestBody: { name: 'f', parents: [from ?? ''] }, media })).data;
    const fileId = id ?? '';
    const changed = await alice.files.update({
      fileId,
      requestBody: { name: 'g', appProperties: { a: '1' }, starred: true },
      media: { mimeType: 'text/plain', body: 'second' },
      addParents: to ?? '',
      removeParents: from ?? '',
      fields: 'name,size,parents,appProperties,starred',
    });
    expect(changed.data).toEqual({ name: 'g', size: '6', parents: [to], appProperties: { a: '1' }, starred: true });
    const { data } = await alice.files.get({ fileId, alt: 'media' }, { responseType: 'text' });
    expect(data).toBe('second');
    await alice.files.update({ fileId, requestBody: { trashed: true } });
    expect((await alice.files.get({ fileId, fields: 'trashed' })).data).toEqual({ trashed: true });
    expect((await alice.files.emptyTrash({})).status).toBe(204);
    await expect(alice.files.get({ fileId })).rejects.toMatchObject({ status: 404 });
  });

  it('send media to Google, unless the call has the root URL', async () => {
    const asked: string[] = [];
    const options: drive_v3.Options = {
      version: 'v3',
      rootUrl: 'http://sandbox.invalid/',
      fetchImplementation: (url) => {
        asked.push(new URL(url instanceof Request ? url.url : url).host);
        return Promise.resolve(Response.json({}));
      },
    };
    const elsewhere = driveOf(options);
    await elsewhere.files.create({ requestBody: { name: 'f' } });
    await elsewhere.files.create({ requestBody: { name: 'f' }, media: { body: 'x' } });
    await elsewhere.files.create({ requestBody: { name: 'f' }, media: { body: 'x' } }, there);
    expect(asked).toEqual(['sandbox.invalid', 'www.googleapis.com', new URL(test.sandbox.url).host]);
  });

  it('export a document, in one response and as an operation', async () => {
    const media = { mimeType: 'text/plain', body: 'Dear diary' };
    const { id } = (await alice.files.create({ requestBody: { name: 'Doc', mimeType: DOCUMENT }, media })).data;
    const fileId = id ?? '';
    const exported = await alice.files.export({ fileId, mimeType: 'text/plain' }, { responseType: 'text' });
    expect(exported.data).toContain('Dear diary');
    const operation = (await alice.files.download({ fileId, mimeType: 'application/pdf' })).data;
    const { data } = await alice.operations.get({ name: operation.name ?? '' });
    expect(data).toMatchObject({ name: operation.name, done: true });
    const link = text((data.response as Record<string, unknown>)['downloadUri']);
    expect((await test.ask('GET', link, { token: test.alice })).bytes.subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('read and change permissions', async () => {
    const { id } = (await alice.files.create({ requestBody: { name: 'shared' } })).data;
    const fileId = id ?? '';
    const fields = 'id,role,type,emailAddress';
    const made = await alice.permissions.create({
      fileId,
      sendNotificationEmail: false,
      requestBody: { type: 'user', role: 'reader', emailAddress: 'bob@example.com' },
      fields,
    });
    const permissionId = made.data.id ?? '';
    expect((await alice.permissions.get({ fileId, permissionId, fields })).data).toEqual(made.data);
    await alice.permissions.update({ fileId, permissionId, requestBody: { role: 'writer' } });
    const { permissions } = (await alice.permissions.list({ fileId, fields: `permissions(${fields})` })).data;
    expect(permissions).toHaveLength(2);
    expect(permissions).toContainEqual({
      id: permissionId,
      role: 'writer',
      type: 'user',
      emailAddress: 'bob@example.com',
    });
    await bob.files.update({ fileId, requestBody: { name: 'renamed by Bob' } });
  });

  it('follow changes', async () => {
    const start = (await alice.changes.getStartPageToken({})).data.startPageToken ?? '';
    const { id } = (await alice.files.create({ requestBody: { name: 'new' } })).data;
    const { id: gone } = (await alice.files.create({ requestBody: { name: 'gone' } })).data;
    await alice.files.delete({ fileId: gone ?? '' });
    const { data } = await alice.changes.list({ pageToken: start, fields: '*' });
    expect(data.kind).toBe('drive#changeList');
    const seen = data.changes?.map((change) => [change.fileId, change.removed, change.file?.name]);
    expect(seen).toContainEqual([id, false, 'new']);
    expect(seen).toContainEqual([gone, true, undefined]);
    const end = data.newStartPageToken ?? '';
    expect((await alice.changes.list({ pageToken: end })).data.changes).toEqual([]);
  });

  it('manage shared drives', async () => {
    const { id } = (await alice.drives.create({ requestId: 'once', requestBody: { name: 'Team' } })).data;
    const driveId = id ?? '';
    await expect(alice.drives.create({ requestId: 'once', requestBody: { name: 'Team' } })).rejects.toMatchObject({
      status: 409,
    });
    await alice.drives.update({ driveId, requestBody: { name: 'Team A' } });
    expect((await alice.drives.get({ driveId })).data).toMatchObject({ kind: 'drive#drive', id, name: 'Team A' });
    await alice.drives.hide({ driveId });
    expect((await alice.drives.get({ driveId, fields: 'hidden' })).data).toEqual({ hidden: true });
    await alice.drives.unhide({ driveId });
    expect((await alice.drives.list({})).data.drives?.map((drive) => drive.name)).toEqual(['Team A']);
    const everywhere = { supportsAllDrives: true };
    const { id: fileId } = (
      await alice.files.create({ ...everywhere, requestBody: { name: 'ours', parents: [driveId] } })
    ).data;
    const { files } = (
      await alice.files.list({ ...everywhere, corpora: 'drive', driveId, includeItemsFromAllDrives: true })
    ).data;
    expect(files?.map((file) => file.id)).toEqual([fileId]);
    await expect(alice.files.get({ fileId: fileId ?? '' })).rejects.toMatchObject({ status: 404 });
    // Comments have no such parameter and need none.
    await alice.comments.create({ fileId: fileId ?? '', requestBody: { content: 'Fine' }, fields: 'id' });
    await alice.files.delete({ ...everywhere, fileId: fileId ?? '' });
    await alice.drives.delete({ driveId });
    await expect(alice.drives.get({ driveId })).rejects.toMatchObject({ status: 404 });
  });

  it('comment and reply', async () => {
    const { id } = (await alice.files.create({ requestBody: { name: 'discussed' } })).data;
    const fileId = id ?? '';
    const fields = 'id,content,resolved,author/me';
    const made = await alice.comments.create({ fileId, requestBody: { content: 'Why?' }, fields });
    expect(made.data).toMatchObject({ content: 'Why?', author: { me: true } });
    const commentId = made.data.id ?? '';
    await alice.comments.update({ fileId, commentId, requestBody: { content: 'Why not?' }, fields });
    const reply = await alice.replies.create({ fileId, commentId, requestBody: { content: 'So' }, fields: 'id' });
    const replyId = reply.data.id ?? '';
    await alice.replies.update({ fileId, commentId, replyId, requestBody: { content: 'So it is' }, fields: 'id' });
    expect((await alice.replies.get({ fileId, commentId, replyId, fields: 'content' })).data.content).toBe('So it is');
    await alice.replies.create({ fileId, commentId, requestBody: { action: 'resolve' }, fields: 'id' });
    expect((await alice.comments.get({ fileId, commentId, fields })).data).toMatchObject({
      content: 'Why not?',
      resolved: true,
    });
    expect((await alice.replies.list({ fileId, commentId, fields: 'replies(action)' })).data.replies).toHaveLength(2);
    await alice.replies.delete({ fileId, commentId, replyId });
    await alice.comments.delete({ fileId, commentId });
    expect((await alice.comments.list({ fileId, fields: 'comments(id)' })).data.comments ?? []).toEqual([]);
  });

  it('pin and delete revisions', async () => {
    const media = (body: string) => ({ mimeType: 'text/plain', body });
    const { id } = (await alice.files.create({ requestBody: { name: 'versions' }, media: media('one') })).data;
    const fileId = id ?? '';
    await alice.files.update({ fileId, media: media('two'), keepRevisionForever: true });
    await alice.files.update({ fileId, media: media('three') });
    const list = async (): Promise<drive_v3.Schema$Revision[]> =>
      (await alice.revisions.list({ fileId, fields: 'revisions(id,size,keepForever)' })).data.revisions ?? [];
    const [first, second, third] = await list();
    expect([first?.size, second?.size, third?.size]).toEqual(['3', '3', '5']);
    expect(second?.keepForever).toBe(true);
    const revisionId = second?.id ?? '';
    const pinned = await alice.revisions.get({ fileId, revisionId, alt: 'media' }, { responseType: 'text' });
    expect(pinned.data).toBe('two');
    await alice.revisions.update({ fileId, revisionId: third?.id ?? '', requestBody: { keepForever: true } });
    await alice.revisions.delete({ fileId, revisionId: first?.id ?? '' });
    expect((await list()).map((each) => each.id)).toEqual([revisionId, third?.id]);
  });

  it('have only methods that the sandbox models, except known ones', async () => {
    const asked: { method: string; url: URL }[] = [];
    const options: drive_v3.Options = {
      version: 'v3',
      fetchImplementation: (url, init) => {
        asked.push({ method: init?.method ?? 'GET', url: new URL(url instanceof Request ? url.url : url) });
        return Promise.resolve(Response.json({}));
      },
    };
    const spy = driveOf(options);
    const ids = [
      'file',
      'permission',
      'comment',
      'reply',
      'revision',
      'drive',
      'teamDrive',
      'app',
      'proposal',
      'approval',
    ];
    const params = Object.fromEntries(
      [...ids.map((id) => `${id}Id`), 'name', 'mimeType', 'pageToken', 'requestId'].map((name) => [name, 'x']),
    );
    for (const name of methodsOf(spy)) {
      const [resource = '', method = ''] = name.split('.');
      await (spy as unknown as Resources)[resource]?.[method]?.(params, {});
      const { method: verb, url } = asked.at(-1) ?? { method: '', url: new URL('none:') };
      // The operation has the name of the client's method, except for the one that shares its name with plain downloads.
      if (routeOf(verb, url.pathname, url.searchParams)?.operation.replace(/\.start$/, '') === name) served.push(name);
    }
    expect(asked).toHaveLength(methodsOf(spy).length);
    expect(
      methodsOf(spy)
        .filter((name) => !served.includes(name))
        .sort(),
    ).toEqual([...NOT_SERVED].sort());
    expect(served.length).toBeGreaterThanOrEqual(40);
  });
});
