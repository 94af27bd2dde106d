import { isReadOnly, mayRestrict } from './content-restrictions.ts';
import type { DriveStore } from './drive-store.ts';
import { atLeast, driveOf, FOLDER, isGoogleType, type Account, type Item, type Role } from './model.ts';

/** The viewer of an item. */
export interface View {
  store: DriveStore;
  account: Account;
  /** Links in responses start with it. */
  origin: string;
}

/** Types that cannot be copied ("Create and manage files", and what clients observed). */
const NEVER_COPIED = /^application\/vnd\.google-apps\.(folder|site|map|drive-sdk\b.*)$/;
const GOOGLE = 'application/vnd.google-apps.';

export const CAPABILITIES = [
  'canAcceptOwnership',
  'canAddChildren',
  'canAddFolderFromAnotherDrive',
  'canAddMyDriveParent',
  'canChangeCopyRequiresWriterPermission',
  'canChangeViewersCanCopyContent',
  'canComment',
  'canCopy',
  'canDelete',
  'canDeleteChildren',
  'canDisableInheritedPermissions',
  'canDownload',
  'canEdit',
  'canEnableInheritedPermissions',
  'canListChildren',
  'canModifyContent',
  'canModifyContentRestriction',
  'canModifyEditorContentRestriction',
  'canModifyLabels',
  'canModifyOwnerContentRestriction',
  'canMoveChildrenOutOfDrive',
  'canMoveChildrenWithinDrive',
  'canMoveItemIntoTeamDrive',
  'canMoveItemOutOfDrive',
  'canMoveItemWithinDrive',
  'canReadDrive',
  'canReadLabels',
  'canReadRevisions',
  'canRemoveChildren',
  'canRemoveContentRestriction',
  'canRemoveMyDriveParent',
  'canRename',
  'canShare',
  'canTrash',
  'canTrashChildren',
  'canUntrash',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Whether `capabilities` of the item allows this to the viewer. */
export function isCapable(
  capability: Capability,
  item: Item,
  view: View,
  role = view.store.roleOf(item, view.account),
): boolean {
  const { store, account } = view;
  const drive = driveOf(item);
  const root = item === item.owner.root;
  const writer = atLeast(role, 'writer');
  const folder = item.mimeType === FOLDER;
  // In My Drive, only the owner may; in a shared drive it depends on the role ("Roles and permissions").
  const owner = role === 'owner';
  const manager = drive ? role === 'organizer' : owner;
  const contentManager = drive ? atLeast(role, 'fileOrganizer') : owner;
  // In My Drive, writers who may share can also limit a folder ("Manage folders with limited and expansive access").
  const mayLimit = manager || (!drive && writer && item.writersCanShare !== false);
  switch (capability) {
    case 'canCopy':
      return mayTakeContent(item, role) && mayEverBeCopied(item, store);
    case 'canDownload':
      return mayTakeContent(item, role) && (folder || !isGoogleType(item.mimeType) || item.document !== undefined);
    case 'canListChildren':
      return folder && store.access.opens(item, account);
    case 'canAddChildren':
      return folder && writer;
    case 'canRemoveChildren':
    case 'canMoveChildrenWithinDrive':
      return folder && (drive ? contentManager : writer);
    case 'canTrashChildren':
      return drive !== undefined && folder && contentManager;
    case 'canDeleteChildren':
    case 'canMoveChildrenOutOfDrive':
      return drive !== undefined && folder && manager;
    case 'canAddFolderFromAnotherDrive':
      // Outsiders cannot, and neither can anyone into My Drive.
      return (
        drive !== undefined && folder && manager && store.directory.isSameOrganization(account.email, drive.domain)
      );
    case 'canComment':
      return atLeast(role, 'commenter') && !isReadOnly(item);
    case 'canReadRevisions':
      return !folder && writer;
    case 'canReadDrive':
      return drive !== undefined && store.roleOf(drive.root, account) !== undefined;
    case 'canShare':
      if (root) return drive !== undefined && manager;
      if (!drive) return owner || (writer && item.writersCanShare !== false);
      if (!folder) return writer;
      return manager || (contentManager && drive.restrictions.sharingFoldersRequiresOrganizerPermission !== true);
    case 'canAcceptOwnership':
      return !drive && item.permissions?.get(account.permissionId)?.pendingOwner === true;
    case 'canDisableInheritedPermissions':
      return folder && !root && mayLimit && !item.inheritedPermissionsDisabled;
    case 'canEnableInheritedPermissions':
      return folder && !root && mayLimit && item.inheritedPermissionsDisabled === true;
    case 'canDelete':
    case 'canMoveItemOutOfDrive':
      return manager && !root;
    case 'canMoveItemIntoTeamDrive':
      return owner && !root && !drive;
    case 'canTrash':
      return contentManager && !root;
    case 'canUntrash':
      return contentManager && store.isTrashed(item);
    case 'canRename':
      return writer && !root && !isReadOnly(item);
    case 'canMoveItemWithinDrive':
      return (drive ? contentManager : writer) && !root;
    case 'canAddMyDriveParent':
      return false;
    case 'canRemoveMyDriveParent':
      return owner && !root;
    case 'canReadLabels':
    case 'canModifyLabels':
      return false;
    case 'canModifyContent':
      return writer && !isReadOnly(item);
    case 'canModifyContentRestriction':
    case 'canModifyEditorContentRestriction':
      return mayRestrict(item, role, false);
    case 'canModifyOwnerContentRestriction':
      return mayRestrict(item, role, true);
    case 'canRemoveContentRestriction':
      return isReadOnly(item) && mayRestrict(item, role, false);
    case 'canEdit':
    case 'canChangeCopyRequiresWriterPermission':
    case 'canChangeViewersCanCopyContent':
      return writer;
  }
}

/** An item or its drive can forbid readers to download and copy, and also writers. */
function mayTakeContent(item: Item, role: Role | undefined): boolean {
  if (role === undefined) return false;
  if (item.downloadRestriction?.restrictedForWriters) return role === 'owner' || role === 'organizer';
  const fromReaders =
    item.copyRequiresWriterPermission ||
    item.downloadRestriction?.restrictedForReaders ||
    driveOf(item)?.restrictions.copyRequiresWriterPermission;
  return !fromReaders || atLeast(role, 'writer');
}

function mayEverBeCopied({ mimeType }: Item, { switches }: DriveStore): boolean {
  if (!mimeType.startsWith(GOOGLE)) return true;
  if (mimeType === `${GOOGLE}script`) return switches.copyableScripts;
  if (mimeType === `${GOOGLE}jam`) return switches.copyableJams;
  if (mimeType === `${GOOGLE}vid`) return switches.copyableVideos;
  return !NEVER_COPIED.test(mimeType);
}
