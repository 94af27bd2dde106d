import { createHash } from 'node:crypto';
import { rfc3339 } from '../drive/file-resource.ts';
import type { Schema } from '../http/fields.ts';
import type { Directory, Group, Member, Organization, Person } from './directory.ts';

const leaves = (names: string): { [name: string]: true } =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, true as const]));

/** The fields in Google's discovery document of `admin` `directory_v1`; a mask may name only these. */
export const USER_SCHEMA: Schema = {
  ...leaves(
    `agreedToTerms aliases archivalTime archived changePasswordAtNextLogin creationTime customerId deletionTime etag
    hashFunction id includeInGlobalAddressList ipWhitelisted isAdmin isDelegatedAdmin isEnforcedIn2Sv isEnrolledIn2Sv
    isGuestUser isMailboxSetup kind lastLoginTime nonEditableAliases orgUnitPath password primaryEmail recoveryEmail
    recoveryPhone suspended suspensionReason suspensionTime thumbnailPhotoEtag thumbnailPhotoUrl addresses externalIds
    gender ims keywords languages locations notes organizations phones posixAccounts relations sshPublicKeys websites`,
  ),
  customSchemas: 'map',
  emails: leaves('address primary type customType'),
  name: leaves('displayName familyName fullName givenName'),
};
export const USERS_SCHEMA: Schema = { ...leaves('etag kind nextPageToken trigger_event'), users: USER_SCHEMA };

export const GROUP_SCHEMA: Schema = leaves(
  'adminCreated aliases description directMembersCount email etag id kind name nonEditableAliases',
);
export const GROUPS_SCHEMA: Schema = { ...leaves('etag kind nextPageToken'), groups: GROUP_SCHEMA };

export const MEMBER_SCHEMA: Schema = leaves('delivery_settings email etag id kind role status type');
export const MEMBERS_SCHEMA: Schema = { ...leaves('etag kind nextPageToken'), members: MEMBER_SCHEMA };
export const HAS_MEMBER_SCHEMA: Schema = leaves('isMember');

const DOMAIN_SCHEMA: Schema = {
  ...leaves('creationTime domainAliases domainName etag isPrimary kind verified'),
};
export const DOMAINS_SCHEMA: Schema = { ...leaves('etag kind'), domains: DOMAIN_SCHEMA };

export const CUSTOMER_SCHEMA: Schema = leaves(
  'alternateEmail customerCreationTime customerDomain etag id kind language phoneNumber postalAddress',
);

/** A person, as administrators see it (reference of `users`). */
export function userResource(person: Person, directory: Directory): Record<string, unknown> {
  const { email, aliases, suspended, archived, deletedAt } = person;
  return tagged('admin#directory#user', {
    id: person.id,
    primaryEmail: email,
    name: nameOf(person),
    isAdmin: person.isAdmin,
    isDelegatedAdmin: person.isDelegatedAdmin,
    // Google's value for an account that has never signed in.
    lastLoginTime: rfc3339(0),
    creationTime: rfc3339(person.created),
    ...(deletedAt === undefined ? {} : { deletionTime: rfc3339(deletedAt) }),
    agreedToTerms: true,
    suspended,
    ...(suspended ? { suspensionReason: person.suspensionReason ?? 'ADMIN' } : {}),
    archived,
    changePasswordAtNextLogin: false,
    ipWhitelisted: false,
    emails: [{ address: email, primary: true }, ...aliases.map((address) => ({ address }))],
    ...(aliases.length > 0 ? { aliases } : {}),
    customerId: directory.organizationOf(email)?.customerId,
    orgUnitPath: person.orgUnitPath,
    isMailboxSetup: person.isMailboxSetup,
    isEnrolledIn2Sv: false,
    isEnforcedIn2Sv: false,
    includeInGlobalAddressList: true,
  });
}

/** A person, as everyone in the domain sees it (`viewType=domain_public`). */
export function publicUserResource(person: Person): Record<string, unknown> {
  const { id, email } = person;
  return tagged('admin#directory#user', {
    id,
    primaryEmail: email,
    name: nameOf(person),
    emails: [{ address: email, primary: true }],
  });
}

export function groupResource(group: Group): Record<string, unknown> {
  const { id, email, name, description, aliases, members } = group;
  return tagged('admin#directory#group', {
    id,
    email,
    name,
    description,
    directMembersCount: String(members.size),
    adminCreated: true,
    ...(aliases.length > 0 ? { aliases } : {}),
  });
}

/** A member of a group. The member "everyone in the organisation" has an id, but no address. */
export function memberResource({ email, role }: Member, directory: Directory): Record<string, unknown> {
  const isEveryone = !email.includes('@');
  const group = isEveryone ? undefined : directory.group(email);
  const person = directory.person(email);
  return tagged('admin#directory#member', {
    id: isEveryone ? email : (group?.id ?? person?.id ?? memberIdOf(email)),
    ...(isEveryone ? {} : { email: group?.email ?? person?.email ?? email }),
    role,
    type: isEveryone ? 'CUSTOMER' : group ? 'GROUP' : 'USER',
    ...(group || isEveryone ? {} : { status: directory.isActive(email) ? 'ACTIVE' : 'SUSPENDED' }),
  });
}

export function domainResources({ domains, created }: Organization): Record<string, unknown>[] {
  return domains.map((domainName, i) =>
    tagged('admin#directory#domain', {
      domainName,
      isPrimary: i === 0,
      verified: true,
      creationTime: String(created),
    }),
  );
}

export function customerResource({ customerId, primaryDomain, created }: Organization): Record<string, unknown> {
  return tagged('admin#directory#customer', {
    id: customerId,
    customerDomain: primaryDomain,
    customerCreationTime: rfc3339(created),
    language: 'en',
  });
}

/** Adds `kind` and an `etag`, which depends on the contents. */
export function tagged(kind: string, resource: Record<string, unknown>): Record<string, unknown> {
  const etag = `"${createHash('sha1').update(JSON.stringify(resource)).digest('base64url')}"`;
  return { kind, etag, ...resource };
}

function nameOf({ givenName, familyName }: Person): Record<string, string> {
  return { givenName, familyName, fullName: `${givenName} ${familyName}`.trim() };
}

/** The id of a member without an account or group in the sandbox. */
function memberIdOf(email: string): string {
  return `1${BigInt(`0x${createHash('sha256').update(`member ${email}`).digest('hex')}`)}`.slice(0, 21);
}
