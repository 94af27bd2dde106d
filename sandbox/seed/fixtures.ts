import {
  driveOf,
  permissionIdOf,
  type DriveStore,
  type Item,
  type Permission,
  type Role,
} from '../drive/drive-store.ts';
import { MIME_TYPE } from '../drive/file-writer.ts';
import { SandboxUsageError } from '../http/errors.ts';

/**
 * What the control API can make that no call to Drive makes: shared drives at once with their members, and items as
 * they are only found in old or unlucky accounts.
 */

/** A shared drive with `members`, the `organizer` among them. */
export function arrangeDrive(
  store: DriveStore,
  now: () => number,
  {
    name,
    organizer,
    members = [],
  }: {
    name: string;
    organizer: string;
    members?: readonly { email: string; role: Exclude<Role, 'owner'> }[] | undefined;
  },
): Record<string, unknown> {
  const maker = store.knownAccount(organizer, 'organizer');
  const permissions = members.map(({ email, role }, i): Permission => {
    const type = store.directory.group(email) ? 'group' : 'user';
    if (type === 'user') store.knownAccount(email, `members[${i}].email`);
    return { id: permissionIdOf(email), type, role, email, since: now() - store.permissionLagMs };
  });
  const drive = store.addDrive(name, maker);
  for (const permission of permissions) store.share(drive.root, permission);
  return { id: drive.id, name };
}

/** Changes an item behind Drive's back. */
export function arrangeItem(
  store: DriveStore,
  {
    fileId,
    parents,
    abusive,
    resourceKey,
    mimeType,
  }: {
    fileId: string;
    /** Ids of folders; none makes an orphan, several an item as they were before 2020. */
    parents?: readonly string[] | undefined;
    abusive?: boolean | undefined;
    /** null, or an empty text, removes it. */
    resourceKey?: string | null | undefined;
    mimeType?: string | undefined;
  },
): Record<string, unknown> {
  const item = store.item(fileId);
  if (!item || item === item.owner.root) throw new SandboxUsageError(`fileId: There is no file ${fileId}.`);
  if (mimeType !== undefined && item.children) throw new SandboxUsageError('mimeType: A folder stays a folder.');
  // Downloads send it as a header.
  if (mimeType !== undefined && !MIME_TYPE.test(mimeType))
    throw new SandboxUsageError('mimeType must be a media type, such as text/plain.');
  if (parents)
    store.setParents(
      item,
      parents.map((id, i) => folderOf(store, item, id, `parents[${i}]`)),
    );
  if (abusive) item.abusive = true;
  else if (abusive === false) delete item.abusive;
  if (resourceKey) item.resourceKey = resourceKey;
  else if (resourceKey !== undefined) delete item.resourceKey;
  if (mimeType !== undefined) item.mimeType = mimeType;
  store.touch(item);
  return { fileId, version: item.version };
}

function folderOf(store: DriveStore, item: Item, id: string, field: string): Item {
  const folder = store.item(id);
  if (!folder?.children) throw new SandboxUsageError(`${field}: There is no folder ${id}.`);
  if (driveOf(folder) !== driveOf(item))
    throw new SandboxUsageError(`${field}: All parents must be in the drive of the item.`);
  for (let each: Item | undefined = folder; each; each = each.parent)
    if (each === item) throw new SandboxUsageError(`${field}: A folder cannot be its own parent.`);
  return folder;
}
