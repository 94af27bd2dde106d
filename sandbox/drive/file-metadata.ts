import { FOLDER, type Account, type Item } from './drive-store.ts';
import { checkKinds } from '../http/body-kinds.ts';
import { googleError, invalidValue } from '../http/errors.ts';
import { readRestriction, type RestrictionChange } from './content-restrictions.ts';
import { parseTime } from './query.ts';

/** Maximum bytes of key and value together, in UTF-8 ("Add custom file properties"). */
const PROPERTY_LIMIT = 124;

/** Valid metadata from a request. Times are in milliseconds; a property of null is removed. */
export interface Metadata {
  id?: string;
  name?: string;
  mimeType?: string;
  parents?: string[];
  description?: string;
  starred?: boolean;
  trashed?: boolean;
  createdTime?: number;
  modifiedTime?: number;
  viewedByMeTime?: number;
  properties?: Record<string, string | null>;
  appProperties?: Record<string, string | null>;
  folderColorRgb?: string;
  originalFilename?: string;
  copyRequiresWriterPermission?: boolean;
  writersCanShare?: boolean;
  shortcutTargetId?: string;
  inheritedPermissionsDisabled?: boolean;
  downloadRestriction?: { restrictedForReaders?: boolean; restrictedForWriters?: boolean };
  contentRestriction?: RestrictionChange;
}

/** Fields that Drive computes; a body that sets them is refused. */
const READ_ONLY = [
  'md5Checksum',
  'sha1Checksum',
  'sha256Checksum',
  'size',
  'quotaBytesUsed',
  'owners',
  'ownedByMe',
  'capabilities',
  'permissions',
  'permissionIds',
  'shared',
  'version',
  'headRevisionId',
  'webViewLink',
  'trashedTime',
  'explicitlyTrashed',
  'driveId',
  'teamDriveId',
  'sharingUser',
  'lastModifyingUser',
  'exportLinks',
];

/** Allowed folder colours; others are replaced by the nearest one (reference of files, `folderColorRgb`). */
export const FOLDER_COLORS = [
  '#ac725e',
  '#d06b64',
  '#f83a22',
  '#fa573c',
  '#ff7537',
  '#ffad46',
  '#fad165',
  '#fbe983',
  '#b3dc6c',
  '#7bd148',
  '#16a765',
  '#42d692',
  '#92e1c0',
  '#9fe1e7',
  '#9fc6e7',
  '#4986e7',
  '#9a9cff',
  '#b99aff',
  '#c2c2c2',
  '#cabdbf',
  '#cca6ac',
  '#f691b2',
  '#cd74e6',
  '#a47ae2',
  '#8f8f8f',
];

/**
 * Reads the body of files.create, update or copy. Unknown names are ignored, as Drive does.
 * @throws GoogleError 403 `fieldNotWritable` for fields that cannot be set, 400 `invalid` for invalid values.
 */
export function readMetadata(body: Record<string, unknown>, mode: 'create' | 'update' | 'copy'): Metadata {
  const metadata: Metadata = {};
  const fixed = mode === 'update' ? [...READ_ONLY, 'id', 'createdTime', 'shortcutDetails'] : READ_ONLY;
  for (const [name, value] of Object.entries(checkKinds(body, 'file'))) {
    if (fixed.includes(name)) throw googleError('fieldIsNotWritable', { resource: 'file', name });
    switch (name) {
      case 'name':
      case 'mimeType':
      case 'description':
      case 'folderColorRgb':
      case 'originalFilename':
      case 'id':
        if (value === null) {
          if (name === 'description') metadata.description = '';
          break;
        }
        if (typeof value !== 'string') throw invalidValue(`file.${name}`);
        metadata[name] = name === 'folderColorRgb' ? nearestColor(value) : value;
        break;
      case 'starred':
      case 'trashed':
      case 'copyRequiresWriterPermission':
      case 'writersCanShare':
      case 'inheritedPermissionsDisabled':
        if (value === null) break;
        if (typeof value !== 'boolean') throw invalidValue(`file.${name}`);
        metadata[name] = value;
        break;
      case 'createdTime':
      case 'modifiedTime':
      case 'viewedByMeTime': {
        if (value === null) break;
        const time = typeof value === 'string' ? parseTime(value) : undefined;
        if (time === undefined) throw googleError('invalidDate', { value: shortJson(value), location: `file.${name}` });
        metadata[name] = time;
        break;
      }
      case 'properties':
      case 'appProperties':
        metadata[name] = readProperties(name, value);
        break;
      case 'parents':
        if (mode === 'update') throw googleError('parentsNotWritable');
        if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
          throw invalidValue('file.parents');
        metadata.parents = value;
        break;
      case 'contentRestrictions': {
        const restriction = readRestriction(value);
        if (restriction) metadata.contentRestriction = restriction;
        break;
      }
      case 'downloadRestrictions': {
        const given = (value as { itemDownloadRestriction?: Record<string, unknown> } | null)?.itemDownloadRestriction;
        if (!given) break;
        const { restrictedForReaders, restrictedForWriters } = given;
        metadata.downloadRestriction = {
          ...(typeof restrictedForReaders === 'boolean' ? { restrictedForReaders } : {}),
          ...(typeof restrictedForWriters === 'boolean' ? { restrictedForWriters } : {}),
        };
        break;
      }
      case 'shortcutDetails': {
        const target = (value as { targetId?: unknown } | null)?.targetId;
        if (typeof target === 'string') metadata.shortcutTargetId = target;
        break;
      }
    }
  }
  return metadata;
}

function readProperties(field: string, value: unknown): Record<string, string | null> {
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidValue(`file.${field}`);
  const given = Object.entries(value as Record<string, unknown>);
  for (const [name, text] of given) {
    if (text !== null && typeof text !== 'string') throw invalidValue(`file.${field}`);
    if (Buffer.byteLength(name) + Buffer.byteLength(text ?? '') > PROPERTY_LIMIT)
      throw googleError('propertyLengthExceeded', { bytes: PROPERTY_LIMIT, field });
  }
  return Object.fromEntries(given) as Record<string, string | null>;
}

/** A value for an error's message: as JSON, but lists and objects empty, because deep ones end the stack. */
function shortJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Array.isArray(value) ? '[]' : '{}';
}

/** Sets the fields that a body names; other fields stay unchanged. */
export function applyMetadata(item: Item, metadata: Metadata, account: Account): void {
  if (metadata.name !== undefined) item.name = metadata.name;
  if (metadata.description !== undefined) {
    if (metadata.description === '') delete item.description;
    else item.description = metadata.description;
  }
  if (metadata.starred !== undefined) {
    item.starredBy ??= new Set();
    if (metadata.starred) item.starredBy.add(account.email);
    else item.starredBy.delete(account.email);
  }
  if (metadata.modifiedTime !== undefined) item.modified = metadata.modifiedTime;
  if (metadata.viewedByMeTime !== undefined)
    (item.viewedBy ??= new Map<string, number>()).set(account.email, metadata.viewedByMeTime);
  if (metadata.folderColorRgb !== undefined) item.folderColorRgb = metadata.folderColorRgb;
  if (metadata.originalFilename !== undefined) item.originalFilename = metadata.originalFilename;
  // Folders have no content to restrict.
  if (metadata.copyRequiresWriterPermission !== undefined && item.mimeType !== FOLDER)
    item.copyRequiresWriterPermission = metadata.copyRequiresWriterPermission;
  if (metadata.writersCanShare !== undefined) item.writersCanShare = metadata.writersCanShare;
  if (metadata.inheritedPermissionsDisabled) item.inheritedPermissionsDisabled = true;
  else if (metadata.inheritedPermissionsDisabled === false) delete item.inheritedPermissionsDisabled;
  if (metadata.downloadRestriction) item.downloadRestriction = metadata.downloadRestriction;
  for (const field of ['properties', 'appProperties'] as const) {
    const given = metadata[field];
    if (!given) continue;
    const merged = { ...item[field] };
    for (const [name, value] of Object.entries(given)) {
      if (value === null) delete merged[name];
      else merged[name] = value;
    }
    if (Object.keys(merged).length > 0) item[field] = merged;
    else delete item[field];
  }
}

function nearestColor(color: string): string {
  const wanted = channels(color);
  if (!wanted) throw invalidValue('file.folderColorRgb');
  const distance = (each: string): number =>
    (channels(each) ?? []).reduce((sum, value, i) => sum + (value - (wanted[i] ?? 0)) ** 2, 0);
  return FOLDER_COLORS.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}

/** Red, green and blue of `#rrggbb`. */
function channels(color: string): number[] | undefined {
  const digits = /^#?([0-9a-f]{6})$/i.exec(color)?.[1];
  return digits === undefined ? undefined : [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}
