import { applyMask, below, type Mask, type Schema } from '../http/fields.ts';
import type { View } from './capabilities.ts';
import { driveOf, type EffectivePermission, type Item } from './model.ts';
import { TEAM_DRIVE_PERMISSION_DETAILS_SCHEMA } from './nested-schemas.ts';
import { rfc3339 } from './times.ts';

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

type Render = (effective: EffectivePermission, item: Item, view: View) => unknown;

const FIELDS: Record<string, Render> = {
  kind: () => 'drive#permission',
  id: ({ permission }) => permission.id,
  type: ({ permission }) => permission.type,
  role: ({ role }) => role,
  emailAddress: ({ permission }) => permission.email,
  domain: ({ permission }) => permission.domain,
  displayName: ({ permission: { type, email, domain } }, _, { store }) => {
    if (type === 'anyone') return undefined;
    if (email === undefined) return domain;
    return store.account(email)?.name ?? store.directory.group(email)?.name ?? email;
  },
  photoLink: ({ permission: { email } }, _, { store, origin }) => {
    const grantee = email === undefined ? undefined : store.account(email);
    return grantee && `${origin}/avatar/${grantee.permissionId}.svg`;
  },
  allowFileDiscovery: ({ permission }) => permission.allowFileDiscovery,
  expirationTime: ({ permission }) => rfc3339(permission.expirationTime),
  deleted: ({ permission: { type, email = '' } }, _, { store }) =>
    type === 'user' || type === 'group' ? isDeleted(store, type, email) : undefined,
  pendingOwner: ({ permission }, item) =>
    permission.type === 'user' && !driveOf(item) ? (permission.pendingOwner ?? false) : undefined,
  view: ({ metadataOnly }) => (metadataOnly ? 'metadata' : undefined),
  inheritedPermissionsDisabled: ({ role }, item) =>
    item.inheritedPermissionsDisabled && role !== 'owner' ? true : undefined,
  permissionDetails: ({ details }, item) => {
    const inDrive = driveOf(item) !== undefined;
    return (inDrive ? details : atMostTwo(details)).map((detail) => ({
      // Permissions of a shared drive's members are inherited from the drive, others from a file or folder.
      permissionType: detail.from && detail.from === driveOf(detail.from)?.root ? 'member' : 'file',
      inherited: detail.from !== undefined,
      // "Only the permissionType and inherited fields in My Drive are populated" ("Adapt to expansive access").
      ...(inDrive ? { role: detail.role, ...(detail.from ? { inheritedFrom: detail.from.id } : {}) } : {}),
    }));
  },
};

/** A permission as it applies to an item, reduced to the mask. */
export function permissionResource(
  effective: EffectivePermission,
  item: Item,
  view: View,
  mask: Mask,
): Record<string, unknown> {
  const resource: Record<string, unknown> = {};
  for (const name of mask === true ? Object.keys(FIELDS) : mask.keys()) {
    const value = FIELDS[name]?.(effective, item, view);
    if (value !== undefined) resource[name] = applyMask(value, below(mask, name) ?? true);
  }
  return resource;
}

/** In My Drive: the item's own grant, and whether there is an inherited one. Owners have no inherited one. */
function atMostTwo(details: EffectivePermission['details']): EffectivePermission['details'] {
  const direct = details.filter(({ from }) => from === undefined);
  return direct[0]?.role === 'owner' ? direct : [...direct, ...details.filter(({ from }) => from).slice(0, 1)];
}

/** Whether the account or group of a permission was deleted. */
function isDeleted({ directory }: View['store'], type: 'user' | 'group', email: string): boolean {
  if (type === 'group') return directory.group(email) === undefined;
  return directory.person(email, true)?.deletedAt !== undefined;
}
