import type { drive_v3 } from '@googleapis/drive';
import { DriveError, PermissionRefusedError } from '../../engine/errors.js';
import {
  type AccessCode,
  type AccessRestrictions,
  type DrivePermission,
  type GranteeType,
  type NewPermission,
  type RestrictionChanges,
  type Role,
  ROLES,
  type SourceAccess,
} from '../../engine/model/sharing.js';
import { flag, key, listOf, objectOf, type Reader, type Some, text, time } from './google-answers.js';
import { classOf, GoogleRefusal, isDailyLimit } from './google-errors.js';

// How Google's permissions and restrictions become the product's, and back.

export const readPermission = objectOf({ id: key }, {
  type: text,
  role: text,
  emailAddress: text,
  domain: text,
  expirationTime: time,
  allowFileDiscovery: flag,
  deleted: flag,
  view: text,
  permissionDetails: listOf(objectOf({}, { role: text, inherited: flag })),
} satisfies Some<drive_v3.Schema$Permission>);
type GooglePermission = ReturnType<typeof readPermission>;

const download = objectOf({}, {
  restrictedForReaders: flag,
  restrictedForWriters: flag,
} satisfies Some<drive_v3.Schema$DownloadRestriction>);

/** Readers of the fields of a file that say who can do what with it. */
export const readItemAccess = {
  permissions: listOf(readPermission),
  inheritedPermissionsDisabled: flag,
  writersCanShare: flag,
  copyRequiresWriterPermission: flag,
  downloadRestrictions: objectOf(
    {},
    { itemDownloadRestriction: download, effectiveDownloadRestrictionWithContext: download },
  ),
  contentRestrictions: listOf(objectOf({}, { readOnly: flag, reason: text })),
} satisfies Some<drive_v3.Schema$File>;
type GoogleAccess = Partial<{ [Name in keyof typeof readItemAccess]: ReturnType<(typeof readItemAccess)[Name]> }>;

const PERMISSION_FIELDS = 'id,type,role,emailAddress,domain,expirationTime,allowFileDiscovery,deleted,view';
/** Of a permission that was written, or read by itself: only then Google states where it comes from. */
export const SINGLE_PERMISSION_FIELDS = `${PERMISSION_FIELDS},permissionDetails(role,inherited)`;
/** What is requested of a file beside what every transfer needs. */
export const ACCESS_FIELDS =
  `permissions(${PERMISSION_FIELDS}),hasAugmentedPermissions,writersCanShare,` +
  'downloadRestrictions/itemDownloadRestriction,contentRestrictions(readOnly,reason)';

const TYPES: readonly string[] = ['user', 'group', 'domain', 'anyone'] satisfies GranteeType[];

/** Those of a type or role that this version does not know are left out: nobody gets access by a misunderstanding. */
export const permissionsOf = (permissions: readonly GooglePermission[]): DrivePermission[] =>
  permissions.filter(({ type, role }) => TYPES.includes(type ?? '') && ROLES.includes(role as Role)).map(permissionOf);

/** A permission that was given or changed. */
export const readGranted: Reader<DrivePermission> = (value, at = '') => {
  const [granted] = permissionsOf([readPermission(value, at)]);
  if (!granted) throw new SyntaxError(`${at || 'The answer'} is no permission.`);
  return granted;
};

function permissionOf(permission: GooglePermission): DrivePermission {
  const { id, emailAddress, domain, expirationTime, allowFileDiscovery, deleted, view } = permission;
  const [type, role] = [permission.type as GranteeType, permission.role as Role];
  const address = (emailAddress ?? domain)?.toLowerCase();
  const { permissionDetails: details = [] } = permission;
  return {
    id,
    grantee: { type, ...(type !== 'anyone' && address && { address }) },
    role,
    ...(expirationTime && { expiresAt: Date.parse(expirationTime) }),
    ...(allowFileDiscovery && { isDiscoverable: true }),
    // Google hides the address of an account that is gone: nobody can be given what it has.
    ...((deleted || (type !== 'anyone' && !address)) && { isDeleted: true }),
    ...(view === 'metadata' && { isMetadataOnly: true }),
    // My Drive states no roles there ("Adapt to expansive access").
    ...(details.length > 0 && {
      isInherited: !details.some((each) => !each.inherited && (each.role === undefined || each.role === role)),
    }),
  };
}

/** Who can open a file, as far as it says. */
export function accessOf(file: GoogleAccess): SourceAccess {
  const { permissions, downloadRestrictions } = file;
  const { restrictedForReaders = false, restrictedForWriters = false } =
    downloadRestrictions?.itemDownloadRestriction ?? {};
  const lock = file.contentRestrictions?.find(({ readOnly }) => readOnly);
  const restrictions: AccessRestrictions = {
    ...(file.inheritedPermissionsDisabled && { isLimited: true }),
    ...(file.writersCanShare === false && { isClosedToSharing: true }),
    ...(file.copyRequiresWriterPermission && { isClosedToCopying: true }),
    ...((restrictedForReaders || restrictedForWriters) && {
      download: { readers: restrictedForReaders, writers: restrictedForWriters },
    }),
    ...(lock && { lock: lock.reason ? { reason: lock.reason } : {} }),
  };
  return { ...(permissions && { permissions: permissionsOf(permissions) }), restrictions };
}

/** A permission to be given, as Google's API takes it. */
export function grantOf({ grantee, role, expiresAt, isDiscoverable }: NewPermission): drive_v3.Schema$Permission {
  const { type, address } = grantee;
  return {
    type,
    role,
    ...(address && (type === 'domain' ? { domain: address } : { emailAddress: address })),
    ...(expiresAt !== undefined && { expirationTime: new Date(expiresAt).toISOString() }),
    ...(isDiscoverable && { allowFileDiscovery: true }),
  };
}

/** Restrictions to set, as Google's API takes them. */
export function restrictionsBody(changes: RestrictionChanges): drive_v3.Schema$File {
  const { isLimited, isClosedToSharing, isClosedToCopying, lock } = changes;
  return {
    ...(isLimited !== undefined && { inheritedPermissionsDisabled: isLimited }),
    ...(isClosedToSharing !== undefined && { writersCanShare: !isClosedToSharing }),
    ...(isClosedToCopying !== undefined && { copyRequiresWriterPermission: isClosedToCopying }),
    ...(changes.download && {
      downloadRestrictions: {
        itemDownloadRestriction: {
          restrictedForReaders: changes.download.readers,
          restrictedForWriters: changes.download.writers,
        },
      },
    }),
    ...(lock !== undefined && { contentRestrictions: [lock ? { readOnly: true, ...lock } : { readOnly: false }] }),
  };
}

/**
 * Google's reasons by code (Google, "Resolve errors"; `gapi` of GAM has those that Google does not document).
 * `invalidSharingRequest` has several meanings; only the message distinguishes them.
 */
const CODE_OF_REASON: Readonly<Record<string, AccessCode>> = {
  shareOutNotPermitted: 'domain_forbids_sharing_out',
  shareOutNotPermittedToUser: 'domain_forbids_sharing_out',
  shareOutWarning: 'domain_forbids_sharing_out',
  shareInNotPermitted: 'domain_forbids_sharing_in',
  publishOutNotPermitted: 'link_not_permitted',
  invalidLinkVisibility: 'link_not_permitted',
  targetUserRoleLimitedByLicenseRestriction: 'license',
  cannotShareTeamDriveTopFolderWithAnyoneOrDomains: 'shared_drive_restricted',
  cannotShareTeamDriveWithNonGoogleAccounts: 'shared_drive_restricted',
  teamDriveDomainUsersOnlyRestriction: 'shared_drive_restricted',
  teamDriveTeamMembersOnlyRestriction: 'shared_drive_restricted',
  teamDrivesSharingRestrictionNotAllowed: 'shared_drive_restricted',
  teamDrivesFolderSharingNotSupported: 'shared_drive_restricted',
  cannotSetExpiration: 'expiry_not_allowed',
  cannotSetExpirationOnAnyoneOrDomain: 'expiry_not_allowed',
  expirationDateNotAllowedForSharedDriveMembers: 'expiry_not_allowed',
  expirationDatesMustBeInTheFuture: 'expired',
  organizerOnNonTeamDriveItemNotSupported: 'role_not_available',
  organizerOnNonTeamDriveNotSupported: 'role_not_available',
  fileOrganizerOnNonTeamDriveNotSupported: 'role_not_available',
  fileOrganizerOnFoldersInSharedDriveOnly: 'role_not_available',
  ownerOnTeamDriveItemNotSupported: 'role_not_available',
};

/** Whether Google did what it refused: "the items were successfully shared but emails could not be sent". */
export const isSharedWithoutMail = (error: unknown): boolean =>
  error instanceof DriveError &&
  error.cause instanceof GoogleRefusal &&
  /successfully shared/.test(error.cause.message);

/** Whether Google refused an address because it is a group's where a person's was named, or the reverse. */
export const isOfOtherType = (error: unknown): boolean =>
  error instanceof DriveError &&
  error.cause instanceof GoogleRefusal &&
  /not applicable for the given permission type/.test(error.cause.message);

/** For a catch around a change of access. @throws PermissionRefusedError where the refusal is about it alone; the error */
export function throwPermissionRefusal(error: unknown): never {
  if (!(error instanceof DriveError && error.cause instanceof GoogleRefusal)) throw error;
  const { cause: refusal, side } = error;
  if (classOf(refusal) !== 'final' || isDailyLimit(refusal) || error.code === 'not_found') throw error;
  const { reason, message } = refusal;
  const isWithoutAccount = reason === 'invalidSharingRequest' && /trying to invite/.test(message);
  const known = Object.hasOwn(CODE_OF_REASON, reason) ? CODE_OF_REASON[reason] : undefined;
  const code = isWithoutAccount ? 'no_google_account' : (known ?? 'refused');
  throw new PermissionRefusedError(code, { cause: refusal, side, detail: `Google said: ${message}` });
}
