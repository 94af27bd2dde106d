import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, startStack, type Stack } from '../support/stack.js';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
const CAROL = 'carol@example.com';

interface File {
  id: string;
  name: string;
  kind: string;
  size: number | null;
  parentId?: string;
}
interface Page {
  files: File[];
  nextPageToken?: string;
  incompleteSearch: boolean;
}

describe('browsing', () => {
  let stack: Stack;
  let token: string;
  let bob: string;
  /** A real folder that the sandbox imports. */
  let folder: string;
  /** Alice's folder with the imported items. Tests list it, and add nothing to it. */
  let folderId: string;

  beforeAll(async () => {
    stack = await startStack();
    token = await connect(stack, 'source', ALICE);
    bob = await connect(stack, 'destination', BOB);

    folder = mkdtempSync(join(tmpdir(), 'cloudmover-browsing-'));
    mkdirSync(join(folder, 'b folder', 'deep', 'deeper'), { recursive: true });
    mkdirSync(join(folder, 'A folder'));
    const files: [string, number][] = [
      ["Ana's \\ notes.txt", 5],
      ['invoice 10.pdf', 300],
      ['invoice 2.pdf', 100],
      ['zebra 🦓.bin', 200],
    ];
    files.forEach(([name, size], index) => {
      writeFileSync(join(folder, name), Buffer.alloc(size, index + 1));
      utimesSync(join(folder, name), 1_700_000_000 + index, 1_700_000_000 + index);
    });
    writeFileSync(join(folder, 'b folder', 'deep', 'invoice 3.pdf'), 'below');
    ({ folderId } = await stack.control<{ folderId: string }>('POST', 'import', { account: ALICE, path: folder }));
  });
  afterAll(async () => {
    await stack.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => stack.control('PUT', 'behavior', { faults: [] }));

  async function list(query: object = {}, path = '/list-files'): Promise<Page> {
    const { body } = await stack.api
      .get(path)
      .query({ token, folder_id: folderId, ...query })
      .expect(200);
    return body as Page;
  }
  const names = (page: Page) => page.files.map(({ name }) => name);

  describe('GET /list-files', () => {
    it('lists a folder, folders first, in natural order', async () => {
      expect(names(await list())).toEqual([
        'A folder',
        'b folder',
        "Ana's \\ notes.txt",
        'invoice 2.pdf',
        'invoice 10.pdf',
        'zebra 🦓.bin',
      ]);
    });

    it('returns what the portal shows of a file', async () => {
      const file = (await list()).files.find(({ name }) => name === 'invoice 2.pdf');
      expect(file).toMatchObject({
        kind: 'file',
        mimeType: 'application/pdf',
        size: 100,
        modifiedTime: '2023-11-14T22:13:22.000Z',
        ownedByMe: true,
        owner: { email: ALICE },
        canCopy: true,
        canDownload: true,
        starred: false,
        shared: false,
        md5Checksum: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        sha256Checksum: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
      const folder = (await list()).files[0];
      expect(folder).toMatchObject({ kind: 'folder', size: null, canAddChildren: true });
    });

    it.each([
      ['-name', ['b folder', 'A folder', 'zebra 🦓.bin', 'invoice 10.pdf', 'invoice 2.pdf', "Ana's \\ notes.txt"]],
      ['size', ["Ana's \\ notes.txt", 'invoice 2.pdf', 'zebra 🦓.bin', 'invoice 10.pdf']],
      ['-size,name', ['invoice 10.pdf', 'zebra 🦓.bin', 'invoice 2.pdf', "Ana's \\ notes.txt"]],
      ['modifiedTime', ["Ana's \\ notes.txt", 'invoice 10.pdf', 'invoice 2.pdf', 'zebra 🦓.bin']],
      ['-modifiedTime', ['zebra 🦓.bin', 'invoice 2.pdf', 'invoice 10.pdf', "Ana's \\ notes.txt"]],
    ])('orders by %s', async (order_by, expected) => {
      expect(names(await list({ order_by })).slice(-expected.length)).toEqual(expected);
    });

    it('returns pages without losing or repeating an item', async () => {
      const all: string[] = [];
      let page_token: string | undefined;
      let pages = 0;
      do {
        const page = await list({ page_size: 4, ...(page_token && { page_token }) });
        all.push(...names(page));
        page_token = page.nextPageToken;
        pages++;
      } while (page_token);
      expect(pages).toBe(2);
      expect(all).toEqual(names(await list()));
    });

    it('lists the top of the drive without a folder', async () => {
      const { body } = await stack.api.get('/list-files').query({ token }).expect(200);
      expect((body as Page).files.map(({ id }) => id)).toContain(folderId);
    });

    it('searches the whole drive, or one folder when it is named', async () => {
      const { body } = await stack.api.get('/list-files').query({ token, search: 'invoice' }).expect(200);
      expect(names(body as Page).sort()).toEqual(['invoice 10.pdf', 'invoice 2.pdf', 'invoice 3.pdf']);
      expect(names(await list({ search: 'invoice' })).sort()).toEqual(['invoice 10.pdf', 'invoice 2.pdf']);
    });

    it('escapes quotes and backslashes in a search', async () => {
      expect(names(await list({ search: "Ana's \\" }))).toEqual(["Ana's \\ notes.txt"]);
      expect(names(await list({ search: "x' or name != '" }))).toEqual([]);
    });

    it('excludes the trash', async () => {
      const tree = await stack.control<{ folderId: string }>('POST', 'trees', {
        account: ALICE,
        folders: 0,
        files: 2,
        bytes: 20,
        seed: 1,
      });
      const inside = await list({ folder_id: tree.folderId });
      expect(inside.files).toHaveLength(2);
      const access = await stack.control<{ access_token: string }>('POST', 'tokens', { account: ALICE });
      const trashed = await fetch(`${stack.sandbox.url}/drive/v3/files/${inside.files[0]?.id}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${access.access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ trashed: true }),
      });
      expect(trashed.status).toBe(200);
      expect(names(await list({ folder_id: tree.folderId }))).toEqual([inside.files[1]?.name]);
      const [gone, kept] = await Promise.all(
        inside.files.map(async ({ id }) => {
          const { body } = await stack.api.get(`/api/files/${id}`).query({ token }).expect(200);
          return body as unknown;
        }),
      );
      expect(gone).toEqual({ ...inside.files[0], trashed: true });
      expect(kept).toEqual(inside.files[1]);
    });

    it('lists only items that others shared as shared_with_me', async () => {
      const access = await stack.control<{ access_token: string }>('POST', 'tokens', { account: ALICE });
      const shared = (await list()).files.find(({ name }) => name === 'zebra 🦓.bin');
      await fetch(`${stack.sandbox.url}/drive/v3/files/${shared?.id}/permissions?sendNotificationEmail=false`, {
        method: 'POST',
        headers: { authorization: `Bearer ${access.access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ role: 'reader', type: 'user', emailAddress: BOB }),
      });
      const { body } = await stack.api.get('/list-files').query({ token: bob, view: 'shared_with_me' }).expect(200);
      expect((body as Page).files).toMatchObject([{ name: 'zebra 🦓.bin', ownedByMe: false, owner: { email: ALICE } }]);
    });

    it.each<[Record<string, unknown>, string]>([
      [{ page_size: 0 }, 'page_size'],
      [{ page_size: 1001 }, 'page_size'],
      [{ page_size: 'ten' }, 'page_size'],
      [{ page_size: 1.5 }, 'page_size'],
      [{ page_size: [1, 2] }, 'page_size'],
      [{ folder_id: "x' or 'y" }, 'folder_id'],
      [{ folder_id: '' }, 'folder_id'],
      [{ drive_id: '../about' }, 'drive_id'],
      [{ order_by: 'owner' }, 'order_by'],
      [{ order_by: 'name desc' }, 'order_by'],
      [{ search: '' }, 'search'],
      [{ search: 'x'.repeat(257) }, 'search'],
      [{ view: 'trash' }, 'view'],
      [{ view: 'shared_with_me', folder_id: 'root' }, 'view'],
      [{ page_token: 'made-up' }, 'page_token'],
      [{ folderId: 'root' }, 'folderId'],
    ])('refuses %j, naming %s', async (query, parameter) => {
      const { body } = await stack.api
        .get('/list-files')
        .query({ token, ...query })
        .expect(400);
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ parameter }] });
      expect((body as { detail: string }).detail).toContain(parameter);
    });
  });

  it('GET /list-folders lists folders only', async () => {
    expect(names(await list({}, '/list-folders')).slice(0, 2)).toEqual(['A folder', 'b folder']);
    expect((await list({}, '/list-folders')).files.every(({ kind }) => kind === 'folder')).toBe(true);
  });

  it('GET /drive-info returns whose Drive it is and how full', async () => {
    const { body } = await stack.api.get('/drive-info').query({ token }).expect(200);
    expect(body).toMatchObject({ email: ALICE, readOnly: false });
    const { storage } = body as { storage: { used: number; limit: number | null; usedInDrive: number } };
    expect(storage.used).toBeGreaterThanOrEqual(605);
    expect(storage.usedInDrive).toBeLessThanOrEqual(storage.used);
    expect(storage.limit === null || storage.limit > storage.used).toBe(true);
  });

  it('GET /api/drives lists shared drives', async () => {
    const { body } = await stack.api.get('/api/drives').query({ token }).expect(200);
    expect(body).toEqual({ drives: [] });
  });

  it('GET /api/files/{id} returns one item as the lists show it', async () => {
    const item = (await list()).files.find(({ name }) => name === 'invoice 2.pdf')!;
    const { body } = await stack.api.get(`/api/files/${item.id}`).query({ token }).expect(200);
    expect(body).toEqual(item);
    const foreign = await stack.api.get(`/api/files/${item.id}`).query({ token: bob }).expect(404);
    expect(foreign.body).toMatchObject({ code: 'not_found', side: 'destination' });
  });

  it('returns the folders of search results, with one request for each ancestor', async () => {
    const folder = (await list()).files.find(({ name }) => name === 'b folder')!;
    const deep = (await list({ folder_id: folder.id })).files[0]!;
    expect([folder.parentId, deep.parentId]).toEqual([folderId, folder.id]);
    await stack.control('DELETE', 'stats');
    const ids = [folder.id, deep.id, folderId, deep.id, 'nothing-of-this-account'].join(',');
    const { body } = await stack.api.get('/api/folders/paths').query({ token, ids }).expect(200);
    const { folders } = body as { folders: { top: string; path: { id: string; name: string }[] }[] };
    const found = new Map(folders.map(({ top, path }) => [path.at(-1)!.id, [top, ...path.map(({ name }) => name)]]));
    expect(found).toEqual(
      new Map([
        [folderId, ['my_drive', 'My Drive', expect.any(String)]],
        [folder.id, ['my_drive', 'My Drive', expect.any(String), 'b folder']],
        [deep.id, ['my_drive', 'My Drive', expect.any(String), 'b folder', deep.name]],
      ]),
    );
    // The three folders, the top of the drive, and the missing one.
    const stats = await stack.control<{ requests: Record<string, object> }>('GET', 'stats');
    expect(stats.requests['files.get']).toEqual({ 200: 4, 404: 1 });
    for (const wrong of ['', 'a b', ',', Array.from({ length: 51 }, (_, index) => `f${index}`).join(',')])
      await stack.api.get('/api/folders/paths').query({ token, ids: wrong }).expect(400);
  });

  describe('GET /api/folders/{id}/size/events', () => {
    const size = (id: string) => stack.api.get(`/api/folders/${id}/size/events`).query({ token });

    it('streams the size of a folder at any depth, until everything is counted', async () => {
      const { text, headers } = await size(folderId).buffer().expect(200);
      expect(headers['content-type']).toContain('text/event-stream');
      const events = text.trim().split('\n\n');
      expect(events.length).toBeGreaterThan(1);
      const last = JSON.parse(events.at(-1)!.replace(/^event: size\ndata: /, '')) as object;
      const bytes = 5 + 300 + 100 + 200 + 5;
      expect(last).toEqual({ items: 9, folders: 4, bytes, done: true, isMore: false });
    });

    it('returns a problem for a folder that no longer exists', async () => {
      expect((await size('no-such-folder').expect(404)).body).toMatchObject({ code: 'not_found', side: 'source' });
    });
  });

  describe('GET /api/folders/{id}/path', () => {
    it('lists the folders from the top to the folder', async () => {
      const folder = (await list()).files.find(({ name }) => name === 'b folder');
      const deep = (await list({ folder_id: folder?.id })).files[0];
      const { body } = await stack.api.get(`/api/folders/${deep?.id}/path`).query({ token }).expect(200);
      const { path } = body as { path: { id: string; name: string }[] };
      expect(path.slice(1).map(({ id }) => id)).toEqual([folderId, folder?.id, deep?.id]);
      expect(path[0]?.name).toBe('My Drive');
    });

    it('is the top itself for root', async () => {
      const { body } = await stack.api.get('/api/folders/root/path').query({ token }).expect(200);
      expect(body).toMatchObject({ path: [{ name: 'My Drive' }], top: 'my_drive', canAddChildren: true });
      expect(body).not.toHaveProperty('driveId');
    });

    it('starts a path with the name of the shared drive, or with a shared item', async () => {
      // Carol’s, because other tests list Alice’s shared drives and what others share with Bob.
      await stack.control('POST', 'accounts', { email: CAROL });
      const carol = await connect(stack, 'destination', CAROL);
      const access = await stack.control<{ access_token: string }>('POST', 'tokens', { account: CAROL });
      const asCarol = async (path: string, body: object) => {
        const response = await fetch(`${stack.sandbox.url}/drive/v3/${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${access.access_token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        expect(response.status).toBe(200);
        return (await response.json()) as { id: string };
      };
      const mimeType = 'application/vnd.google-apps.folder';
      const drive = await asCarol('drives?requestId=way', { name: 'Legal' });
      const inDrive = await asCarol('files?supportsAllDrives=true', { name: 'Cases', mimeType, parents: [drive.id] });
      const way = (id: string, who: string) =>
        stack.api.get(`/api/folders/${id}/path`).query({ token: who }).expect(200);
      expect((await way(inDrive.id, carol)).body).toMatchObject({
        top: 'shared_drive',
        driveId: drive.id,
        path: [{ id: drive.id, name: 'Legal' }, { name: 'Cases' }],
      });

      const above = await asCarol('files', { name: 'Not shared', mimeType });
      const outer = await asCarol('files', { name: 'For Alice', mimeType, parents: [above.id] });
      const inner = await asCarol('files', { name: 'Inner', mimeType, parents: [outer.id] });
      await asCarol(`files/${outer.id}/permissions?sendNotificationEmail=false`, {
        role: 'reader',
        type: 'user',
        emailAddress: ALICE,
      });
      expect((await way(inner.id, token)).body).toMatchObject({
        top: 'shared_with_me',
        path: [{ name: 'For Alice' }, { name: 'Inner' }],
        canAddChildren: false,
      });
    });

    it('returns not_found for another person’s folder, and names the account’s side', async () => {
      const { body } = await stack.api.get(`/api/folders/${folderId}/path`).query({ token: bob }).expect(404);
      expect(body).toMatchObject({ code: 'not_found', side: 'destination' });
    });

    it('refuses a malformed id', async () => {
      const { body } = await stack.api.get('/api/folders/a%20b/path').query({ token }).expect(400);
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: 'id' }] });
    });
  });

  describe('POST /api/folders', () => {
    it('creates a folder, whatever its name', async () => {
      const name = "Ana's / folder 📁";
      const { body } = await stack.api.post('/api/folders').query({ token: bob }).send({ name }).expect(201);
      expect(body).toMatchObject({ name, kind: 'folder', ownedByMe: true });
      const inside = await stack.api
        .post('/api/folders')
        .set('X-Destination-Token', bob)
        .send({ name: 'inside', parentId: (body as File).id })
        .expect(201);
      const path = await stack.api.get(`/api/folders/${(inside.body as File).id}/path`).query({ token: bob });
      const place = path.body as { path: { name: string }[] };
      expect(place.path.map((each) => each.name)).toEqual(['My Drive', name, 'inside']);
    });

    it('creates one folder when Google’s response is lost after it was created', async () => {
      await stack.control('PUT', 'behavior', {
        faults: [{ operation: 'files.create', kind: 'failAfterWrite', status: 503, times: 1 }],
      });
      await stack.api.post('/api/folders').query({ token: bob }).send({ name: 'only once' }).expect(201);
      const { body } = await stack.api.get('/list-folders').query({ token: bob, search: 'only once' }).expect(200);
      expect((body as Page).files).toHaveLength(1);
    });

    it.each<[object, string]>([
      [{}, 'name'],
      [{ name: '  ' }, 'name'],
      [{ name: 7 }, 'name'],
      [{ name: 'x'.repeat(1025) }, 'name'],
      [{ name: 'x', parentId: 'a b' }, 'parentId'],
      [{ name: 'x', parentId: null }, 'parentId'],
      [{ name: 'x', colour: 'red' }, 'colour'],
    ])('refuses %j, naming %s', async (folder, parameter) => {
      const { body } = await stack.api.post('/api/folders').query({ token: bob }).send(folder).expect(400);
      expect(body).toMatchObject({ code: 'invalid_request', errors: [{ parameter }] });
    });

    it('returns not_found for a parent it cannot see', async () => {
      const { body } = await stack.api
        .post('/api/folders')
        .query({ token: bob })
        .send({ name: 'x', parentId: folderId })
        .expect(404);
      expect(body).toMatchObject({ code: 'not_found', side: 'destination' });
    });
  });

  it('stops at a list of shared drives that repeats a page', async () => {
    await stack.control('PUT', 'behavior', { faults: [{ operation: 'drives.list', kind: 'loopPages' }] });
    const answer = await stack.api.get('/api/drives').query({ token: bob });
    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({ code: 'google_unavailable' });
  });

  describe('requests that Google refuses', () => {
    it.each([
      ['insufficientParentPermissions', 403, 403, 'destination_read_only'],
      ['insufficientFilePermissions', 403, 403, 'destination_read_only'],
      ['storageQuotaExceeded', 403, 507, 'destination_storage_full'],
      ['domainPolicy', 403, 403, 'domain_policy'],
      ['dailyLimitExceeded', 403, 429, 'quota_exceeded'],
      ['insufficientPermissions', 403, 403, 'scope_missing'],
      ['somethingNew', 403, 502, 'google_refused'],
    ])('%s (%i) becomes %i %s', async (reason, status, expectedStatus, code) => {
      await stack.control('PUT', 'behavior', {
        faults: [{ operation: 'files.create', kind: 'error', status, reason, message: 'raw words of Google' }],
      });
      const answer = await stack.api.post('/api/folders').query({ token: bob }).send({ name: 'x' });
      expect(answer.status).toBe(expectedStatus);
      expect(answer.body).toMatchObject({ code, side: 'destination' });
      expect(answer.text).not.toContain('raw words');
    });
  });

  describe('credentials', () => {
    it('refreshes an expired access token once for all waiting requests', async () => {
      await stack.control('POST', 'tokens/expire', { account: ALICE });
      await stack.control('DELETE', 'stats');
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => stack.api.get('/drive-info').query({ token })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      const stats = await stack.control<{ requests: Record<string, object> }>('GET', 'stats');
      expect(stats.requests['oauth.token']).toEqual({ 200: 1 });
    });

    it('returns reconnect_needed with the side when access was withdrawn at Google, and works again after a new sign-in', async () => {
      await stack.control('POST', 'grants/revoke', { account: BOB });
      const { body } = await stack.api.get('/drive-info').query({ token: bob }).expect(401);
      expect(body).toMatchObject({ code: 'reconnect_needed', side: 'destination' });
      const again = await connect(stack, 'destination', BOB);
      await stack.api.get('/drive-info').query({ token: again }).expect(200);
      await stack.api.get('/drive-info').query({ token: bob }).expect(200);
    });
  });
});
