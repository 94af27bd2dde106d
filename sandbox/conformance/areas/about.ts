import { control, DOC, file, PEOPLE, type Scenario } from '../scenario.ts';

export const ABOUT: Scenario[] = [
  {
    source: '§11',
    title: 'Unlimited storage: the quota has no limit',
    steps: [
      control('accounts', { email: 'boundless@example.com', unlimitedStorage: true }),
      control('tokens', { account: 'boundless@example.com' }, { token: 'access_token' }),
      {
        as: 'nobody',
        ask: 'GET about?fields=storageQuota',
        headers: { authorization: 'Bearer {token}' },
        status: 200,
        exactly: { storageQuota: { usage: '0', usageInDrive: '0', usageInDriveTrash: '0' } },
      },
      {
        as: 'nobody',
        ask: 'POST /upload/drive/v3/files?uploadType=media',
        headers: { authorization: 'Bearer {token}' },
        body: 'x',
        status: 200,
      },
    ],
  },
  {
    source: '§11',
    title: 'about.get: fields is required; formats are listed',
    steps: [
      { ask: 'GET about', status: 400, error: { reason: 'required', location: 'fields' } },
      {
        ask: 'GET about?fields=*',
        status: 200,
        json: {
          kind: 'drive#about',
          user: { kind: 'drive#user', emailAddress: PEOPLE.alice, me: true },
          maxUploadSize: '5242880000000',
        },
        keep: {
          usage: 'storageQuota>usage',
          inTrash: 'storageQuota>usageInDriveTrash',
          docx: `exportFormats>${DOC}>0`,
          html: 'importFormats>text/html>0',
        },
      },
    ],
  },
  {
    source: '§11',
    title: 'about.get: storage counts owned items; organisations can create drives',
    needs: ['sandbox'],
    steps: [
      {
        ask: 'GET about?fields=storageQuota,canCreateDrives',
        status: 200,
        json: { storageQuota: { usage: '0', usageInDrive: '0', usageInDriveTrash: '0' }, canCreateDrives: true },
        keep: { limit: 'storageQuota>limit' },
      },
      { as: 'dave', ask: 'GET about?fields=canCreateDrives', status: 200, exactly: { canCreateDrives: false } },
      file('a', 'four'),
      { ask: 'PATCH files/{a}', body: { trashed: true }, status: 200 },
      {
        ask: 'GET about?fields=storageQuota(usage,usageInDriveTrash)',
        status: 200,
        exactly: { storageQuota: { usage: '4', usageInDriveTrash: '4' } },
      },
    ],
  },
  {
    source: '§6',
    title: 'files.generateIds: ten by default, at most a thousand, for files or shortcuts',
    steps: [
      {
        ask: 'GET files/generateIds',
        status: 200,
        json: { kind: 'drive#generatedIds', space: 'drive' },
        keep: { tenth: 'ids>9' },
      },
      { ask: 'GET files/generateIds?count=1000', status: 200, keep: { last: 'ids>999' } },
      {
        ask: 'GET files/generateIds?count=1001',
        status: 400,
        error: { reason: 'invalidParameter', location: 'count' },
      },
      { ask: 'GET files/generateIds?type=shortcuts', status: 200 },
      { ask: 'GET files/generateIds?type=drives', status: 400, error: { reason: 'invalid', location: 'type' } },
      { ask: 'GET files/generateIds?space=photos', status: 400, error: { reason: 'invalid', location: 'space' } },
    ],
  },
  {
    source: '§2',
    title: 'fields: nested masks, the star, unknown names, and blank',
    steps: [
      file('a', 'x'),
      {
        ask: 'GET files/{a}',
        status: 200,
        exactly: { kind: 'drive#file', id: '{a}', name: 'a', mimeType: 'application/octet-stream' },
      },
      {
        ask: 'GET files/{a}?fields=owners(me),capabilities/canCopy',
        status: 200,
        exactly: { owners: [{ me: true }], capabilities: { canCopy: true } },
      },
      { ask: 'GET files/{a}?fields=', status: 200, exactly: {} },
      { ask: 'GET files/{a}?fields=nope', status: 400, error: { reason: 'invalidParameter', location: 'fields' } },
      { ask: 'GET files?fields=files(id', status: 400, error: { reason: 'invalidParameter', location: 'fields' } },
      // Drive ignores unknown parameters.
      { ask: 'GET files/{a}?fields=id&somethingNew=1', status: 200, exactly: { id: '{a}' } },
    ],
  },
];
