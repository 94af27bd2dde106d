import { DEFAULT_LIMITS, SWITCHES } from '../faults/switches.ts';
import { TestSandbox, text } from '../testing/test-client.ts';

/** What the control API makes is shown by the conformance table; here is what it refuses. */
describe('the control API', () => {
  let test: TestSandbox;
  let file: string;
  let folder: string;

  beforeAll(async () => {
    test = await TestSandbox.start();
    file = await test.file('a', 'x');
    folder = await test.folder('f');
  });
  afterAll(() => test.close());

  it.each([
    ['groups', { members: [] }, 'email is missing'],
    ['groups', { email: 'team', members: [] }, '"team" is not an e-mail address'],
    ['groups', { email: 'team@example.com', members: 'all' }, 'members must be a list of texts'],
    ['domains', {}, 'domain is missing'],
    ['domains', { domain: 'example.com', shareOut: 'no' }, 'shareOut must be true or false'],
    ['drives', { name: 'D' }, 'organizer is missing'],
    ['drives', { name: 'D', organizer: 'eve@example.com' }, 'There is no account eve@example.com'],
    [
      'drives',
      { name: 'D', organizer: 'bob@example.com', members: [{ email: 'a@b' }] },
      'members[0].role is missing; it must be one of reader',
    ],
    ['items', { fileId: 'nope' }, 'There is no file nope'],
    ['items', { fileId: '{file}', parents: ['nope'] }, 'There is no folder nope'],
    ['items', { fileId: '{folder}', parents: ['{folder}'] }, 'cannot be its own parent'],
    ['items', { fileId: '{folder}', mimeType: 'text/plain' }, 'A folder stays a folder'],
    ['items', { fileId: '{file}', abusive: 'very' }, 'abusive must be true or false'],
  ])('refuses %s %j, naming what is wrong', async (path, body, message) => {
    const filled = JSON.stringify(body).replaceAll('{file}', file).replaceAll('{folder}', folder);
    const answer = await test.ask('POST', `/__sandbox/${path}`, {
      body: filled,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(400);
    expect(text(answer.json['error']?.['message'])).toContain(message);
  });

  it.each([
    [{ limits: { children: 3 } }, 'Unknown limit "children"; known are childrenPerFolder'],
    [{ limits: { folderDepth: -1 } }, 'limits.folderDepth must be a number'],
    [{ limits: 3 }, 'limits must be an object'],
    [{ switches: { colour: 'red' } }, 'Unknown switch "colour"; known are pageSizeAboveMaximum'],
    [{ switches: { idOnDocs: 'maybe' } }, 'switches.idOnDocs must be one of refuse, ignore'],
  ])('refuses to behave as in %j', async (settings, message) => {
    const answer = await test.behave(settings);
    expect(answer.status).toBe(400);
    expect(text(answer.json['error']?.['message'])).toContain(message);
  });

  it('describes each switch with its answers, and each limit', async () => {
    const described = (await test.ask('GET', '/__sandbox/openapi.json')).text;
    const find = (value: unknown): Record<string, { properties: Record<string, { enum?: unknown }> }> | undefined => {
      if (typeof value !== 'object' || value === null) return undefined;
      if ('limits' in value && 'switches' in value) return value as ReturnType<typeof find>;
      return Object.values(value).map(find).find(Boolean);
    };
    const { limits, switches } = find(JSON.parse(described)) ?? {};
    expect(Object.keys(limits?.properties ?? {}).sort()).toEqual(Object.keys(DEFAULT_LIMITS).sort());
    const answers = Object.entries(switches?.properties ?? {}).map(([name, each]) => [name, each.enum]);
    expect(Object.fromEntries(answers)).toEqual(SWITCHES);
  });

  it('keeps a file that has lost its folder, and takes a shared drive for a place to import into', async () => {
    await test.ask('POST', '/__sandbox/items', { body: { fileId: file, parents: [] } });
    const tree = await test.ask('GET', '/__sandbox/tree?account=alice@example.com');
    expect(tree.text).toContain(file);
    const drive = await test.ask('POST', '/__sandbox/drives', { body: { name: 'D', organizer: 'bob@example.com' } });
    const parentId = text(drive.json['id']);
    const made = await test.ask('POST', '/__sandbox/trees', {
      body: { account: 'alice@example.com', folders: 1, files: 3, bytes: 30, seed: 1, parentId },
    });
    expect(made.status).toBe(200);
    const inside = await test.ask('GET', `/__sandbox/tree?account=bob@example.com&folderId=${parentId}`);
    const owners = inside.text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { driveId?: string }).driveId);
    expect(owners).toEqual(Array.from({ length: 5 }, () => parentId));
    // Nothing of it is Alice's, who put it there.
    expect((await test.drive('GET', 'about?fields=storageQuota/usage')).json).toEqual({ storageQuota: { usage: '1' } });
  });
});
