import type { Schema } from '../http/fields.ts';
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

/** A permission as it applies to an item. */
export function permissionResource(
  { permission, role, details, metadataOnly }: EffectivePermission,
  item: Item,
  { store, origin }: View,
): Record<string, unknown> {
  const { type, email, domain, allowFileDiscovery, expirationTime } = permission;
  const grantee = email === undefined ? undefined : store.account(email);
  const group = email === undefined ? undefined : store.directory.group(email);
  const inDrive = driveOf(item) !== undefined;
  return {
    kind: 'drive#permission',
    id: permission.id,
    type,
    role,
    ...(email === undefined ? {} : { emailAddress: email }),
    ...(domain === undefined ? {} : { domain }),
    ...(type === 'anyone' ? {} : { displayName: grantee?.name ?? group?.name ?? email ?? domain }),
    ...(grantee ? { photoLink: `${origin}/avatar/${grantee.permissionId}.svg` } : {}),
    ...(allowFileDiscovery === undefined ? {} : { allowFileDiscovery }),
    ...(expirationTime === undefined ? {} : { expirationTime: rfc3339(expirationTime) }),
    ...(type === 'user' || type === 'group' ? { deleted: isDeleted(store, type, email ?? '') } : {}),
    ...(type === 'user' && !inDrive ? { pendingOwner: permission.pendingOwner ?? false } : {}),
    ...(metadataOnly ? { view: 'metadata' } : {}),
    ...(item.inheritedPermissionsDisabled && role !== 'owner' ? { inheritedPermissionsDisabled: true } : {}),
    permissionDetails: (inDrive ? details : atMostTwo(details)).map((detail) => ({
      // Permissions of a shared drive's members are inherited from the drive, others from a file or folder.
      permissionType: detail.from && detail.from === driveOf(detail.from)?.root ? 'member' : 'file',
      inherited: detail.from !== undefined,
      // "Only the permissionType and inherited fields in My Drive are populated" ("Adapt to expansive access").
      ...(inDrive ? { role: detail.role, ...(detail.from ? { inheritedFrom: detail.from.id } : {}) } : {}),
    })),
  };
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
