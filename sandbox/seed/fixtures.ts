import {
  driveOf,
  permissionIdOf,
  type DriveStore,
  type Item,
  type Permission,
  type Role,
} from '../drive/drive-store.ts';
import { SandboxUsageError } from '../http/errors.ts';

/**
 * What the control side can make that no call to Drive makes: shared drives at once with their members, and items as
 * they are only found in old or unlucky accounts.
 */

const MEMBER_ROLES: readonly Role[] = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer'];

/** A shared drive with `members` (`{email, role}`), the `organizer` among them. */
export function arrangeDrive(
  store: DriveStore,
  now: () => number,
  input: Record<string, unknown>,
): Record<string, unknown> {
  const organizer = store.knownAccount(textOf(input, 'organizer'));
  const name = textOf(input, 'name');
  const members = input['members'] ?? [];
  if (!Array.isArray(members)) throw new SandboxUsageError('members must be a list of {email, role}.');
  const permissions = members.map((each: unknown, i): Permission => {
    const { email, role } = (each ?? {}) as { email?: unknown; role?: unknown };
    const known = MEMBER_ROLES.find((candidate) => candidate === role);
    if (typeof email !== 'string' || !known)
      throw new SandboxUsageError(`members[${i}] must be {email, role}, the role one of ${MEMBER_ROLES.join(', ')}.`);
    const type = store.directory.group(email) ? 'group' : 'user';
    if (type === 'user') store.knownAccount(email);
    return { id: permissionIdOf(email), type, role: known, email, since: now() - store.permissionLagMs };
  });
  const drive = store.addDrive(name, organizer);
  for (const permission of permissions) store.share(drive.root, permission);
  return { id: drive.id, name };
}

/**
 * Changes an item behind Drive's back: `parents` (a list of ids; empty makes an orphan, several an item as before 2020),
 * `abusive`, `resourceKey` (null takes it away), `mimeType` for types that no upload makes.
 */
export function arrangeItem(store: DriveStore, input: Record<string, unknown>): Record<string, unknown> {
  const fileId = textOf(input, 'fileId');
  const item = store.item(fileId);
  if (!item || item === item.owner.root) throw new SandboxUsageError(`There is no file ${fileId}.`);
  const { parents, resourceKey } = input;
  if (parents !== undefined) {
    if (!Array.isArray(parents)) throw new SandboxUsageError('parents must be a list of ids of folders.');
    store.setParents(
      item,
      parents.map((id: unknown) => folderOf(store, item, id)),
    );
  }
  const abusive = flagOf(input, 'abusive');
  if (abusive) item.abusive = true;
  else if (abusive === false) delete item.abusive;
  if (resourceKey === null) delete item.resourceKey;
  else if (resourceKey !== undefined) item.resourceKey = textOf(input, 'resourceKey');
  const mimeType = optionalTextOf(input, 'mimeType');
  if (mimeType !== undefined) {
    if (item.children) throw new SandboxUsageError('A folder stays a folder.');
    item.mimeType = mimeType;
  }
  store.touch(item);
  return { fileId, version: item.version };
}

function folderOf(store: DriveStore, item: Item, id: unknown): Item {
  const folder = typeof id === 'string' ? store.item(id) : undefined;
  if (!folder?.children) throw new SandboxUsageError(`There is no folder ${String(id)}.`);
  if (driveOf(folder) !== driveOf(item)) throw new SandboxUsageError('All parents must be in the drive of the item.');
  for (let each: Item | undefined = folder; each; each = each.parent)
    if (each === item) throw new SandboxUsageError('A folder cannot be its own parent.');
  return folder;
}

export function textOf(input: Record<string, unknown>, name: string): string {
  const value = optionalTextOf(input, name);
  if (value === undefined || value === '') throw new SandboxUsageError(`${name} is missing.`);
  return value;
}

export function optionalTextOf(input: Record<string, unknown>, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new SandboxUsageError(`${name} must be a text.`);
  return value;
}

export function flagOf(input: Record<string, unknown>, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw new SandboxUsageError(`${name} must be true or false.`);
  return value;
}
