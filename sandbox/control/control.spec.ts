import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestSandbox, text } from '../testing/test-client.ts';
import { CALLS } from './calls.ts';

describe('the control API', () => {
  let test: TestSandbox;
  beforeAll(async () => void (test = await TestSandbox.start()));
  afterAll(() => test.close());

  it('serves the description that is checked in: npm run openapi --workspace sandbox writes it', async () => {
    const file = JSON.parse(readFileSync(join(import.meta.dirname, 'openapi.json'), 'utf8')) as unknown;
    expect(JSON.parse((await test.ask('GET', '/__sandbox/openapi.json')).text)).toEqual(file);
  });

  it('has every call of its table', async () => {
    const calls = Object.keys(CALLS).map((name) => name.replace(' ', ' /__sandbox').split(' ') as [string, string]);
    expect(calls.length).toBeGreaterThan(20);
    for (const [method, path] of calls) {
      const answer = await test.ask(method, path, method === 'GET' ? {} : { body: {} });
      expect([method, path, answer.status]).not.toEqual([method, path, 404]);
    }
    expect((await test.ask('POST', '/__sandbox/nonsense', { body: {} })).status).toBe(404);
    // One of the calls used up everybody's day.
    await test.behave({});
    await test.signIn();
  });

  it('imports no folder of this machine because a web page asked for it', async () => {
    const answer = await fetch(`${test.sandbox.url}/__sandbox/import`, {
      method: 'POST',
      headers: { origin: 'https://example.org' },
      body: JSON.stringify({ account: 'alice@example.com', path: import.meta.dirname }),
    });
    expect(answer.status).toBe(403);
    expect((await test.ask('GET', '/__sandbox/tree?account=alice@example.com')).text).not.toContain('control.spec.ts');
  });

  it.each([
    ['tree?checksums=no', 'checksums must be true or false.'],
    ['log?limit=0', 'limit must be a whole number from 1 on.'],
    ['access', 'item is missing; it must be a text.'],
    ['access?item=nope', 'item: There is no item nope.'],
    ['tree?folderId=nope', 'folderId: There is no folder nope.'],
    ['documents?fileId=nope', 'fileId: There is no document nope.'],
    ['stats?oops=1', 'There is no field oops; there is none.'],
    ['access?item=root&pageSize=many', 'pageSize must be a whole number from 1 on.'],
  ])('refuses GET %s and says why', async (call, message) => {
    const answer = await test.ask('GET', `/__sandbox/${call}`);
    expect(answer.status).toBe(400);
    expect(text(answer.json['error']?.['message'])).toContain(message);
  });

  it.each<[string, object | string, string]>([
    ['tokens', {}, 'account is missing'],
    [
      'tokens',
      { account: 'eve@example.com' },
      'There is no account eve@example.com; the sandbox has alice@example.com, bob@example.com',
    ],
    ['tokens', { account: 'bob@example.com', scopes: 'drive' }, 'scopes must be a list'],
    ['tokens', { account: 'bob@example.com', clientId: 'who' }, 'clientId: There is no OAuth client who'],
    ['tokens/expire', { account: 'eve@example.com' }, 'account: There is no account eve@example.com'],
    ['clients', { clientId: 'a', clientSecret: 'b' }, 'redirectUris is missing; it must be a list of texts.'],
    ['trees', { account: 'bob@example.com', files: -1 }, 'files must be a whole number from 0 on.'],
    ['trees', { account: 'bob@example.com', parentId: 'nope' }, 'parentId: There is no folder nope'],
    ['reset', { acounts: [] }, 'There is no field acounts; there is none.'],
    ['accounts', { email: 'alice@example.com' }, 'already an account'],
    [
      'accounts',
      { email: 'zoe@example.com', quota: 1 },
      'There is no field quota; there is email, name, quotaBytes, unlimitedStorage.',
    ],
    ['accounts', { email: 5 }, 'email must be an e-mail address.'],
    ['accounts', { email: 'zoe' }, 'email must be an e-mail address.'],
    ['accounts', { email: 'zoe@example.com', quotaBytes: 1.5 }, 'quotaBytes must be a whole number from 0 on.'],
    ['accounts', { email: 'zoe@example.com', quotaBytes: -1 }, 'quotaBytes must be a whole number from 0 on.'],
    ['tokens', { account: 'bob@example.com', expiresIn: -5 }, 'expiresIn must be a number from 0 on.'],
    ['clients', { clientId: 'a', clientSecret: 'b', redirectUris: [1] }, 'redirectUris[0] must be an absolute URL.'],
    [
      'clients',
      { clientId: 'a', clientSecret: 'b', redirectUris: [], blocked: 'no' },
      'blocked must be one of admin_policy_enforced, org_internal, deleted_client.',
    ],
    ['drives', { name: 'D', organizer: 'alice@example.com', members: [{ email: 'x' }] }, 'members[0].role is missing'],
    ['clock', { advanceMs: -1 }, 'advanceMs must be a number from 0 on.'],
    ['tokens', 'no JSON', 'The body must be a JSON object.'],
    ['documents', { name: 'd', documnt: {} }, 'There is no field documnt; there is name, account, parentId, document'],
    ['documents', { name: 'd', document: 'text' }, 'document must be an object.'],
    ['presets', { account: 'bob@example.com', preset: 'huge' }, 'preset must be one of graduate, office'],
  ])('refuses %s %j and says why', async (call, body, message) => {
    const answer = await test.ask('POST', `/__sandbox/${call}`, { body });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
  });

  const LONG = 'a'.repeat(1_100_000);
  it.each([
    ['index: Index 99 must be less than the end index', { document: { content: ['a'] } }, { index: 99 }],
    ['index: The insertion index must be inside the bounds', { document: { content: ['a'] } }, { index: 0 }],
    ['tabId: Tab with ID nope was not found.', { document: { content: ['a'] } }, { tabId: 'nope' }],
    ['text: The text would be longer than', { document: { content: ['a'] } }, { text: LONG }],
    ['text: The text would be longer than', { document: { content: ['a'] } }, { text: LONG, index: 1 }],
    ['index: Only a Google Doc has it, not a spreadsheet.', { spreadsheet: {} }, { index: 1 }],
    ['tabId: Only a Google Doc has it, not a presentation.', { presentation: {} }, { tabId: 'a' }],
  ])('names the field of a refused edit: %s', async (message, described, edit) => {
    const made = await test.ask('POST', '/__sandbox/documents', { body: { name: 'edited', ...described } });
    expect(made.status).toBe(200);
    const body = { fileId: made.json['id'], ...edit };
    const answer = await test.ask('POST', '/__sandbox/documents/edit', { body });
    expect([answer.status, text(answer.json['error']?.['message'])]).toEqual([400, expect.stringContaining(message)]);
  });

  it.each([
    [{ limits: 5 }, 'limits'],
    [{ limits: null }, 'limits'],
    [{ switches: true }, 'switches'],
    [{ quotas: [] }, 'quotas must be an object'],
    [{ latencyMs: [] }, 'latencyMs must be a number'],
    [{ faults: [{ operation: 'files.coppy' }] }, 'faults[0].operation names an unknown operation "files.coppy"'],
    [{ latencyMs: { 'files.lst': 100 } }, 'latencyMs names an unknown operation "files.lst"'],
  ])('refuses the behavior %j and says why', async (body, message) => {
    const answer = await test.ask('PATCH', '/__sandbox/behavior', { body });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message.replaceAll('"', '\\"'));
  });

  it('ends access tokens, and whole grants, of one account', async () => {
    await test.ask('POST', '/__sandbox/tokens/expire', { body: { account: 'alice@example.com' } });
    expect((await test.drive('GET', 'about?fields=kind')).status).toBe(401);
    expect((await test.drive('GET', 'about?fields=kind', { token: test.bob })).status).toBe(200);
    const ended = await test.ask('POST', '/__sandbox/grants/revoke', { body: { account: 'bob@example.com' } });
    expect(Number(ended.json['ended'])).toBeGreaterThan(1);
    expect((await test.drive('GET', 'about?fields=kind', { token: test.bob })).status).toBe(401);
    await test.signIn();
  });

  it('distinguishes a slash in a name from a folder in the paths of a tree', async () => {
    const folder = await test.folder('a/b');
    await test.file('c\\d', 'x', { parents: [folder] });
    const { text: lines } = await test.ask('GET', '/__sandbox/tree?account=alice@example.com');
    const paths = lines
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { path: string }).path);
    // Other tests leave files in the same account.
    expect(paths.filter((path) => path.startsWith('a'))).toEqual(['a\\/b', 'a\\/b/c\\\\d']);
  });

  it('exports up to ten megabytes, and more through the links', async () => {
    const DOC = 'application/vnd.google-apps.document';
    const id = await test.file('big', 'word '.repeat(2_200_000), { mimeType: DOC }).catch(() => undefined);
    // Bytes of no known type do not become a document.
    expect(id).toBeUndefined();
    const start = await test.ask('POST', '/upload/drive/v3/files?uploadType=resumable&fields=id,exportLinks', {
      token: test.alice,
      body: { name: 'big', mimeType: DOC },
      headers: { 'x-upload-content-type': 'text/plain' },
    });
    const made = await test.ask('PUT', text(start.headers['location']), { body: 'word '.repeat(2_097_152) });
    const refused = await test.drive('GET', `files/${text(made.json['id'])}/export?mimeType=text/plain`);
    expect(refused.text).toContain('exportSizeLimitExceeded');
    const whole = await test.ask('GET', text(made.json['exportLinks']?.['text/plain']), { token: test.alice });
    expect([whole.status, whole.bytes.length]).toEqual([200, 10_485_760 + 5]);
    const wrong = await test.drive('GET', `files/${text(made.json['id'])}/export?mimeType=image/png`);
    expect(wrong.json['error']).toMatchObject({ code: 400, errors: [{ reason: 'badRequest', location: 'convertTo' }] });
  });
});
