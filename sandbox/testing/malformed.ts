/** Malformed values of every kind, and valid bodies beside them. */

export const BAD_IDS = [
  '',
  '%00',
  '%',
  '%zz',
  '%ff%fe',
  '..',
  '..%2f..%2fetc',
  '%F0%9F%98%80',
  "'%20or%20'1'='1",
  '__proto__',
  'constructor',
  '%22%3E%3Cscript%3E',
  'a'.repeat(3000),
];
export const BAD_QUERIES = [
  ...['abc', '-1', '0', '1.5', '1e9', '99999999999999999999', 'NaN', ''].map((value) => `pageSize=${value}`),
  ...['x', '~!!~', '-5', '%00', '99999999999999999999', 'x'.repeat(5000)].map((value) => `pageToken=${value}`),
  ...['()', 'id(', 'id)', ',', 'id,', '*/*/*', '%00', 'a/'.repeat(500), '('.repeat(5000), '%ff'].map(
    (value) => `fields=${value}`,
  ),
  ...["name='", 'name', "'x' in", '%00', '%ff%fe', "x='y'", 'not', '(', "name contains 'x' and", "'\\"].map(
    (value) => `q=${value}`,
  ),
  ...['orderBy=nope', 'orderBy=,', 'corpora=nope', 'spaces=nope', 'driveId=nope&corpora=drive', 'alt=nope'],
  ...['count=-1', 'count=99999', 'space=nope', 'type=nope', 'mimeType=nope', 'revisionId=nope', 'requestId='],
  ...['addParents=nope', 'removeParents=nope,nope', 'addParents=a,b', 'transferOwnership=maybe', 'includeRemoved=7'],
  ...[
    'supportsAllDrives=maybe',
    'pageSize=1&pageSize=2',
    'fields=id&fields=name',
    'alt=json&alt=media',
    '&&&==&%',
    '%',
  ],
  ...['uploadType=nope', 'uploadType=', 'uploadType=media&uploadType=multipart', 'upload_id=', 'grant_type=nope'],
];
export const BAD_FLAGS = [
  'maybe',
  '',
  'on',
  'off',
  '2',
  '01',
  '-1',
  '%20true',
  'true%20',
  'null',
  'true,true',
  '%00',
  'ye%C5%BF',
];
const SUPPORT = ['supportsAllDrives', 'supportsTeamDrives'];
const OTHER_DRIVES = [...SUPPORT, 'includeItemsFromAllDrives', 'includeTeamDriveItems'];
const SHARES = [...SUPPORT, 'useDomainAdminAccess'];
/** Boolean parameters by address (discovery documents). */
export const FLAGS: readonly (readonly [address: string, flags: readonly string[]])[] = [
  ['GET /drive/v3/files', OTHER_DRIVES],
  ['POST /drive/v3/files', [...SUPPORT, 'keepRevisionForever']],
  ['GET /drive/v3/files/{fileId}', [...SUPPORT, 'acknowledgeAbuse']],
  ['GET /drive/v3/files/{fileId}?alt=media', [...SUPPORT, 'acknowledgeAbuse']],
  ['PATCH /drive/v3/files/{fileId}', [...SUPPORT, 'keepRevisionForever']],
  ['DELETE /drive/v3/files/{fileId}', SUPPORT],
  ['POST /drive/v3/files/{fileId}/copy', [...SUPPORT, 'keepRevisionForever']],
  ['POST /upload/drive/v3/files?uploadType=multipart', SUPPORT],
  ['POST /upload/drive/v3/files?uploadType=resumable', SUPPORT],
  ['GET /drive/v3/files/{fileId}/permissions', SHARES],
  [
    'POST /drive/v3/files/{fileId}/permissions',
    [...SHARES, 'sendNotificationEmail', 'transferOwnership', 'moveToNewOwnersRoot'],
  ],
  ['GET /drive/v3/files/{fileId}/permissions/{permissionId}', SHARES],
  ['PATCH /drive/v3/files/{fileId}/permissions/{permissionId}', [...SHARES, 'removeExpiration', 'transferOwnership']],
  ['DELETE /drive/v3/files/{fileId}/permissions/{permissionId}', SHARES],
  ['GET /drive/v3/changes/startPageToken', SUPPORT],
  ['GET /drive/v3/changes?pageToken=1', [...OTHER_DRIVES, 'includeRemoved', 'restrictToMyDrive']],
  ['GET /drive/v3/files/{fileId}/comments?fields=*', ['includeDeleted']],
  ['GET /drive/v3/files/{fileId}/comments/{commentId}?fields=*', ['includeDeleted']],
  ['GET /drive/v3/files/{fileId}/comments/{commentId}/replies?fields=*', ['includeDeleted']],
  ['GET /drive/v3/files/{fileId}/revisions/{revisionId}', ['acknowledgeAbuse']],
  ['GET /drive/v3/files/{fileId}/revisions/{revisionId}?alt=media', ['acknowledgeAbuse']],
  ['GET /drive/v3/drives', ['useDomainAdminAccess']],
  ['DELETE /drive/v3/drives/{driveId}', ['useDomainAdminAccess', 'allowItemDeletion']],
  ['GET /v1/documents/{fileId}', ['includeTabsContent']],
  ['GET /v4/spreadsheets/{fileId}', ['includeGridData']],
  ['PUT /v4/spreadsheets/{fileId}/values/A1?valueInputOption=RAW', ['includeValuesInResponse']],
];
export const BAD_JSON: readonly (string | Buffer)[] = [
  '{"name":',
  '{"name":"x"',
  '[]',
  '"text"',
  '42',
  'true',
  'NaN',
  "{'name':'x'}",
  '\ufeff{}',
  '{"name":1e999}',
  '\u0000',
  Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  '['.repeat(100_000),
  `{"a":${'{"a":'.repeat(20_000)}`,
];
/** Fields of bodies by the last fixed part of the address; other addresses get all of them. */
export const FIELDS: Readonly<Record<string, readonly string[]>> = {
  files: [
    ...[
      'name',
      'mimeType',
      'description',
      'parents',
      'id',
      'properties',
      'appProperties',
      'starred',
      'trashed',
      'size',
    ],
    ...['createdTime', 'modifiedTime', 'viewedByMeTime', 'shortcutDetails', 'downloadRestrictions', 'folderColorRgb'],
    ...['writersCanShare', 'copyRequiresWriterPermission', 'inheritedPermissionsDisabled', 'originalFilename'],
    ...['contentHints', 'contentRestrictions', 'owners', 'capabilities'],
  ],
  permissions: [
    'role',
    'type',
    'emailAddress',
    'domain',
    'allowFileDiscovery',
    'expirationTime',
    'pendingOwner',
    'view',
  ],
  comments: ['content', 'anchor', 'quotedFileContent', 'resolved', 'author'],
  replies: ['content', 'action', 'author'],
  revisions: ['keepForever', 'published', 'publishAuto', 'publishedOutsideDomain'],
  drives: ['name', 'restrictions', 'colorRgb', 'themeId', 'hidden', 'backgroundImageFile'],
};
/** Valid bodies by resource. */
export const VALID: Readonly<Record<string, object>> = {
  files: { name: 'new' },
  'POST permissions': { type: 'user', role: 'reader', emailAddress: 'carol@example.com' },
  'PATCH permissions': { role: 'writer' },
  comments: { content: 'new' },
  replies: { content: 'new' },
  revisions: { keepForever: true },
  drives: { name: 'new' },
};
export const EVERYWHERE = ['kind', '__proto__', 'constructor', 'unknown'];
export const VALUES: readonly string[] = [
  ...['1', '-1', '1e300', '123456789012345678901234567890', 'true', 'null', '{}', '[]', '[[]]', '[null]', '[1]'],
  ...['""', '"\\u0000"', '"\\ud800"', '"nope"', '["nope","nope"]', '{"a":{"b":1}}', '{"__proto__":{"x":"y"}}'],
  ...['{"itemDownloadRestriction":7}', '{"targetId":{}}', `"${'x'.repeat(40_000)}"`],
];
export const BAD_TYPES = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/related',
  ';',
  'x',
];
