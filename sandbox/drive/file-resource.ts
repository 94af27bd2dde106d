import type { Algorithm, Content } from './content.ts';
import { EXPORT_FORMATS } from '../documents/documents.ts';
import {
  atLeast,
  driveOf,
  FOLDER,
  isGoogleDocument,
  modifiedAt,
  parentsOf,
  personOf,
  quotaBytesOf,
  sizeOf,
  type Account,
  type Item,
  type Role,
} from './drive-store.ts';
import { applyMask, asksFor, below, type Mask, type Schema } from '../http/fields.ts';
import { CAPABILITIES, isCapable, type View } from './capabilities.ts';
import { nestedFileSchemas, THEME_SCHEMA } from './nested-schemas.ts';
import { PERMISSION_SCHEMA, permissionResource } from './permission-resource.ts';
import { rfc3339 } from './times.ts';

export { rfc3339 } from './times.ts';
export type { View } from './capabilities.ts';

export const USER_SCHEMA: Schema = {
  kind: true,
  displayName: true,
  photoLink: true,
  me: true,
  permissionId: true,
  emailAddress: true,
};

/** Fields that Drive has and a mask may name, but that have no value in the sandbox. */
const WITHOUT_VALUE = ['thumbnailLink', 'iconLink', 'contentHints', 'labelInfo'] as const;

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
  // Google returns the time and person of trashing in shared drives only.
  trashedTime: (item) => (driveOf(item) ? rfc3339(item.trashedAt) : undefined),
  trashingUser: (item, view) => (driveOf(item) && item.trashedExplicitly ? userOf(item.trashedBy, view) : undefined),
  parents: (item, view) => {
    // Parents that the account may not see are left out, so shared files have none.
    const visible = parentsOf(item).filter((parent) => view.store.roleOf(parent, view.account));
    return visible.length > 0 ? visible.map(({ id }) => id) : undefined;
  },
  driveId: (item) => driveOf(item)?.id,
  teamDriveId: (item) => driveOf(item)?.id,
  hasAugmentedPermissions: (item) =>
    driveOf(item) ? item !== item.owner.root && (item.permissions?.size ?? 0) > 0 : undefined,
  resourceKey: (item) => item.resourceKey,
  // The item's own restriction, and the effective one with the settings of its shared drive (reference of `files`).
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
  viewedByMe: (item, { account }) => item.viewedBy?.has(account.email) ?? false,
  viewedByMeTime: (item, { account }) => rfc3339(item.viewedBy?.get(account.email)),
  createdTime: (item) => rfc3339(item.created),
  modifiedTime: (item) => rfc3339(item.modified),
  modifiedByMe: (item, { account }) => modifiedAt(item, account) !== undefined,
  modifiedByMeTime: (item, { account }) => rfc3339(modifiedAt(item, account)),
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
  // "Only available if the requesting user can share the file. Not populated for items in shared drives."
  permissions: (item, view, role, mask) =>
    role === 'owner' || (personOf(item) && isCapable('canShare', item, view, role))
      ? view.store.access.effectivePermissions(item).map((each) => permissionResource(each, item, view, mask))
      : undefined,
  contentRestrictions: ({ contentRestriction }, view) =>
    contentRestriction && [
      {
        readOnly: true,
        type: 'globalContentRestriction',
        ownerRestricted: contentRestriction.ownerRestricted,
        restrictionTime: rfc3339(contentRestriction.at),
        ...(contentRestriction.reason === undefined ? {} : { reason: contentRestriction.reason }),
        restrictingUser: userOf(contentRestriction.by, view),
      },
    ],
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

/** All fields that a mask for a file may name. */
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

/** Fields of a file that are returned without a mask ("Search for files and folders"). */
export const DEFAULT_FILE_FIELDS = 'kind,id,name,mimeType,resourceKey,driveId,teamDriveId';

const CHECKSUM_FIELDS: readonly (readonly [field: string, Algorithm])[] = [
  ['md5Checksum', 'md5'],
  ['sha1Checksum', 'sha1'],
  ['sha256Checksum', 'sha256'],
];

/** Computes the missing checksums that a mask selects; undefined if there are none. */
export function prepareChecksums(items: readonly Item[], mask: Mask): Promise<void> | undefined {
  const missing: Content[] = [];
  for (const { content } of items)
    if (content && CHECKSUM_FIELDS.some(([field, algorithm]) => asksFor(mask, field) && !content.digested(algorithm)))
      missing.push(content);
  return missing.length > 0 ? digest(missing, mask) : undefined;
}

async function digest(missing: readonly Content[], mask: Mask): Promise<void> {
  const wanted = CHECKSUM_FIELDS.filter(([field]) => asksFor(mask, field)).map(([, algorithm]) => algorithm);
  let at = 0;
  const worker = async (): Promise<void> => {
    for (let content = missing[at++]; content; content = missing[at++]) await content.digest(wanted);
  };
  // A few at a time: enough to keep a disk busy without opening too many files.
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** A file as the viewer sees it, reduced to the mask. Fields without a value are absent, never null. */
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

/** Whether an item can be exported at all. */
export function isExportable(item: Item): boolean {
  return isGoogleDocument(item.mimeType) && item.document !== undefined;
}

/** Links to the exports of a document, for requests with a bearer token; they have no size limit. */
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

/** A person by e-mail, with or without an account in the sandbox. */
export function userOf(email: string | undefined, view: View): Record<string, unknown> | undefined {
  const account = email === undefined ? undefined : view.store.account(email);
  return account && userResource(account, view);
}

function decimal(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function extensionOf(name: string, full: boolean): string | undefined {
  const at = full ? name.indexOf('.', 1) : name.lastIndexOf('.');
  return at > 0 && at < name.length - 1 ? name.slice(at + 1) : undefined;
}
