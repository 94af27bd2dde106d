import type { Grantee } from '../model/sharing.js';
import type { DriveRestrictions } from '../ports/drive.js';
import type { Refusal } from './expected-access.js';
import { granteeKey } from './wanted-access.js';
import { domainOf } from '../address.js';

/** A shared drive that copies go into. */
export interface RestrictedDrive {
  readonly restrictions: Pick<DriveRestrictions, 'domainUsersOnly' | 'membersOnly'>;
  /** Whether the destination account may share folders in it. */
  readonly mayShareFolders: boolean;
  /** Missing: the destination account may not read them. */
  readonly members?: readonly Grantee[];
  /** Grantees that are in its organisation. Drive does not list the organisation's domains; these show some of them. */
  readonly insiders: readonly Grantee[];
}

/**
 * What Google will refuse because of a shared drive's settings, as far as it can be known. Whether somebody is a member
 * through a group is unknown.
 */
export function refusalIn({ restrictions, mayShareFolders, members, insiders }: RestrictedDrive): Refusal {
  const { domainUsersOnly, membersOnly } = restrictions;
  const domains = new Set(insiders.map(domainIn));
  const isOutside = (grantee: Grantee) => !domains.has(domainIn(grantee));
  const known = members && new Set(members.map(granteeKey));
  const mayBeThroughGroup = members?.some(({ type }) => type === 'group') ?? true;
  const isNoMember = (grantee: Grantee) => {
    if (grantee.type === 'anyone' || grantee.type === 'domain') return true;
    return known !== undefined && !known.has(granteeKey(grantee)) && !mayBeThroughGroup;
  };
  return ({ grantee }, isFolder) => {
    const isRefused =
      (isFolder && !mayShareFolders) || (domainUsersOnly && isOutside(grantee)) || (membersOnly && isNoMember(grantee));
    return isRefused ? 'shared_drive_restricted' : undefined;
  };
}

/** Undefined for anyone with the link. */
const domainIn = ({ type, address = '' }: Grantee): string | undefined =>
  type === 'anyone' ? undefined : domainOf(address);
