import {
  ALL,
  behave,
  capabilities,
  DOC,
  drive,
  file,
  FOLDER,
  folder,
  made,
  refused,
  type Request,
  type Scenario,
  share,
  SHORTCUT,
} from '../scenario.ts';

/** Replaces the content of a file. */
function replace(more: string, body: string, status: 200 | 403): Request {
  return {
    ask: `PATCH /upload/drive/v3/files/{a}?uploadType=media${more}`,
    headers: { 'content-type': 'text/plain' },
    body,
    status,
    ...(status === 403 ? { error: { reason: 'storageQuotaExceeded' } } : {}),
  };
}

/** Where items can be: moves between drives, limits of folders, and storage. */
export const PLACES: Scenario[] = [
  {
    source: '§8',
    title:
      'Moves between drives: files can move in if their owner is a member, folders cannot; only an organizer can move items out',
    steps: [
      drive('fileOrganizer'),
      folder('dir'),
      file('a', 'x'),
      {
        ask: `PATCH files/{dir}?addParents={drive}&${ALL}`,
        body: {},
        status: 403,
        error: { reason: 'teamDrivesFolderMoveInNotSupported' },
      },
      {
        ask: `PATCH files/{a}?addParents={drive}&removeParents=root&${ALL}&fields=driveId,parents`,
        body: {},
        status: 200,
        exactly: { driveId: '{drive}', parents: ['{drive}'] },
      },
      refused(`PATCH files/{a}?addParents=root&removeParents={drive}&${ALL}`, {}, 'insufficientFilePermissions'),
      {
        ask: `PATCH files/{a}?addParents=root&removeParents={drive}&${ALL}&fields=driveId,ownedByMe`,
        body: {},
        status: 200,
        exactly: { ownedByMe: true },
      },
      // Carol may write into a folder of the drive, of which she is no member.
      folder('inside', '{drive}'),
      share('inside', 'writer', 'carol'),
      file('theirs', 'x', {}, 'carol'),
      {
        as: 'carol',
        ask: `PATCH files/{theirs}?addParents={inside}&${ALL}`,
        body: {},
        status: 403,
        error: { reason: 'fileOwnerNotMemberOfTeamDrive' },
      },
    ],
  },
  {
    source: 'https://developers.google.com/workspace/drive/api/reference/rest/v3/files',
    title: 'canMoveItemIntoTeamDrive: only the owner can move a file into a shared drive, other writers cannot',
    steps: [
      drive('writer'),
      file('a', 'x'),
      share('a', 'writer', 'bob'),
      capabilities({ canMoveItemIntoTeamDrive: false }, 'files/{a}'),
      refused(`PATCH files/{a}?addParents={drive}&${ALL}`, {}, 'insufficientFilePermissions'),
      capabilities({ canMoveItemIntoTeamDrive: true }, 'files/{a}', 'alice'),
      { ask: `PATCH files/{a}?addParents={drive}&${ALL}`, body: {}, status: 200 },
      // Only an empty drive can be deleted.
      { ask: `DELETE files/{a}?${ALL}`, status: 204 },
    ],
  },
  ...(
    [
      ['My Drive', 'home', 'myDriveHierarchyDepthLimitExceeded'],
      ['a shared drive', 'drive', 'teamDriveHierarchyTooDeep'],
    ] as const
  ).map(([where, top, reason]): Scenario => ({
    source: '§2',
    title: `Levels of folders in ${where}: count only folders, with those that a moved folder has`,
    limits: { folderDepth: 2 },
    steps: [
      drive('writer'),
      folder('one', `{${top}}`),
      folder('two', '{one}'),
      refused(`POST files?${ALL}`, { mimeType: FOLDER, parents: ['{two}'] }, reason, 'alice'),
      // A file may be in the deepest folder, by creation, copy and move.
      made('a', { parents: ['{two}'] }),
      { ask: `POST files/{a}/copy?${ALL}`, body: {}, status: 200 },
      file('b', 'x', { parents: [`{${top}}`] }),
      { ask: `PATCH files/{b}?addParents={two}&${ALL}`, body: {}, status: 200 },
      // The moved folder itself would have a place, the one in it would not.
      folder('three', `{${top}}`),
      folder('four', '{three}'),
      refused(`PATCH files/{three}?addParents={one}&${ALL}`, {}, reason, 'alice'),
      { ask: `PATCH files/{four}?addParents={one}&${ALL}`, body: {}, status: 200 },
      { ask: `PATCH files/{three}?addParents={one}&${ALL}`, body: {}, status: 200 },
    ],
  })),
  {
    source: '§2',
    title: 'Children of a folder: a copy without parents counts in the folder of its source',
    limits: { childrenPerFolder: 1 },
    steps: [
      folder('full'),
      file('a', 'x', { parents: ['{full}'] }),
      refused('POST files/{a}/copy', {}, 'numChildrenInNonRootLimitExceeded', 'alice'),
      { ask: 'POST files/{a}/copy', body: { parents: ['{home}'] }, status: 200 },
    ],
  },
  {
    source: '§1',
    title: 'No storage: an account, such as a service account of its own, can own folders and shortcuts only',
    steps: [
      made('doc', { mimeType: DOC }),
      drive('writer'),
      behave({ quotas: { storageBytes: 0 } }),
      ...[{}, { mimeType: DOC }].map((body) => refused('POST files', body, 'storageQuotaExceeded', 'alice')),
      refused('POST files/{doc}/copy', {}, 'storageQuotaExceeded', 'alice'),
      {
        ask: 'POST /v1/documents',
        body: {},
        status: 403,
        exactly: { error: { code: 403, message: 'The caller does not have permission', status: 'PERMISSION_DENIED' } },
      },
      folder('dir'),
      made('link', { mimeType: SHORTCUT, shortcutDetails: { targetId: '{dir}' } }),
      { ask: 'POST files/{link}/copy', body: {}, status: 200 },
      // A shared drive owns what is in it.
      { ask: `POST files?${ALL}`, body: { mimeType: DOC, parents: ['{drive}'] }, status: 200 },
    ],
  },
  {
    source: '§3',
    title: 'storageQuotaExceeded: replacing content needs storage for the difference, unless the old one is pinned',
    steps: [
      behave({ quotas: { storageBytes: 6 } }),
      file('a', 'five5'),
      replace('', 'seven77', 403),
      replace('&keepRevisionForever=true', 'three', 200),
      replace('', 'ab', 403),
      replace('', 'a', 200),
    ],
  },
];
