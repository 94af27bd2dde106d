import {
  behave,
  control,
  DOC,
  file,
  folder,
  generateId,
  HOUR,
  made,
  notFound,
  PEOPLE,
  type Scenario,
  share,
} from '../scenario.ts';

export const COPIES: Scenario[] = [
  {
    source: '§7',
    title: 'files.copy: the copier owns the copy; named fields are set, permissions are not copied',
    steps: [
      file('src', 'content'),
      share('src', 'reader', 'bob'),
      generateId('id', 'bob'),
      {
        as: 'bob',
        ask: 'POST files/{src}/copy?fields=id,name,ownedByMe,shared,modifiedTime',
        body: { id: '{id}', name: 'copy', parents: ['{home}'], modifiedTime: '2001-01-01T00:00:00.000Z' },
        status: 200,
        exactly: {
          id: '{id}',
          name: 'copy',
          ownedByMe: true,
          shared: false,
          modifiedTime: '2001-01-01T00:00:00.000Z',
        },
      },
      { as: 'bob', ask: 'POST files/{src}/copy', body: { id: '{id}' }, status: 409 },
      file('private'),
      { as: 'bob', ask: 'POST files/{private}/copy', body: {}, status: 404, error: notFound() },
      folder('dir'),
      { ask: 'POST files/{dir}/copy', body: {}, status: 403, error: { reason: 'cannotCopyFile' } },
    ],
  },
  {
    source: '§7',
    title: 'files.copy: a copied blob keeps its description',
    switches: { copyTakesDescription: true },
    steps: [
      file('src', 'content', { description: 'about' }),
      { ask: 'POST files/{src}/copy?fields=description', body: {}, status: 200, exactly: { description: 'about' } },
    ],
  },
  {
    source: '§7',
    title: 'files.copy into a shared folder: the copy inherits the access of the folder',
    steps: [
      file('src', 'content'),
      folder('ours'),
      share('ours', 'commenter', 'bob'),
      { ask: 'POST files/{src}/copy?fields=id', body: { parents: ['{ours}'] }, status: 200, keep: { copy: 'id' } },
      {
        as: 'bob',
        ask: 'GET files/{copy}?fields=ownedByMe,capabilities(canComment,canEdit)',
        status: 200,
        exactly: { ownedByMe: false, capabilities: { canComment: true, canEdit: false } },
      },
    ],
  },
  {
    source: '§7',
    title: 'Copies of Docs: lose their description',
    steps: [
      made('doc', { mimeType: DOC, description: 'about' }),
      {
        ask: 'POST files/{doc}/copy?fields=mimeType,description',
        body: {},
        status: 200,
        exactly: { mimeType: DOC },
      },
    ],
  },
  {
    source: '§7',
    title: 'copyComments: copies the open comments of a document',
    steps: [
      made('doc', { mimeType: DOC }),
      { ask: 'POST files/{doc}/comments?fields=id', body: { content: 'open' }, status: 200 },
      { ask: 'POST files/{doc}/comments?fields=id', body: { content: 'done' }, status: 200, keep: { done: 'id' } },
      {
        ask: 'POST files/{doc}/comments/{done}/replies?fields=action',
        body: { action: 'resolve' },
        status: 200,
        exactly: { action: 'resolve' },
      },
      { ask: 'POST files/{doc}/copy?fields=id&copyComments=true', body: {}, status: 200, keep: { copy: 'id' } },
      {
        ask: 'GET files/{copy}/comments?fields=comments(content)',
        status: 200,
        exactly: { comments: [{ content: 'open' }] },
      },
      { ask: 'POST files/{doc}/copy?fields=id', body: {}, status: 200, keep: { bare: 'id' } },
      { ask: 'GET files/{bare}/comments?fields=comments(content)', status: 200, exactly: { comments: [] } },
    ],
  },
  {
    source: '§7',
    title: 'copyComments: copies the suggestions of a document, which a plain copy leaves out',
    steps: [
      control(
        'documents',
        {
          account: PEOPLE.alice,
          name: 'Doc',
          document: {
            content: [
              ['kept ', { text: 'inserted', suggest: 'insert' }, { footnote: ['noted'], suggest: 'insert' }],
              ['also ', { text: 'struck', suggest: 'delete' }],
            ],
          },
        },
        { doc: 'id' },
      ),
      { ask: 'POST files/{doc}/copy?fields=id&copyComments=true', body: {}, status: 200, keep: { whole: 'id' } },
      {
        ask: 'GET /v1/documents/{whole}',
        status: 200,
        text: /^(?=.*noted).*suggestedInsertionIds.*suggestedDeletionIds/s,
      },
      { ask: 'POST files/{doc}/copy?fields=id', body: {}, status: 200, keep: { bare: 'id' } },
      {
        ask: 'GET /v1/documents/{bare}',
        status: 200,
        text: /^(?!.*(inserted|noted|suggested(Insertion|Deletion)Ids)).*"kept \\n".*"also struck\\n"/s,
      },
      { ask: 'GET /v1/documents/{doc}', status: 200, text: /suggestedInsertionIds/ },
    ],
  },
  {
    source: '§13',
    title: 'Which fields a copy keeps by default: properties too',
    switches: { copyKeepsProperties: true },
    steps: [
      made('a', { properties: { k: 'v' }, appProperties: { l: 'w' } }),
      {
        ask: 'POST files/{a}/copy?fields=properties,appProperties',
        body: {},
        status: 200,
        exactly: { properties: { k: 'v' }, appProperties: { l: 'w' } },
      },
    ],
  },
  {
    source: '§13',
    title: 'Which fields a copy keeps by default: not properties, unless they are named',
    switches: { copyKeepsProperties: false },
    steps: [
      made('a', { properties: { k: 'v' }, appProperties: { l: 'w' } }),
      {
        ask: 'POST files/{a}/copy?fields=properties,appProperties',
        body: { properties: { k: 'v' } },
        status: 200,
        exactly: { properties: { k: 'v' } },
      },
    ],
  },
  ...(
    [
      ['script', 'copyableScripts'],
      ['jam', 'copyableJams'],
      ['vid', 'copyableVideos'],
    ] as const
  ).flatMap(([type, name]) =>
    [true, false].map((allowed): Scenario => ({
      source: '§5',
      title: `Copying a ${type}: ${allowed ? 'is possible' : 'is cannotCopyFile'}`,
      switches: { [name]: allowed },
      steps: [
        made('it', { mimeType: `application/vnd.google-apps.${type}` }),
        {
          ask: 'GET files/{it}?fields=capabilities/canCopy',
          status: 200,
          exactly: { capabilities: { canCopy: allowed } },
        },
        allowed
          ? { ask: 'POST files/{it}/copy', body: {}, status: 200 }
          : { ask: 'POST files/{it}/copy', body: {}, status: 403, error: { reason: 'cannotCopyFile' } },
      ],
    })),
  ),
  {
    source: '§5',
    title: 'Types that are never copied: sites, maps and third-party files',
    steps: ['site', 'map', 'drive-sdk.12345'].flatMap((type) => [
      made('it', { mimeType: `application/vnd.google-apps.${type}` }),
      { ask: 'POST files/{it}/copy', body: {}, status: 403, error: { reason: 'cannotCopyFile' } },
    ]),
  },
  {
    source: '§7',
    title: 'downloadRestrictions: forbid readers to copy and download, or writers too',
    steps: [
      file('a', 'x'),
      share('a', 'writer', 'bob'),
      {
        ask: 'PATCH files/{a}',
        body: { downloadRestrictions: { itemDownloadRestriction: { restrictedForReaders: true } } },
        status: 200,
      },
      { as: 'bob', ask: 'POST files/{a}/copy', body: {}, status: 200 },
      {
        ask: 'PATCH files/{a}',
        body: { downloadRestrictions: { itemDownloadRestriction: { restrictedForWriters: true } } },
        status: 200,
      },
      { as: 'bob', ask: 'POST files/{a}/copy', body: {}, status: 403, error: { reason: 'cannotCopyFile' } },
      { ask: 'POST files/{a}/copy', body: {}, status: 200 },
    ],
  },
  {
    source: '§2',
    title: 'Volume: 750 GB a day: the daily limit has the reason of the short-term limit, and its own message',
    limits: { copyBytes: 4 },
    steps: [
      file('big', 'five!'),
      {
        ask: 'POST files/{big}/copy',
        body: {},
        status: 403,
        error: { reason: 'userRateLimitExceeded', domain: 'usageLimits', message: 'User rate limit exceeded.' },
      },
      behave({ limits: { copyBytes: 100 }, quotas: { bytesPerDay: 6 } }),
      { ask: 'POST files/{big}/copy', body: {}, status: 200 },
      {
        ask: 'POST files/{big}/copy',
        body: {},
        status: 403,
        error: { reason: 'userRateLimitExceeded', message: 'User rate limit exceeded.' },
      },
      { advance: 25 * HOUR },
      { ask: 'POST files/{big}/copy', body: {}, status: 200 },
    ],
  },
  {
    source: '§13',
    title: 'Copies during the 750 GB block: are refused like uploads',
    switches: { copiesCountForTheDay: true },
    steps: [
      file('a', 'five!'),
      behave({ quotas: { bytesPerDay: 4 } }),
      { ask: 'POST files/{a}/copy', body: {}, status: 403, error: { reason: 'userRateLimitExceeded' } },
    ],
  },
  {
    source: '§13',
    title: 'Copies during the 750 GB block: are not counted',
    switches: { copiesCountForTheDay: false },
    steps: [
      file('a', 'five!'),
      behave({ quotas: { bytesPerDay: 4 } }),
      { ask: 'POST files/{a}/copy', body: {}, status: 200 },
      {
        ask: 'POST /upload/drive/v3/files?uploadType=media',
        headers: { 'content-type': 'text/plain' },
        body: 'five!',
        status: 403,
        error: { reason: 'userRateLimitExceeded' },
      },
    ],
  },
  ...[false, true].map((taken): Scenario => ({
    source: '§7',
    title: taken ? 'files.copy: a document accepts a modifiedTime' : 'files.copy: a document ignores a modifiedTime',
    switches: { docCopyTakesTime: taken },
    steps: [
      made('d', { mimeType: DOC }),
      {
        ask: 'POST files/{d}/copy?fields=modifiedTime',
        body: { modifiedTime: '2001-01-01T00:00:00.000Z' },
        status: 200,
        exactly: { modifiedTime: taken ? '2001-01-01T00:00:00.000Z' : '{now}' },
      },
    ],
  })),
  ...[true, false].map((taken): Scenario => ({
    source: '§7',
    title: taken ? 'files.copy: accepts a description' : 'files.copy: ignores a description',
    switches: { copyTakesDescription: taken },
    steps: [
      file('b', 'x'),
      {
        ask: 'POST files/{b}/copy?fields=description',
        body: { description: 'given' },
        status: 200,
        exactly: taken ? { description: 'given' } : {},
      },
    ],
  })),
];
