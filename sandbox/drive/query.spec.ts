import { TestSandbox } from '../testing/test-client.ts';

/** "Search query terms and operators"; each row lists the names that must be found. */
describe('files.list?q=', () => {
  let test: TestSandbox;
  let folder: string;
  let note: string;

  beforeAll(async () => {
    test = await TestSandbox.start();
    folder = await test.folder('Folder');
    note = await test.file('Hello World.txt', 'x', { parents: [folder], modifiedTime: '2020-01-02T03:04:05.678Z' });
    await test.file("it's a \\ test", 'x', { appProperties: { job: '7' }, mimeType: 'text/plain' });
    const starred = await test.file('HelloWorld', 'x', { starred: true, modifiedTime: '2024-01-01T00:00:00Z' });
    await test.file('10', 'x', { description: 'about penguins', properties: { a: 'b' } });
    await test.file('9', 'xyz');
    const gone = await test.file('gone', 'x');
    await test.drive('PATCH', `files/${gone}`, { body: { trashed: true } });
    await test.make({
      name: 'link',
      mimeType: 'application/vnd.google-apps.shortcut',
      shortcutDetails: { targetId: note },
    });
    const shared = await test.file('from bob', 'x', {}, test.bob);
    await test.drive('POST', `files/${shared}/permissions`, {
      token: test.bob,
      body: { type: 'user', role: 'reader', emailAddress: 'alice@example.com' },
    });
    await test.drive('POST', `files/${starred}/permissions`, { body: { type: 'anyone', role: 'reader' } });
  });
  afterAll(() => test.close());

  it.each([
    ["'root' in parents and trashed=false", ['Folder', "it's a \\ test", 'HelloWorld', '10', '9', 'link']],
    ["'root' in parents", ['Folder', "it's a \\ test", 'HelloWorld', '10', '9', 'gone', 'link']],
    ["name = 'hello world.txt'", ['Hello World.txt']],
    ["name contains 'world'", ['Hello World.txt']],
    ["name contains 'hello'", ['Hello World.txt', 'HelloWorld']],
    ["name = 'it\\'s a \\\\ test'", ["it's a \\ test"]],
    ["name='9' or name='10'", ['9', '10']],
    // Left to right, without precedence: (9 or 10) and starred; neither is starred.
    ["name='9' or name='10' and starred=true", []],
    ["starred=true and name='9' or name='10'", ['10']],
    ["name='9' or (name='HelloWorld' and starred=true)", ['9', 'HelloWorld']],
    ["not name='9' and name contains '9'", []],
    ['trashed = true', ['gone']],
    ['trashed != false', ['gone']],
    ['sharedWithMe', ['from bob']],
    ['sharedWithMe = true and trashed = false', ['from bob']],
    ['(sharedWithMe)', ['from bob']],
    ["(name = '9' or sharedWithMe) and trashed = false", ['9', 'from bob']],
    ["'me' in owners and name='from bob'", []],
    ["'bob@example.com' in owners", ['from bob']],
    ["'alice@example.com' in readers and name='from bob'", ['from bob']],
    ["mimeType = 'application/vnd.google-apps.folder'", ['Folder']],
    ["mimeType contains 'application/vnd.google-apps'", ['Folder', 'link']],
    ["mimeType != 'application/octet-stream' and 'root' in parents", ['Folder', "it's a \\ test", 'link']],
    ["modifiedTime < '2021-01-01'", ['Hello World.txt']],
    ["modifiedTime = '2020-01-02T03:04:05.678Z'", ['Hello World.txt']],
    ["modifiedTime >= '2024-01-01T01:00:00+01:00' and starred = true", ['HelloWorld']],
    ["appProperties has { key='job' and value='7' }", ["it's a \\ test"]],
    ["properties has {key='a' and value='b'}", ['10']],
    ["fullText contains 'penguins'", ['10']],
    ["visibility = 'anyoneWithLink'", ['HelloWorld']],
    ["'root' in parents and name='9' or 'root' in parents and name='10'", ['10']],
  ])('%s', async (q, names) => {
    expect((await test.list(q)).map((file) => file['name']).sort()).toEqual([...names].sort());
  });

  it('finds shortcuts by target, and items of a folder by its id', async () => {
    expect(await test.list(`shortcutDetails.targetId = '${note}'`)).toHaveLength(1);
    expect(await test.list(`'${folder}' in parents`)).toEqual([{ id: note, name: 'Hello World.txt' }]);
  });

  it.each([
    "name = 'x",
    'name',
    "name ~ 'x'",
    "nonsense = 'x'",
    // Of version 2 of the API.
    "title = 'x'",
    'sharedWithMe (',
    "name = 'x' and",
    "(name = 'x'",
    "name = 'x')",
    "trashed = 'true'",
    'trashed = maybe',
    "name < 'x'",
    "'x' in nonsense",
    "modifiedTime > 'yesterday'",
    "properties has {key='a'}",
    "name = 'a' name = 'b'",
    '§',
  ])('%s is refused with 400 invalid, location q', async (q) => {
    const answer = await test.drive('GET', `files?q=${encodeURIComponent(q)}`);
    expect(answer.status).toBe(400);
    expect(answer.json['error']?.['errors']?.[0]).toMatchObject({ reason: 'invalid', location: 'q', domain: 'global' });
  });

  it.each([
    ['name', ['10', '9']],
    ['name desc', ['9', '10']],
    ['name_natural', ['9', '10']],
    ['quotaBytesUsed desc,name', ['9', '10']],
  ])('orderBy=%s', async (orderBy, names) => {
    const found = await test.list("name='9' or name='10'", { orderBy });
    expect(found.map((file) => file['name'])).toEqual(names);
  });

  it('leaves out the id of a folder that is not found', async () => {
    const { status, json } = await test.drive('GET', "files?q='nowhere' in parents");
    expect([status, json['error']?.['message']]).toEqual([404, 'File not found: .']);
  });

  it('knows when each person viewed and changed a file', async () => {
    const facts = 'name,viewedByMe,viewedByMeTime,modifiedByMe,modifiedByMeTime';
    const ids: string[] = [];
    for (const [name, time] of [
      ['older', '2010-01-01T00:00:00.000Z'],
      ['newer', '2011-01-01T00:00:00.000Z'],
    ] as const) {
      const id = await test.file(name, 'x', { modifiedTime: time });
      await test.share(id, 'writer');
      await test.drive('PATCH', `files/${id}`, { token: test.bob, body: { viewedByMeTime: time } });
      ids.push(id);
    }
    const [older = ''] = ids;
    const asked = async (token: string) => (await test.drive('GET', `files/${older}?fields=${facts}`, { token })).json;
    const time = '2010-01-01T00:00:00.000Z';
    expect(await asked(test.alice)).toEqual({
      name: 'older',
      viewedByMe: false,
      modifiedByMe: true,
      modifiedByMeTime: time,
    });
    expect(await asked(test.bob)).toEqual({
      name: 'older',
      viewedByMe: true,
      viewedByMeTime: time,
      modifiedByMe: false,
    });
    const edit = { description: 'by bob', modifiedTime: '2012-01-01T00:00:00.000Z' };
    await test.drive('PATCH', `files/${older}`, { token: test.bob, body: edit });
    expect(await asked(test.alice)).toMatchObject({ modifiedByMe: true, modifiedByMeTime: time });
    expect(await asked(test.bob)).toMatchObject({ modifiedByMe: true, modifiedByMeTime: edit.modifiedTime });

    const viewed = "viewedByMeTime >= '2010-01-01' and modifiedTime < '2013-01-01'";
    const found = async (orderBy: string, token: string, q = viewed) =>
      (await test.list(q, { orderBy, token })).map(({ name }) => name);
    expect(await found('viewedByMeTime', test.bob)).toEqual(['older', 'newer']);
    expect(await found('viewedByMeTime', test.alice)).toEqual([]);
    const both = "name = 'older' or name = 'newer'";
    expect(await found('modifiedByMeTime', test.bob, both)).toEqual(['newer', 'older']);
    expect(await found('modifiedByMeTime', test.alice, both)).toEqual(['older', 'newer']);
    for (const id of ids) await test.drive('DELETE', `files/${id}`);
  });

  it('sorts folders first, and refuses unknown keys and an order of full-text results', async () => {
    expect((await test.list("'root' in parents", { orderBy: 'folder,name' }))[0]).toMatchObject({ name: 'Folder' });
    const unknown = await test.drive('GET', 'files?orderBy=size');
    expect(unknown.status).toBe(400);
    expect(unknown.json['error']?.['errors']?.[0]).toMatchObject({ reason: 'invalid', location: 'orderBy' });
    expect(
      (await test.drive('GET', `files?orderBy=name&q=${encodeURIComponent("fullText contains 'x'")}`)).status,
    ).toBe(403);
  });
});
