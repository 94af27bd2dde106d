import type { Algorithm } from './content.ts';
import { EXPORT_FORMATS } from './documents.ts';
import {
  atLeast,
  FOLDER,
  isGoogleDocument,
  isGoogleType,
  sizeOf,
  type Account,
  type DriveStore,
  type EffectivePermission,
  type Item,
  type Role,
} from './drive-store.ts';
import { applyMask, asksFor, below, type Mask, type Schema } from './fields.ts';

/** From where an item is looked at. */
export interface View {
  store: DriveStore;
  account: Account;
  /** Links start with it. */
  origin: string;
}

/** Types that nobody can copy ("Create and manage files", and what clients saw). */
const NEVER_COPIED = /^application\/vnd\.google-apps\.(folder|site|map|jam|vid|drive-sdk\b.*)$/;

const USER_SCHEMA: Schema = {
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
  teamDrivePermissionDetails: 'any',
};

const CAPABILITIES = [
  'canAddChildren',
  'canAddMyDriveParent',
  'canChangeCopyRequiresWriterPermission',
  'canChangeViewersCanCopyContent',
  'canComment',
  'canCopy',
  'canDelete',
  'canDownload',
  'canEdit',
  'canListChildren',
  'canModifyContent',
  'canModifyContentRestriction',
  'canModifyLabels',
  'canMoveChildrenWithinDrive',
  'canMoveItemIntoTeamDrive',
  'canMoveItemOutOfDrive',
  'canMoveItemWithinDrive',
  'canReadLabels',
  'canReadRevisions',
  'canRemoveChildren',
  'canRemoveMyDriveParent',
  'canRename',
  'canShare',
  'canTrash',
  'canUntrash',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Known to Drive and accepted in a mask, but with no value in this sandbox. */
const WITHOUT_VALUE = [
  'teamDriveId',
  'driveId',
  'resourceKey',
  'thumbnailLink',
  'iconLink',
  'contentRestrictions',
  'contentHints',
  'labelInfo',
  'downloadRestrictions',
  'hasAugmentedPermissions',
] as const;

type Render = (item: Item, view: View, role: Role | undefined) => unknown;

const FIELDS: Record<string, Render> = {
  kind: () => 'drive#file',
  id: (item) => item.id,
  name: (item) => item.name,
  mimeType: (item) => item.mimeType,
  description: (item) => item.description,
  starred: (item, { account }) => item.starredBy?.has(account.email) ?? false,
  trashed: (item, { store }) => store.isTrashed(item),
  explicitlyTrashed: (item) => item.trashedExplicitly,
  trashedTime: (item) => rfc3339(item.trashedAt),
  trashingUser: (item, view) => (item.trashedExplicitly ? userResource(item.owner, view) : undefined),
  parents: (item, view) => {
    // Whoever may not see the folder above is not told of it: shared files stand alone.
    const { parent } = item;
    return parent && view.store.roleOf(parent, view.account) ? [parent.id] : undefined;
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
  sharingUser: (item, view) => (item.owner === view.account ? undefined : userResource(item.owner, view)),
  owners: (item, view) => [userResource(item.owner, view)],
  lastModifyingUser: (item, view) => userResource(item.owner, view),
  shared: (item, { store }) => store.effectivePermissions(item).length > 1,
  ownedByMe: (item, { account }) => item.owner === account,
  capabilities: (item, view, role) =>
    Object.fromEntries(CAPABILITIES.map((name) => [name, isCapable(name, item, view, role)])),
  viewersCanCopyContent: (item) => !item.copyRequiresWriterPermission,
  copyRequiresWriterPermission: (item) => item.copyRequiresWriterPermission ?? false,
  writersCanShare: (item) => item.writersCanShare ?? true,
  permissions: (item, view, role) =>
    atLeast(role, 'writer')
      ? view.store.effectivePermissions(item).map((each) => permissionResource(each, view))
      : undefined,
  permissionIds: (item, { store }, role) =>
    atLeast(role, 'writer') ? store.effectivePermissions(item).map(({ permission }) => permission.id) : undefined,
  folderColorRgb: (item) => (item.mimeType === FOLDER ? (item.folderColorRgb ?? '#8f8f8f') : undefined),
  originalFilename: (item) => (item.content ? (item.originalFilename ?? item.name) : undefined),
  fullFileExtension: (item) => (item.content ? extensionOf(item.name, true) : undefined),
  fileExtension: (item) => (item.content ? extensionOf(item.name, false) : undefined),
  md5Checksum: (item) => item.content?.digested('md5'),
  sha1Checksum: (item) => item.content?.digested('sha1'),
  sha256Checksum: (item) => item.content?.digested('sha256'),
  size: (item) => decimal(sizeOf(item)),
  quotaBytesUsed: (item) => String(sizeOf(item) ?? 0),
  headRevisionId: (item) => (item.content ? item.headRevisionId : undefined),
  isAppAuthorized: () => true,
  imageMediaMetadata: () => undefined,
  videoMediaMetadata: () => undefined,
  exportLinks: (item, { origin }) =>
    item.document
      ? Object.fromEntries(
          (EXPORT_FORMATS[item.mimeType] ?? []).map((type) => [
            type,
            `${origin}/export?id=${item.id}&exportFormat=${encodeURIComponent(type)}`,
          ]),
        )
      : undefined,
  shortcutDetails: (item) =>
    item.shortcutTarget
      ? { targetId: item.shortcutTarget.id, targetMimeType: item.shortcutTarget.mimeType }
      : undefined,
  inheritedPermissionsDisabled: () => false,
  linkShareMetadata: () => ({ securityUpdateEligible: false, securityUpdateEnabled: true }),
};

/** All names a mask for a file may hold. */
export const FILE_SCHEMA: Schema = {
  ...Object.fromEntries([...Object.keys(FIELDS), ...WITHOUT_VALUE].map((name) => [name, true as const])),
  owners: USER_SCHEMA,
  trashingUser: USER_SCHEMA,
  sharingUser: USER_SCHEMA,
  lastModifyingUser: USER_SCHEMA,
  capabilities: 'any',
  permissions: PERMISSION_SCHEMA,
  properties: 'any',
  appProperties: 'any',
  exportLinks: 'any',
  imageMediaMetadata: 'any',
  videoMediaMetadata: 'any',
  contentHints: 'any',
  contentRestrictions: 'any',
  labelInfo: 'any',
  downloadRestrictions: 'any',
  linkShareMetadata: 'any',
  shortcutDetails: { targetId: true, targetMimeType: true, targetResourceKey: true },
};

export const ABOUT_SCHEMA: Schema = {
  kind: true,
  user: USER_SCHEMA,
  storageQuota: { limit: true, usage: true, usageInDrive: true, usageInDriveTrash: true },
  importFormats: 'any',
  exportFormats: 'any',
  maxImportSizes: 'any',
  maxUploadSize: true,
  appInstalled: true,
  folderColorPalette: true,
  driveThemes: 'any',
  teamDriveThemes: 'any',
  canCreateDrives: true,
  canCreateTeamDrives: true,
};

/** What a file answers with when no mask is given ("Search for files and folders"). */
export const DEFAULT_FILE_FIELDS = 'kind,id,name,mimeType';

const CHECKSUM_FIELDS: Record<string, Algorithm> = {
  md5Checksum: 'md5',
  sha1Checksum: 'sha1',
  sha256Checksum: 'sha256',
};

/** Checksums a mask asks for; they are computed when first wanted. */
export async function prepareChecksums(items: readonly Item[], mask: Mask): Promise<void> {
  const wanted = Object.entries(CHECKSUM_FIELDS).flatMap(([field, algorithm]) =>
    asksFor(mask, field) ? [algorithm] : [],
  );
  // An imported file may have been edited since; asking for its size alone must not read it.
  const contents = items.flatMap((item) => (item.content ? [item.content] : []));
  if (wanted.length === 0) return;
  const missing = contents.filter((content) => wanted.some((algorithm) => !content.digested(algorithm)));
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
    const value = FIELDS[name]?.(item, view, role);
    if (value === undefined) continue;
    resource[name] = applyMask(value, below(mask, name) ?? true);
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
  const owner = role === 'owner';
  const writer = atLeast(role, 'writer');
  const folder = item.mimeType === FOLDER;
  const root = item.parent === undefined && item === account.root;
  const mayTakeContent = role !== undefined && (writer || !item.copyRequiresWriterPermission);
  switch (capability) {
    case 'canCopy':
      return mayTakeContent && !NEVER_COPIED.test(item.mimeType);
    case 'canDownload':
      return mayTakeContent && (folder || !isGoogleType(item.mimeType) || item.document !== undefined);
    case 'canListChildren':
      return folder;
    case 'canAddChildren':
    case 'canRemoveChildren':
    case 'canMoveChildrenWithinDrive':
      return folder && writer;
    case 'canComment':
      return atLeast(role, 'commenter');
    case 'canReadRevisions':
      return !folder && writer;
    case 'canShare':
      return !root && (owner || (writer && item.writersCanShare !== false));
    case 'canDelete':
    case 'canTrash':
    case 'canMoveItemOutOfDrive':
    case 'canMoveItemIntoTeamDrive':
      return owner && !root;
    case 'canUntrash':
      return owner && store.isTrashed(item);
    case 'canRename':
    case 'canMoveItemWithinDrive':
      return writer && !root;
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

/** Whether an item can be exported at all. */
export function isExportable(item: Item): boolean {
  return isGoogleDocument(item.mimeType) && item.document !== undefined;
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

export function permissionResource(
  { permission, role, inheritedFrom }: EffectivePermission,
  view: View,
): Record<string, unknown> {
  const grantee = permission.email === undefined ? undefined : view.store.account(permission.email);
  return {
    kind: 'drive#permission',
    id: permission.id,
    type: permission.type,
    role,
    ...(permission.email === undefined ? {} : { emailAddress: permission.email }),
    ...(permission.domain === undefined ? {} : { domain: permission.domain }),
    ...(permission.type === 'anyone' ? {} : { displayName: grantee?.name ?? permission.email ?? permission.domain }),
    ...(grantee ? { photoLink: `${view.origin}/avatar/${grantee.permissionId}.svg` } : {}),
    ...(permission.allowFileDiscovery === undefined ? {} : { allowFileDiscovery: permission.allowFileDiscovery }),
    ...(permission.expirationTime === undefined ? {} : { expirationTime: rfc3339(permission.expirationTime) }),
    ...(permission.type === 'user' ? { deleted: false, pendingOwner: permission.pendingOwner ?? false } : {}),
    permissionDetails: [
      {
        permissionType: 'file',
        role,
        inherited: inheritedFrom !== undefined,
        ...(inheritedFrom ? { inheritedFrom: inheritedFrom.id } : {}),
      },
    ],
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
