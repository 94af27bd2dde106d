import type { drive_v3 } from '@googleapis/drive';
import type { DriveEntry } from '../../drive/drive.port.js';
import { present } from '../../engine/present.js';
import type { DriveItem, ItemFields, ItemKind, NewItem } from '../../engine/ports/drive.js';
import { ACCESS_FIELDS, accessOf, readItemAccess } from './google-permissions.js';
import { fileSize, flag, key, link, listOf, mapOf, objectOf, type Some, text, time } from './google-answers.js';

// Converts Google's files to items and back. Only this file and google-permissions.ts know the fields of Google's files.
// They use Google's own types, so the compiler refuses a field that Google does not have.

type GoogleField = drive_v3.Schema$File;
type Part<Name extends keyof GoogleField> = Some<NonNullable<GoogleField[Name]>>;

export const FOLDER = 'application/vnd.google-apps.folder';
export const SHORTCUT = 'application/vnd.google-apps.shortcut';
/** The private property by which a copy without a pre-generated id can be found. */
export const MARKER = 'cloudmover';
/** The private property of a converted copy: its marker once more, because a copy of the copy may keep the property. */
const CONVERTED = 'cloudmoverConverted';

/** The kind of an item by its MIME type: folder, shortcut, another of Google's own types, or a file with bytes. */
export function kindOf(mimeType: string): ItemKind {
  if (mimeType === FOLDER) return 'folder';
  if (mimeType === SHORTCUT) return 'shortcut';
  return mimeType.startsWith('application/vnd.google-apps.') ? 'google' : 'file';
}

/** Writes a text as a literal of Google's query language: escapes `\` and `'` ("Search query terms and operators"). */
export function literal(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/** Nearly every field may be missing (Google: "absent instead of null or empty"). */
export const readFile = objectOf({ id: key, name: text, mimeType: text } satisfies Some<GoogleField>, {
  ...({
    size: fileSize,
    md5Checksum: text,
    sha256Checksum: text,
    createdTime: time,
    modifiedTime: time,
    description: text,
    starred: flag,
    shared: flag,
    folderColorRgb: text,
    properties: mapOf(text),
    appProperties: mapOf(text),
    parents: listOf(key),
    trashed: flag,
    ownedByMe: flag,
    driveId: key,
    headRevisionId: text,
    hasAugmentedPermissions: flag,
    webViewLink: link,
  } satisfies Some<GoogleField>),
  shortcutDetails: objectOf({}, { targetId: key, targetMimeType: text } satisfies Part<'shortcutDetails'>),
  owners: listOf(objectOf({}, { displayName: text, emailAddress: text } satisfies Some<drive_v3.Schema$User>)),
  capabilities: objectOf({}, {
    canCopy: flag,
    canDownload: flag,
    canAddChildren: flag,
    canListChildren: flag,
    canShare: flag,
  } satisfies Part<'capabilities'>),
  ...readItemAccess,
});
export type GoogleFile = ReturnType<typeof readFile>;

const SHARED_FIELDS =
  'id,name,mimeType,size,createdTime,modifiedTime,starred,parents,ownedByMe,webViewLink,' +
  'shortcutDetails(targetId,targetMimeType)';

/** Fields for browsing. */
export const ENTRY_FIELDS =
  `${SHARED_FIELDS},md5Checksum,sha256Checksum,shared,trashed,owners(displayName,emailAddress),` +
  'capabilities(canCopy,canDownload,canAddChildren)';

/** What a transfer needs. */
export const itemFields = ({ checksum, access }: ItemFields = {}): string =>
  `${SHARED_FIELDS},${checksum ? `${checksum}Checksum` : 'md5Checksum,sha256Checksum'},description,folderColorRgb,` +
  'properties,trashed,owners(emailAddress),driveId,' +
  'capabilities(canCopy,canDownload,canAddChildren,canListChildren,canShare),copyRequiresWriterPermission,' +
  'downloadRestrictions/effectiveDownloadRestrictionWithContext,inheritedPermissionsDisabled,headRevisionId' +
  (access ? `,${ACCESS_FIELDS}` : '');

export function entryOf(file: GoogleFile): DriveEntry {
  const owner = file.owners?.[0];
  return {
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    kind: kindOf(file.mimeType),
    size: file.size ?? null,
    createdTime: file.createdTime ?? null,
    modifiedTime: file.modifiedTime ?? null,
    ownedByMe: file.ownedByMe ?? false,
    ...(file.parents?.[0] && { parentId: file.parents[0] }),
    ...(owner?.emailAddress && {
      owner: { name: owner.displayName ?? owner.emailAddress, email: owner.emailAddress },
    }),
    canCopy: file.capabilities?.canCopy ?? false,
    canDownload: file.capabilities?.canDownload ?? false,
    canAddChildren: file.capabilities?.canAddChildren ?? false,
    starred: file.starred ?? false,
    shared: file.shared ?? false,
    ...(file.trashed && { trashed: true }),
    ...present(file, 'webViewLink', 'md5Checksum', 'sha256Checksum'),
    ...(file.shortcutDetails?.targetId && { shortcutTargetId: file.shortcutDetails.targetId }),
    ...(file.shortcutDetails?.targetMimeType && { shortcutTargetMimeType: file.shortcutDetails.targetMimeType }),
  };
}

/** @param fields those that were requested */
export function itemOf(file: GoogleFile, fields: ItemFields = {}): DriveItem {
  const owner = file.owners?.[0]?.emailAddress?.toLowerCase();
  const restriction = file.downloadRestrictions?.effectiveDownloadRestrictionWithContext;
  // A restriction for writers also applies to readers (reference of `files`).
  const isClosedToReaders = [
    file.copyRequiresWriterPermission,
    restriction?.restrictedForReaders,
    restriction?.restrictedForWriters,
  ].includes(true);
  return {
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    kind: kindOf(file.mimeType),
    size: file.size ?? null,
    checksums: {
      ...(file.md5Checksum && { md5: file.md5Checksum }),
      ...(file.sha256Checksum && { sha256: file.sha256Checksum }),
    },
    ...present(file, 'createdTime', 'modifiedTime', 'description', 'driveId', 'webViewLink'),
    starred: file.starred ?? false,
    ...(file.folderColorRgb && { folderColor: file.folderColorRgb }),
    ...(file.properties && { properties: { ...file.properties } }),
    ...(file.shortcutDetails?.targetId && { shortcutTargetId: file.shortcutDetails.targetId }),
    ...(isConverted(file) && { isConverted: true }),
    parents: file.parents ?? [],
    trashed: file.trashed ?? false,
    ownedByMe: file.ownedByMe ?? false,
    ...(owner && { owner }),
    canCopy: file.capabilities?.canCopy ?? true,
    canDownload: file.capabilities?.canDownload ?? true,
    canAddChildren: file.capabilities?.canAddChildren ?? true,
    canListChildren: file.capabilities?.canListChildren ?? true,
    ...(isClosedToReaders && { isClosedToReaders }),
    ...(file.capabilities?.canShare === false && { canShare: false }),
    ...(file.inheritedPermissionsDisabled && { isLimited: true }),
    ...(fields.access && { access: accessOf(file) }),
    ...(file.hasAugmentedPermissions && { isAugmented: true }),
    ...(file.headRevisionId && { revision: file.headRevisionId }),
  };
}

const isConverted = ({ appProperties: { [MARKER]: marker, [CONVERTED]: converted } = {} }: GoogleFile): boolean =>
  marker !== undefined && marker === converted;

/** Converts an item to create to Google's format. */
export function metadataOf(item: NewItem): drive_v3.Schema$File {
  return {
    name: item.name,
    mimeType: item.mimeType,
    ...present(item, 'id', 'createdTime', 'modifiedTime', 'description', 'starred', 'properties'),
    parents: [item.parentId],
    ...(item.folderColor && { folderColorRgb: item.folderColor }),
    ...(item.marker && {
      appProperties: { [MARKER]: item.marker, ...(item.isConverted && { [CONVERTED]: item.marker }) },
    }),
  };
}

/**
 * The fields that a copy should have but lacks. Google does not document for all fields whether files.copy sets them.
 */
export function missingFieldsOf(copy: GoogleFile, item: NewItem): drive_v3.Schema$File {
  const sameTime = Date.parse(copy.modifiedTime ?? '') === Date.parse(item.modifiedTime ?? '');
  const has = (name: string, value: string): boolean => copy.properties?.[name] === value;
  const missing = {
    ...(copy.name !== item.name && { name: item.name }),
    ...(item.description && copy.description !== item.description && { description: item.description }),
    ...(item.starred && !copy.starred && { starred: true }),
    ...(item.properties &&
      !Object.entries(item.properties).every(([name, value]) => has(name, value)) && { properties: item.properties }),
  };
  // Copies of Docs editors files never keep the time, so it is set at the end. For other files, an update would change
  // the time.
  if (!item.modifiedTime || kindOf(item.mimeType) === 'google') return missing;
  return sameTime && Object.keys(missing).length === 0 ? {} : { ...missing, modifiedTime: item.modifiedTime };
}
