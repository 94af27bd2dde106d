import type { Schema } from '../http/fields.ts';

/**
 * The nested fields of Drive's resources, from Google's discovery document of Drive v3
 * (https://www.googleapis.com/discovery/v1/apis/drive/v3/rest): a mask may name no others.
 */
const leaves = (names: string): { [name: string]: true } =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, true as const]));

export const FILE_CAPABILITIES_SCHEMA: Schema = leaves(
  `canAcceptOwnership canAddChildren canAddFolderFromAnotherDrive canAddMyDriveParent
  canChangeCopyRequiresWriterPermission canChangeSecurityUpdateEnabled canChangeViewersCanCopyContent canComment canCopy
  canDelete canDeleteChildren canDisableInheritedPermissions canDownload canEdit canEnableInheritedPermissions
  canListChildren canModifyContent canModifyContentRestriction canModifyEditorContentRestriction canModifyLabels
  canModifyOwnerContentRestriction canMoveChildrenOutOfDrive canMoveChildrenOutOfTeamDrive canMoveChildrenWithinDrive
  canMoveChildrenWithinTeamDrive canMoveItemIntoTeamDrive canMoveItemOutOfDrive canMoveItemOutOfTeamDrive
  canMoveItemWithinDrive canMoveItemWithinTeamDrive canMoveTeamDriveItem canReadDrive canReadLabels canReadRevisions
  canReadTeamDrive canRemoveChildren canRemoveContentRestriction canRemoveMyDriveParent canRename canShare canTrash
  canTrashChildren canUntrash`,
);

export const DRIVE_CAPABILITIES_SCHEMA: Schema = leaves(
  `canAddChildren canChangeCopyRequiresWriterPermissionRestriction canChangeDomainUsersOnlyRestriction
  canChangeDriveBackground canChangeDriveMembersOnlyRestriction
  canChangeSharingFoldersRequiresOrganizerPermissionRestriction canComment canCopy canDeleteChildren canDeleteDrive
  canDownload canEdit canListChildren canManageMembers canReadRevisions canRename canRenameDrive
  canResetDriveRestrictions canShare canTrashChildren`,
);

const DOWNLOAD_RESTRICTION = leaves('restrictedForReaders restrictedForWriters');

export const DRIVE_RESTRICTIONS_SCHEMA: Schema = {
  ...leaves(
    'adminManagedRestrictions copyRequiresWriterPermission domainUsersOnly driveMembersOnly sharingFoldersRequiresOrganizerPermission',
  ),
  downloadRestriction: DOWNLOAD_RESTRICTION,
};

export const BACKGROUND_IMAGE_SCHEMA: Schema = leaves('id width xCoordinate yCoordinate');
export const THEME_SCHEMA: Schema = leaves('id backgroundImageLink colorRgb');
export const TEAM_DRIVE_PERMISSION_DETAILS_SCHEMA: Schema = leaves(
  'teamDrivePermissionType role inherited inheritedFrom',
);
export const GENERATED_IDS_SCHEMA: Schema = leaves('kind space ids');
export const START_PAGE_TOKEN_SCHEMA: Schema = leaves('kind startPageToken');

/** Schemas of nested fields of files; `userSchema` is the schema of people. */
export function nestedFileSchemas(userSchema: Schema): Record<string, Schema> {
  return {
    capabilities: FILE_CAPABILITIES_SCHEMA,
    imageMediaMetadata: {
      ...leaves(
        `aperture cameraMake cameraModel colorSpace exposureBias exposureMode exposureTime flashUsed focalLength height
        isoSpeed lens maxApertureValue meteringMode rotation sensor subjectDistance time whiteBalance width`,
      ),
      location: leaves('altitude latitude longitude'),
    },
    videoMediaMetadata: leaves('durationMillis height width'),
    contentHints: { indexableText: true, thumbnail: leaves('image mimeType') },
    contentRestrictions: {
      ...leaves('ownerRestricted readOnly reason restrictionTime systemRestricted type'),
      restrictingUser: userSchema,
    },
    labelInfo: { labels: { ...leaves('id kind revisionId'), fields: 'map' } },
    // Missing in some copies of the discovery document.
    downloadRestrictions: {
      itemDownloadRestriction: DOWNLOAD_RESTRICTION,
      effectiveDownloadRestrictionWithContext: DOWNLOAD_RESTRICTION,
    },
    linkShareMetadata: leaves('securityUpdateEligible securityUpdateEnabled'),
    shortcutDetails: leaves('targetId targetMimeType targetResourceKey'),
  };
}
