import {
  ALL,
  control,
  drive,
  file,
  notFound,
  PEOPLE,
  refused,
  type Request,
  type Scenario,
  share,
} from '../scenario.ts';

const REFERENCE = 'https://developers.google.com/workspace/drive/api/reference/rest/v3/drives';
const ADMIN = 'useDomainAdminAccess=true';
const MANAGE = 'noManageTeamDriveAdministratorPrivilege';

/** Bob administers the organisation of Alice's drives without being a member of them; Carol administers another one. */
const admins: readonly Request[] = [
  control('people', { email: PEOPLE.bob, admin: true }),
  control('people', { email: PEOPLE.carol, admin: true }),
];

/** A shared drive without Bob. */
const foreign = (name = 'drive'): readonly Request[] => [
  ...drive('reader', name),
  { ask: `DELETE files/{${name}}/permissions/{${name} for bob}?${ALL}`, status: 204 },
];

/** Rows of the area `drives`: shared drives for administrators (`useDomainAdminAccess`). */
export const DRIVE_ADMINS: readonly Scenario[] = [
  {
    source: `${REFERENCE}/list`,
    title: 'useDomainAdminAccess: drives.list returns all shared drives of the administrator’s organisation',
    steps: [
      ...admins,
      foreign(),
      foreign('other'),
      {
        as: 'carol',
        ask: 'POST drives?requestId={unique}',
        body: { name: 'hers' },
        status: 200,
        keep: { hers: 'id' },
      },
      { as: 'bob', ask: 'GET drives?fields=drives(id)', status: 200, exactly: { drives: [] } },
      {
        as: 'bob',
        ask: `GET drives?${ADMIN}&fields=drives(id)`,
        status: 200,
        exactly: { drives: [{ id: '{drive}' }, { id: '{other}' }] },
      },
      {
        as: 'bob',
        ask: `GET drives?${ADMIN}&fields=nextPageToken,drives(id)&pageSize=1`,
        status: 200,
        json: { drives: [{ id: '{drive}' }] },
        keep: { next: 'nextPageToken' },
      },
      {
        as: 'bob',
        ask: `GET drives?${ADMIN}&fields=nextPageToken,drives(id)&pageSize=1&pageToken={next}`,
        status: 200,
        exactly: { drives: [{ id: '{other}' }] },
      },
      {
        as: 'bob',
        ask: `GET drives?${ADMIN}&fields=drives(id)&q=name = 'other'`,
        status: 200,
        exactly: { drives: [{ id: '{other}' }] },
      },
      {
        as: 'carol',
        ask: `GET drives?${ADMIN}&fields=drives(id)`,
        status: 200,
        exactly: { drives: [{ id: '{hers}' }] },
      },
    ],
  },
  {
    source: 'https://github.com/brekkylab/backlot/blob/main/tests/test_google.py',
    title:
      'useDomainAdminAccess: drives.list refuses people who administer nothing, after it has checked the page size',
    steps: [
      drive('reader'),
      refused(`GET drives?${ADMIN}`, undefined, 'noListTeamDrivesAdministratorPrivilege', 'alice'),
      refused(`GET drives?${ADMIN}&q=name='x'`, undefined, 'noListTeamDrivesAdministratorPrivilege', 'alice'),
      {
        ask: `GET drives?${ADMIN}&pageSize=0`,
        status: 400,
        error: { reason: 'invalidParameter', location: 'page_size' },
      },
    ],
  },
  {
    source: `${REFERENCE}/update`,
    title:
      'useDomainAdminAccess: an administrator reads and changes a shared drive of the organisation without being a member',
    steps: [
      ...admins,
      foreign(),
      file('a', 'x', { parents: ['{drive}'] }),
      { as: 'bob', ask: 'GET drives/{drive}', status: 404, error: notFound('driveId') },
      {
        as: 'bob',
        ask: `GET drives/{drive}?${ADMIN}&fields=id,name`,
        status: 200,
        exactly: { id: '{drive}', name: 'drive' },
      },
      {
        as: 'bob',
        ask: `PATCH drives/{drive}?${ADMIN}&fields=name,restrictions/driveMembersOnly`,
        body: { name: 'renamed', restrictions: { driveMembersOnly: true } },
        status: 200,
        exactly: { name: 'renamed', restrictions: { driveMembersOnly: true } },
      },
      { ask: 'GET drives/{drive}?fields=name', status: 200, exactly: { name: 'renamed' } },
      { as: 'bob', ask: 'PATCH drives/{drive}', body: { name: 'again' }, status: 404, error: notFound('driveId') },
      // The access is to the drive, not to its items.
      { as: 'bob', ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
      { as: 'bob', ask: `GET drives/nope?${ADMIN}`, status: 404, error: notFound('driveId') },
      // Administrators of other organisations and members without this right have no such access.
      { as: 'carol', ask: `GET drives/{drive}?${ADMIN}`, status: 403 },
      refused(`PATCH drives/{drive}?${ADMIN}`, { name: 'hers' }, MANAGE, 'carol'),
      refused(`PATCH drives/{drive}?${ADMIN}`, { name: 'mine' }, MANAGE, 'alice'),
      // An administrator who is a reader still may do more than a reader.
      share('drive', 'reader', 'bob'),
      refused('PATCH drives/{drive}', { name: 'again' }, 'insufficientFilePermissions'),
      { as: 'bob', ask: `PATCH drives/{drive}?${ADMIN}`, body: { name: 'again' }, status: 200 },
      { ask: 'GET drives/{drive}?fields=name', status: 200, exactly: { name: 'again' } },
    ],
  },
  {
    source: REFERENCE,
    title:
      'adminManagedRestrictions: only with useDomainAdminAccess can anyone change restrictions of the drive; a manager still renames it',
    steps: [
      ...admins,
      foreign(),
      {
        ask: 'PATCH drives/{drive}?fields=capabilities(canChangeDomainUsersOnlyRestriction,canRenameDrive)',
        body: { restrictions: { adminManagedRestrictions: true } },
        status: 200,
        exactly: { capabilities: { canChangeDomainUsersOnlyRestriction: false, canRenameDrive: true } },
      },
      refused('PATCH drives/{drive}', { restrictions: { copyRequiresWriterPermission: true } }, MANAGE, 'alice'),
      refused('PATCH drives/{drive}', { restrictions: { adminManagedRestrictions: false } }, MANAGE, 'alice'),
      { ask: 'PATCH drives/{drive}?fields=name', body: { name: 'new' }, status: 200, exactly: { name: 'new' } },
      {
        as: 'bob',
        ask: `PATCH drives/{drive}?${ADMIN}&fields=restrictions/copyRequiresWriterPermission`,
        body: { restrictions: { copyRequiresWriterPermission: true } },
        status: 200,
        exactly: { restrictions: { copyRequiresWriterPermission: true } },
      },
    ],
  },
  {
    source: `${REFERENCE}/delete`,
    title: 'useDomainAdminAccess: an administrator deletes a shared drive, with allowItemDeletion also one with items',
    steps: [
      ...admins,
      foreign(),
      file('a', 'x', { parents: ['{drive}'] }),
      refused(`DELETE drives/{drive}?${ADMIN}&allowItemDeletion=true`, undefined, MANAGE, 'carol'),
      refused(`DELETE drives/{drive}?${ADMIN}&allowItemDeletion=true`, undefined, MANAGE, 'alice'),
      refused(`DELETE drives/{drive}?${ADMIN}`, undefined, 'cannotDeleteResourceWithChildren'),
      // "This option is only supported when useDomainAdminAccess is also set to true."
      { ask: 'DELETE drives/{drive}?allowItemDeletion=true', status: 403 },
      { ask: `GET files/{a}?${ALL}`, status: 200 },
      { as: 'bob', ask: `DELETE drives/{drive}?${ADMIN}&allowItemDeletion=true`, status: 204 },
      { ask: 'GET drives/{drive}', status: 404, error: notFound('driveId') },
      { ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
      foreign('empty'),
      { as: 'bob', ask: 'DELETE drives/{empty}', status: 404, error: notFound('driveId') },
      { as: 'bob', ask: `DELETE drives/{empty}?${ADMIN}`, status: 204 },
    ],
  },
];
