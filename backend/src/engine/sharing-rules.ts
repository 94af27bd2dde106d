import { DriveError } from './errors.js';
import type { Drives } from './ports/drive.js';
import type { Ledger } from './ports/ledger.js';
import { PeopleMap } from './sharing/people-map.js';
import type { SharingRules } from './sharing/wanted-access.js';

/**
 * What decides about the access of a transfer's copies: its options, its people map, and who can open its target folder.
 * @returns undefined where sharing is not carried over
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
      // Who may only add to a folder does not see who can open it.
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
