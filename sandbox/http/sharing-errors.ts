import type { ErrorRow } from './error-catalogue.ts';

/** Errors of sharing, of policies and of changing the owner, part of the catalogue, which names the sources. */
export const SHARING_ERRORS = {
  permissionNotFound: [404, 'Permission not found: {id}.', { reason: 'notFound', location: 'permissionId' }],
  invalidSharingRequest: [
    400,
    'Bad Request. User message: "You are trying to invite {email}. Since there is no Google account associated with this email address, you must check the "Notify people" box to invite this recipient."',
    { example: { email: 'someone' } },
  ],
  /** The item is shared despite the error ("Resolve errors"). */
  mailNotSent: [
    400,
    'Bad Request. User message: "Sorry, the items were successfully shared but emails could not be sent to {email}."',
    { reason: 'invalidSharingRequest', example: { email: 'someone' } },
  ],
  aclChangeNotAllowed: [
    400,
    'Bad Request. User message: "ACL change not allowed."',
    { reason: 'invalidSharingRequest' },
  ],
  abusiveContentRestriction: [403, 'This item has been identified as abusive and cannot be shared.'],
  insufficientAdministratorPrivileges: [403, 'Only administrators of the domain may do this.'],
  noListTeamDrivesAdministratorPrivilege: [
    403,
    'The requesting user does not have the administrator privilege required to list or manage all shared drives.',
  ],
  noManageTeamDriveAdministratorPrivilege: [
    403,
    'The requesting user does not have the administrator privilege required to manage this shared drive.',
  ],
  invalidLinkVisibility: [400, 'The domain administrator does not allow links that appear in search results.'],
  roleAboveOwn: [
    403,
    'You cannot grant a role higher than your own.',
    { reason: 'insufficientFilePermissions', location: 'permission.role' },
  ],
  targetUserRoleLimitedByLicenseRestriction: [
    403,
    'Cannot set the requested role for that user as they lack the necessary license',
  ],
  roleNotForType: [
    400,
    'The role {role} cannot be given to {type}.',
    { reason: 'invalid', location: 'permission.role' },
  ],
  roleRequired: [400, 'The permission role field is required.', { reason: 'invalid', location: 'permission.role' }],
  typeRequired: [400, 'The permission type field is required.', { reason: 'invalid', location: 'permission.type' }],
  domainRequired: [
    400,
    'The domain field is required for permissions of type domain.',
    { reason: 'invalid', location: 'permission.domain' },
  ],
  invalidEmail: [
    400,
    'The specified emailAddress is invalid or not applicable for the given permission type.',
    { reason: 'invalid', location: 'permission.emailAddress' },
  ],
  invalidExpiration: [
    400,
    'The expirationTime is not an RFC 3339 date-time.',
    { reason: 'invalid', location: 'permission.expirationTime' },
  ],
  sharedWithTooMany: [403, 'The item is shared with too many people or groups.', { reason: 'limitExceeded' }],
  shareOutNotPermitted: [403, 'The domain administrator does not allow sharing outside of the domain.'],
  shareOutRefused: [
    400,
    'The domain administrator does not allow sharing outside of the domain.',
    { reason: 'shareOutNotPermitted' },
  ],
  shareOutWarning: [400, 'The domain administrator wants sharing outside of the domain confirmed.'],
  shareOutNotPermittedToUser: [403, 'The domain policy does not allow sharing with this user.'],
  shareInNotPermitted: [
    403,
    "The recipient's domain administrator does not allow them to receive files from outside of the domain.",
  ],
  publishOutNotPermitted: [403, 'The domain administrator does not allow publishing to the web.'],
  cannotShareTeamDriveWithNonGoogleAccounts: [
    403,
    'A shared drive can only be shared with people who have a Google account.',
  ],
  cannotShareTeamDriveTopFolderWithAnyoneOrDomains: [
    403,
    'A shared drive cannot be shared with anyone or with a domain.',
  ],
  teamDriveDomainUsersOnlyRestriction: [403, 'This shared drive can only be shared with users of its domain.'],
  teamDriveTeamMembersOnlyRestriction: [403, 'Items of this shared drive can only be shared with its members.'],
  teamDrivesSharingRestrictionNotAllowed: [403, 'The sharing restrictions of the shared drive do not allow this.'],
  ownerOnTeamDriveItemNotSupported: [
    403,
    'Owner role is invalid for shared drive items.',
    { location: 'permission.role' },
  ],
  organizerOnNonTeamDriveItemNotSupported: [
    403,
    'The organizer role is only for shared drives.',
    { location: 'permission.role' },
  ],
  organizerOnNonTeamDriveNotSupported: [
    403,
    'The organizer role can only be given on a shared drive itself.',
    { location: 'permission.role' },
  ],
  fileOrganizerOnNonTeamDriveNotSupported: [
    403,
    'The fileOrganizer role is only for shared drives.',
    { location: 'permission.role' },
  ],
  fileOrganizerOnFoldersInSharedDriveOnly: [
    403,
    'In a shared drive the fileOrganizer role can only be given on folders.',
    { location: 'permission.role' },
  ],
  cannotSetExpirationOnAnyoneOrDomain: [
    403,
    'Expiration dates can only be set on user and group permissions.',
    { location: 'permission.expirationTime' },
  ],
  expirationDateNotAllowedForSharedDriveMembers: [
    403,
    'Expiration dates cannot be set on members of a shared drive.',
    { location: 'permission.expirationTime' },
  ],
  expirationDatesMustBeInTheFuture: [
    403,
    'Expiration dates must be in the future.',
    { location: 'permission.expirationTime' },
  ],
  cannotSetExpiration: [
    403,
    'The expirationTime cannot be more than a year in the future.',
    { location: 'permission.expirationTime' },
  ],
  onlyReadersExpireOnFolders: [
    403,
    'On folders, expiration dates can only be set for readers.',
    { reason: 'cannotSetExpiration', location: 'permission.expirationTime' },
  ],
  cannotDeletePermission: [403, 'A shared drive must have a manager.'],
  cannotRemoveOwner: [403, 'The owner of a file cannot be removed.'],
  cannotModifyInheritedPermission: [403, 'Cannot modify a permission that is inherited from a parent folder.'],
  cannotModifyInheritedTeamDrivePermission: [
    403,
    'Cannot update or delete an inherited permission on a shared drive item.',
  ],
  invalidOwnershipTransfer: [403, 'Only the owner can offer ownership of a file, to a user with the role writer.'],
  transferOwnershipRequired: [
    403,
    "The transferOwnership parameter must be enabled when the permission role is 'owner'.",
    { reason: 'forbidden', location: 'transferOwnership' },
  ],
  ownerMustBeNotified: [
    403,
    'The sendNotificationEmail parameter must not be disabled for ownership transfers.',
    { reason: 'forbidden', location: 'sendNotificationEmail' },
  ],
  consentRequiredForOwnershipTransfer: [403, 'Consent is required to transfer ownership of a file to another user.'],
  ownershipChangeAcrossDomainNotPermitted: [
    400,
    'Ownership can only be transferred to another user in the same organization as the current owner.',
  ],
} as const satisfies Record<string, ErrorRow>;
