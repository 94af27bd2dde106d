import { createHash } from 'node:crypto';
import { TestSandbox, type Ask, type Json, text } from '../testing/test-client.ts';

const FOLDER = 'application/vnd.google-apps.folder';
const DOC = 'application/vnd.google-apps.document';

function reasonOf(answer: { json: Json }): unknown {
  return answer.json['error']?.['errors']?.[0]?.['reason'];
}

describe('Drive v3', () => {
  let test: TestSandbox;
  beforeAll(async () => void (test = await TestSandbox.start()));
  afterAll(() => test.close());

  describe('errors have exactly the format of Google', () => {
    it('for a missing file', async () => {
      const answer = await test.drive('GET', 'files/nothing');
      expect(answer.status).toBe(404);
      expect(answer.headers['content-type']).toBe('application/json; charset=UTF-8');
      expect(answer.json).toEqual({
        error: {
          code: 404,
          message: 'File not found: nothing.',
          errors: [
            {
              message: 'File not found: nothing.',
              domain: 'global',
              reason: 'notFound',
              location: 'fileId',
              locationType: 'parameter',
            },
          ],
        },
      });
    });

    const rows: [string, string, string, Ask, number, string][] = [
      ['a bad bearer', 'GET', 'files', { token: 'nonsense' }, 401, 'authError'],
      ['an unknown field', 'GET', 'files?fields=nope', {}, 400, 'invalidParameter'],
      ['about without fields', 'GET', 'about', {}, 400, 'required'],
      ['a page size beyond 1000', 'GET', 'files?pageSize=1001', {}, 400, 'invalidParameter'],
      ['a made-up page token', 'GET', 'files?pageToken=xyz', {}, 400, 'invalid'],
      [
        'all drives without includeItemsFromAllDrives',
        'GET',
        'files?includeItemsFromAllDrives=true',
        {},
        403,
        'supportsTeamDrivesRequired',
      ],
      ['a missing folder', 'GET', "files?q='nope'+in+parents", {}, 404, 'notFound'],
      ['too many ids', 'GET', 'files/generateIds?count=1001', {}, 400, 'invalidParameter'],
      [
        'broken JSON',
        'POST',
        'files',
        { body: '{', headers: { 'content-type': 'application/json' } },
        400,
        'parseError',
      ],
      ['an id that was not issued', 'POST', 'files', { body: { id: 'mine' } }, 400, 'invalid'],
      ['a missing parent', 'POST', 'files', { body: { parents: ['nope'] } }, 404, 'notFound'],
      ['the application data', 'POST', 'files', { body: { parents: ['appDataFolder'] } }, 501, 'notImplemented'],
      ['two parents', 'POST', 'files', { body: { parents: ['root', 'root'] } }, 403, 'multipleParentsNotSupported'],
      ['a computed field', 'POST', 'files', { body: { size: '3' } }, 403, 'fieldNotWritable'],
      ['an invalid time', 'POST', 'files', { body: { modifiedTime: 'noon' } }, 400, 'invalid'],
      [
        'a shortcut without a target',
        'POST',
        'files',
        { body: { mimeType: 'application/vnd.google-apps.shortcut' } },
        400,
        'shortcutTargetInvalid',
      ],
      [
        'a property that is too long',
        'POST',
        'files',
        { body: { properties: { a: 'x'.repeat(124) } } },
        403,
        'propertyLengthExceeded',
      ],
      ['a type that is invalid in a header', 'POST', 'files', { body: { mimeType: 'text/a\nb' } }, 400, 'badRequest'],
      ['changes without a token', 'GET', 'changes', {}, 400, 'required'],
      ['a shared drive', 'GET', 'drives/nope', {}, 404, 'notFound'],
      ['trashing the root', 'PATCH', 'files/root', { body: { trashed: true } }, 403, 'insufficientFilePermissions'],
      ['deleting the root', 'DELETE', 'files/root', {}, 403, 'insufficientFilePermissions'],
      ['copying a folder', 'POST', 'files/root/copy', { body: {} }, 403, 'cannotCopyFile'],
    ];
    it.each(rows)('for %s', async (_what, method, path, ask, status, reason) => {
      const answer = await test.drive(method, path, ask);
      expect([answer.status, reasonOf(answer)]).toEqual([status, reason]);
    });

    it('without a token: 403 for reads, 401 for writes', async () => {
      expect((await test.ask('GET', '/drive/v3/files')).status).toBe(403);
      expect((await test.ask('POST', '/drive/v3/files', { body: {} })).status).toBe(401);
    });
  });

  describe('scopes', () => {
    const auth = 'https://www.googleapis.com/auth/';
    it('a read-only token can read, but not write', async () => {
      const token = await test.token('alice@example.com', { scopes: [`${auth}drive.readonly`] });
      expect((await test.drive('GET', 'files', { token })).status).toBe(200);
      const refused = await test.drive('POST', 'files', { token, body: {} });
      expect([refused.status, reasonOf(refused)]).toEqual([403, 'insufficientPermissions']);
    });

    it('a token without a Drive scope is refused', async () => {
      const token = await test.token('alice@example.com', { scopes: ['openid', 'email'] });
      const refused = await test.drive('GET', 'about?fields=user', { token });
      expect([refused.status, reasonOf(refused)]).toEqual([403, 'insufficientPermissions']);
    });

    it('drive.metadata.readonly lists and does not download', async () => {
      const id = await test.file('secret', 'x');
      const token = await test.token('alice@example.com', { scopes: [`${auth}drive.metadata.readonly`] });
      expect((await test.drive('GET', `files/${id}`, { token })).status).toBe(200);
      expect((await test.drive('GET', `files/${id}?alt=media`, { token })).status).toBe(403);
    });
  });

  it('lists 100 files a page, if the mask includes their permissions', async () => {
    const parent = await test.folder('many');
    const { store } = test.sandbox.state;
    const folder = store.item(parent)!;
    for (let i = 0; i < 150; i++)
      store.create({ name: `${i}`, mimeType: 'text/plain', owner: folder.owner, parent: folder });
    const lengthWith = async (fields: string): Promise<number> => {
      const answer = await test.drive('GET', `files?pageSize=1000&q='${parent}'+in+parents&fields=${fields}`);
      return (answer.json['files'] as unknown as unknown[]).length;
    };
    for (const fields of ['files(id,permissions)', 'files/permissions/id', 'files/*', 'files(*)', 'files', '*'])
      expect([fields, await lengthWith(fields)]).toEqual([fields, 100]);
    for (const fields of ['files(id,permissionIds)', 'files/id'])
      expect([fields, await lengthWith(fields)]).toEqual([fields, 150]);
  });

  describe('files', () => {
    it('have four fields by default, and never null', async () => {
      const id = await test.file('a.txt', 'hello');
      expect((await test.drive('GET', `files/${id}`)).json).toEqual({
        kind: 'drive#file',
        id,
        name: 'a.txt',
        mimeType: 'application/octet-stream',
      });
      const all = (await test.drive('GET', `files/${id}?fields=*`)).json;
      expect(Object.values(all)).not.toContain(null);
      expect(all).toMatchObject({
        size: '5',
        md5Checksum: createHash('md5').update('hello').digest('hex'),
        sha1Checksum: createHash('sha1').update('hello').digest('hex'),
        sha256Checksum: createHash('sha256').update('hello').digest('hex'),
        ownedByMe: true,
        owners: [{ kind: 'drive#user', emailAddress: 'alice@example.com', me: true, displayName: 'Alice' }],
        trashed: false,
      });
      expect(all['modifiedTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    it('keep names of every kind, including duplicates, and times to the millisecond', async () => {
      const folder = await test.folder('names');
      const names = ['a/b', '..', '.hidden', '🎉 ünï', 'x'.repeat(200), 'twin', 'twin', ''];
      for (const name of names)
        await test.file(name, 'x', { parents: [folder], modifiedTime: '2001-02-03T04:05:06.789Z' });
      const found = await test.list(`'${folder}' in parents`, { fields: 'files(name,modifiedTime)' });
      expect(found.map((file) => file['name'])).toEqual(names);
      expect(new Set(found.map((file) => file['modifiedTime']))).toEqual(new Set(['2001-02-03T04:05:06.789Z']));
    });

    it('are listed completely in pages, even if some are deleted between requests', async () => {
      const folder = await test.folder('pages');
      for (let i = 0; i < 7; i++) await test.make({ name: `f${i}`, parents: [folder] });
      const query = `files?pageSize=3&orderBy=name&q='${folder}'+in+parents`;
      const first = (await test.drive('GET', query)).json;
      const names = (first['files'] as unknown as Json[]).map((file) => file['name']);
      await test.drive('DELETE', `files/${text((first['files'] as unknown as Json[])[0]?.['id'])}`);
      let token: unknown = first['nextPageToken'];
      while (token) {
        const page = (await test.drive('GET', `${query}&pageToken=${encodeURIComponent(text(token))}`)).json;
        names.push(...(page['files'] as unknown as Json[]).map((file) => file['name']));
        token = page['nextPageToken'];
      }
      expect(names).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
      const other = await test.drive(
        'GET',
        `files?pageSize=3&pageToken=${encodeURIComponent(text(first['nextPageToken']))}`,
      );
      expect(other.status).toBe(400);
    });

    it('are trashed with all descendants, restored, and deleted', async () => {
      const top = await test.folder('top');
      const inner = await test.file('inner', 'x', { parents: [top] });
      await test.drive('PATCH', `files/${top}`, { body: { trashed: true } });
      const facts = async () => (await test.drive('GET', `files/${inner}?fields=trashed,explicitlyTrashed`)).json;
      expect(await facts()).toEqual({ trashed: true, explicitlyTrashed: false });
      await test.drive('PATCH', `files/${top}`, { body: { trashed: false } });
      expect(await facts()).toEqual({ trashed: false, explicitlyTrashed: false });
      await test.drive('PATCH', `files/${top}`, { body: { trashed: true } });
      expect((await test.drive('DELETE', 'files/trash')).status).toBe(204);
      expect((await test.drive('GET', `files/${inner}`)).status).toBe(404);
    });

    it('can be moved, but not below themselves', async () => {
      const a = await test.folder('a');
      const b = await test.folder('b', a);
      const f = await test.file('f', 'x', { parents: [a] });
      const moved = await test.drive('PATCH', `files/${f}?addParents=${b}&removeParents=${a}&fields=parents`, {
        body: {},
      });
      expect(moved.json).toEqual({ parents: [b] });
      expect(reasonOf(await test.drive('PATCH', `files/${a}?addParents=${b}`, { body: {} }))).toBe('cyclicParent');
      expect(reasonOf(await test.drive('PATCH', `files/${f}`, { body: { parents: [a] } }))).toBe('fieldNotWritable');
    });

    it('lose properties that are set to null and keep the others', async () => {
      const id = await test.make({ name: 'p', properties: { a: '1', b: '2' }, appProperties: { c: '3' } });
      const answer = await test.drive('PATCH', `files/${id}?fields=properties,appProperties`, {
        body: { properties: { a: null }, appProperties: { c: null } },
      });
      expect(answer.json).toEqual({ properties: { b: '2' } });
    });

    it('with a generated id are created once', async () => {
      const { ids } = (await test.drive('GET', 'files/generateIds?count=2')).json as unknown as { ids: string[] };
      expect(await test.make({ id: ids[0] ?? '', name: 'once' })).toBe(ids[0]);
      const again = await test.drive('POST', 'files', { body: { id: ids[0], name: 'twice' } });
      expect([again.status, reasonOf(again)]).toEqual([409, 'fileIdInUse']);
      await test.drive('DELETE', `files/${ids[0]}`);
      expect((await test.drive('POST', 'files', { body: { id: ids[0] } })).status).toBe(409);
      const doc = await test.drive('POST', 'files', { body: { id: ids[1], mimeType: DOC } });
      expect([doc.status, reasonOf(doc)]).toEqual([400, 'invalid']);
    });

    it('change the time of the folder that they are added to', async () => {
      const folder = await test.make({ name: 'old', mimeType: FOLDER, modifiedTime: '2000-01-01T00:00:00.000Z' });
      await test.file('new', 'x', { parents: [folder] });
      const { modifiedTime } = (await test.drive('GET', `files/${folder}?fields=modifiedTime`)).json;
      expect(Date.parse(text(modifiedTime))).toBeGreaterThan(Date.now() - 60_000);
    });

    it('appear in the changes, and as removed after deletion', async () => {
      const { startPageToken } = (await test.drive('GET', 'changes/startPageToken')).json;
      const id = await test.file('changing', 'x');
      const first = (await test.drive('GET', `changes?pageToken=${text(startPageToken)}`)).json;
      expect((first['changes'] as unknown as Json[]).find((change) => text(change['fileId']) === id)).toMatchObject({
        removed: false,
        file: { id },
      });
      await test.drive('DELETE', `files/${id}`);
      const second = (await test.drive('GET', `changes?pageToken=${text(first['newStartPageToken'])}`)).json;
      const gone = (second['changes'] as unknown as Json[]).find((change) => text(change['fileId']) === id);
      expect(gone).toMatchObject({ removed: true });
      expect(gone).not.toHaveProperty('file');
    });
  });

  describe('alt=media', () => {
    let id: string;
    beforeAll(async () => void (id = await test.file('digits', '0123456789')));

    it.each([
      ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
      ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
      ['bytes=-2', 206, '89', 'bytes 8-9/10'],
      ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
      ['bytes=0-1,4-5', 200, '0123456789', undefined],
      ['lines=1-2', 200, '0123456789', undefined],
    ])('Range %s', async (range, status, body, contentRange) => {
      const answer = await test.drive('GET', `files/${id}?alt=media`, { headers: { range } });
      expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([status, body, contentRange]);
      expect(answer.headers['content-length']).toBe(String(body.length));
    });

    it('refuses a range after the end, and any range of an empty file', async () => {
      const behind = await test.drive('GET', `files/${id}?alt=media`, { headers: { range: 'bytes=10-' } });
      expect([behind.status, behind.headers['content-range']]).toEqual([416, 'bytes */10']);
      const empty = await test.file('empty', '');
      expect((await test.drive('GET', `files/${empty}?alt=media`)).text).toBe('');
      expect((await test.drive('GET', `files/${empty}?alt=media`, { headers: { range: 'bytes=0-' } })).status).toBe(
        416,
      );
    });

    it('refuses items without content', async () => {
      const doc = await test.make({ name: 'd', mimeType: DOC });
      for (const each of [doc, 'root']) {
        const answer = await test.drive('GET', `files/${each}?alt=media`);
        expect([answer.status, reasonOf(answer)]).toEqual([403, 'fileNotDownloadable']);
      }
    });
  });

  describe('files.copy', () => {
    it('creates a file of the caller with the same bytes and the requested times', async () => {
      const source = await test.file('src.txt', 'content', { description: 'kept', properties: { k: 'v' } });
      await test.share(source);
      const { ids } = (await test.drive('GET', 'files/generateIds?count=1', { token: test.bob })).json as unknown as {
        ids: string[];
      };
      const copy = await test.drive(
        'POST',
        `files/${source}/copy?fields=id,name,ownedByMe,md5Checksum,modifiedTime,description,properties,shared`,
        {
          token: test.bob,
          body: { id: ids[0], parents: ['root'], modifiedTime: '2010-10-10T10:10:10.101Z' },
        },
      );
      expect(copy.json).toEqual({
        id: ids[0],
        name: 'src.txt',
        ownedByMe: true,
        md5Checksum: createHash('md5').update('content').digest('hex'),
        modifiedTime: '2010-10-10T10:10:10.101Z',
        description: 'kept',
        properties: { k: 'v' },
        shared: false,
      });
      const again = await test.drive('POST', `files/${source}/copy`, { token: test.bob, body: { id: ids[0] } });
      expect([again.status, reasonOf(again)]).toEqual([409, 'fileIdInUse']);
      await test.drive('DELETE', `files/${source}`);
      expect((await test.drive('GET', `files/${ids[0]}?alt=media`, { token: test.bob })).text).toBe('content');
    });

    it('ignores the time and refuses the id for Google documents', async () => {
      const doc = await test.make({ name: 'd', mimeType: DOC });
      const { ids } = (await test.drive('GET', 'files/generateIds?count=1')).json as unknown as { ids: string[] };
      expect((await test.drive('POST', `files/${doc}/copy`, { body: { id: ids[0] } })).status).toBe(400);
      const copy = await test.drive('POST', `files/${doc}/copy?fields=modifiedTime,mimeType`, {
        body: { modifiedTime: '2010-10-10T10:10:10.101Z' },
      });
      expect(copy.json['mimeType']).toBe(DOC);
      expect(copy.json['modifiedTime']).not.toBe('2010-10-10T10:10:10.101Z');
    });

    it('requires access and canCopy', async () => {
      const source = await test.file('mine', 'x', { copyRequiresWriterPermission: true });
      expect((await test.drive('POST', `files/${source}/copy`, { token: test.bob, body: {} })).status).toBe(404);
      await test.share(source, 'reader');
      const refused = await test.drive('POST', `files/${source}/copy`, { token: test.bob, body: {} });
      expect([refused.status, reasonOf(refused)]).toEqual([403, 'cannotCopyFile']);
      const { capabilities } = (
        await test.drive('GET', `files/${source}?fields=capabilities(canCopy,canDownload)`, { token: test.bob })
      ).json;
      expect(capabilities).toEqual({ canCopy: false, canDownload: false });
      await test.share(source, 'writer');
      expect((await test.drive('POST', `files/${source}/copy`, { token: test.bob, body: {} })).status).toBe(200);
    });
  });

  describe('permissions', () => {
    it('hide everything from others, until a folder is shared: then all descendants are accessible until it is unshared', async () => {
      const folder = await test.folder('shared');
      const inner = await test.file('inner', 'x', { parents: [folder] });
      const asBob = async () =>
        await test.drive('GET', `files/${inner}?fields=parents,ownedByMe,shared`, { token: test.bob });
      expect((await asBob()).status).toBe(404);
      const permission = await test.share(folder);
      expect((await asBob()).json).toEqual({ parents: [folder], ownedByMe: false, shared: true });
      expect(await test.list('sharedWithMe', { token: test.bob })).toContainEqual({ id: folder, name: 'shared' });
      expect(await test.list('sharedWithMe', { token: test.bob })).not.toContainEqual({ id: inner, name: 'inner' });
      expect((await test.drive('GET', `files/${folder}?fields=parents`, { token: test.bob })).json).toEqual({});
      expect((await test.drive('PATCH', `files/${inner}`, { token: test.bob, body: { name: 'x' } })).status).toBe(403);
      expect((await test.drive('GET', `files/${folder}/permissions`, { token: test.bob })).status).toBe(403);
      expect((await test.drive('DELETE', `files/${folder}/permissions/${permission}`)).status).toBe(204);
      expect((await asBob()).status).toBe(404);
    });

    it('list direct and inherited permissions', async () => {
      const folder = await test.folder('shared');
      const inner = await test.file('inner', 'x', { parents: [folder] });
      const id = await test.share(folder, 'commenter');
      const { permissions } = (
        await test.drive(
          'GET',
          `files/${inner}/permissions?fields=permissions(id,role,emailAddress,permissionDetails(inherited,inheritedFrom))`,
        )
      ).json;
      expect(permissions).toEqual([
        expect.objectContaining({ role: 'owner', emailAddress: 'alice@example.com' }),
        {
          id,
          role: 'commenter',
          emailAddress: 'bob@example.com',
          permissionDetails: [{ inherited: true }],
        },
      ]);
      const refused = await test.drive('DELETE', `files/${inner}/permissions/${id}`);
      expect([refused.status, reasonOf(refused)]).toEqual([403, 'cannotModifyInheritedPermission']);
    });

    it('send an e-mail by default, and refuse addresses without an account if it is disabled', async () => {
      const file = await test.file('f', 'x');
      await test.ask('DELETE', '/__sandbox/stats');
      await test.share(file);
      const mails = async () => (await test.ask('GET', '/__sandbox/notifications')).json['notifications'];
      expect(await mails()).toEqual([]);
      await test.drive('POST', `files/${file}/permissions`, {
        body: { type: 'user', role: 'reader', emailAddress: 'bob@example.com' },
      });
      expect(await mails()).toMatchObject([{ to: 'bob@example.com', fileId: file, role: 'reader' }]);
      const stranger = await test.drive('POST', `files/${file}/permissions?sendNotificationEmail=false`, {
        body: { type: 'user', role: 'reader', emailAddress: 'nobody@elsewhere.example' },
      });
      expect([stranger.status, reasonOf(stranger)]).toEqual([400, 'invalidSharingRequest']);
    });

    it('notify the new owner of a transfer, but the previous owner of one that the new owner accepts', async () => {
      const [dave, erin] = ['dave@gmail.com', 'erin@gmail.com'];
      for (const email of [dave, erin]) await test.ask('POST', '/__sandbox/accounts', { body: { email } });
      const [asDave, asErin] = [await test.token(dave), await test.token(erin)];
      const offered = (await test.drive('POST', 'files', { token: asDave, body: { name: 'f' } })).json['id'];
      const give = (file: unknown, body: object, token?: string) =>
        test.drive('POST', `files/${text(file)}/permissions?transferOwnership=true`, {
          ...(token === undefined ? {} : { token }),
          body: { type: 'user', ...body },
        });
      const file = await test.file('g', 'x');
      await test.ask('DELETE', '/__sandbox/stats');
      const answers = [
        await give(offered, { role: 'writer', pendingOwner: true, emailAddress: erin }, asDave),
        await give(offered, { role: 'owner', emailAddress: erin }, asErin),
        await give(file, { role: 'owner', emailAddress: 'bob@example.com' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await test.ask('GET', '/__sandbox/notifications')).json['notifications']).toMatchObject([
        { from: dave, to: erin, role: 'writer' },
        { from: erin, to: dave, role: 'owner' },
        { from: 'alice@example.com', to: 'bob@example.com', role: 'owner' },
      ]);
    });

    it('can be changed, expire, and transfer ownership only with transferOwnership', async () => {
      const file = await test.file('f', 'x');
      const id = await test.share(file);
      expect(
        (await test.drive('PATCH', `files/${file}/permissions/${id}`, { body: { role: 'writer' } })).json['role'],
      ).toBe('writer');
      const past = await test.drive('PATCH', `files/${file}/permissions/${id}`, {
        body: { expirationTime: '2001-01-01T00:00:00Z' },
      });
      expect([past.status, reasonOf(past)]).toEqual([403, 'expirationDatesMustBeInTheFuture']);
      expect((await test.drive('PATCH', `files/${file}/permissions/${id}`, { body: { role: 'owner' } })).status).toBe(
        403,
      );
      const owner = await test.drive('PATCH', `files/${file}/permissions/${id}?transferOwnership=true`, {
        body: { role: 'owner' },
      });
      expect(owner.status).toBe(200);
      expect((await test.drive('GET', `files/${file}?fields=ownedByMe,capabilities/canEdit`)).json).toEqual({
        ownedByMe: false,
        capabilities: { canEdit: true },
      });
      expect((await test.drive('DELETE', `files/${file}`)).status).toBe(403);
    });

    it('let others add files to a folder, which they own', async () => {
      const folder = await test.folder('ours');
      expect(reasonOf(await test.drive('POST', 'files', { token: test.bob, body: { parents: [folder] } }))).toBe(
        'notFound',
      );
      await test.share(folder);
      expect(reasonOf(await test.drive('POST', 'files', { token: test.bob, body: { parents: [folder] } }))).toBe(
        'insufficientParentPermissions',
      );
      await test.share(folder, 'writer');
      const theirs = await test.make({ name: 'theirs', parents: [folder] }, test.bob);
      expect((await test.drive('GET', `files/${theirs}?fields=ownedByMe`)).json).toEqual({ ownedByMe: false });
      await test.drive('DELETE', `files/${folder}`);
      expect((await test.drive('GET', `files/${theirs}?fields=parents`, { token: test.bob })).json).toEqual({});
    });
  });

  describe('about', () => {
    it('returns the account and its storage', async () => {
      const before = (await test.drive('GET', 'about?fields=storageQuota')).json['storageQuota'];
      const id = await test.file('x', 'x'.repeat(1000));
      const usage = async () =>
        Number((await test.drive('GET', 'about?fields=storageQuota')).json['storageQuota']?.['usage']);
      expect((await usage()) - Number(before?.['usage'])).toBe(1000);
      await test.drive('DELETE', `files/${id}`);
      expect((await usage()) - Number(before?.['usage'])).toBe(0);
      expect((await test.drive('GET', 'about?fields=user(emailAddress,me)')).json).toEqual({
        user: { emailAddress: 'alice@example.com', me: true },
      });
    });

    it('and refuses bytes beyond the storage', async () => {
      const small = await TestSandbox.start({
        accounts: [{ email: 'alice@example.com', quotaBytes: 10 }, 'bob@example.com'],
      });
      try {
        await expect(small.file('big', 'x'.repeat(11))).rejects.toThrow('storageQuotaExceeded');
        await small.file('fits', 'x'.repeat(10));
      } finally {
        await small.close();
      }
    });
  });
});
