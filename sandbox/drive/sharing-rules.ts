import { domainOf } from '../directory/directory.ts';
import { type GoogleError, googleError, invalidValue } from '../http/errors.ts';
import type { DriveStore } from './drive-store.ts';
import { atLeast, driveOf, FOLDER, personOf, type Account, type Item, type Permission, type Role } from './model.ts';
import { parseTime } from './query.ts';

const YEAR_MS = 366 * 24 * 3600 * 1000;
const TYPES = ['user', 'group', 'domain', 'anyone'] as const;
const EMAIL = /^[^@\s]+@[^@\s]+$/;
/** Longest address (RFC 5321, 4.5.3.1.3: a path of 256 characters, with its brackets). */
const MAX_EMAIL = 254;

/** The grant in the body of permissions.create. */
export interface Grant {
  type: Permission['type'];
  role: Role;
  /** Of a person or group, in the directory's spelling if it is known there. */
  email?: string;
  domain?: string;
  discoverable: boolean;
  expirationTime?: number;
  pendingOwner: boolean;
}

/** Errors of granting or changing a role. */
export const ROLE_ERRORS = [
  'roleRequired',
  'ownerOnTeamDriveItemNotSupported',
  'organizerOnNonTeamDriveItemNotSupported',
  'organizerOnNonTeamDriveNotSupported',
  'fileOrganizerOnNonTeamDriveNotSupported',
  'fileOrganizerOnFoldersInSharedDriveOnly',
  'roleNotForType',
  'roleAboveOwn',
  'targetUserRoleLimitedByLicenseRestriction',
  'invalidExpiration',
  'cannotSetExpirationOnAnyoneOrDomain',
  'expirationDateNotAllowedForSharedDriveMembers',
  'expirationDatesMustBeInTheFuture',
  'cannotSetExpiration',
  'onlyReadersExpireOnFolders',
  'invalidLinkVisibility',
] as const;

/** Errors about a new grantee. */
export const GRANTEE_ERRORS = [
  'typeRequired',
  'domainRequired',
  'invalidEmail',
  'invalidSharingRequest',
  'aclChangeNotAllowed',
  'sharedWithTooMany',
  'shareOutNotPermitted',
  'shareOutRefused',
  'shareOutWarning',
  'shareOutNotPermittedToUser',
  'shareInNotPermitted',
  'publishOutNotPermitted',
  'abusiveContentRestriction',
  'cannotShareTeamDriveWithNonGoogleAccounts',
  'cannotShareTeamDriveTopFolderWithAnyoneOrDomains',
  'teamDriveDomainUsersOnlyRestriction',
  'teamDriveTeamMembersOnlyRestriction',
] as const;

/**
 * The rules for sharing, by an item's type and place, its drive and the policies of domains ("Share files, folders, and
 * drives", "Roles and permissions", and the reasons that GAM handles).
 */
export class SharingRules {
  private readonly store: DriveStore;
  private readonly now: () => number;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  /** Reads a body and checks its roles, types and times, but not whether the grant is allowed. */
  readGrant(body: Record<string, unknown>, item: Item): Grant {
    const role = readRole(body['role'], item);
    const type = TYPES.find((each) => each === body['type']);
    if (!type) throw googleError('typeRequired');
    const grant: Grant = {
      type,
      role,
      discoverable: body['allowFileDiscovery'] === true,
      pendingOwner: body['pendingOwner'] === true,
    };
    if (type === 'anyone' || type === 'domain') {
      if (!atLeast('writer', role)) throw googleError('roleNotForType', { role, type });
      const { domain } = body;
      if (type === 'anyone') return grant;
      if (typeof domain !== 'string' || domain === '') throw googleError('domainRequired');
      return { ...grant, domain };
    }
    const email = body['emailAddress'];
    if (typeof email !== 'string' || email.length > MAX_EMAIL || !EMAIL.test(email)) throw googleError('invalidEmail');
    const { directory } = this.store;
    const group = directory.group(email);
    // The address decides between user and group, not the type in the request.
    if (group) return { ...grant, type: 'group', email: group.email };
    if (type === 'group') throw googleError('invalidEmail');
    return { ...grant, email: this.store.account(email)?.email ?? directory.person(email)?.email ?? email };
  }

  /** The account that a grant names, unless it was deleted. */
  granteeOf({ type, email = '' }: Pick<Grant, 'type' | 'email'>): Account | undefined {
    if (type !== 'user') return undefined;
    return this.store.directory.person(email, true)?.deletedAt === undefined ? this.store.account(email) : undefined;
  }

  /** @throws GoogleError if the restrictions of the drive or the policy of a domain forbid the grant. */
  checkMayBeShared(item: Item, grant: Grant, notify: boolean): void {
    if (item.abusive) throw googleError('abusiveContentRestriction');
    const drive = driveOf(item);
    const { type, email = '', domain = '' } = grant;
    const to = type === 'domain' ? domain : domainOf(email);
    if (drive) {
      const top = item === drive.root;
      if (top && (type === 'anyone' || type === 'domain'))
        throw googleError('cannotShareTeamDriveTopFolderWithAnyoneOrDomains');
      if (drive.restrictions.domainUsersOnly && !this.store.access.isOfDomain(drive, to))
        throw googleError('teamDriveDomainUsersOnlyRestriction');
      if (drive.restrictions.driveMembersOnly && !top && !this.store.access.isMember(drive, email))
        throw googleError('teamDriveTeamMembersOnlyRestriction');
      if (top && type === 'user' && !this.granteeOf(grant))
        throw googleError('cannotShareTeamDriveWithNonGoogleAccounts');
    }
    this.checkPolicies(drive?.domain ?? domainOf(personOf(item)?.email ?? ''), to, grant);
    this.checkCounts(item, grant);
    if (type === 'user' && !this.granteeOf(grant) && !notify) throw googleError('invalidSharingRequest', { email });
  }

  /** Checks the policies of both domains. */
  private checkPolicies(from: string, to: string, grant: Grant): void {
    const { directory } = this.store;
    const own = directory.policyOf(from);
    if (grant.type === 'anyone') {
      if (own.publishOut === false) throw googleError('publishOutNotPermitted');
      this.checkDiscovery(from, grant);
      return;
    }
    if (to.toLowerCase() === from || directory.isSameOrganization(from, to)) return;
    const trusted = own.trustedDomains?.includes(to.toLowerCase()) === true;
    if (own.shareOut === false && !trusted) throw this.shareOutRefusal();
    if (own.blockedAddresses?.includes((grant.email ?? '').toLowerCase()))
      throw googleError('shareOutNotPermittedToUser');
    if (own.shareOutWarning && !trusted) throw googleError('shareOutWarning');
    if (own.nonGoogleAccounts === false && grant.type === 'user' && !this.granteeOf(grant))
      throw this.shareOutRefusal();
    if (directory.policyOf(to).shareIn === false) throw googleError('shareInNotPermitted');
  }

  private shareOutRefusal(): GoogleError {
    switch (this.store.switches.shareOutRefusal) {
      case 'badRequest':
        return googleError('shareOutRefused');
      case 'aclChangeNotAllowed':
        return googleError('aclChangeNotAllowed');
      default:
        return googleError('shareOutNotPermitted');
    }
  }

  /** @throws GoogleError if the owner's domain forbids links that appear in search results. */
  checkDiscovery(from: string, grant: Pick<Grant, 'type' | 'discoverable'>): void {
    if (grant.type === 'anyone' && grant.discoverable && this.store.directory.policyOf(from).findableLinks === false)
      throw googleError('invalidLinkVisibility');
  }

  /** @throws GoogleError for a role above the sharer's own, or that the grantee's licence does not include. */
  checkRole(item: Item, sharer: Role | undefined, grant: Pick<Grant, 'type' | 'role' | 'email'>): void {
    const { role, email = '', type } = grant;
    if (role !== 'owner' && driveOf(item) && !atLeast(sharer, role) && !this.store.switches.sharingAboveOwnRole)
      throw googleError('roleAboveOwn');
    if (type === 'user' && atLeast(role, 'commenter') && !this.store.directory.hasDrive(email))
      throw googleError('targetUserRoleLimitedByLicenseRestriction');
  }

  private checkCounts(item: Item, grant: Grant): void {
    const { limits } = this.store;
    const { type } = grant;
    const given = [...(item.permissions?.values() ?? [])];
    // The limits count people and groups: another role for one of them adds none.
    const isOwner = grant.email !== undefined && grant.email === personOf(item)?.email;
    if (isOwner || given.some((each) => isFor(each, grant))) return;
    const groups = given.filter((each) => each.type === 'group').length;
    const drive = driveOf(item);
    const most = drive && item === drive.root ? limits.membersPerDrive : limits.peoplePerItem;
    if (given.length >= most || (drive && type === 'group' && groups >= limits.groupsPerItem))
      throw googleError('sharedWithTooMany');
  }

  /** Reads `expirationTime`: for users and groups, in the future, at most a year ahead. */
  readExpiration(value: unknown, item: Item, type: Permission['type'], role: Role): number | undefined {
    if (value === undefined || value === null) return undefined;
    const time = typeof value === 'string' ? parseTime(value) : undefined;
    if (time === undefined) throw googleError('invalidExpiration');
    if (type !== 'user' && type !== 'group') throw googleError('cannotSetExpirationOnAnyoneOrDomain');
    if (item === driveOf(item)?.root) throw googleError('expirationDateNotAllowedForSharedDriveMembers');
    if (time <= this.now()) throw googleError('expirationDatesMustBeInTheFuture');
    if (time > this.now() + YEAR_MS) throw googleError('cannotSetExpiration');
    this.checkExpiringRole(item, role);
    return time;
  }

  /** @throws GoogleError for a role that cannot have an expiration time. */
  checkExpiringRole(item: Item, role: Role): void {
    const most = item.mimeType === FOLDER ? this.store.switches.folderExpiry : 'writer';
    if (!atLeast(most === 'reader' || most === 'commenter' ? most : 'writer', role))
      throw googleError('onlyReadersExpireOnFolders');
  }
}

/** Whether a permission is for the person, group, domain or link of a grant, which replaces it then. */
function isFor({ type, email, domain, allowFileDiscovery = false }: Permission, grant: Grant): boolean {
  if (type !== grant.type) return false;
  if (type === 'anyone') return allowFileDiscovery === grant.discoverable;
  return (email ?? domain ?? '').toLowerCase() === (grant.email ?? grant.domain ?? '').toLowerCase();
}

/** The role in a body, if it is valid for the type and place of the item. */
export function readRole(value: unknown, item: Item): Role {
  const drive = driveOf(item);
  switch (value) {
    case 'reader':
    case 'commenter':
    case 'writer':
      return value;
    case 'owner':
      if (drive) throw googleError('ownerOnTeamDriveItemNotSupported');
      return value;
    case 'organizer':
      if (!drive) throw googleError('organizerOnNonTeamDriveItemNotSupported');
      if (item !== drive.root) throw googleError('organizerOnNonTeamDriveNotSupported');
      return value;
    case 'fileOrganizer':
      if (!drive) throw googleError('fileOrganizerOnNonTeamDriveNotSupported');
      if (item.mimeType !== FOLDER) throw googleError('fileOrganizerOnFoldersInSharedDriveOnly');
      return value;
    default:
      throw googleError('roleRequired');
  }
}

/** @throws GoogleError for an invalid view in a parameter or body. */
export function checkView(name: string, value: unknown): void {
  if (value !== undefined && value !== null && value !== 'published') throw invalidValue(name);
}
