import { undefinedIfHidden } from './failures.js';
import type { DestinationDrive } from './ports/drive.js';
import { restrictionsSeenBy } from './rights.js';
import { refusalIn } from './sharing/drive-refusals.js';
import type { Refusal } from './sharing/expected-access.js';
import type { SharingRules } from './sharing/wanted-access.js';

/**
 * Reads what the settings of the target's shared drive refuse.
 * @returns undefined in My Drive, or if the account may not read the settings; then only the attempt shows them
 */
export async function readRefusals(
  { target, accounts }: SharingRules,
  folderId: string,
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  if (!target.isInSharedDrive) return undefined;
  const { id, driveId = folderId, canShare } = await destination.get(folderId, signal);
  const restrictions = await restrictionsSeenBy(destination, driveId, signal);
  if (!restrictions) return undefined;
  const members = restrictions.membersOnly
    ? await destination.permissions(driveId, signal).catch(undefinedIfHidden)
    : undefined;
  return refusalIn({
    restrictions,
    // Only managers may share the drive itself, so its `canShare` shows whether the account is one.
    mayShareFolders: canShare !== false || (id === driveId && !restrictions.foldersByManagersOnly),
    ...(members && { members: members.map(({ grantee }) => grantee) }),
    insiders: [
      { type: 'user', address: accounts.destination },
      ...target.permissions.map(({ grantee }) => grantee).filter(({ type }) => type !== 'anyone'),
    ],
  });
}
