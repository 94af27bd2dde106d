import {
  ALL,
  behave,
  control,
  drive,
  file,
  folder,
  HOUR,
  notFound,
  PEOPLE,
  type Request,
  type Scenario,
  share,
} from '../scenario.ts';

/** A search of Alice, and the names that it finds, in order. */
function found(q: string, names: string[]): Request {
  return {
    ask: `GET files?q=${encodeURIComponent(q)}&orderBy=name&fields=files(name)`,
    status: 200,
    exactly: { files: names.map((name) => ({ name })) },
  };
}

/** Pages beyond the maximum of other lists. */
const TOO_LONG = ['GET changes?pageToken=1&pageSize=1001', 'GET files/{a}/permissions?pageSize=101'];

export const SEARCH: Scenario[] = [
  {
    source: 'https://developers.google.com/workspace/drive/api/guides/ref-search-terms',
    title: 'owners, writers, readers: match people and groups with a permission, not access through a link',
    steps: [
      folder('by link'),
      folder('for bob'),
      share('for bob', 'writer', 'bob'),
      { ask: 'POST files/{by link}/permissions', body: { type: 'anyone', role: 'writer' }, status: 200 },
      {
        ask: 'POST files/{by link}/permissions',
        body: { type: 'domain', role: 'writer', domain: 'example.com' },
        status: 200,
      },
      control('groups', { email: 'team@example.com', members: [] }),
      {
        ask: 'POST files/{by link}/permissions',
        body: { type: 'group', role: 'writer', emailAddress: 'team@example.com' },
        status: 200,
      },
      ...(['reader', 'writer'] as const).flatMap((role): Request[] => [
        found(`'bob@example.com' in ${role}s`, ['for bob']),
        found(`'team@example.com' in ${role}s`, ['by link']),
        found(`'nobody@example.com' in ${role}s`, []),
        found(`'me' in ${role}s`, ['by link', 'for bob']),
      ]),
    ],
  },
  {
    source: '§4',
    title: 'Search query grammar: and/or from left to right, escapes, and 400 invalid for a syntax error',
    steps: [
      file("it's", 'x'),
      file('b', 'x', { starred: true }),
      {
        ask: `GET files?fields=files(name)&q=${encodeURIComponent("name = 'it\\'s'")}`,
        status: 200,
        exactly: { files: [{ name: "it's" }] },
      },
      // (name = b or name = c) and not starred
      {
        ask: "GET files?fields=files(name)&q=name='b' or name='c' and not starred=true",
        status: 200,
        exactly: { files: [] },
      },
      {
        ask: "GET files?fields=files(name)&q=name='b' or (name='c' and not starred=true)",
        status: 200,
        exactly: { files: [{ name: 'b' }] },
      },
      { ask: 'GET files?q=size > 3', status: 400, error: { reason: 'invalid', location: 'q', domain: 'global' } },
      { ask: "GET files?q=name = 'b", status: 400, error: { reason: 'invalid', location: 'q' } },
      { ask: "GET files?q=title = 'b'", status: 400, error: { reason: 'invalid', location: 'q' } },
      { ask: 'GET files?q=(sharedWithMe) and trashed=false', status: 200 },
      {
        ask: "GET files?q='nowhere' in parents",
        status: 404,
        error: { ...notFound(), message: 'File not found: .' },
      },
    ],
  },
  {
    source: '§4',
    title: 'Trash: is included in searches by default',
    steps: [
      file('a', 'x'),
      { ask: 'PATCH files/{a}', body: { trashed: true }, status: 200 },
      { ask: "GET files?fields=files(id)&q='{home}' in parents", status: 200, exactly: { files: [{ id: '{a}' }] } },
      {
        ask: "GET files?fields=files(id)&q='{home}' in parents and trashed=false",
        status: 200,
        exactly: { files: [] },
      },
    ],
  },
  {
    source: '§4',
    title: 'orderBy: known keys with desc; others are 400, and any key with fullText is 403',
    steps: [
      file('a', 'x'),
      file('b', 'x'),
      {
        ask: 'GET files?fields=files(name)&orderBy=name desc',
        status: 200,
        exactly: { files: [{ name: 'b' }, { name: 'a' }] },
      },
      { ask: 'GET files?orderBy=size', status: 400, error: { reason: 'invalid', location: 'orderBy' } },
      { ask: "GET files?orderBy=name&q=fullText contains 'a'", status: 403, error: { reason: 'forbidden' } },
    ],
  },
  {
    source: '§4',
    title: 'pageToken: is valid for some hours; an expired or invalid one is 400 invalid',
    steps: [
      file('a', 'x'),
      file('b', 'x'),
      { ask: 'GET files?pageSize=1&fields=nextPageToken', status: 200, keep: { next: 'nextPageToken' } },
      { advance: 5 * HOUR },
      { ask: 'GET files?pageSize=1&fields=files(id)&pageToken={next}', status: 200 },
      { advance: 2 * HOUR },
      {
        ask: 'GET files?pageSize=1&pageToken={next}',
        status: 400,
        error: { reason: 'invalid', location: 'pageToken' },
      },
      { ask: 'GET files?pageToken=bogus', status: 400, error: { reason: 'invalid', location: 'pageToken' } },
    ],
  },
  {
    source: '§4',
    title: 'pageSize above 1000: is refused',
    switches: { pageSizeAboveMaximum: 'refuse' },
    steps: [
      file('a', 'x'),
      ...TOO_LONG.map((ask): Request => ({
        ask,
        status: 400,
        error: { reason: 'invalidParameter', location: 'page_size' },
      })),
      { ask: 'GET files?pageSize=1001', status: 400, error: { reason: 'invalidParameter', location: 'page_size' } },
    ],
  },
  {
    source: '§4',
    title: 'pageSize above 1000: is reduced',
    switches: { pageSizeAboveMaximum: 'coerce' },
    steps: [
      file('a', 'x'),
      ...TOO_LONG.map((ask): Request => ({ ask, status: 200 })),
      { ask: 'GET files?pageSize=1001', status: 200 },
      { ask: 'GET files?pageSize=0', status: 400, error: { reason: 'invalidParameter', location: 'page_size' } },
    ],
  },
  {
    source: '§4',
    title: "name = '…': ignores case",
    switches: { nameEqualityIgnoresCase: true },
    steps: [
      file('Name', 'x'),
      { ask: "GET files?fields=files(id)&q=name='nAME'", status: 200, exactly: { files: [{ id: '{Name}' }] } },
    ],
  },
  {
    source: '§4',
    title: "name = '…': is exact",
    switches: { nameEqualityIgnoresCase: false },
    steps: [
      file('Name', 'x'),
      // First a match, because an empty result can also mean that the index lags.
      { ask: "GET files?fields=files(id)&q=name='Name'", status: 200, exactly: { files: [{ id: '{Name}' }] } },
      { ask: "GET files?fields=files(id)&q=name='nAME'", status: 200, exactly: { files: [] } },
    ],
  },
  {
    source: '§4',
    title: 'corpora: shared drives are searched only on request, by each of the parameters',
    steps: [
      drive('reader'),
      file('mine', 'x'),
      file('theirs', 'x', { parents: ['{drive}'] }),
      { ask: 'GET files?includeItemsFromAllDrives=true', status: 403, error: { reason: 'supportsTeamDrivesRequired' } },
      { ask: 'GET files?fields=files(name)', status: 200, exactly: { files: [{ name: 'mine' }] } },
      { ask: `GET files?fields=files(name)&${ALL}&q='{drive}' in parents`, status: 200, exactly: { files: [] } },
      {
        as: 'bob',
        ask: `GET files?fields=files(name)&${ALL}&includeItemsFromAllDrives=true&q='{drive}' in parents`,
        status: 200,
        exactly: { files: [{ name: 'theirs' }] },
      },
      {
        ask: `GET files?corpora=allDrives&fields=files(name)&orderBy=name&${ALL}&includeItemsFromAllDrives=true`,
        status: 200,
        exactly: { files: [{ name: 'mine' }, { name: 'theirs' }] },
      },
      {
        ask: `GET files?corpora=drive&driveId={drive}&fields=files(name)&${ALL}&includeItemsFromAllDrives=true`,
        status: 200,
        exactly: { files: [{ name: 'theirs' }] },
      },
      {
        as: 'carol',
        ask: `GET files?corpora=drive&driveId={drive}&${ALL}&includeItemsFromAllDrives=true`,
        status: 404,
        error: notFound('driveId'),
      },
      {
        ask: `GET files?corpora=drive&${ALL}&includeItemsFromAllDrives=true`,
        status: 403,
        error: { reason: 'teamDriveIdRequiresTeamDriveCorpora' },
      },
      {
        ask: `GET files?driveId={drive}&${ALL}&includeItemsFromAllDrives=true`,
        status: 403,
        error: { reason: 'teamDriveIdRequiresTeamDriveCorpora' },
      },
      { ask: `GET files?corpora=drive&driveId={drive}&${ALL}`, status: 403 },
      { ask: 'GET files?corpora=everything', status: 400, error: { reason: 'invalid', location: 'corpora' } },
      {
        ask: 'POST files/{mine}/permissions',
        body: { type: 'domain', role: 'reader', domain: 'example.com', allowFileDiscovery: true },
        status: 200,
      },
      {
        as: 'bob',
        ask: 'GET files?corpora=domain&fields=files(name)',
        status: 200,
        exactly: { files: [{ name: 'mine' }] },
      },
    ],
  },
  {
    source: '§4',
    title: 'spaces: are drive and appDataFolder',
    steps: [
      file('a', 'x'),
      { ask: 'GET files?fields=files(id)&spaces=drive', status: 200, exactly: { files: [{ id: '{a}' }] } },
      { ask: 'GET files?fields=files(id)&spaces=appDataFolder', status: 200, exactly: { files: [] } },
      { ask: 'GET files?spaces=outer', status: 400, error: { reason: 'invalid', location: 'spaces' } },
    ],
  },
  {
    source: '§4',
    title: 'Consistency: a new file is found by id immediately, by a search only after the index has caught up',
    steps: [
      behave({ indexLagMs: 60_000 }),
      file('a', 'x'),
      { ask: 'GET files/{a}', status: 200 },
      { ask: "GET files?fields=files(id)&q=name='a'", status: 200, exactly: { files: [] } },
      { advance: 61_000 },
      { ask: "GET files?fields=files(id)&q=name='a'", status: 200, exactly: { files: [{ id: '{a}' }] } },
    ],
  },
  {
    source: '§2',
    title: 'Pages: have at most 100 entries if permissions are requested',
    steps: [
      control('trees', { account: PEOPLE.alice, folders: 0, files: 101, bytes: 0, seed: 1 }),
      {
        ask: 'GET files?pageSize=1000&fields=nextPageToken,files(id,permissions(id))',
        status: 200,
        keep: { next: 'nextPageToken' },
      },
      { ask: 'GET files?pageSize=1000&fields=nextPageToken,files(id)', status: 200, absent: ['nextPageToken'] },
    ],
  },
  {
    source: '§4',
    title: 'incompleteSearch: a search of all drives can be incomplete, a search of one cannot',
    steps: [
      drive('reader'),
      file('theirs', 'x', { parents: ['{drive}'] }),
      file('mine', 'x'),
      behave({ faults: [{ operation: 'files.list', kind: 'incompleteSearch' }] }),
      {
        ask: `GET files?corpora=allDrives&includeItemsFromAllDrives=true&${ALL}&fields=incompleteSearch,files(id)`,
        status: 200,
        exactly: { incompleteSearch: true, files: [{ id: '{mine}' }] },
      },
      ...['corpora=user', 'corpora=drive&driveId={drive}&includeItemsFromAllDrives=true'].map((corpus, i) => ({
        ask: `GET files?${corpus}&${ALL}&fields=incompleteSearch,files(id)`,
        status: 200,
        exactly: { incompleteSearch: false, files: [{ id: i === 0 ? '{mine}' : '{theirs}' }] },
      })),
    ],
  },
  {
    source: '§4',
    title: 'parents joined by or: a search sometimes wrongly finds nothing',
    steps: [
      folder('one'),
      folder('two'),
      file('a', 'x', { parents: ['{one}'] }),
      behave({ faults: [{ operation: 'files.list', kind: 'emptyParents', times: 1 }] }),
      ...[[], [{ id: '{a}' }]].map((files) => ({
        ask: "GET files?fields=files(id)&q='{one}' in parents or '{two}' in parents",
        status: 200,
        exactly: { files },
      })),
      behave({ faults: [{ operation: 'files.list', kind: 'emptyParents' }] }),
      { ask: "GET files?fields=files(id)&q='{one}' in parents", status: 200, exactly: { files: [{ id: '{a}' }] } },
    ],
  },
];
