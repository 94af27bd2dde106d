import {
  ALL,
  capabilities,
  control,
  DOC,
  drive,
  file,
  folder,
  made,
  PEOPLE,
  permit,
  refused,
  type Request,
  type Scenario,
  share,
} from '../scenario.ts';

const GUIDES = 'https://developers.google.com/workspace/drive/api/guides';
const SHARING_GUIDE = `${GUIDES}/manage-sharing`;
const RESTRICTIONS_GUIDE = `${GUIDES}/content-restrictions`;
const ERRORS_GUIDE = `${GUIDES}/handle-errors`;

const toUser = (role: string, emailAddress: string, more: object = {}): object => ({
  type: 'user',
  role,
  emailAddress,
  ...more,
});

/** The settings of overlapping changes; `drive/sharing.spec.ts` tests that they overlap. */
function oneAfterTheOther(overlappingShares: string): Scenario {
  return {
    source: SHARING_GUIDE,
    title: `sequential changes of one item all succeed (${overlappingShares})`,
    switches: { overlappingShares },
    steps: [
      file('a', 'x'),
      share('a', 'reader', 'bob'),
      share('a', 'writer', 'carol'),
      {
        ask: 'GET files/{a}/permissions?fields=permissions(role)',
        status: 200,
        exactly: { permissions: [{ role: 'owner' }, { role: 'reader' }, { role: 'writer' }] },
      },
    ],
  };
}

function sharingOutOf(shareOutRefusal: string, status: number, reason: string): Scenario {
  return {
    source: '§15',
    title: `a domain that forbids sharing out (${shareOutRefusal})`,
    switches: { shareOutRefusal },
    steps: [
      file('a', 'x'),
      control('domains', { domain: 'example.com', shareOut: false }),
      refused(permit('a'), toUser('reader', PEOPLE.carol), reason, 'alice', status),
      share('a', 'reader', 'bob'),
    ],
  };
}

function readOnly(readOnlyRefusal: string): Scenario {
  const no = (ask: string, body: object): Request => refused(ask, body, readOnlyRefusal, 'alice');
  return {
    source: RESTRICTIONS_GUIDE,
    title: `a content restriction protects title, content and comments (${readOnlyRefusal})`,
    switches: { readOnlyRefusal },
    steps: [
      folder('dir'),
      file('a', 'x'),
      share('a', 'writer', 'bob'),
      made('doc', { mimeType: DOC }),
      { ask: 'PATCH files/{doc}', body: { contentRestrictions: [{ readOnly: true }] }, status: 200 },
      {
        ask: 'PATCH files/{a}?fields=contentRestrictions(readOnly,reason,ownerRestricted,type,restrictingUser(emailAddress))',
        body: { contentRestrictions: [{ readOnly: true, reason: 'audit' }] },
        status: 200,
        exactly: {
          contentRestrictions: [
            {
              readOnly: true,
              reason: 'audit',
              ownerRestricted: false,
              type: 'globalContentRestriction',
              restrictingUser: { emailAddress: PEOPLE.alice },
            },
          ],
        },
      },
      no('PATCH files/{a}', { name: 'b' }),
      no('PATCH /upload/drive/v3/files/{a}?uploadType=media', Buffer.from('y')),
      {
        ...no('PATCH /upload/drive/v3/files/{doc}?uploadType=media', Buffer.from('y')),
        headers: { 'content-type': 'text/plain' },
      },
      { ask: 'GET files/{doc}/export?mimeType=text/plain', status: 200, text: /^\uFEFF?\s*$/ },
      no('POST files/{a}/comments?fields=id', { content: 'Nice' }),
      capabilities(
        {
          canEdit: true,
          canModifyContent: false,
          canRename: false,
          canComment: false,
          canModifyEditorContentRestriction: true,
          canModifyOwnerContentRestriction: false,
          canRemoveContentRestriction: true,
        },
        'files/{a}',
      ),
      // It does not restrict sharing, moving and copying.
      share('a', 'reader', 'carol'),
      { ask: 'PATCH files/{a}?addParents={dir}&removeParents={home}', body: {}, status: 200 },
      { ask: 'POST files/{a}/copy?fields=contentRestrictions', body: {}, status: 200, exactly: {} },
      {
        ask: 'PATCH files/{a}',
        body: { contentRestrictions: [{ readOnly: true, ownerRestricted: true }] },
        status: 200,
      },
      refused('PATCH files/{a}', { contentRestrictions: [{ readOnly: false }] }, 'insufficientFilePermissions'),
      { ask: 'PATCH files/{a}', body: { contentRestrictions: [{ readOnly: false }] }, status: 200 },
      { ask: 'PATCH files/{a}?fields=name', body: { name: 'b' }, status: 200, exactly: { name: 'b' } },
      refused(
        'PATCH files/{a}',
        { contentRestrictions: [{ readOnly: false, reason: 'none' }] },
        'invalid',
        'alice',
        400,
      ),
    ],
  };
}

function inheritedReason(inheritedPermissionReason: string, reason: string): Scenario {
  return {
    source: ERRORS_GUIDE,
    title: `an inherited permission of a shared drive's item cannot be changed there (${inheritedPermissionReason})`,
    switches: { inheritedPermissionReason },
    steps: [
      drive('writer'),
      folder('dir', '{drive}'),
      {
        ask: `GET files/{drive}/permissions?${ALL}&fields=permissions(id,emailAddress)`,
        status: 200,
        keep: { member: 'permissions>1>id' },
      },
      refused(`DELETE files/{dir}/permissions/{member}?${ALL}`, undefined, reason, 'alice'),
    ],
  };
}

/** Rules of sharing with several answers, one row for each. */
export const SHARING_CHOICES: Scenario[] = [
  oneAfterTheOther('lastWins'),
  oneAfterTheOther('refuse'),
  oneAfterTheOther('serialize'),
  sharingOutOf('forbidden', 403, 'shareOutNotPermitted'),
  sharingOutOf('badRequest', 400, 'shareOutNotPermitted'),
  sharingOutOf('aclChangeNotAllowed', 400, 'invalidSharingRequest'),
  readOnly('insufficientFilePermissions'),
  readOnly('fileNeverWritable'),
  inheritedReason('plain', 'cannotModifyInheritedPermission'),
  inheritedReason('teamDrive', 'cannotModifyInheritedTeamDrivePermission'),
];
