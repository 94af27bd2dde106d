import { DEFAULT_LIMITS, SWITCHES } from '../faults/switches.ts';
import { TestSandbox, text } from '../testing/test-client.ts';

/** A spreadsheet that is refused because of one sheet. */
const sheet = (described: object, message: string): [string, object, string] => [
  'documents',
  { name: 'S', spreadsheet: { sheets: [described] } },
  message,
];

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
    ['groups', { email: 'team', members: [] }, 'email must be an e-mail address'],
    ['groups', { email: 'team@example.com', members: ['nonsense'] }, 'members[0]: "nonsense" is neither'],
    ['domains', { domain: 'anything' }, 'domain must be a domain'],
    ['domains', { domain: 'example.com', trustedDomains: ['a@b.c'] }, 'trustedDomains[0] must be a domain'],
    ['people', { email: 'eve@example.com' }, 'email: There is no account eve@example.com'],
    ['people', { email: 'bob@example.com', aliases: ['b'] }, 'aliases[0] must be an e-mail address'],
    ['groups', { email: 'team@example.com', members: 'all' }, 'members must be a list of texts'],
    ['domains', {}, 'domain is missing'],
    ['domains', { domain: 'example.com', shareOut: 'no' }, 'shareOut must be true or false'],
    ['drives', { name: 'D' }, 'organizer is missing'],
    ['drives', { name: 'D', organizer: 'eve@example.com' }, 'organizer: There is no account eve@example.com'],
    [
      'drives',
      { name: 'D', organizer: 'bob@example.com', members: [{ email: 'a@b' }] },
      'members[0].role is missing; it must be one of reader',
    ],
    [
      'drives',
      { name: 'D', organizer: 'bob@example.com', members: [{ email: 'a@b', role: 'reader' }] },
      'members[0].email: There is no account a@b',
    ],
    ['items', { fileId: 'nope' }, 'fileId: There is no file nope'],
    ['items', { fileId: '{file}', parents: ['nope'] }, 'parents[0]: There is no folder nope'],
    ['items', { fileId: '{file}', mimeType: 'a\nb' }, 'mimeType must be a media type'],
    ['items', { fileId: '{folder}', parents: ['{folder}'] }, 'cannot be its own parent'],
    ['items', { fileId: '{folder}', mimeType: 'text/plain' }, 'A folder stays a folder'],
    ['items', { fileId: '{file}', abusive: 'very' }, 'abusive must be true or false'],
    sheet({ protected: [{ range: 'A1', editors: 'x' }] }, 'sheets[0].protected[0].editors must be a list'),
    sheet({ protected: [{ range: 'A1', editors: [5] }] }, 'sheets[0].protected[0].editors[0] must be a text'),
    sheet({ charts: [5] }, 'sheets[0].charts[0] must be an object'),
    sheet({ charts: [{ chartId: 'x' }] }, 'sheets[0].charts[0].chartId must be a whole number'),
    sheet({ sheetId: 'x' }, 'sheets[0].sheetId must be a whole number'),
    sheet({ rows: [[{ text: {} }]] }, 'sheets[0].rows[0][0].text must be a text'),
    sheet({ rows: [[{ text: 'a', options: [5] }]] }, 'sheets[0].rows[0][0].options[0] must be a text'),
    sheet({ rows: [[{ text: 'a', format: 5 }]] }, 'sheets[0].rows[0][0].format must be an object'),
    sheet({ rows: [[{ text: 'a', format: { numberFormat: 5 } }]] }, 'spreadsheet: Invalid'),
    ['documents', { name: 'S', spreadsheet: { names: 5 } }, 'names must be an object'],
  ] as [string, object, string][])('refuses %s %j, naming what is wrong', async (path, body, message) => {
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

  it('takes a spreadsheet of more rows than a function takes arguments', async () => {
    const rows = Array.from({ length: 150_000 }, (_, i) => [i]);
    const { id } = await test.control.createDocument('bob@example.com', 'Long', {
      spreadsheet: { sheets: [{ rows }] },
    });
    const read = await test.ask('GET', `/v4/spreadsheets/${id}/values/A149999:A150000`, { token: test.bob });
    expect(read.json['values']).toEqual([['149998'], ['149999']]);
  });

  it('refuses a time of lists in lists like any other value', async () => {
    const body = `{"modifiedTime":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await test.ask('POST', '/drive/v3/files', { token: test.alice, headers, body });
    expect([answer.status, text(answer.json['error']?.['message'])]).toEqual([
      400,
      'Invalid value for: Invalid format: []',
    ]);
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
