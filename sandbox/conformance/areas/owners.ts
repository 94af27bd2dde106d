import {
  behave,
  control,
  file,
  folder,
  notFound,
  PEOPLE,
  refused,
  type Request,
  type Scenario,
  share,
} from '../scenario.ts';

/** Both ways to make Bob the owner of a file, refused. */
const transfers = (reason: string): readonly Request[] => [
  refused(
    'POST files/{a}/permissions?transferOwnership=true',
    { type: 'user', role: 'owner', emailAddress: PEOPLE.bob },
    reason,
    'alice',
  ),
  refused('PATCH files/{a}/permissions/{a for bob}?transferOwnership=true', { role: 'owner' }, reason, 'alice'),
];

export const OWNERS: Scenario[] = [
  {
    source: '§8',
    title:
      'Ownership, same organisation: is transferred only with transferOwnership; the previous owner stays writer; descendants keep their owners',
    steps: [
      folder('dir'),
      file('inner', 'x', { parents: ['{dir}'] }),
      share('dir', 'writer', 'bob'),
      refused('PATCH files/{dir}/permissions/{dir for bob}', { role: 'owner' }, 'forbidden', 'alice'),
      {
        ask: 'PATCH files/{inner}/permissions/nobody?transferOwnership=true',
        body: { role: 'owner' },
        status: 404,
        error: notFound('permissionId'),
      },
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
      // The owner cannot be removed.
      { ask: 'GET files/{inner}?fields=owners(permissionId)', status: 200, keep: { me: 'owners>0>permissionId' } },
      refused('DELETE files/{inner}/permissions/{me}', undefined, 'cannotRemoveOwner', 'alice'),
    ],
  },
  {
    source: '§8',
    title: 'Ownership, across domains: cannot be transferred',
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
    source: '§8',
    title: 'Ownership, consumer accounts: requires the consent of the new owner',
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
  {
    source: 'https://developers.google.com/workspace/drive/api/guides/handle-errors',
    title: 'Ownership: a transfer needs a licence for Drive, and counts as sharing',
    steps: [
      file('a', 'x'),
      share('a', 'reader', 'bob'),
      control('people', { email: PEOPLE.bob, driveLicence: false }),
      ...transfers('targetUserRoleLimitedByLicenseRestriction'),
      control('people', { email: PEOPLE.bob, driveLicence: true }),
      behave({ quotas: { sharesPerDay: 1 } }),
      share('a', 'reader', 'carol'),
      ...transfers('sharingRateLimitExceeded'),
      behave({ quotas: { sharesPerDay: 3 } }),
      {
        ask: 'POST files/{a}/permissions?transferOwnership=true',
        body: { type: 'user', role: 'owner', emailAddress: PEOPLE.bob },
        status: 200,
      },
    ],
  },
];
