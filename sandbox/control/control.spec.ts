import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestSandbox, text } from '../testing/test-client.ts';

describe('the control side', () => {
  let test: TestSandbox;
  beforeAll(async () => void (test = await TestSandbox.start()));
  afterAll(() => test.close());

  it('has every call of its description, and no other', async () => {
    const description = JSON.parse((await test.ask('GET', '/__sandbox/openapi.json')).text) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const calls = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
    );
    const source = readFileSync(join(import.meta.dirname, 'control.ts'), 'utf8');
    const answered = [...source.matchAll(/case '([A-Z]+ \/\S*)'/g)].map(([, call]) => call ?? '');
    expect(answered.length).toBeGreaterThan(20);
    expect(answered.filter((call) => call !== 'GET /openapi.json').sort()).toEqual(
      calls.map(([method, path]) => `${method} ${path.slice('/__sandbox'.length)}`).sort(),
    );
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
    ['tokens', {}, 'account is missing'],
    [
      'tokens',
      { account: 'eve@example.com' },
      'There is no account eve@example.com; the sandbox has alice@example.com, bob@example.com',
    ],
    ['tokens', { account: 'bob@example.com', scopes: 'drive' }, 'scopes must be a list'],
    ['tokens', { account: 'bob@example.com', clientId: 'who' }, 'There is no OAuth client who'],
    ['clients', { clientId: 'a', clientSecret: 'b' }, 'redirectUris must be a list'],
    ['trees', { account: 'bob@example.com', files: -1 }, 'files must be a whole number'],
    ['trees', { account: 'bob@example.com', parentId: 'nope' }, 'There is no folder nope'],
    ['accounts', { email: 'alice@example.com' }, 'already an account'],
  ])('refuses %s %j and says why', async (call, body, message) => {
    const answer = await test.ask('POST', `/__sandbox/${call}`, { body });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
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
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { path: string }).path),
    ).toEqual(['a\\/b', 'a\\/b/c\\\\d']);
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
