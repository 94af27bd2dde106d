import { DriveError } from './errors.js';
import type { Drives } from './ports/drive.js';
import type { Ledger } from './ports/ledger.js';
import { PeopleMap } from './sharing/people-map.js';
import type { SharingRules } from './sharing/wanted-access.js';

/**
 * Reads what determines the access of a transfer's copies: options, people map, and who can open the target folder.
 * @returns undefined if sharing is not carried over
 */
export async function sharingRulesOf(
  ledger: Ledger,
  { destination, clock }: Drives,
  signal: AbortSignal,
): Promise<SharingRules | undefined> {
  const { order } = ledger;
  if (!order.sharing) return undefined;
  const { folderId } = order.target;
  const [people, folder, permissions] = await Promise.all([
    ledger.people(),
    destination.get(folderId, signal),
    destination.permissions(folderId, signal).catch((error: unknown) => {
      // An account that can only add items to a folder cannot read its permissions.
      if (error instanceof DriveError && error.code === 'source_permission_denied') return [];
      throw error;
    }),
  ]);
  return {
    options: order.sharing,
    people: new PeopleMap(people),
    accounts: { source: order.source.email.toLowerCase(), destination: order.destination.email.toLowerCase() },
    target: { isInSharedDrive: folder.driveId !== undefined, permissions },
    now: clock.now(),
  };
}
