import { grantee } from '../../../test/support/sharing.js';
import { type RestrictedDrive, refusalIn } from './drive-refusals.js';

const NAMES = ['dora@new.example', 'ana@new.example', 'eve@third.example', 'group:team@new.example', '@third.example'];
const OPEN = { domainUsersOnly: false, membersOnly: false };

/** Who is refused on a file. */
function refused(drive: Partial<RestrictedDrive>, isFolder = false): string[] {
  const refusal = refusalIn({ restrictions: OPEN, mayShareFolders: true, insiders: [grantee(NAMES[0]!)], ...drive });
  return [...NAMES, 'anyone'].filter(
    (name) => refusal({ grantee: grantee(name), role: 'reader', originals: [] }, isFolder) !== undefined,
  );
}

it('refuses nobody without restrictions', () => {
  expect(refused({})).toEqual([]);
  expect(refused({}, true)).toEqual([]);
});

it('refuses people outside the organisation, whose domains are those of people who are inside', () => {
  const restrictions = { ...OPEN, domainUsersOnly: true };
  expect(refused({ restrictions })).toEqual(['eve@third.example', '@third.example', 'anyone']);
  expect(refused({ restrictions, insiders: NAMES.map(grantee) })).toEqual(['anyone']);
});

it('refuses those who are no members, unless they may be members through a group', () => {
  const restrictions = { ...OPEN, membersOnly: true };
  const members = [grantee('dora@new.example'), grantee('ana@new.example')];
  const others = ['eve@third.example', 'group:team@new.example', '@third.example', 'anyone'];
  expect(refused({ restrictions, members })).toEqual(others);
  const open = ['@third.example', 'anyone'];
  expect(refused({ restrictions, members: [...members, grantee('group:all@new.example')] })).toEqual(open);
  expect(refused({ restrictions })).toEqual(open);
});

it('refuses everybody on folders if the account may not share them', () => {
  expect(refused({ mayShareFolders: false })).toEqual([]);
  expect(refused({ mayShareFolders: false }, true)).toHaveLength(NAMES.length + 1);
});
