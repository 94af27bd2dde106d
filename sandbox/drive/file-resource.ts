import type { Algorithm, Content } from './content.ts';
import { EXPORT_FORMATS } from '../documents/documents.ts';
import {
  atLeast,
  driveOf,
  FOLDER,
  isGoogleDocument,
  isGoogleType,
  parentsOf,
  personOf,
  quotaBytesOf,
  sizeOf,
  type Account,
  type DriveStore,
  type EffectivePermission,
  type Item,
  type Role,
} from './drive-store.ts';
import { applyMask, asksFor, below, type Mask, type Schema } from '../http/fields.ts';
import { nestedFileSchemas, TEAM_DRIVE_PERMISSION_DETAILS_SCHEMA, THEME_SCHEMA } from './nested-schemas.ts';

/** Who views an item, and how. */
export interface View {
  store: DriveStore;
  account: Account;
  /** Links start with it. */
  origin: string;
}

/** Types that nobody can copy ("Create and manage files", and what clients saw). */
const NEVER_COPIED = /^application\/vnd\.google-apps\.(folder|site|map|drive-sdk\b.*)$/;
const GOOGLE = 'application/vnd.google-apps.';

export const USER_SCHEMA: Schema = {
  kind: true,
  displayName: true,
  photoLink: true,
  me: true,
  permissionId: true,
  emailAddress: true,
};

export const PERMISSION_SCHEMA: Schema = {
  kind: true,
  id: true,
  type: true,
  role: true,
  emailAddress: true,
  domain: true,
  displayName: true,
  photoLink: true,
  allowFileDiscovery: true,
  expirationTime: true,
  deleted: true,
  pendingOwner: true,
  view: true,
  inheritedPermissionsDisabled: true,
  permissionDetails: { permissionType: true, role: true, inherited: true, inheritedFrom: true },
  teamDrivePermissionDetails: TEAM_DRIVE_PERMISSION_DETAILS_SCHEMA,
};

const CAPABILITIES = [
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
  'canModifyLabels',
  'canMoveChildrenOutOfDrive',
  'canMoveChildrenWithinDrive',
  'canMoveItemIntoTeamDrive',
  'canMoveItemOutOfDrive',
  'canMoveItemWithinDrive',
  'canReadDrive',
  'canReadLabels',
  'canReadRevisions',
  'canRemoveChildren',
  'canRemoveMyDriveParent',
  'canRename',
  'canShare',
  'canTrash',
  'canTrashChildren',
  'canUntrash',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Known to Drive and accepted in a mask, but with no value in this sandbox. */
const WITHOUT_VALUE = ['thumbnailLink', 'iconLink', 'contentRestrictions', 'contentHints', 'labelInfo'] as const;

type Render = (item: Item, view: View, role: Role | undefined, mask: Mask) => unknown;

const FIELDS: Record<string, Render> = {
  kind: () => 'drive#file',
  id: (item) => item.id,
  name: (item) => item.name,
  mimeType: (item) => item.mimeType,
  description: (item) => item.description,
  starred: (item, { account }) => item.starredBy?.has(account.email) ?? false,
  trashed: (item, { store }) => store.isTrashed(item),
  explicitlyTrashed: (item) => item.trashedExplicitly,
  // Google returns when and by whom something was trashed in shared drives only.
  trashedTime: (item) => (driveOf(item) ? rfc3339(item.trashedAt) : undefined),
  trashingUser: (item, view) => (driveOf(item) && item.trashedExplicitly ? userOf(item.trashedBy, view) : undefined),
  parents: (item, view) => {
    // An account that may not see the folder above does not get it: shared files have no parent.
    const visible = parentsOf(item).filter((parent) => view.store.roleOf(parent, view.account));
    return visible.length > 0 ? visible.map(({ id }) => id) : undefined;
  },
  driveId: (item) => driveOf(item)?.id,
  teamDriveId: (item) => driveOf(item)?.id,
  hasAugmentedPermissions: (item) =>
    driveOf(item) ? item !== item.owner.root && (item.permissions?.size ?? 0) > 0 : undefined,
  resourceKey: (item) => item.resourceKey,
  // What the item says, and what holds for it with the settings of its shared drive (reference of `files`).
  downloadRestrictions: (item) => {
    const ofDrive = driveOf(item)?.restrictions.copyRequiresWriterPermission
      ? { restrictedForReaders: true }
      : undefined;
    if (!item.downloadRestriction && !ofDrive) return undefined;
    return {
      ...(item.downloadRestriction && { itemDownloadRestriction: item.downloadRestriction }),
      effectiveDownloadRestrictionWithContext: { ...item.downloadRestriction, ...ofDrive },
    };
  },
  properties: (item) => item.properties,
  appProperties: (item) => item.appProperties,
  spaces: () => ['drive'],
  version: (item) => String(item.version),
  webContentLink: (item, { origin }) => (item.content ? `${origin}/drive/v3/files/${item.id}?alt=media` : undefined),
  webViewLink: (item, { origin }) => `${origin}/file/d/${item.id}/view`,
  hasThumbnail: () => false,
  thumbnailVersion: () => '0',
  viewedByMe: (item) => item.viewed !== undefined,
  viewedByMeTime: (item) => rfc3339(item.viewed),
  createdTime: (item) => rfc3339(item.created),
  modifiedTime: (item) => rfc3339(item.modified),
  modifiedByMe: (item, { account }) => item.owner === account,
  modifiedByMeTime: (item, { account }) => (item.owner === account ? rfc3339(item.modified) : undefined),
  sharedWithMeTime: (item, { account }) =>
    item.owner === account ? undefined : rfc3339(item.permissions?.get(account.permissionId)?.since),
  sharingUser: (item, view) => {
    const person = personOf(item);
    return person && person !== view.account ? userResource(person, view) : undefined;
  },
  // Not populated for items in shared drives: owners, ownedByMe, shared, permissions, writersCanShare.
  owners: (item, view) => {
    const person = personOf(item);
    return person && [userResource(person, view)];
  },
  lastModifyingUser: (item, view) => userOf(item.modifiedBy ?? personOf(item)?.email, view),
  shared: (item, { store }) => (personOf(item) ? store.access.effectivePermissions(item).length > 1 : undefined),
  ownedByMe: (item, { account }) => (personOf(item) ? item.owner === account : undefined),
  capabilities: (item, view, role, mask) => {
    const able: Record<string, boolean> = {};
    for (const name of CAPABILITIES) if (asksFor(mask, name)) able[name] = isCapable(name, item, view, role);
    return able;
  },
  viewersCanCopyContent: (item) => !item.copyRequiresWriterPermission,
  copyRequiresWriterPermission: (item) => item.copyRequiresWriterPermission ?? false,
  writersCanShare: (item) => (personOf(item) ? (item.writersCanShare ?? true) : undefined),
  permissions: (item, view, role) =>
    personOf(item) && atLeast(role, 'writer')
      ? view.store.access.effectivePermissions(item).map((each) => permissionResource(each, view))
      : undefined,
  permissionIds: (item, { store }, role) =>
    atLeast(role, 'writer')
      ? store.access.effectivePermissions(item).map(({ permission }) => permission.id)
      : undefined,
  folderColorRgb: (item) => (item.mimeType === FOLDER ? (item.folderColorRgb ?? '#8f8f8f') : undefined),
  originalFilename: (item) => (item.content ? (item.originalFilename ?? item.name) : undefined),
  fullFileExtension: (item) => (item.content ? extensionOf(item.name, true) : undefined),
  fileExtension: (item) => (item.content ? extensionOf(item.name, false) : undefined),
  md5Checksum: (item) => item.content?.digested('md5'),
  sha1Checksum: (item) => item.content?.digested('sha1'),
  sha256Checksum: (item) => item.content?.digested('sha256'),
  size: (item) => decimal(sizeOf(item)),
  quotaBytesUsed: (item) => String(quotaBytesOf(item)),
  headRevisionId: (item) => (item.content ? item.headRevisionId : undefined),
  isAppAuthorized: () => true,
  imageMediaMetadata: () => undefined,
  videoMediaMetadata: () => undefined,
  exportLinks: (item, view) => exportLinksOf(item, view),
  shortcutDetails: (item) =>
    item.shortcutTarget
      ? { targetId: item.shortcutTarget.id, targetMimeType: item.shortcutTarget.mimeType }
      : undefined,
  inheritedPermissionsDisabled: (item) =>
    item.mimeType === FOLDER ? (item.inheritedPermissionsDisabled ?? false) : undefined,
  linkShareMetadata: (item) => ({
    securityUpdateEligible: item.resourceKey !== undefined,
    securityUpdateEnabled: true,
  }),
};

/** All names a mask for a file may hold. */
export const FILE_SCHEMA: Schema = {
  ...Object.fromEntries([...Object.keys(FIELDS), ...WITHOUT_VALUE].map((name) => [name, true as const])),
  owners: USER_SCHEMA,
  trashingUser: USER_SCHEMA,
  sharingUser: USER_SCHEMA,
  lastModifyingUser: USER_SCHEMA,
  permissions: PERMISSION_SCHEMA,
  properties: 'map',
  appProperties: 'map',
  exportLinks: 'map',
  ...nestedFileSchemas(USER_SCHEMA),
};

export const ABOUT_SCHEMA: Schema = {
  kind: true,
  user: USER_SCHEMA,
  storageQuota: { limit: true, usage: true, usageInDrive: true, usageInDriveTrash: true },
  importFormats: 'map',
  exportFormats: 'map',
  maxImportSizes: 'map',
  maxUploadSize: true,
  appInstalled: true,
  folderColorPalette: true,
  driveThemes: THEME_SCHEMA,
  teamDriveThemes: THEME_SCHEMA,
  canCreateDrives: true,
  canCreateTeamDrives: true,
};

/** What a file answers with when no mask is given ("Search for files and folders"). */
export const DEFAULT_FILE_FIELDS = 'kind,id,name,mimeType,resourceKey,driveId,teamDriveId';

const CHECKSUM_FIELDS: Record<string, Algorithm> = {
  md5Checksum: 'md5',
  sha1Checksum: 'sha1',
  sha256Checksum: 'sha256',
};

/** Checksums a mask asks for; they are computed when first wanted. */
export async function prepareChecksums(items: readonly Item[], mask: Mask): Promise<void> {
  const wanted: Algorithm[] = [];
  for (const field in CHECKSUM_FIELDS) {
    const algorithm = CHECKSUM_FIELDS[field];
    if (algorithm && asksFor(mask, field)) wanted.push(algorithm);
  }
  const missing: Content[] = [];
  for (const { content } of items)
    if (content && wanted.some((algorithm) => !content.digested(algorithm))) missing.push(content);
  if (missing.length === 0) return;
  let at = 0;
  const worker = async (): Promise<void> => {
    for (let content = missing[at++]; content; content = missing[at++]) await content.digest(wanted);
  };
  // A few at a time: enough to keep a disk busy, few enough to keep files closed.
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** A file as the caller sees it, reduced to the mask. Fields without a value are absent, never null. */
export function fileResource(item: Item, view: View, mask: Mask): Record<string, unknown> {
  const role = view.store.roleOf(item, view.account);
  const resource: Record<string, unknown> = {};
  for (const name of mask === true ? Object.keys(FIELDS) : mask.keys()) {
    const inner = below(mask, name) ?? true;
    const value = FIELDS[name]?.(item, view, role, inner);
    if (value === undefined) continue;
    resource[name] = applyMask(value, inner);
  }
  return resource;
}

/** Whether the caller may do this to the item, as `capabilities` says it. */
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
  // In My Drive the owner decides alone; in a shared drive it depends on the role ("Roles and permissions").
  const owner = role === 'owner';
  const manager = drive ? role === 'organizer' : owner;
  const contentManager = drive ? atLeast(role, 'fileOrganizer') : owner;
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
      return false;
    case 'canComment':
      return atLeast(role, 'commenter');
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
      return folder && !root && manager && !item.inheritedPermissionsDisabled;
    case 'canEnableInheritedPermissions':
      return folder && !root && manager && item.inheritedPermissionsDisabled === true;
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
      return writer && !root;
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
    case 'canModifyContentRestriction':
    case 'canEdit':
    case 'canChangeCopyRequiresWriterPermission':
    case 'canChangeViewersCanCopyContent':
      return writer;
  }
}

/** Downloading and copying can be kept from readers, by the item or its drive, and from writers too. */
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

/** Whether an item can be exported at all. */
export function isExportable(item: Item): boolean {
  return isGoogleDocument(item.mimeType) && item.document !== undefined;
}

/** Where the exports of a document can be fetched with a bearer, whatever their size. */
export function exportLinksOf(item: Item, { origin }: View): Record<string, string> | undefined {
  if (!item.document) return undefined;
  return Object.fromEntries(
    (EXPORT_FORMATS[item.mimeType] ?? []).map((type) => [
      type,
      `${origin}/export?id=${item.id}&exportFormat=${encodeURIComponent(type)}`,
    ]),
  );
}

export function userResource(user: Account, { account, origin }: View): Record<string, unknown> {
  return {
    kind: 'drive#user',
    displayName: user.name,
    photoLink: `${origin}/avatar/${user.permissionId}.svg`,
    me: user === account,
    permissionId: user.permissionId,
    emailAddress: user.email,
  };
}

/** A person by e-mail, who may have no account here. */
export function userOf(email: string | undefined, view: View): Record<string, unknown> | undefined {
  const account = email === undefined ? undefined : view.store.account(email);
  return account && userResource(account, view);
}

export function permissionResource(
  { permission, role, details, metadataOnly }: EffectivePermission,
  view: View,
): Record<string, unknown> {
  const { email } = permission;
  const grantee = email === undefined ? undefined : view.store.account(email);
  const group = email === undefined ? undefined : view.store.directory.group(email);
  return {
    kind: 'drive#permission',
    id: permission.id,
    type: permission.type,
    role,
    ...(permission.email === undefined ? {} : { emailAddress: permission.email }),
    ...(permission.domain === undefined ? {} : { domain: permission.domain }),
    ...(permission.type === 'anyone'
      ? {}
      : { displayName: grantee?.name ?? group?.name ?? email ?? permission.domain }),
    ...(grantee ? { photoLink: `${view.origin}/avatar/${grantee.permissionId}.svg` } : {}),
    ...(permission.allowFileDiscovery === undefined ? {} : { allowFileDiscovery: permission.allowFileDiscovery }),
    ...(permission.expirationTime === undefined ? {} : { expirationTime: rfc3339(permission.expirationTime) }),
    ...(permission.type === 'user' ? { deleted: false, pendingOwner: permission.pendingOwner ?? false } : {}),
    ...(metadataOnly ? { view: 'metadata' } : {}),
    permissionDetails: details.map((detail) => ({
      // What a shared drive's members have comes from the drive; all else from a file or folder.
      permissionType: detail.from && detail.from === driveOf(detail.from)?.root ? 'member' : 'file',
      role: detail.role,
      inherited: detail.from !== undefined,
      ...(detail.from ? { inheritedFrom: detail.from.id } : {}),
    })),
  };
}

/** Milliseconds as Google writes times: UTC with three decimals and Z. */
export function rfc3339(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}

function decimal(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function extensionOf(name: string, full: boolean): string | undefined {
  const at = full ? name.indexOf('.', 1) : name.lastIndexOf('.');
  return at > 0 && at < name.length - 1 ? name.slice(at + 1) : undefined;
}
