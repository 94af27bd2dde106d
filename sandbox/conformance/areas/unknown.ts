import { file, folder, generateId, made, share, type Request, type Scenario } from '../scenario.ts';

/** Records the error of a step. */
const refusal = { status: 'status', reason: 'error>errors>0>reason', message: 'error>errors>0>message' };

/** A file that Bob may read, but not copy or download. */
const kept: Request[] = [
  file('kept', 'x', { copyRequiresWriterPermission: true }),
  share('kept', 'reader', 'bob'),
  { as: 'bob', ask: 'GET files/{kept}?fields=id', status: 200 },
];

const SETTABLE = [
  'name',
  'description',
  'starred',
  'modifiedTime',
  'copyRequiresWriterPermission',
  'writersCanShare',
  'properties',
  'appProperties',
];

/**
 * Questions that no source settles and that no switch selects (docs/google-drive.md, section 13). Each row shows what the
 * sandbox does; a run against Google records what Google does.
 */
export const UNKNOWN: Scenario[] = [
  {
    source: '§13',
    title: 'How long it takes until a permission takes effect',
    unknown: true,
    steps: [
      folder('dir'),
      file('inner', 'x', { parents: ['{dir}'] }),
      share('dir', 'reader', 'bob'),
      { as: 'bob', ask: 'GET files/{dir}', status: 200, observe: { 'ms until the folder': 'waited' } },
      { as: 'bob', ask: 'GET files/{inner}', status: 200, observe: { 'more ms until its file': 'waited' } },
      {
        as: 'bob',
        ask: "GET files?fields=files(id)&q='{dir}' in parents",
        status: 200,
        exactly: { files: [{ id: '{inner}' }] },
        observe: { 'more ms until a list': 'waited' },
      },
    ],
  },
  {
    source: '§13',
    title: 'Which fields a copy of a blob keeps by default',
    unknown: true,
    steps: [
      file('a', 'x', {
        description: 'about',
        starred: true,
        modifiedTime: '2001-01-01T00:00:00.000Z',
        copyRequiresWriterPermission: true,
        writersCanShare: false,
        properties: { k: 'v' },
        appProperties: { l: 'w' },
      }),
      {
        ask: `POST files/{a}/copy?fields=id,${SETTABLE.join(',')}`,
        body: {},
        status: 200,
        observe: Object.fromEntries(SETTABLE.map((name) => [name, name])),
      },
    ],
  },
  {
    source: '§13',
    title: 'The reason for refusing a copy if canCopy is false',
    unknown: true,
    steps: [...kept, { as: 'bob', ask: 'POST files/{kept}/copy', body: {}, status: 'any', observe: refusal }],
  },
  {
    source: '§13',
    title: 'The reason for refusing a download if canDownload is false',
    unknown: true,
    steps: [...kept, { as: 'bob', ask: 'GET files/{kept}?alt=media', status: 'any', observe: refusal }],
  },
  {
    source: '§13',
    title: 'The body of the 409 for a taken id',
    unknown: true,
    steps: [
      generateId(),
      made('a', { id: '{id}' }),
      { ask: 'POST files', body: { id: '{id}', parents: ['{home}'] }, status: 409, observe: refusal },
    ],
  },
  {
    source: '§2',
    title: 'The maximum length of a name',
    unknown: true,
    steps: [1000, 10_000, 40_000].map((length) => ({
      ask: 'POST files?fields=id',
      body: { name: 'n'.repeat(length), parents: ['{home}'] },
      status: 'any',
      observe: { [`status with ${length}`]: 'status', [`reason with ${length}`]: 'error>errors>0>reason' },
    })),
  },
];
