import type { DrivePermission, Grantee, Role, SharingOptions, SourceAccess } from '../../src/engine/model/sharing.js';
import { checkPeople, PeopleMap } from '../../src/engine/sharing/people-map.js';
import type { SharingRules } from '../../src/engine/sharing/wanted-access.js';

/** A grantee by a short name: an address (of a group with the prefix `group:`), `@` and a domain, or `anyone`. */
export function grantee(name: string): Grantee {
  if (name === 'anyone') return { type: 'anyone' };
  if (name.startsWith('@')) return { type: 'domain', address: name.slice(1) };
  if (name.startsWith('group:')) return { type: 'group', address: name.slice(6) };
  return { type: 'user', address: name };
}

/** A permission as Google reports it. */
export const permission = (name: string, role: Role, more: Partial<DrivePermission> = {}): DrivePermission => ({
  id: `id of ${name}`,
  grantee: grantee(name),
  role,
  ...more,
});

/** Who can open an original: `{ 'ana@old.example': 'writer' }`, or permissions. */
export const access = (
  permissions: Readonly<Record<string, Role>> | readonly DrivePermission[],
  restrictions: SourceAccess['restrictions'] = {},
): SourceAccess => ({
  permissions: Array.isArray(permissions)
    ? (permissions as DrivePermission[])
    : Object.entries(permissions).map(([name, role]) => permission(name, role as Role)),
  restrictions,
});

export const sharingOptions = (more: Partial<SharingOptions> = {}): SharingOptions => ({
  unmapped: 'keep',
  links: 'keep',
  owner: 'drop',
  outsiders: 'keep',
  notify: false,
  lines: 0,
  ...more,
});

/** Rules of a transfer from sam@old.example to dora@new.example, at NOW. */
export function sharingRules({
  people = {},
  options = {},
  sharedDrive = false,
  target = {},
}: {
  readonly people?: Readonly<Record<string, string | null>>;
  readonly options?: Partial<SharingOptions>;
  readonly sharedDrive?: boolean;
  readonly target?: Readonly<Record<string, Role>>;
} = {}): SharingRules {
  const { lines, errors } = checkPeople(Object.entries(people).map(([from, to]) => ({ from, to })));
  if (errors[0]) throw new Error(errors[0].detail);
  return {
    options: sharingOptions({ lines: lines.length, ...options }),
    people: new PeopleMap(lines),
    accounts: { source: 'sam@old.example', destination: 'dora@new.example' },
    target: { isInSharedDrive: sharedDrive, permissions: access(target).permissions! },
    now: NOW,
  };
}

export const NOW = Date.UTC(2027, 0, 1);
export const DAY_MS = 24 * 3600 * 1000;
