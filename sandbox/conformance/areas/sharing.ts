import {
  ALL,
  behave,
  capabilities,
  control,
  DAY,
  drive,
  file,
  folder,
  HOUR,
  notFound,
  PEOPLE,
  permit,
  refused,
  type Scenario,
  share,
} from '../scenario.ts';
import { SHARING_CHOICES } from './sharing-choices.ts';

const GUIDES = 'https://developers.google.com/workspace/drive/api/guides';
const SHARING_GUIDE = `${GUIDES}/manage-sharing`;
const LIMITED_GUIDE = `${GUIDES}/limited-expansive-access`;
const ERRORS_GUIDE = `${GUIDES}/handle-errors`;
const REFERENCE = 'https://developers.google.com/workspace/drive/api/reference/rest/v3/files';
const PERMISSIONS_REFERENCE = 'https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions';

const toUser = (role: string, emailAddress: string, more: object = {}): object => ({
  type: 'user',
  role,
  emailAddress,
  ...more,
});

export const SHARING: Scenario[] = [
  ...SHARING_CHOICES,
  {
    source: LIMITED_GUIDE,
    title: 'permissionDetails: in My Drive only the type of permission and whether it is inherited',
    steps: [
      folder('dir'),
      file('inner', 'x', { parents: ['{dir}'] }),
      share('dir', 'reader', 'bob'),
      share('inner', 'writer', 'bob'),
      {
        ask: 'GET files/{inner}/permissions/{dir for bob}?fields=role,permissionDetails',
        status: 200,
        exactly: {
          role: 'writer',
          permissionDetails: [
            { permissionType: 'file', inherited: false },
            { permissionType: 'file', inherited: true },
          ],
        },
      },
    ],
  },
  {
    source: SHARING_GUIDE,
    title: 'permissionDetails: in a shared drive each role, and the item that it is inherited from',
    steps: [
      drive('commenter'),
      folder('dir', '{drive}'),
      file('inner', 'x', { parents: ['{dir}'] }),
      share('dir', 'writer', 'bob'),
      {
        ask: `GET files/{inner}/permissions/{dir for bob}?${ALL}&fields=role,permissionDetails`,
        status: 200,
        exactly: {
          role: 'writer',
          permissionDetails: [
            { permissionType: 'file', role: 'writer', inherited: true, inheritedFrom: '{dir}' },
            { permissionType: 'member', role: 'commenter', inherited: true, inheritedFrom: '{drive}' },
          ],
        },
      },
    ],
  },
  {
    source: LIMITED_GUIDE,
    title: 'inherited access can be raised on an item, but not reduced or removed',
    steps: [
      folder('dir'),
      file('inner', 'x', { parents: ['{dir}'] }),
      share('dir', 'commenter', 'bob'),
      share('inner', 'writer', 'bob'),
      refused(
        'PATCH files/{inner}/permissions/{dir for bob}',
        { role: 'reader' },
        'cannotModifyInheritedPermission',
        'alice',
      ),
      {
        ask: 'PATCH files/{inner}/permissions/{dir for bob}?fields=role',
        body: { role: 'commenter' },
        status: 200,
        exactly: { role: 'commenter' },
      },
      { ask: 'DELETE files/{inner}/permissions/{dir for bob}', status: 204 },
      refused('DELETE files/{inner}/permissions/{dir for bob}', undefined, 'cannotModifyInheritedPermission', 'alice'),
    ],
  },
  {
    source: LIMITED_GUIDE,
    title: 'a limited folder lists direct permissions, and people who can only see that it exists',
    steps: [
      folder('top'),
      folder('limited', '{top}'),
      share('top', 'writer', 'bob'),
      share('top', 'writer', 'carol'),
      { ask: 'PATCH files/{limited}', body: { inheritedPermissionsDisabled: true }, status: 200 },
      share('limited', 'commenter', 'bob'),
      {
        ask: 'GET files/{limited}/permissions?fields=permissions(role,view,inheritedPermissionsDisabled)',
        status: 200,
        exactly: {
          permissions: [
            { role: 'owner' },
            { role: 'commenter', inheritedPermissionsDisabled: true },
            { role: 'reader', view: 'metadata', inheritedPermissionsDisabled: true },
          ],
        },
      },
      capabilities({ canListChildren: true, canAddChildren: false, canComment: true }, 'files/{limited}'),
      capabilities({ canListChildren: false, canShare: false }, 'files/{limited}', 'carol'),
    ],
  },
  {
    source: LIMITED_GUIDE,
    title: 'writers may limit a folder of My Drive as long as they may share it',
    steps: [
      folder('dir'),
      share('dir', 'writer', 'bob'),
      capabilities({ canDisableInheritedPermissions: true, canEnableInheritedPermissions: false }, 'files/{dir}'),
      { as: 'bob', ask: 'PATCH files/{dir}', body: { inheritedPermissionsDisabled: true }, status: 200 },
      capabilities({ canDisableInheritedPermissions: false, canEnableInheritedPermissions: true }, 'files/{dir}'),
      { ask: 'PATCH files/{dir}', body: { writersCanShare: false }, status: 200 },
      refused('PATCH files/{dir}', { inheritedPermissionsDisabled: false }, 'insufficientFilePermissions'),
    ],
  },
  {
    source: LIMITED_GUIDE,
    title: 'organizers keep their access to limited folders, and only they may limit one of a shared drive',
    steps: [
      drive('fileOrganizer'),
      folder('dir', '{drive}'),
      file('inner', 'x', { parents: ['{dir}'] }),
      refused(`PATCH files/{dir}?${ALL}`, { inheritedPermissionsDisabled: true }, 'insufficientFilePermissions'),
      { ask: `PATCH files/{dir}?${ALL}`, body: { inheritedPermissionsDisabled: true }, status: 200 },
      { as: 'bob', ask: `GET files/{inner}?${ALL}`, status: 404, error: notFound() },
      { ask: `GET files/{inner}?${ALL}&fields=id`, status: 200, exactly: { id: '{inner}' } },
    ],
  },
  {
    source: LIMITED_GUIDE,
    title: "another person's limited folder in a deleted folder moves to the My Drive of its owner",
    steps: [
      folder('dir'),
      share('dir', 'writer', 'bob'),
      folder('limited', '{dir}', 'bob'),
      { as: 'bob', ask: 'PATCH files/{limited}', body: { inheritedPermissionsDisabled: true }, status: 200 },
      { ask: 'DELETE files/{dir}', status: 204 },
      { as: 'bob', ask: 'GET files/root?fields=id', status: 200, keep: { rootOfBob: 'id' } },
      {
        as: 'bob',
        ask: 'GET files/{limited}?fields=parents',
        status: 200,
        exactly: { parents: ['{rootOfBob}'] },
      },
    ],
  },
  {
    source: REFERENCE,
    title: 'permissions of a file are shown to people who may share it, and never in shared drives',
    steps: [
      file('a', 'x'),
      share('a', 'writer', 'bob'),
      {
        as: 'bob',
        ask: 'GET files/{a}?fields=permissions(role)',
        status: 200,
        exactly: { permissions: [{ role: 'owner' }, { role: 'writer' }] },
      },
      { ask: 'PATCH files/{a}', body: { writersCanShare: false }, status: 200 },
      { as: 'bob', ask: 'GET files/{a}?fields=permissions(role)', status: 200, exactly: {} },
      drive('reader'),
      file('b', 'x', { parents: ['{drive}'] }),
      {
        ask: `GET files/{b}?${ALL}&fields=permissions,hasAugmentedPermissions`,
        status: 200,
        exactly: { hasAugmentedPermissions: false },
      },
      share('b', 'writer', 'bob'),
      {
        ask: `GET files/{b}?${ALL}&fields=permissions,hasAugmentedPermissions`,
        status: 200,
        exactly: { hasAugmentedPermissions: true },
      },
    ],
  },
  {
    source: 'https://github.com/rclone/rclone/issues/7853',
    title: 'permissionIds are sometimes missing in lists',
    steps: [
      folder('dir'),
      file('a', 'x', { parents: ['{dir}'] }),
      behave({ faults: [{ operation: 'files.list', kind: 'omitPermissionIds' }] }),
      {
        ask: "GET files?q='{dir}' in parents&fields=files(id,permissionIds)",
        status: 200,
        exactly: { files: [{ id: '{a}' }] },
      },
      { ask: 'GET files/{a}?fields=permissionIds', status: 200, keep: { id: 'permissionIds>0' } },
    ],
  },
  {
    source: 'https://support.google.com/a/answer/167100',
    title: 'members of a nested group have access',
    steps: [
      control('groups', { email: 'all@example.com', members: ['team@example.com'] }),
      control('groups', { email: 'team@example.com', members: [PEOPLE.bob] }),
      folder('dir'),
      {
        ask: permit('dir', '&fields=type,emailAddress'),
        body: { type: 'group', role: 'writer', emailAddress: 'all@example.com' },
        status: 200,
        exactly: { type: 'group', emailAddress: 'all@example.com' },
      },
      capabilities({ canEdit: true, canShare: true }, 'files/{dir}'),
      {
        as: 'bob',
        ask: 'GET files?fields=files(id)&q=sharedWithMe',
        status: 200,
        exactly: { files: [{ id: '{dir}' }] },
      },
      control('groups', { email: 'team@example.com', members: [] }),
      { as: 'bob', ask: 'GET files/{dir}', status: 404, error: notFound() },
      refused(
        permit('dir'),
        { type: 'group', role: 'reader', emailAddress: 'none@example.com' },
        'invalid',
        'alice',
        400,
      ),
    ],
  },
  {
    source: '§15',
    title: 'policies of a domain: trusted domains, warnings, blocked people, invitations, findable links',
    steps: [
      file('a', 'x'),
      control('domains', { domain: 'example.com', shareOut: false, trustedDomains: ['elsewhere.example'] }),
      share('a', 'reader', 'carol'),
      refused(permit('a'), toUser('reader', PEOPLE.dave), 'shareOutNotPermitted', 'alice'),
      control('domains', { domain: 'example.com', shareOutWarning: true }),
      refused(permit('a'), toUser('reader', PEOPLE.dave), 'shareOutWarning', 'alice', 400),
      control('domains', { domain: 'example.com', blockedAddresses: [PEOPLE.dave] }),
      refused(permit('a'), toUser('reader', PEOPLE.dave), 'shareOutNotPermittedToUser', 'alice'),
      control('domains', { domain: 'example.com', nonGoogleAccounts: false, findableLinks: false }),
      refused(
        'POST files/{a}/permissions',
        toUser('reader', 'nobody@nowhere.example'),
        'shareOutNotPermitted',
        'alice',
      ),
      refused(
        permit('a'),
        { type: 'anyone', role: 'reader', allowFileDiscovery: true },
        'invalidLinkVisibility',
        'alice',
        400,
      ),
      { ask: permit('a'), body: { type: 'anyone', role: 'reader' }, status: 200 },
    ],
  },
  {
    source: SHARING_GUIDE,
    title: 'on a folder only readers can have an expiration (folderExpiry=reader)',
    switches: { folderExpiry: 'reader' },
    steps: [
      folder('dir'),
      refused(
        permit('dir'),
        toUser('commenter', PEOPLE.bob, { expirationTime: '{in a day}' }),
        'cannotSetExpiration',
        'alice',
      ),
      {
        ask: permit('dir'),
        body: toUser('reader', PEOPLE.bob, { expirationTime: '{in a day}' }),
        status: 200,
      },
    ],
  },
  {
    source: '§15',
    title: 'on a folder readers and commenters can have an expiration (folderExpiry=commenter)',
    switches: { folderExpiry: 'commenter' },
    steps: [
      folder('dir'),
      {
        ask: permit('dir', '&fields=id'),
        body: toUser('commenter', PEOPLE.bob, { expirationTime: '{in a day}' }),
        status: 200,
        keep: { bob: 'id' },
      },
      refused('PATCH files/{dir}/permissions/{bob}', { role: 'writer' }, 'cannotSetExpiration', 'alice'),
      {
        ask: 'PATCH files/{dir}/permissions/{bob}?removeExpiration=true&fields=role,expirationTime',
        body: { role: 'writer' },
        status: 200,
        exactly: { role: 'writer' },
      },
    ],
  },
  {
    source: SHARING_GUIDE,
    title: 'an expired permission is gone, and can be granted again',
    steps: [
      file('a', 'x'),
      {
        ask: permit('a', '&fields=id'),
        body: toUser('writer', PEOPLE.bob, { expirationTime: '2030-01-01T01:00:00Z' }),
        status: 200,
        keep: { bob: 'id' },
      },
      { advance: 2 * HOUR },
      { as: 'bob', ask: 'GET files/{a}', status: 404, error: notFound() },
      { as: 'bob', ask: 'GET files?fields=files(id)&q=sharedWithMe', status: 200, exactly: { files: [] } },
      {
        ask: 'PATCH files/{a}/permissions/{bob}',
        body: { role: 'reader' },
        status: 404,
        error: notFound('permissionId'),
      },
      share('a', 'reader', 'bob'),
      { ask: 'GET files/{a}/permissions/{bob}?fields=role', status: 200, exactly: { role: 'reader' } },
      { as: 'bob', ask: 'GET files/{a}', status: 200 },
    ],
  },
  {
    source: ERRORS_GUIDE,
    title: 'a permission is created even if its e-mail cannot be sent',
    steps: [
      file('a', 'x'),
      behave({ faults: [{ operation: 'permissions.create', kind: 'mailNotSent' }] }),
      {
        ask: 'POST files/{a}/permissions',
        body: toUser('reader', PEOPLE.bob),
        status: 400,
        error: {
          reason: 'invalidSharingRequest',
          message: `Bad Request. User message: "Sorry, the items were successfully shared but emails could not be sent to ${PEOPLE.bob}."`,
        },
      },
      { as: 'bob', ask: 'GET files/{a}', status: 200 },
      // Without an e-mail the fault does not apply.
      share('a', 'reader', 'carol'),
    ],
  },
  {
    source: PERMISSIONS_REFERENCE,
    title: 'an e-mail is sent by default, with an optional message',
    steps: [
      file('a', 'x'),
      share('a', 'reader', 'carol'),
      {
        ask: 'POST files/{a}/permissions?emailMessage=Have a look',
        body: toUser('reader', PEOPLE.bob),
        status: 200,
      },
      {
        as: 'nobody',
        ask: 'GET /__sandbox/notifications',
        status: 200,
        json: {
          notifications: [
            { to: PEOPLE.bob, from: PEOPLE.alice, fileId: '{a}', role: 'reader', message: 'Have a look' },
          ],
        },
      },
    ],
  },
  {
    source: ERRORS_GUIDE,
    title: 'sharing has a separate, undocumented quota',
    steps: [
      file('a', 'x'),
      behave({ quotas: { sharesPerDay: 1 } }),
      share('a', 'reader', 'bob'),
      {
        ask: permit('a'),
        body: toUser('reader', PEOPLE.carol),
        status: 403,
        error: {
          reason: 'sharingRateLimitExceeded',
          domain: 'global',
          message:
            'Rate limit exceeded. User message: "These item(s) could not be shared because a rate limit was exceeded: a"',
        },
      },
      // Removing a permission does not count, and other accounts have their own quota.
      { ask: 'DELETE files/{a}/permissions/{a for bob}', status: 204 },
      file('b', 'x', {}, 'bob'),
      share('b', 'reader', 'alice', 'bob'),
      { advance: DAY },
      share('a', 'reader', 'carol'),
    ],
  },
  {
    source: SHARING_GUIDE,
    title: 'a link can be made findable and unlisted again by updating its permission',
    steps: [
      file('a', 'x'),
      { ask: permit('a'), body: { type: 'anyone', role: 'reader' }, status: 200 },
      {
        ask: 'PATCH files/{a}/permissions/anyoneWithLink?fields=type,role,allowFileDiscovery',
        body: { allowFileDiscovery: true },
        status: 200,
        exactly: { type: 'anyone', role: 'reader', allowFileDiscovery: true },
      },
      {
        ask: 'GET files?fields=files(id)&q=visibility="anyoneCanFind"',
        status: 200,
        exactly: { files: [{ id: '{a}' }] },
      },
      { ask: 'PATCH files/{a}/permissions/anyone', body: { allowFileDiscovery: false }, status: 200 },
      {
        ask: 'PATCH files/{a}/permissions/anyoneWithLink',
        body: { role: 'owner' },
        status: 403,
        error: { reason: 'forbidden' },
      },
    ],
  },
  {
    source: '§15',
    title: 'a shared drive must keep a manager',
    steps: [
      drive('organizer'),
      {
        ask: `GET files/{drive}/permissions?${ALL}&fields=permissions(id,emailAddress)`,
        status: 200,
        keep: { one: 'permissions>0>id', other: 'permissions>1>id' },
      },
      { ask: `DELETE files/{drive}/permissions/{other}?${ALL}`, status: 204 },
      refused(`DELETE files/{drive}/permissions/{one}?${ALL}`, undefined, 'cannotDeletePermission', 'alice'),
      refused(`PATCH files/{drive}/permissions/{one}?${ALL}`, { role: 'writer' }, 'cannotDeletePermission', 'alice'),
    ],
  },
  {
    source: `${GUIDES}/ref-roles`,
    title: 'members of a shared drive cannot grant a role higher than their own (sharingAboveOwnRole=false)',
    switches: { sharingAboveOwnRole: false },
    steps: [
      drive('writer'),
      folder('dir', '{drive}'),
      file('a', 'x', { parents: ['{drive}'] }),
      refused(permit('dir'), toUser('reader', PEOPLE.carol), 'insufficientFilePermissions'),
      { as: 'bob', ask: permit('a'), body: toUser('writer', PEOPLE.carol), status: 200 },
      drive('fileOrganizer', 'other'),
      folder('folder', '{other}'),
      { as: 'bob', ask: permit('folder'), body: toUser('fileOrganizer', PEOPLE.carol), status: 200 },
    ],
  },
  {
    source: `${GUIDES}/ref-roles`,
    title: 'content managers can share folders with any role below organizer (sharingAboveOwnRole=true)',
    switches: { sharingAboveOwnRole: true },
    steps: [
      drive('fileOrganizer'),
      folder('dir', '{drive}'),
      { as: 'bob', ask: permit('dir'), body: toUser('fileOrganizer', PEOPLE.carol), status: 200 },
    ],
  },
  {
    source: PERMISSIONS_REFERENCE,
    title: 'a new owner is always notified; the view of a permission can only be `published`',
    steps: [
      file('a', 'x'),
      {
        ask: permit('a', '&transferOwnership=true'),
        body: toUser('owner', PEOPLE.bob),
        status: 403,
        error: { reason: 'forbidden', location: 'sendNotificationEmail' },
      },
      { ask: 'GET files/{a}/permissions?includePermissionsForView=published', status: 200 },
      {
        ask: 'GET files/{a}/permissions?includePermissionsForView=metadata',
        status: 400,
        error: { reason: 'invalid', location: 'includePermissionsForView' },
      },
    ],
  },
];
