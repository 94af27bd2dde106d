import { DriveError } from './errors.js';
import { itemErrorOrThrow } from './failures.js';
import type { DestinationDrive } from './ports/drive.js';
import type { ItemRecord, Outcome } from './model/items.js';

/**
 * The id of the item that a verified copy replaces. After a delta run copied the item again, this is its earlier copy,
 * which replaced the other item in an earlier run.
 */
const replacedBy = ({ replaces, supersedes }: ItemRecord): string[] =>
  [supersedes ?? replaces].filter((id) => id !== undefined);

/**
 * Moves the item that a verified copy replaces to the trash, from which an undo can restore it.
 * @returns a sentence for the outcome if the drive refused
 */
export async function trashReplaced(
  item: ItemRecord,
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<Pick<Outcome, 'reason'>> {
  for (const id of replacedBy(item)) {
    try {
      await destination.trash(id, signal);
    } catch (error) {
      const { code, message } = itemErrorOrThrow(error, signal);
      if (code !== 'not_found')
        return { reason: `The item that it replaces could not be moved to the trash: ${message}` };
    }
  }
  return {};
}

/** Restores what a copy replaced, after that copy was discarded. */
export async function restoreReplaced(
  item: ItemRecord,
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<void> {
  for (const id of replacedBy(item))
    await destination.restore(id, signal).catch((error: unknown) => {
      if (signal.aborted || !(error instanceof DriveError)) throw error; // an item that is not in the trash may refuse
    });
}
