import {
  ALL,
  behave,
  control,
  DAY,
  DOC,
  drive,
  file,
  folder,
  FOLDER,
  HOUR,
  made,
  notFound,
  PEOPLE,
  share,
  type Person,
  type Request,
  type Scenario,
} from './conformance.ts';

/** Who may do what with whose things: permissions, owners, shared drives; and what is kept beside a file. */

/** An answer that is refused; `as` Bob, as a rule. */
function refused(ask: string, body: object | undefined, reason: string, as: Person = 'bob', status = 403): Request {
  return { as, ask, ...(body ? { body } : {}), status, error: { reason } };
}

const capabilities = (names: Record<string, boolean>, ask: string, as: Person = 'bob'): Request => ({
  as,
  ask: `GET ${ask}?${ALL}&fields=capabilities(${Object.keys(names).join(',')})`,
  status: 200,
  exactly: { capabilities: names },
});

const permit = (what: string, more = ''): string =>
  `POST files/{${what}}/permissions?sendNotificationEmail=false&${ALL}${more}`;

const PERMISSIONS: Scenario[] = [
  {
    fact: '§12 permissions CRUD',
    title: 'a permission is given, shown, changed and withdrawn; what is below inherits it',
    steps: [
      folder('dir'),
      file('inner', 'x', { parents: ['{dir}'] }),
      { as: 'bob', ask: 'GET files/{inner}', status: 404, error: notFound() },
      share('dir', 'commenter', 'bob'),
      {
        as: 'bob',
        ask: 'GET files/{inner}?fields=parents,ownedByMe,shared',
        status: 200,
        exactly: { parents: ['{dir}'], ownedByMe: false, shared: true },
      },
      {
        ask: 'GET files/{inner}/permissions?fields=kind,permissions(id,role,emailAddress,permissionDetails)',
        status: 200,
        json: {
          kind: 'drive#permissionList',
          permissions: [
            { role: 'owner', emailAddress: PEOPLE.alice },
            {
              id: '{dir for bob}',
              role: 'commenter',
              permissionDetails: [
                { permissionType: 'file', role: 'commenter', inherited: true, inheritedFrom: '{dir}' },
              ],
            },
          ],
        },
      },
      {
        ask: 'GET files/{dir}/permissions/{dir for bob}',
        status: 200,
        exactly: { kind: 'drive#permission', id: '{dir for bob}', type: 'user', role: 'commenter' },
      },
      refused(
        'PATCH files/{inner}/permissions/{dir for bob}',
        { role: 'reader' },
        'cannotModifyInheritedPermission',
        'alice',
      ),
      refused('DELETE files/{inner}/permissions/{dir for bob}', undefined, 'cannotModifyInheritedPermission', 'alice'),
      {
        ask: 'PATCH files/{dir}/permissions/{dir for bob}?fields=role',
        body: { role: 'writer' },
        status: 200,
        exactly: { role: 'writer' },
      },
      refused(
        'PATCH files/{dir}/permissions/{dir for bob}',
        { emailAddress: PEOPLE.carol },
        'fieldNotWritable',
        'alice',
      ),
      // The same grantee has the same id everywhere.
      share('inner', 'writer', 'bob'),
      {
        ask: 'GET files/{inner}/permissions/{dir for bob}?fields=permissionDetails(inherited)',
        status: 200,
        exactly: { permissionDetails: [{ inherited: false }, { inherited: true }] },
      },
      {
        as: 'bob',
        ask: 'GET files?fields=files(id)&orderBy=name&q=sharedWithMe',
        status: 200,
        exactly: { files: [{ id: '{dir}' }, { id: '{inner}' }] },
      },
      { ask: 'DELETE files/{inner}/permissions/{inner for bob}', status: 204 },
      {
        as: 'bob',
        ask: 'GET files?fields=files(id)&q=sharedWithMe',
        status: 200,
        exactly: { files: [{ id: '{dir}' }] },
      },
      share('inner', 'writer', 'bob'),
      { ask: 'DELETE files/{dir}/permissions/{dir for bob}', status: 204 },
      { as: 'bob', ask: 'GET files/{dir}', status: 404, error: notFound() },
      { as: 'bob', ask: 'GET files/{inner}', status: 200 },
      {
        ask: 'DELETE files/{dir}/permissions/{dir for bob}',
        status: 404,
        error: { reason: 'notFound', location: 'permissionId' },
      },
    ],
  },
  {
    fact: '§12 permissions, types',
    title: 'groups, domains and anyone',
    steps: [
      control('groups', { email: 'team@example.com', members: [PEOPLE.bob] }),
      file('g', 'x'),
      {
        ask: permit('g'),
        body: { type: 'group', role: 'reader', emailAddress: 'team@example.com' },
        status: 200,
        json: { type: 'group' },
      },
      { as: 'bob', ask: 'GET files?fields=files(id)&q=sharedWithMe', status: 200, exactly: { files: [{ id: '{g}' }] } },
      { as: 'carol', ask: 'GET files/{g}', status: 404, error: notFound() },
      control('groups', { email: 'team@example.com', members: [PEOPLE.carol] }),
      { as: 'bob', ask: 'GET files/{g}', status: 404, error: notFound() },
      { as: 'carol', ask: 'GET files/{g}', status: 200 },
      // Open on another way, it is not among what is shared with those who left the group.
      { ask: permit('g'), body: { type: 'domain', role: 'reader', domain: 'example.com' }, status: 200 },
      { as: 'bob', ask: 'GET files/{g}', status: 200 },
      { as: 'bob', ask: 'GET files?fields=files(id)&q=sharedWithMe', status: 200, exactly: { files: [] } },
      file('d', 'x'),
      {
        ask: permit('d'),
        body: { type: 'domain', role: 'reader', domain: 'example.com' },
        status: 200,
        json: { type: 'domain' },
      },
      { as: 'bob', ask: 'GET files/{d}', status: 200 },
      { as: 'carol', ask: 'GET files/{d}', status: 404, error: notFound() },
      file('a', 'x'),
      {
        ask: permit('a'),
        body: { type: 'anyone', role: 'reader' },
        status: 200,
        json: { id: 'anyoneWithLink', type: 'anyone' },
      },
      { as: 'erin', ask: 'GET files/{a}', status: 200 },
      { as: 'erin', ask: "GET files?fields=files(id)&q=name='a'", status: 200, exactly: { files: [] } },
      { ask: permit('a'), body: { type: 'robot', role: 'reader' }, status: 400, error: { reason: 'invalid' } },
    ],
  },
  {
    fact: '§12 permissions, propagation',
    title: 'a fresh share works some time later only',
    steps: [
      behave({ permissionLagMs: 60_000 }),
      file('a', 'x'),
      share('a', 'reader', 'bob'),
      { as: 'bob', ask: 'GET files/{a}', status: 404, error: notFound() },
      { advance: 61_000 },
      { as: 'bob', ask: 'GET files/{a}', status: 200 },
    ],
  },
  {
    fact: '§7 expirationTime',
    title: 'users and groups, within a year, on folders readers only; it ends by itself',
    steps: [
      folder('dir'),
      file('a', 'x'),
      {
        ask: permit('a', '&fields=expirationTime'),
        body: { type: 'user', role: 'reader', emailAddress: PEOPLE.bob, expirationTime: '2030-01-02T00:00:00Z' },
        status: 200,
        exactly: { expirationTime: '2030-01-02T00:00:00.000Z' },
      },
      {
        ask: permit('a'),
        body: { type: 'anyone', role: 'reader', expirationTime: '2030-01-02T00:00:00Z' },
        status: 403,
        error: { reason: 'cannotSetExpirationOnAnyoneOrDomain' },
      },
      {
        ask: permit('a'),
        body: { type: 'user', role: 'reader', emailAddress: PEOPLE.carol, expirationTime: '2029-01-02T00:00:00Z' },
        status: 403,
        error: { reason: 'expirationDatesMustBeInTheFuture' },
      },
      {
        ask: permit('a'),
        body: { type: 'user', role: 'reader', emailAddress: PEOPLE.carol, expirationTime: '2032-01-02T00:00:00Z' },
        status: 403,
        error: { reason: 'cannotSetExpiration' },
      },
      {
        ask: permit('dir'),
        body: { type: 'user', role: 'writer', emailAddress: PEOPLE.carol, expirationTime: '2030-01-02T00:00:00Z' },
        status: 403,
        error: { reason: 'cannotSetExpiration' },
      },
      { as: 'bob', ask: 'GET files/{a}', status: 200 },
      { advance: 25 * HOUR },
      { as: 'bob', ask: 'GET files/{a}', status: 404, error: notFound() },
      {
        ask: 'GET files/{a}/permissions?fields=permissions(role)',
        status: 200,
        exactly: { permissions: [{ role: 'owner' }] },
      },
    ],
  },
  {
    fact: '§7 Non-Google recipients',
    title: 'fail without an e-mail',
    steps: [
      file('a', 'x'),
      {
        ask: permit('a'),
        body: { type: 'user', role: 'reader', emailAddress: 'nobody@nowhere.example' },
        status: 400,
        error: { reason: 'invalidSharingRequest' },
      },
      {
        ask: 'POST files/{a}/permissions',
        body: { type: 'user', role: 'reader', emailAddress: 'nobody@nowhere.example' },
        status: 200,
      },
    ],
  },
  {
    fact: '§3 share…NotPermitted',
    title: 'what the administrator of a domain forbids',
    steps: [
      file('a', 'x'),
      file('theirs', 'x', {}, 'carol'),
      control('domains', { domain: 'example.com', shareOut: false, publishOut: false }),
      {
        ask: permit('a'),
        body: { type: 'user', role: 'reader', emailAddress: PEOPLE.carol },
        status: 403,
        error: { reason: 'shareOutNotPermitted' },
      },
      {
        ask: permit('a'),
        body: { type: 'anyone', role: 'reader' },
        status: 403,
        error: { reason: 'publishOutNotPermitted' },
      },
      share('a', 'reader', 'bob'),
      control('domains', { domain: 'example.com', shareIn: false }),
      {
        as: 'carol',
        ask: permit('theirs'),
        body: { type: 'user', role: 'reader', emailAddress: PEOPLE.bob },
        status: 403,
        error: { reason: 'shareInNotPermitted' },
      },
    ],
  },
  {
    fact: '§3 sharingRateLimitExceeded',
    title: 'when the sandbox is set to do so',
    steps: [
      file('a', 'x'),
      behave({ faults: [{ operation: 'permissions.create', status: 403, reason: 'sharingRateLimitExceeded' }] }),
      {
        ask: permit('a'),
        body: { type: 'user', role: 'reader', emailAddress: PEOPLE.bob },
        status: 403,
        error: { reason: 'sharingRateLimitExceeded', domain: 'usageLimits' },
      },
    ],
  },
  {
    fact: '§2 People per file',
    title: 'are bounded',
    limits: { peoplePerItem: 1 },
    steps: [
      file('a', 'x'),
      share('a', 'reader', 'bob'),
      {
        ask: permit('a'),
        body: { type: 'user', role: 'reader', emailAddress: PEOPLE.carol },
        status: 403,
        error: { reason: 'limitExceeded' },
      },
    ],
  },
  {
    fact: '§7 Limited-access folders',
    title: 'list empty with canListChildren=false for those to whom only the folder above is open',
    steps: [
      folder('top'),
      folder('limited', '{top}'),
      file('inner', 'x', { parents: ['{limited}'] }),
      share('top', 'writer', 'bob'),
      refused('PATCH files/{limited}', { inheritedPermissionsDisabled: true }, 'insufficientFilePermissions'),
      {
        ask: 'PATCH files/{limited}?fields=inheritedPermissionsDisabled',
        body: { inheritedPermissionsDisabled: true },
        status: 200,
        exactly: { inheritedPermissionsDisabled: true },
      },
      {
        ask: 'PATCH files/{inner}',
        body: { inheritedPermissionsDisabled: true },
        status: 403,
        error: { reason: 'fieldNotWritable' },
      },
      {
        as: 'bob',
        ask: "GET files?fields=files(id)&q='{top}' in parents",
        status: 200,
        exactly: { files: [{ id: '{limited}' }] },
      },
      capabilities({ canListChildren: false, canAddChildren: false }, 'files/{limited}'),
      { as: 'bob', ask: "GET files?fields=files(id)&q='{limited}' in parents", status: 200, exactly: { files: [] } },
      { as: 'bob', ask: 'GET files/{inner}', status: 404, error: notFound() },
      {
        ask: 'GET files/{limited}/permissions?fields=permissions(role,view)',
        status: 200,
        exactly: { permissions: [{ role: 'owner' }, { role: 'reader', view: 'metadata' }] },
      },
      share('limited', 'reader', 'bob'),
      capabilities({ canListChildren: true }, 'files/{limited}'),
      { as: 'bob', ask: 'GET files/{inner}', status: 200 },
      { ask: 'PATCH files/{limited}', body: { inheritedPermissionsDisabled: false }, status: 200 },
      capabilities({ canEdit: true }, 'files/{inner}'),
    ],
  },
];

const OWNERS: Scenario[] = [
  {
    fact: '§8 Ownership, same organisation',
    title: 'is handed over when it is said aloud; who had it stays writer; what is below does not follow',
    steps: [
      folder('dir'),
      file('inner', 'x', { parents: ['{dir}'] }),
      share('dir', 'writer', 'bob'),
      refused('PATCH files/{dir}/permissions/{dir for bob}', { role: 'owner' }, 'forbidden', 'alice'),
      refused(
        'PATCH files/{dir}/permissions/{dir for bob}?transferOwnership=true',
        { role: 'owner' },
        'insufficientFilePermissions',
      ),
      {
        ask: 'PATCH files/{dir}/permissions/{dir for bob}?transferOwnership=true&fields=role',
        body: { role: 'owner' },
        status: 200,
        exactly: { role: 'owner' },
      },
      {
        ask: 'GET files/{dir}?fields=ownedByMe,capabilities(canEdit,canTrash)',
        status: 200,
        exactly: { ownedByMe: false, capabilities: { canEdit: true, canTrash: false } },
      },
      { ask: 'GET files/{inner}?fields=ownedByMe', status: 200, exactly: { ownedByMe: true } },
      file('other', 'x'),
      {
        ask: 'POST files/{other}/permissions?transferOwnership=true&moveToNewOwnersRoot=true',
        body: { type: 'user', role: 'owner', emailAddress: PEOPLE.bob },
        status: 200,
      },
      {
        as: 'bob',
        ask: "GET files?fields=files(id,ownedByMe)&q='root' in parents",
        status: 200,
        exactly: { files: [{ id: '{other}', ownedByMe: true }] },
      },
      { as: 'nobody', ask: 'GET /__sandbox/notifications', status: 200, keep: { mailed: 'notifications>0>to' } },
      // The owner cannot be sent away.
      { ask: 'GET files/{inner}?fields=owners(permissionId)', status: 200, keep: { me: 'owners>0>permissionId' } },
      refused('DELETE files/{inner}/permissions/{me}', undefined, 'cannotRemoveOwner', 'alice'),
    ],
  },
  {
    fact: '§8 Ownership, across domains',
    title: 'is not handed over',
    steps: [
      file('a', 'x'),
      {
        ask: 'POST files/{a}/permissions?transferOwnership=true',
        body: { type: 'user', role: 'owner', emailAddress: PEOPLE.carol },
        status: 400,
        error: { reason: 'ownershipChangeAcrossDomainNotPermitted' },
      },
      share('a', 'writer', 'dave'),
      {
        ask: 'PATCH files/{a}/permissions/{a for dave}',
        body: { role: 'writer', pendingOwner: true },
        status: 400,
        error: { reason: 'ownershipChangeAcrossDomainNotPermitted' },
      },
    ],
  },
  {
    fact: '§8 Ownership, private accounts',
    title: 'needs the consent of the new owner',
    steps: [
      file('a', 'x', {}, 'dave'),
      share('a', 'writer', 'erin', 'dave'),
      refused(
        'PATCH files/{a}/permissions/{a for erin}?transferOwnership=true',
        { role: 'owner' },
        'consentRequiredForOwnershipTransfer',
        'dave',
      ),
      refused(
        'PATCH files/{a}/permissions/{a for erin}',
        { role: 'reader', pendingOwner: true },
        'invalidOwnershipTransfer',
        'dave',
      ),
      {
        as: 'dave',
        ask: 'PATCH files/{a}/permissions/{a for erin}?fields=pendingOwner',
        body: { role: 'writer', pendingOwner: true },
        status: 200,
        exactly: { pendingOwner: true },
      },
      {
        as: 'erin',
        ask: 'GET files/{a}?fields=capabilities/canAcceptOwnership',
        status: 200,
        exactly: { capabilities: { canAcceptOwnership: true } },
      },
      {
        as: 'erin',
        ask: 'PATCH files/{a}/permissions/{a for erin}?transferOwnership=true',
        body: { role: 'owner' },
        status: 200,
      },
      { as: 'erin', ask: 'GET files/{a}?fields=ownedByMe', status: 200, exactly: { ownedByMe: true } },
      {
        as: 'dave',
        ask: 'GET files/{a}?fields=ownedByMe,capabilities/canEdit',
        status: 200,
        exactly: { ownedByMe: false, capabilities: { canEdit: true } },
      },
    ],
  },
];

const DRIVES: Scenario[] = [
  {
    fact: '§11 drives',
    title: 'are made once for a requestId, listed, changed, hidden and, when empty, deleted',
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
      { ask: 'GET drives?pageSize=101', status: 400, error: { reason: 'invalidParameter', location: 'pageSize' } },
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
    fact: '§8 Shared drives own what is in them',
    title: 'files have a driveId, and neither owners nor ownedByMe nor permissions',
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
      refused(
        `DELETE files/{a}/permissions/{organizer}?${ALL}`,
        undefined,
        'cannotModifyInheritedTeamDrivePermission',
        'alice',
      ),
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
      fact: '§8 Roles in a shared drive',
      title: role,
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
    fact: '§8 Members of a shared drive',
    title: 'are its permissions; their roles are its own',
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
      // Members find the drive among their drives, not among what is shared with them.
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
        { type: 'user', role: 'reader', emailAddress: PEOPLE.dave, expirationTime: '2030-01-02T00:00:00Z' },
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
    fact: '§3 teamDrive…Restriction',
    title: 'what a shared drive does not let its members share, copy and download',
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
    fact: '§12 drives.restrictions',
    title: 'only members read a drive’s restrictions, and these end the access of everybody whom they exclude',
    steps: [
      drive('reader'),
      file('a', 'x', { parents: ['{drive}'] }),
      share('a', 'reader', 'carol'),
      { as: 'carol', ask: `GET files/{a}?${ALL}`, status: 200 },
      { as: 'carol', ask: 'GET drives/{drive}?fields=restrictions', status: 404, error: notFound('driveId') },
      {
        ask: 'PATCH drives/{drive}',
        body: { restrictions: { adminManagedRestrictions: true, driveMembersOnly: true } },
        status: 200,
      },
      {
        as: 'bob',
        ask: 'GET drives/{drive}?fields=restrictions',
        status: 200,
        json: {
          restrictions: {
            adminManagedRestrictions: true,
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
    fact: '§8 Moves between drives',
    title: 'files go in when their owner is a member, folders do not; out they go by an organizer only',
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
      file('theirs', 'x', {}, 'carol'),
      share('theirs', 'writer', 'alice', 'carol'),
      {
        ask: `PATCH files/{theirs}?addParents={drive}&${ALL}`,
        body: {},
        status: 403,
        error: { reason: 'fileOwnerNotMemberOfTeamDrive' },
      },
    ],
  },
  {
    fact: '§2 Shared drive limits',
    title: 'items with trash, levels, members, groups',
    limits: { itemsPerDrive: 3, folderDepth: 2, membersPerDrive: 2, groupsPerItem: 1 },
    steps: [
      drive('writer'),
      folder('a', '{drive}'),
      folder('b', '{a}'),
      {
        ask: `POST files?${ALL}`,
        body: { parents: ['{b}'] },
        status: 403,
        error: { reason: 'teamDriveHierarchyTooDeep' },
      },
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
      { ask: permit('a'), body: { type: 'group', role: 'reader', emailAddress: 'one@example.com' }, status: 200 },
      {
        ask: permit('a'),
        body: { type: 'group', role: 'reader', emailAddress: 'two@example.com' },
        status: 403,
        error: { reason: 'limitExceeded' },
      },
    ],
  },
  {
    fact: '§8 The trash of a shared drive',
    title: 'is each drive’s own; its items say who trashed them',
    steps: [
      drive('fileOrganizer'),
      file('a', 'x', { parents: ['{drive}'] }),
      {
        as: 'bob',
        ask: `PATCH files/{a}?${ALL}&fields=trashedTime,trashingUser(emailAddress)`,
        body: { trashed: true },
        status: 200,
        exactly: { trashedTime: '2030-01-01T00:00:00.000Z', trashingUser: { emailAddress: PEOPLE.bob } },
      },
      { ask: 'DELETE files/trash', status: 204 },
      { ask: `GET files/{a}?${ALL}`, status: 200 },
      refused('DELETE files/trash?driveId={drive}', undefined, 'insufficientFilePermissions'),
      { ask: 'DELETE files/trash?driveId={drive}', status: 204 },
      { ask: `GET files/{a}?${ALL}`, status: 404, error: notFound() },
    ],
  },
  {
    fact: '§7 Limited access in a shared drive',
    title: 'shuts all members out but the organizers',
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

const start = (name: string, as: Person = 'alice', more = ''): Request => ({
  as,
  ask: `GET changes/startPageToken${more}`,
  status: 200,
  keep: { [name]: 'startPageToken' },
});

const CHANGES: Scenario[] = [
  {
    fact: '§11 changes',
    title:
      'from a token on; a removed item has no file; the last page states where to continue, and its token does not expire',
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
    fact: '§11 changes of others',
    title: 'are seen while there is access; losing it is a removal; restrictToMyDrive leaves them out',
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
    fact: '§11 changes of a shared drive',
    title: 'are returned when requested',
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

const COMMENTS: Scenario[] = [
  {
    fact: '§11 Comments',
    title: 'need fields; author and time are the caller’s; only who wrote one changes it',
    steps: [
      made('doc', { mimeType: DOC }),
      share('doc', 'commenter', 'bob'),
      share('doc', 'reader', 'carol'),
      {
        as: 'bob',
        ask: 'POST files/{doc}/comments',
        body: { content: 'hi' },
        status: 400,
        error: { reason: 'required', location: 'fields' },
      },
      { as: 'bob', ask: 'POST files/{doc}/comments?fields=*', body: {}, status: 400, error: { reason: 'required' } },
      refused('POST files/{doc}/comments?fields=id', { content: 'hi' }, 'insufficientFilePermissions', 'carol'),
      {
        as: 'bob',
        ask: 'POST files/{doc}/comments?fields=*',
        body: {
          content: 'a < b',
          anchor: 'here',
          quotedFileContent: { value: 'quoted' },
          author: { displayName: 'Zoe' },
          createdTime: '2001-01-01T00:00:00Z',
        },
        status: 200,
        json: {
          kind: 'drive#comment',
          content: 'a < b',
          htmlContent: 'a &lt; b',
          anchor: 'here',
          quotedFileContent: { value: 'quoted' },
          createdTime: '2030-01-01T00:00:00.000Z',
          author: { displayName: 'Bob', me: true },
          resolved: false,
          deleted: false,
          replies: [],
        },
        keep: { c: 'id' },
      },
      { ask: 'GET files/{doc}/comments', status: 400, error: { reason: 'required', location: 'fields' } },
      {
        as: 'carol',
        ask: 'GET files/{doc}/comments?fields=kind,comments(id,author/me)',
        status: 200,
        exactly: { kind: 'drive#commentList', comments: [{ id: '{c}', author: { me: false } }] },
      },
      refused(
        'PATCH files/{doc}/comments/{c}?fields=id',
        { content: 'changed' },
        'insufficientFilePermissions',
        'alice',
      ),
      {
        as: 'bob',
        ask: 'PATCH files/{doc}/comments/{c}?fields=content',
        body: { content: 'changed' },
        status: 200,
        exactly: { content: 'changed' },
      },
      { ask: 'GET files/{doc}/comments/{c}?fields=content', status: 200, exactly: { content: 'changed' } },
      { as: 'bob', ask: 'DELETE files/{doc}/comments/{c}', status: 204 },
      { ask: 'GET files/{doc}/comments/{c}?fields=id', status: 404, error: notFound('commentId') },
      { ask: 'GET files/{doc}/comments?fields=comments(id)', status: 200, exactly: { comments: [] } },
      {
        ask: 'GET files/{doc}/comments?includeDeleted=true&fields=comments(id,deleted,content)',
        status: 200,
        exactly: { comments: [{ id: '{c}', deleted: true }] },
      },
    ],
  },
  {
    fact: '§11 Replies',
    title: 'resolve and reopen by their action',
    steps: [
      made('doc', { mimeType: DOC }),
      { ask: 'POST files/{doc}/comments?fields=id', body: { content: 'hi' }, status: 200, keep: { c: 'id' } },
      {
        ask: 'POST files/{doc}/comments/{c}/replies',
        body: { content: 'ho' },
        status: 400,
        error: { reason: 'required', location: 'fields' },
      },
      { ask: 'POST files/{doc}/comments/{c}/replies?fields=id', body: {}, status: 400, error: { reason: 'required' } },
      {
        ask: 'POST files/{doc}/comments/{c}/replies?fields=*',
        body: { content: 'ho' },
        status: 200,
        json: { kind: 'drive#reply', content: 'ho', author: { displayName: 'Alice' } },
        keep: { r: 'id' },
      },
      {
        ask: 'POST files/{doc}/comments/{c}/replies?fields=action',
        body: { action: 'resolve' },
        status: 200,
        exactly: { action: 'resolve' },
      },
      {
        ask: 'GET files/{doc}/comments/{c}?fields=resolved,replies(content,action)',
        status: 200,
        exactly: { resolved: true, replies: [{ content: 'ho' }, { content: '', action: 'resolve' }] },
      },
      {
        ask: 'POST files/{doc}/comments/{c}/replies?fields=action',
        body: { action: 'reopen', content: 'no' },
        status: 200,
      },
      { ask: 'GET files/{doc}/comments/{c}?fields=resolved', status: 200, exactly: { resolved: false } },
      {
        ask: 'PATCH files/{doc}/comments/{c}/replies/{r}?fields=content',
        body: { content: 'new' },
        status: 200,
        exactly: { content: 'new' },
      },
      { ask: 'GET files/{doc}/comments/{c}/replies/{r}?fields=content', status: 200, exactly: { content: 'new' } },
      { ask: 'DELETE files/{doc}/comments/{c}/replies/{r}', status: 204 },
      {
        ask: 'GET files/{doc}/comments/{c}/replies?fields=kind,replies(action)',
        status: 200,
        exactly: { kind: 'drive#replyList', replies: [{ action: 'resolve' }, { action: 'reopen' }] },
      },
    ],
  },
];

const media = (content: string, more = ''): Request => ({
  ask: `PATCH /upload/drive/v3/files/{a}?uploadType=media&fields=headRevisionId,quotaBytesUsed${more}`,
  headers: { 'content-type': 'text/plain' },
  body: content,
  status: 200,
  keep: { head: 'headRevisionId' },
});

const REVISIONS: Scenario[] = [
  {
    fact: '§11 Revisions',
    title: 'old content is readable once pinned; pins cost storage and cannot be taken back',
    steps: [
      file('a', 'one'),
      { ask: 'GET files/{a}?fields=headRevisionId', status: 200, keep: { first: 'headRevisionId' } },
      refused('DELETE files/{a}/revisions/{first}', undefined, 'cannotDeleteOnlyRevision', 'alice'),
      media('second'),
      {
        ask: 'GET files/{a}/revisions?fields=kind,revisions(id,size,keepForever,md5Checksum)',
        status: 200,
        exactly: {
          kind: 'drive#revisionList',
          revisions: [
            { id: '{first}', size: '3', keepForever: false, md5Checksum: 'f97c5d29941bfb1b2fdab0874906ab82' },
            { id: '{head}', size: '6', keepForever: false, md5Checksum: 'a9f0e61a137d86aa9db53465e0801612' },
          ],
        },
      },
      { ask: 'GET files/{a}/revisions/{head}?alt=media', status: 200, text: 'second' },
      refused('GET files/{a}/revisions/{first}?alt=media', undefined, 'fileNotDownloadable', 'alice'),
      { ask: 'GET files/{a}?fields=quotaBytesUsed,size', status: 200, exactly: { quotaBytesUsed: '6', size: '6' } },
      {
        ask: 'PATCH files/{a}/revisions/{first}?fields=keepForever',
        body: { keepForever: true },
        status: 200,
        exactly: { keepForever: true },
      },
      { ask: 'GET files/{a}/revisions/{first}?alt=media', status: 200, text: 'one' },
      { ask: 'GET files/{a}?fields=quotaBytesUsed,size', status: 200, exactly: { quotaBytesUsed: '9', size: '6' } },
      { ask: 'GET about?fields=storageQuota/usage', status: 200, exactly: { storageQuota: { usage: '9' } } },
      refused('PATCH files/{a}/revisions/{first}', { keepForever: false }, 'fieldNotWritable', 'alice'),
      { ask: 'DELETE files/{a}/revisions/{first}', status: 204 },
      { ask: 'GET files/{a}/revisions/{first}', status: 404, error: notFound('revisionId') },
      { ask: 'GET about?fields=storageQuota/usage', status: 200, exactly: { storageQuota: { usage: '6' } } },
      share('a', 'reader', 'bob'),
      refused('GET files/{a}/revisions', undefined, 'insufficientFilePermissions'),
      { ask: 'GET files/root/revisions', status: 403, error: { reason: 'revisionsNotSupported' } },
    ],
  },
  {
    fact: '§2 Revisions',
    title: 'go after 30 days, or when there are more than a hundred, unless they are pinned; of these 200 at most',
    limits: { revisions: 2, pinnedRevisions: 1 },
    steps: [
      file('a', 'one'),
      media('two', '&keepRevisionForever=true'),
      media('three'),
      media('four'),
      {
        ask: 'GET files/{a}/revisions?fields=revisions(size)',
        status: 200,
        exactly: { revisions: [{ size: '3' }, { size: '5' }, { size: '4' }] },
      },
      {
        ask: 'PATCH files/{a}/revisions/{head}',
        body: { keepForever: true },
        status: 403,
        error: { reason: 'limitExceeded' },
      },
      { advance: 31 * DAY },
      {
        ask: 'GET files/{a}/revisions?fields=revisions(size,keepForever)',
        status: 200,
        exactly: {
          revisions: [
            { size: '3', keepForever: true },
            { size: '4', keepForever: false },
          ],
        },
      },
    ],
  },
  {
    fact: '§11 Revisions of documents',
    title: 'are exported, and cannot be deleted',
    steps: [
      made('doc', { mimeType: DOC }),
      {
        ask: 'GET files/{doc}/revisions?fields=revisions(id,exportLinks)',
        status: 200,
        keep: { r: 'revisions>0>id', link: 'revisions>0>exportLinks>text/plain' },
      },
      { ask: 'GET {link}', status: 200 },
      refused('DELETE files/{doc}/revisions/{r}', undefined, 'revisionDeletionNotSupported', 'alice'),
      refused('GET files/{doc}/revisions/{r}?alt=media', undefined, 'fileNotDownloadable', 'alice'),
    ],
  },
];

/** A batch whose calls are given as they are sent. */
function batch(parts: readonly string[], more: Partial<Request> = {}): Request {
  const text = parts
    .map((part, i) => `--mark\r\nContent-Type: application/http\r\nContent-ID: <part-${i}>\r\n\r\n${part}\r\n`)
    .join('');
  return {
    ask: 'POST /batch/drive/v3',
    headers: { 'content-type': 'multipart/mixed; boundary=mark' },
    body: `${text}--mark--\r\n`,
    status: 200,
    ...more,
  };
}

const BATCH: Scenario[] = [
  {
    fact: '§12 POST batch/drive/v3',
    title: 'calls answered one by one, by their Content-ID; one that fails leaves the others alone',
    steps: [
      file('a', 'x'),
      batch(
        [
          'GET /drive/v3/files/{a}?fields=name',
          'GET /drive/v3/files/nowhere HTTP/1.1',
          'PATCH /drive/v3/files/{a}?fields=name HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"name":"renamed"}',
        ],
        {
          answers: { 'content-type': /^multipart\/mixed; boundary=/ },
          text: /Content-ID: <response-part-0>\r\n\r\nHTTP\/1\.1 200 OK[^]*{"name":"a"}[^]*<response-part-1>\r\n\r\nHTTP\/1\.1 404[^]*"notFound"[^]*<response-part-2>\r\n\r\nHTTP\/1\.1 200 OK[^]*{"name":"renamed"}/,
        },
      ),
      { ask: 'GET files/{a}?fields=name', status: 200, exactly: { name: 'renamed' } },
      // Each call counts, and fails, as if it had come alone.
      { as: 'nobody', ask: 'DELETE /__sandbox/stats', status: 204 },
      behave({ faults: [{ operation: 'about.get', nth: 2, status: 503, reason: 'backendError' }] }),
      batch(['GET /drive/v3/about?fields=kind', 'GET /drive/v3/about?fields=kind'], {
        text: /HTTP\/1\.1 200 OK[^]*HTTP\/1\.1 503 [^]*"backendError"/,
      }),
      {
        as: 'nobody',
        ask: 'GET /__sandbox/stats',
        status: 200,
        json: { requests: { 'about.get': { '200': 1, '503': 1 }, batch: { '200': 1 } } },
      },
      // A bearer of its own is a part's own.
      batch(['GET /drive/v3/files/{a}?fields=id HTTP/1.1\r\nAuthorization: Bearer nonsense'], {
        text: /HTTP\/1\.1 401 /,
      }),
      batch(['GET /drive/v3/files/{a}?fields=id'], { as: 'nobody', text: /HTTP\/1\.1 403 / }),
    ],
  },
  {
    fact: '§2 Batch',
    title: 'at most a hundred calls, and no media',
    steps: [
      file('a', 'x'),
      batch(
        Array.from({ length: 101 }, () => 'GET /drive/v3/about?fields=kind'),
        { status: 400, error: { reason: 'badRequest' } },
      ),
      batch(
        Array.from({ length: 100 }, () => 'GET /drive/v3/about?fields=kind'),
        { text: /<response-part-99>/ },
      ),
      batch(['GET /drive/v3/files/{a}?alt=media'], { text: /HTTP\/1\.1 302 Found\r\nlocation: / }),
      batch(['POST /upload/drive/v3/files?uploadType=media'], { text: /HTTP\/1\.1 400 / }),
      batch([`GET /drive/v3/files?q=${'x'.repeat(8000)}`], { text: /HTTP\/1\.1 400 / }),
      { ask: 'POST /batch/drive/v3', body: {}, status: 400, error: { reason: 'badRequest' } },
    ],
  },
];

export const SHARING_SCENARIOS: readonly Scenario[] = [
  ...PERMISSIONS,
  ...OWNERS,
  ...DRIVES,
  ...CHANGES,
  ...COMMENTS,
  ...REVISIONS,
  ...BATCH,
];
