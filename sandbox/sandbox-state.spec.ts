import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { multipart, TestSandbox, type Json, text } from './testing/test-client.ts';
import { until } from '../tools/until.ts';

async function tree(test: TestSandbox, query = ''): Promise<Json[]> {
  const answer = await test.ask('GET', `/__sandbox/tree?account=alice@example.com${query}`);
  return answer.text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Json);
}

describe('the state of the sandbox', () => {
  let scratch: string;
  beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), 'sandbox-spec-'))));
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  it('imports a real folder, skips symbolic links, and follows edits', async () => {
    const folder = join(scratch, 'real');
    mkdirSync(join(folder, 'sub', 'empty'), { recursive: true });
    writeFileSync(join(folder, 'a.txt'), 'hello');
    writeFileSync(join(folder, 'sub', '.b 🎉.PNG'), '');
    utimesSync(join(folder, 'a.txt'), 1000, 1_234_567.891);
    symlinkSync(join(folder, 'a.txt'), join(folder, 'link'));
    const test = await TestSandbox.start({ imports: [{ path: folder, account: 'alice@example.com' }] });
    try {
      const again = await test.ask('POST', '/__sandbox/import', { body: { account: 'bob@example.com', path: folder } });
      expect(again.json).toMatchObject({
        name: 'real',
        folders: 3,
        files: 2,
        bytes: 5,
        skipped: { symlinks: 1, special: 0, unreadable: 0 },
      });
      const items = await tree(test);
      expect(items.map(({ path, mimeType, size }) => [path, mimeType, size])).toEqual([
        ['real', 'application/vnd.google-apps.folder', undefined],
        ['real/a.txt', 'text/plain', 5],
        ['real/sub', 'application/vnd.google-apps.folder', undefined],
        ['real/sub/.b 🎉.PNG', 'image/png', 0],
        ['real/sub/empty', 'application/vnd.google-apps.folder', undefined],
      ]);
      expect(items[1]).toMatchObject({
        md5: createHash('md5').update('hello').digest('hex'),
        modifiedTime: '1970-01-15T06:56:07.891Z',
      });
      writeFileSync(join(folder, 'a.txt'), 'edited');
      const id = text(items[1]?.['id']);
      expect((await test.drive('GET', `files/${id}?alt=media`)).text).toBe('edited');
      expect((await test.drive('GET', `files/${id}?fields=size,md5Checksum`)).json).toEqual({
        size: '6',
        md5Checksum: createHash('md5').update('edited').digest('hex'),
      });
      const missing = await test.ask('POST', '/__sandbox/import', {
        body: { account: 'bob@example.com', path: join(scratch, 'no') },
      });
      expect([missing.status, missing.text]).toEqual([400, expect.stringContaining('There is no folder')]);
    } finally {
      await test.close();
    }
    expect(readdirSync(folder).sort()).toEqual(['a.txt', 'link', 'sub']);
  });

  it('generates the same tree from the same seed, to the byte', async () => {
    const test = await TestSandbox.start();
    try {
      const plan = { account: 'alice@example.com', folders: 7, files: 60, bytes: 3_000_001, seed: 9 };
      const made = [0, 1].map(() => test.ask('POST', '/__sandbox/trees', { body: plan }));
      const [first = [], second = []] = await Promise.all(
        (await Promise.all(made)).map(async (answer) => tree(test, `&folderId=${text(answer.json['folderId'])}`)),
      );
      const facts = (items: Json[]) =>
        items.map(({ path, size, md5, modifiedTime }) => ({ path, size, md5, modifiedTime }));
      expect(facts(second)).toEqual(facts(first));
      expect(first.reduce((sum, item) => sum + Number(item['md5'] ? item['size'] : 0), 0)).toBe(plan.bytes);
      expect(new Set(first.filter((item) => item['md5']).map((item) => item['md5'])).size).toBe(60);
      const file = first.find((item) => Number(item['size']) > 10_000);
      const whole = (await test.drive('GET', `files/${text(file?.['id'])}?alt=media`)).bytes;
      expect(createHash('sha256').update(whole).digest('hex')).toBe(file?.['sha256']);
      const part = await test.drive('GET', `files/${text(file?.['id'])}?alt=media`, {
        headers: { range: 'bytes=20-5000' },
      });
      expect(part.bytes.equals(whole.subarray(20, 5001))).toBe(true);
      expect((await test.ask('POST', '/__sandbox/trees', { body: { ...plan, files: 0 } })).status).toBe(400);
    } finally {
      await test.close();
    }
  });

  it('keeps everything between starts, and imports nothing twice', async () => {
    const folder = join(scratch, 'real');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.txt'), 'hello');
    const clients = [{ clientId: 'c', clientSecret: 's', redirectUris: ['http://localhost/cb'] }];
    const options = { dataDir: join(scratch, 'data'), seedDemo: true, clients, imports: [{ path: folder }] };
    const first = await TestSandbox.start(options);
    const id = await first.file('kept', 'these bytes', { starred: true, properties: { a: 'b' } });
    await first.share(id, 'writer');
    const seen = { viewedByMeTime: '2001-01-01T00:00:00.000Z', modifiedTime: '2002-01-01T00:00:00.000Z' };
    await first.drive('PATCH', `files/${id}`, { token: first.bob, body: seen });
    const copy = (await first.drive('POST', `files/${id}/copy`, { token: first.bob, body: { parents: ['root'] } }))
      .json['id'];
    const gone = await first.file('gone', 'x');
    await first.drive('DELETE', `files/${gone}`);
    const before = await tree(first);
    const refresh = text(
      (await first.ask('POST', '/__sandbox/tokens', { body: { account: 'bob@example.com' } })).json['refresh_token'],
    );
    const { alice, bob } = first;
    await first.close();

    const second = await TestSandbox.start(options);
    try {
      expect(await tree(second)).toEqual(before);
      expect((await second.drive('GET', `files/${id}?alt=media`, { token: bob })).text).toBe('these bytes');
      expect((await second.drive('GET', `files/${id}?fields=starred,properties`, { token: alice })).json).toEqual({
        starred: true,
        properties: { a: 'b' },
      });
      const personal = `files/${id}?fields=viewedByMeTime,modifiedByMe,modifiedByMeTime`;
      expect((await second.drive('GET', personal, { token: bob })).json).toEqual({
        viewedByMeTime: seen.viewedByMeTime,
        modifiedByMe: true,
        modifiedByMeTime: seen.modifiedTime,
      });
      const own = (await second.drive('GET', personal, { token: alice })).json;
      expect(own).toEqual({ modifiedByMe: true, modifiedByMeTime: expect.any(String) as unknown });
      expect(own['modifiedByMeTime']).not.toBe(seen.modifiedTime);
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refresh,
        client_id: 'c',
        client_secret: 's',
      });
      expect((await second.ask('POST', '/token', { body })).status).toBe(200);
      expect((await second.drive('POST', 'files', { token: alice, body: { id: gone } })).status).toBe(409);
      const other = await second.file('other', 'other bytes', {}, alice);
      expect((await second.drive('DELETE', `files/${id}`, { token: alice })).status).toBe(204);
      // The copy shares the stored bytes, which stay until it is deleted too.
      const stored = () =>
        readdirSync(join(options.dataDir, 'content'), { recursive: true, withFileTypes: true }).filter((entry) =>
          entry.isFile(),
        );
      await second.drive('DELETE', `files/${other}`, { token: alice });
      await until('the bytes of another file, deleted later, are removed', () => stored().length < 2);
      expect((await second.drive('GET', `files/${text(copy)}?alt=media`, { token: bob })).text).toBe('these bytes');
      expect(stored()).toHaveLength(1);
      await second.drive('DELETE', `files/${text(copy)}`, { token: bob });
      await until('its bytes are removed', () => stored().length === 0);
    } finally {
      await second.close();
    }
  });

  it('keeps shared drives, groups, policies, several parents, revisions and comments between starts', async () => {
    const options = { dataDir: join(scratch, 'data') };
    const first = await TestSandbox.start(options);
    const all = 'supportsAllDrives=true';
    const control = (path: string, body: object) => first.ask('POST', `/__sandbox/${path}`, { body });
    const members = [{ email: 'bob@example.com', role: 'writer' }];
    const drive = text((await control('drives', { name: 'Team', organizer: 'alice@example.com', members })).json['id']);
    await first.drive('PATCH', `drives/${drive}`, { body: { restrictions: { domainUsersOnly: true } } });
    await first.drive('POST', `drives/${drive}/hide`, { token: first.bob });
    await control('groups', { email: 'team@example.com', members: ['bob@example.com'] });
    await control('domains', { domain: 'example.com', shareOut: false });
    const [a, b] = [await first.folder('a'), await first.folder('b')];
    const both = await first.file('both', 'x', { parents: [a] });
    await control('items', { fileId: both, parents: [a, b] });
    const asked = await first.ask(
      'POST',
      `/upload/drive/v3/files?uploadType=multipart&${all}&keepRevisionForever=true`,
      {
        token: first.bob,
        ...multipart({ name: 'shared', parents: [drive] }, 'old'),
      },
    );
    const shared = text(asked.json['id']);
    await first.ask('PATCH', `/upload/drive/v3/files/${shared}?uploadType=media&${all}`, {
      token: first.bob,
      body: Buffer.from('newer'),
    });
    await first.drive('POST', `files/${shared}/comments?fields=id&${all}`, { body: { content: 'mind the gap' } });
    await first.drive('POST', `files/${shared}/permissions?${all}`, {
      body: { type: 'group', role: 'reader', emailAddress: 'team@example.com' },
    });
    const facts = async (test: TestSandbox) => {
      const read = async (path: string) => (await test.drive('GET', path, { token: first.bob })).json;
      const revisions = (await read(`files/${shared}/revisions?${all}`))['revisions'] as unknown as Json[];
      return {
        drive: await read(`drives/${drive}?fields=*`),
        file: await read(`files/${shared}?fields=*&${all}`),
        old: (
          await test.drive('GET', `files/${shared}/revisions/${text(revisions[0]?.['id'])}?alt=media&${all}`, {
            token: first.bob,
          })
        ).text,
        comments: await read(`files/${shared}/comments?fields=*&${all}`),
        parents: (await test.drive('GET', `files/${both}?fields=parents`, { token: first.alice })).json,
        inB: await test.list(`'${b}' in parents`, { token: first.alice }),
        refused: (
          await test.drive('POST', `files/${both}/permissions`, {
            token: first.alice,
            body: { type: 'user', role: 'reader', emailAddress: 'carol@elsewhere.example' },
          })
        ).status,
      };
    };
    const origin = (test: TestSandbox, value: unknown): string =>
      JSON.stringify(value).replaceAll(test.sandbox.url, 'http://here');
    const before = await facts(first);
    expect(before).toMatchObject({
      drive: { hidden: true, restrictions: { domainUsersOnly: true } },
      file: { driveId: drive, size: '5', quotaBytesUsed: '8' },
      old: 'old',
      parents: { parents: [a, b] },
      inB: [{ id: both }],
      refused: 403,
    });
    const text1 = origin(first, before);
    await first.close();
    const second = await TestSandbox.start(options);
    try {
      expect(origin(second, await facts(second))).toBe(text1);
    } finally {
      await second.close();
    }
  });

  it('opens data of versions before the editors’ APIs, whose documents were plain texts and tables', async () => {
    const root = '0AGZocbsVV7x4t17PVA';
    const documents = {
      document: { kind: 'document', paragraphs: [{ text: 'Plan', heading: true }, { text: 'Call Ana' }] },
      spreadsheet: {
        kind: 'spreadsheet',
        sheets: [
          {
            name: 'Costs',
            rows: [
              ['Item', 'Sum'],
              ['Paint', '12.5'],
            ],
          },
        ],
      },
      presentation: { kind: 'presentation', slides: [{ title: 'Hello', lines: ['one', 'two'] }] },
      drawing: { kind: 'drawing', text: 'Sketch' },
    };
    const time = 1_715_677_923_120;
    const times = { created: time, modified: time, born: time, version: 2, trashedExplicitly: false };
    const lines = [
      { type: 'head', version: 1, nextChange: 5, imported: [], seeded: true },
      {
        type: 'account',
        email: 'alice@example.com',
        name: 'Alice',
        quotaBytes: 1e12,
        sub: '104048490718823086960',
        rootId: root,
        root: { created: time, modified: time },
      },
      ...Object.entries(documents).map(([id, document]) => ({
        type: 'item',
        facts: { id, name: id, mimeType: `application/vnd.google-apps.${id}`, ...times, document, viewed: time },
        owner: 'alice@example.com',
        parent: root,
      })),
      { type: 'deleted', ids: [] },
    ];
    writeFileSync(join(scratch, 'sandbox.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (const start of ['converted', 'stored in the present form']) {
      const test = await TestSandbox.start({ dataDir: scratch });
      try {
        const exported = async (id: string, type: string) =>
          (await test.drive('GET', `files/${id}/export?mimeType=${encodeURIComponent(type)}`)).text;
        expect([start, await exported('document', 'text/markdown')]).toEqual([start, '# Plan\n\nCall Ana\n']);
        expect(await exported('spreadsheet', 'text/csv')).toBe('Item,Sum\r\nPaint,12.5');
        expect(await exported('presentation', 'text/plain')).toBe('\uFEFFHello\r\none\r\ntwo\r\n');
        expect(await exported('drawing', 'image/svg+xml')).toContain('Sketch');
        const viewed = await test.drive('GET', 'files/drawing?fields=viewedByMeTime');
        expect(viewed.json).toEqual({ viewedByMeTime: new Date(time).toISOString() });
        const read = async (path: string) => (await test.ask('GET', path, { token: test.alice })).json;
        expect(await read('/v1/documents/document?fields=body')).toMatchObject({
          body: { content: [{}, { paragraph: { paragraphStyle: { namedStyleType: 'HEADING_1' } } }, {}] },
        });
        expect(await read('/v4/spreadsheets/spreadsheet/values/Costs!A2:B2')).toMatchObject({
          values: [['Paint', '12.5']],
        });
        expect(await read('/v1/presentations/presentation?fields=slides(objectId)')).toMatchObject({ slides: [{}] });
      } finally {
        await test.close();
      }
    }
  });

  it('refuses to start from damaged data, and names the file', async () => {
    writeFileSync(join(scratch, 'sandbox.ndjson'), '{"type":"head","version":1}\n{"type":');
    await expect(TestSandbox.start({ dataDir: scratch })).rejects.toThrow(/sandbox\.ndjson.*Move it away/);
  });

  it('returns to its initial state', async () => {
    const test = await TestSandbox.start({ seedDemo: true });
    try {
      const before = (await tree(test)).map(({ path, md5 }) => ({ path, md5 }));
      await test.file('new', 'x');
      await test.behave({ faults: [{ operation: '*' }] });
      await test.ask('POST', '/__sandbox/reset', { body: {} });
      expect((await tree(test)).map(({ path, md5 }) => ({ path, md5 }))).toEqual(before);
      expect((await test.drive('GET', 'files')).status).toBe(401);
      await test.signIn();
      expect((await test.drive('GET', 'files')).status).toBe(200);
    } finally {
      await test.close();
    }
  });

  it('can be a realistic Drive, of which everything can be downloaded or exported', async () => {
    const test = await TestSandbox.start({ seedDemo: true });
    try {
      const items = await tree(test);
      expect(items.length).toBeGreaterThanOrEqual(90);
      for (const name of ['Q1/Q2 summary.txt', '.shopping list', 'Grandma’s 80th 🎂'])
        expect(items.map((item) => item['name'])).toContain(name);
      expect(items.some((item) => [...text(item['name'])].length === 200)).toBe(true);
      expect(items.filter((item) => item['path'] === ('Work/Logo.png' as unknown))).toHaveLength(2);
      const formats = (await test.drive('GET', 'about?fields=exportFormats')).json[
        'exportFormats'
      ] as unknown as Record<string, string[]>;
      let exported = 0;
      for (const { id, mimeType, md5 } of items) {
        if (md5) {
          const { bytes } = await test.drive('GET', `files/${text(id)}?alt=media`);
          expect(createHash('md5').update(bytes).digest('hex')).toBe(md5);
        }
        for (const target of formats[text(mimeType)] ?? []) {
          const answer = await test.drive('GET', `files/${text(id)}/export?mimeType=${encodeURIComponent(target)}`);
          expect(answer.status).toBe(200);
          if (target === 'application/pdf') expect(answer.bytes.subarray(0, 5).toString()).toBe('%PDF-');
          if (/openxml/.test(target)) expect(Object.keys(unzipSync(answer.bytes))).toContain('[Content_Types].xml');
          exported++;
        }
      }
      expect(exported).toBeGreaterThan(50);
    } finally {
      await test.close();
    }
  });

  it.each([
    [{ accounts: ['nobody'] }, 'not an e-mail address'],
    [{ imports: [{ path: '/nowhere/at/all' }] }, 'There is no folder /nowhere/at/all'],
    [{ imports: [{ path: '.', account: 'eve@example.com' }] }, 'There is no account eve@example.com'],
    [{ clients: [{ clientId: 'a', clientSecret: 'b', redirectUris: ['cb'] }] }, 'redirectUris: "cb"'],
  ])('does not start with %j', async (options, message) => {
    await expect(TestSandbox.start(options)).rejects.toThrow(message);
  });
});
