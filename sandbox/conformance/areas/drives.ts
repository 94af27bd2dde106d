import {
  capabilities,
  ALL,
  control,
  drive,
  file,
  FOLDER,
  folder,
  notFound,
  PEOPLE,
  permit,
  refused,
  type Scenario,
  share,
} from '../scenario.ts';
import { DRIVE_ADMINS } from './drive-admins.ts';

export const DRIVES: Scenario[] = [
  ...DRIVE_ADMINS,
  {
    source: '§11',
    title: 'drives: are created once for a requestId, listed, changed, hidden and, if empty, deleted',
    steps: [
      { ask: 'POST drives', body: { name: 'D' }, status: 400, error: { reason: 'required', location: 'requestId' } },
      {
        ask: 'POST drives?requestId=one',
        body: { name: 'D' },
        status: 200,
        json: { kind: 'drive#drive', name: 'D' },
        absent: ['capabilities'],
        keep: { d: 'id' },
      },
      {
        ask: 'POST drives?requestId=one',
        body: { name: 'D' },
        status: 409,
        error: { reason: 'teamDriveAlreadyExists' },
      },
      {
        as: 'dave',
        ask: 'POST drives?requestId=one',
        body: { name: 'D' },
        status: 403,
        error: { reason: 'userCannotCreateTeamDrives' },
      },
      { ask: 'POST drives?requestId=two&fields=id', body: { name: 'Another' }, status: 200, keep: { e: 'id' } },
      {
        ask: 'GET drives?pageSize=1',
        status: 200,
        json: { kind: 'drive#driveList', drives: [{ id: '{d}', name: 'D' }] },
        keep: { next: 'nextPageToken' },
      },
      {
        ask: 'GET drives?pageSize=1&pageToken={next}&fields=nextPageToken,drives(id)',
        status: 200,
        exactly: { drives: [{ id: '{e}' }] },
      },
      {
        ask: "GET drives?fields=drives(id)&q=name contains 'nothe' and hidden = false",
        status: 200,
        exactly: { drives: [{ id: '{e}' }] },
      },
      { ask: 'GET drives?q=size > 3', status: 400, error: { reason: 'invalid', location: 'q' } },
      { ask: 'GET drives?pageSize=101', status: 400, error: { reason: 'invalidParameter', location: 'page_size' } },
      { as: 'bob', ask: 'GET drives/{d}', status: 404, error: notFound('driveId') },
      {
        ask: 'PATCH drives/{d}?fields=name,restrictions/domainUsersOnly',
        body: { name: 'E', restrictions: { domainUsersOnly: true } },
        status: 200,
        exactly: { name: 'E', restrictions: { domainUsersOnly: true } },
      },
      { ask: 'POST drives/{d}/hide?fields=hidden', status: 200, exactly: { hidden: true } },
      { ask: 'POST drives/{d}/unhide?fields=hidden', status: 200, exactly: { hidden: false } },
      {
        ask: 'GET drives/{d}?fields=hidden,capabilities(canDeleteDrive,canManageMembers)',
        status: 200,
        exactly: { hidden: false, capabilities: { canDeleteDrive: true, canManageMembers: true } },
      },
      file('a', 'x', { parents: ['{d}'] }),
      { ask: 'DELETE drives/{d}', status: 403, error: { reason: 'cannotDeleteResourceWithChildren' } },
      { ask: `DELETE files/{a}?${ALL}`, status: 204 },
      { ask: 'DELETE drives/{d}', status: 204 },
      { ask: 'GET drives/{d}', status: 404, error: notFound('driveId') },
    ],
  },
  {
    source: '§8',
    title: 'Shared drives own their items: files have a driveId, and no owners, ownedByMe or permissions',
    steps: [
      drive('writer'),
      {
        as: 'bob',
        ask: `POST files?${ALL}&fields=id,driveId,ownedByMe,owners,shared,permissions,permissionIds,parents,writersCanShare`,
        body: { name: 'a', parents: ['{drive}'] },
        status: 200,
        json: { driveId: '{drive}', parents: ['{drive}'] },
        absent: ['ownedByMe', 'owners', 'shared', 'permissions', 'writersCanShare'],
        keep: { a: 'id', organizer: 'permissionIds>0' },
      },
      {
        as: 'bob',
        ask: `GET files/{a}?${ALL}`,
        status: 200,
        exactly: {
          kind: 'drive#file',
          id: '{a}',
          name: 'a',
          mimeType: 'application/octet-stream',
          driveId: '{drive}',
          teamDriveId: '{drive}',
        },
      },
      // Clients that do not declare support for shared drives find nothing.
      { as: 'bob', ask: 'GET files/{a}', status: 404, error: notFound() },
      { as: 'bob', ask: 'GET files/{a}?supportsTeamDrives=true', status: 200 },
      { as: 'carol', ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
      { as: 'bob', ask: 'GET about?fields=storageQuota/usage', status: 200, exactly: { storageQuota: { usage: '0' } } },
      {
        ask: `GET files/{a}/permissions?${ALL}&fields=permissions(role,permissionDetails)`,
        status: 200,
        json: {
          permissions: [
            {
              role: 'organizer',
              permissionDetails: [{ permissionType: 'member', inherited: true, inheritedFrom: '{drive}' }],
            },
            { role: 'writer' },
          ],
        },
      },
      refused(`DELETE files/{a}/permissions/{organizer}?${ALL}`, undefined, 'cannotModifyInheritedPermission', 'alice'),
      refused(
        permit('a', '&transferOwnership=true'),
        { type: 'user', role: 'owner', emailAddress: PEOPLE.bob },
        'ownerOnTeamDriveItemNotSupported',
        'alice',
      ),
    ],
  },
  ...(
    [
      [
        'organizer',
        {
          canEdit: true,
          canTrash: true,
          canDelete: true,
          canMoveItemOutOfDrive: true,
          canMoveItemWithinDrive: true,
          canShare: true,
          canComment: true,
          canCopy: true,
        },
      ],
      [
        'fileOrganizer',
        {
          canEdit: true,
          canTrash: true,
          canDelete: false,
          canMoveItemOutOfDrive: false,
          canMoveItemWithinDrive: true,
          canShare: true,
          canComment: true,
          canCopy: true,
        },
      ],
      [
        'writer',
        {
          canEdit: true,
          canTrash: false,
          canDelete: false,
          canMoveItemOutOfDrive: false,
          canMoveItemWithinDrive: false,
          canShare: true,
          canComment: true,
          canCopy: true,
        },
      ],
      [
        'commenter',
        {
          canEdit: false,
          canTrash: false,
          canDelete: false,
          canMoveItemOutOfDrive: false,
          canMoveItemWithinDrive: false,
          canShare: false,
          canComment: true,
          canCopy: true,
        },
      ],
      [
        'reader',
        {
          canEdit: false,
          canTrash: false,
          canDelete: false,
          canMoveItemOutOfDrive: false,
          canMoveItemWithinDrive: false,
          canShare: false,
          canComment: false,
          canCopy: true,
        },
      ],
    ] as const
  ).map(([role, can]): Scenario => {
    const body = { mimeType: FOLDER, parents: ['{drive}'] };
    const dir = '{dir}';
    const trash = { ask: `PATCH files/{a}?${ALL}`, body: { trashed: true }, as: 'bob' } as const;
    return {
      source: '§8',
      title: `Roles in a shared drive: ${role}`,
      steps: [
        drive(role),
        file('a', 'x', { parents: ['{drive}'] }),
        folder('dir', '{drive}'),
        capabilities(can, 'files/{a}'),
        can.canEdit
          ? { as: 'bob', ask: `POST files?${ALL}`, body, status: 200 }
          : refused(`POST files?${ALL}`, body, 'insufficientParentPermissions'),
        can.canMoveItemWithinDrive
          ? {
              as: 'bob',
              ask: `PATCH files/{a}?addParents=${dir}&${ALL}&fields=parents`,
              body: {},
              status: 200,
              exactly: { parents: [dir] },
            }
          : refused(`PATCH files/{a}?addParents=${dir}&${ALL}`, {}, 'insufficientFilePermissions'),
        can.canTrash
          ? { ...trash, status: 200 }
          : { ...trash, status: 403, error: { reason: 'insufficientFilePermissions' } },
        can.canDelete
          ? { as: 'bob', ask: `DELETE files/{a}?${ALL}`, status: 204 }
          : refused(`DELETE files/{a}?${ALL}`, undefined, 'insufficientFilePermissions'),
      ],
    };
  }),
  {
    source: '§8',
    title: 'Members of a shared drive: are its permissions; it has roles of its own',
    steps: [
      drive('fileOrganizer'),
      file('a', 'x', { parents: ['{drive}'] }),
      refused(
        permit('drive'),
        { type: 'user', role: 'reader', emailAddress: PEOPLE.carol },
        'insufficientFilePermissions',
      ),
      share('drive', 'organizer', 'carol'),
      { as: 'carol', ask: 'GET drives?fields=drives(id)', status: 200, exactly: { drives: [{ id: '{drive}' }] } },
      // Members find the drive in their list of drives, not in `sharedWithMe`.
      {
        as: 'carol',
        ask: `GET files?fields=files(id)&q=sharedWithMe&${ALL}&includeItemsFromAllDrives=true`,
        status: 200,
        exactly: { files: [] },
      },
      refused(
        permit('drive'),
        { type: 'anyone', role: 'reader' },
        'cannotShareTeamDriveTopFolderWithAnyoneOrDomains',
        'alice',
      ),
      refused(
        permit('drive'),
        { type: 'user', role: 'reader', emailAddress: 'nobody@nowhere.example' },
        'cannotShareTeamDriveWithNonGoogleAccounts',
        'alice',
      ),
      refused(
        permit('drive'),
        { type: 'user', role: 'reader', emailAddress: PEOPLE.dave, expirationTime: '{in a day}' },
        'expirationDateNotAllowedForSharedDriveMembers',
        'alice',
      ),
      refused(
        permit('a'),
        { type: 'user', role: 'organizer', emailAddress: PEOPLE.dave },
        'organizerOnNonTeamDriveNotSupported',
        'alice',
      ),
      refused(
        permit('a'),
        { type: 'user', role: 'fileOrganizer', emailAddress: PEOPLE.dave },
        'fileOrganizerOnFoldersInSharedDriveOnly',
        'alice',
      ),
      file('mine', 'x'),
      refused(
        permit('mine'),
        { type: 'user', role: 'organizer', emailAddress: PEOPLE.dave },
        'organizerOnNonTeamDriveItemNotSupported',
        'alice',
      ),
      refused(
        permit('mine'),
        { type: 'user', role: 'fileOrganizer', emailAddress: PEOPLE.dave },
        'fileOrganizerOnNonTeamDriveNotSupported',
        'alice',
      ),
      { ask: `DELETE files/{drive}/permissions/{drive for carol}?${ALL}`, status: 204 },
      { as: 'carol', ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
    ],
  },
  {
    source: '§3',
    title: 'teamDrive…Restriction: what members of a shared drive may not share, copy and download',
    steps: [
      drive('reader'),
      file('a', 'x', { parents: ['{drive}'] }),
      { ask: 'PATCH drives/{drive}', body: { restrictions: { domainUsersOnly: true } }, status: 200 },
      refused(
        permit('a'),
        { type: 'user', role: 'reader', emailAddress: PEOPLE.carol },
        'teamDriveDomainUsersOnlyRestriction',
        'alice',
      ),
      {
        ask: 'PATCH drives/{drive}',
        body: { restrictions: { domainUsersOnly: false, driveMembersOnly: true } },
        status: 200,
      },
      refused(
        permit('a'),
        { type: 'user', role: 'reader', emailAddress: PEOPLE.carol },
        'teamDriveTeamMembersOnlyRestriction',
        'alice',
      ),
      share('a', 'writer', 'bob'),
      { ask: `DELETE files/{a}/permissions/{a for bob}?${ALL}`, status: 204 },
      { ask: 'PATCH drives/{drive}', body: { restrictions: { copyRequiresWriterPermission: true } }, status: 200 },
      refused(`POST files/{a}/copy?${ALL}`, {}, 'cannotCopyFile'),
    ],
  },
  {
    source: 'https://developers.google.com/workspace/drive/api/reference/rest/v3/drives',
    title:
      'drives.restrictions: only members can read a drive’s restrictions, which end the access of everyone whom they exclude',
    steps: [
      drive('reader'),
      file('a', 'x', { parents: ['{drive}'] }),
      share('a', 'reader', 'carol'),
      { as: 'carol', ask: `GET files/{a}?${ALL}`, status: 200 },
      { as: 'carol', ask: 'GET drives/{drive}?fields=restrictions', status: 404, error: notFound('driveId') },
      {
        ask: 'PATCH drives/{drive}',
        body: { restrictions: { driveMembersOnly: true } },
        status: 200,
      },
      {
        as: 'bob',
        ask: 'GET drives/{drive}?fields=restrictions',
        status: 200,
        json: {
          restrictions: {
            adminManagedRestrictions: false,
            copyRequiresWriterPermission: false,
            domainUsersOnly: false,
            driveMembersOnly: true,
          },
        },
      },
      { as: 'bob', ask: `GET files/{a}?${ALL}`, status: 200 },
      { as: 'carol', ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
      {
        as: 'carol',
        ask: `GET files?fields=files(id)&q=sharedWithMe&${ALL}&includeItemsFromAllDrives=true`,
        status: 200,
        exactly: { files: [] },
      },
      share('drive', 'reader', 'carol'),
      { as: 'carol', ask: `GET files/{a}?${ALL}`, status: 200 },
      { ask: 'PATCH drives/{drive}', body: { restrictions: { domainUsersOnly: true } }, status: 200 },
      { as: 'carol', ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
      { as: 'carol', ask: 'GET drives/{drive}', status: 404, error: notFound('driveId') },
      refused(
        permit('drive'),
        { type: 'user', role: 'reader', emailAddress: PEOPLE.dave },
        'teamDriveDomainUsersOnlyRestriction',
        'alice',
      ),
    ],
  },
  {
    source: 'https://developers.google.com/workspace/drive/api/reference/rest/v3/drives',
    title: 'drives.restrictions: domainUsersOnly admits everyone of the organisation, whichever domain they are of',
    steps: [
      control('organizations', { domains: ['example.com', 'elsewhere.example'] }),
      drive('reader'),
      file('a', 'x', { parents: ['{drive}'] }),
      share('a', 'reader', 'dave'),
      { ask: 'PATCH drives/{drive}', body: { restrictions: { domainUsersOnly: true } }, status: 200 },
      share('a', 'reader', 'carol'),
      { as: 'carol', ask: `GET files/{a}?${ALL}`, status: 200 },
      { as: 'dave', ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
      refused(
        permit('a'),
        { type: 'user', role: 'reader', emailAddress: PEOPLE.erin },
        'teamDriveDomainUsersOnlyRestriction',
        'alice',
      ),
    ],
  },
  {
    source: '§2',
    title: 'Shared drive limits: items with trash, members, groups',
    limits: { itemsPerDrive: 3, membersPerDrive: 2, groupsPerItem: 1 },
    steps: [
      drive('writer'),
      folder('a', '{drive}'),
      folder('b', '{a}'),
      file('c', 'x', { parents: ['{drive}'] }),
      { ask: `PATCH files/{c}?${ALL}`, body: { trashed: true }, status: 200 },
      {
        ask: `POST files?${ALL}`,
        body: { parents: ['{drive}'] },
        status: 403,
        error: { reason: 'teamDriveFileLimitExceeded' },
      },
      {
        ask: permit('drive'),
        body: { type: 'user', role: 'reader', emailAddress: PEOPLE.carol },
        status: 403,
        error: { reason: 'limitExceeded' },
      },
      ...['one', 'two'].map((name) => control('groups', { email: `${name}@example.com`, members: [] })),
      { ask: permit('a'), body: { type: 'group', role: 'reader', emailAddress: 'one@example.com' }, status: 200 },
      {
        ask: permit('a'),
        body: { type: 'group', role: 'reader', emailAddress: 'two@example.com' },
        status: 403,
        error: { reason: 'limitExceeded' },
      },
      { ask: permit('a'), body: { type: 'group', role: 'writer', emailAddress: 'one@example.com' }, status: 200 },
      share('drive', 'reader', 'bob'),
    ],
  },
  {
    source: '§8',
    title: 'The trash of a shared drive: is separate for each drive; its items name the person who trashed them',
    steps: [
      drive('fileOrganizer'),
      file('a', 'x', { parents: ['{drive}'] }),
      {
        as: 'bob',
        ask: `PATCH files/{a}?${ALL}&fields=trashedTime,trashingUser(emailAddress)`,
        body: { trashed: true },
        status: 200,
        exactly: { trashedTime: '{now}', trashingUser: { emailAddress: PEOPLE.bob } },
      },
      { ask: 'DELETE files/trash', status: 204 },
      { ask: `GET files/{a}?${ALL}`, status: 200 },
      refused('DELETE files/trash?driveId={drive}', undefined, 'insufficientFilePermissions'),
      { ask: 'DELETE files/trash?driveId={drive}', status: 204 },
      { ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
    ],
  },
  {
    source: '§15',
    title: 'Limited access in a shared drive: excludes all members except organizers',
    steps: [
      drive('writer'),
      folder('dir', '{drive}'),
      file('a', 'x', { parents: ['{dir}'] }),
      { ask: `PATCH files/{dir}?${ALL}`, body: { inheritedPermissionsDisabled: true }, status: 200 },
      { as: 'bob', ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
      {
        as: 'bob',
        ask: `GET files?fields=files(id)&${ALL}&includeItemsFromAllDrives=true&q='{dir}' in parents`,
        status: 200,
        exactly: { files: [] },
      },
      { ask: `GET files/{a}?${ALL}`, status: 200 },
    ],
  },
];
