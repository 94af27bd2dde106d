import { ALL, DAY, drive, file, notFound, type Person, type Request, type Scenario, share } from '../scenario.ts';

const start = (name: string, as: Person = 'alice', more = ''): Request => ({
  as,
  ask: `GET changes/startPageToken${more}`,
  status: 200,
  keep: { [name]: 'startPageToken' },
});

export const CHANGES: Scenario[] = [
  {
    source: '§11',
    title:
      'changes: start at a token; a removed item has no file; the last page has the token to continue with, which does not expire',
    steps: [
      { ask: 'GET changes', status: 400, error: { reason: 'required', location: 'pageToken' } },
      { ask: 'GET changes?pageToken=soon', status: 400, error: { reason: 'invalid', location: 'pageToken' } },
      {
        ask: 'GET changes/startPageToken',
        status: 200,
        json: { kind: 'drive#startPageToken' },
        keep: { start: 'startPageToken' },
      },
      file('a', 'x'),
      file('b', 'x'),
      {
        ask: 'GET changes?pageToken={start}&pageSize=1',
        status: 200,
        json: {
          kind: 'drive#changeList',
          changes: [{ kind: 'drive#change', changeType: 'file', removed: false, fileId: '{a}', file: { id: '{a}' } }],
        },
        absent: ['newStartPageToken'],
        keep: { next: 'nextPageToken' },
      },
      {
        ask: 'GET changes?pageToken={next}&fields=newStartPageToken,changes(fileId)',
        status: 200,
        json: { changes: [{ fileId: '{b}' }] },
        keep: { later: 'newStartPageToken' },
      },
      { ask: 'DELETE files/{a}', status: 204 },
      { advance: 40 * DAY },
      {
        ask: 'GET changes?pageToken={later}&fields=changes(fileId,removed,file/id)',
        status: 200,
        exactly: { changes: [{ fileId: '{a}', removed: true }] },
      },
      {
        ask: 'GET changes?pageToken={later}&includeRemoved=false&fields=changes(fileId)',
        status: 200,
        exactly: { changes: [] },
      },
    ],
  },
  {
    source: '§11',
    title:
      'changes of others: are listed while there is access; losing it is a removal; restrictToMyDrive leaves them out',
    steps: [
      file('a', 'x'),
      start('start', 'bob'),
      share('a', 'reader', 'bob'),
      {
        as: 'bob',
        ask: 'GET changes?pageToken={start}&fields=newStartPageToken,changes(fileId,removed)',
        status: 200,
        json: { changes: [{ fileId: '{a}', removed: false }] },
        keep: { next: 'newStartPageToken' },
      },
      {
        as: 'bob',
        ask: 'GET changes?pageToken={start}&restrictToMyDrive=true&fields=changes(fileId)',
        status: 200,
        exactly: { changes: [] },
      },
      { ask: 'DELETE files/{a}/permissions/{a for bob}', status: 204 },
      // Later changes to it are not reported, but its removal still is.
      { ask: 'PATCH files/{a}', body: { name: 'b' }, status: 200 },
      {
        as: 'bob',
        ask: 'GET changes?pageToken={next}&fields=changes(fileId,removed)',
        status: 200,
        exactly: { changes: [{ fileId: '{a}', removed: true }] },
      },
    ],
  },
  {
    source: '§11',
    title: 'changes of a shared drive: are returned when requested',
    steps: [
      drive('reader'),
      start('start', 'bob', `?driveId={drive}&${ALL}`),
      file('a', 'x', { parents: ['{drive}'] }),
      file('mine', 'x', {}, 'bob'),
      {
        as: 'bob',
        ask: 'GET changes?pageToken={start}&fields=changes(fileId)',
        status: 200,
        exactly: { changes: [{ fileId: '{mine}' }] },
      },
      {
        as: 'bob',
        ask: `GET changes?pageToken={start}&driveId={drive}&${ALL}&includeItemsFromAllDrives=true&fields=changes(fileId)`,
        status: 200,
        exactly: { changes: [{ fileId: '{a}' }] },
      },
      {
        as: 'bob',
        ask: 'GET changes?pageToken={start}&driveId={drive}',
        status: 403,
        error: { reason: 'supportsTeamDrivesRequired' },
      },
      {
        as: 'carol',
        ask: `GET changes?pageToken={start}&driveId={drive}&${ALL}`,
        status: 404,
        error: notFound('driveId'),
      },
      { ask: 'PATCH drives/{drive}', body: { name: 'renamed' }, status: 200 },
      {
        as: 'bob',
        ask: `GET changes?pageToken={start}&driveId={drive}&${ALL}&includeItemsFromAllDrives=true&fields=changes(changeType,driveId,drive/name)`,
        status: 200,
        exactly: {
          changes: [{ changeType: 'file' }, { changeType: 'drive', driveId: '{drive}', drive: { name: 'renamed' } }],
        },
      },
    ],
  },
];
