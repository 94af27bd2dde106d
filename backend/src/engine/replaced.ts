import type { TransferContext } from './context.js';
import { hasNoId } from './destination-copies.js';
import { DriveError, undefinedIfNotFound } from './errors.js';
import { finalErrorOrThrow, unansweredOf } from './failures.js';
import type { DestinationDrive, DriveItem } from './ports/drive.js';
import type { ItemRecord, Outcome } from './model/items.js';
import { present } from './present.js';

/** How much (ms) Google's clock may be ahead of ours. */
const CLOCK_ERROR_MS = 60_000;
const MAX_ATTEMPTS = 2;
const NOT_ANSWERED =
  'The item that it replaces stays beside the copy, because Google did not answer the request to trash it.';

/**
 * The id of the item that a verified copy replaces. After a delta run copied the item again, this is its earlier copy,
 * which replaced the other item in an earlier run.
 */
const replacedBy = ({ replaces, supersedes }: ItemRecord): string | undefined => supersedes ?? replaces;

/**
 * Moves the item that a verified copy replaces to the trash, from which an undo can restore it. One that somebody has
 * edited since it was compared stays: that may be days ago.
 * @returns a sentence for the outcome if it stays, or the drive refused
 * @throws CodedError if Google is unreachable: nobody would try again
 */
export async function trashReplaced(
  context: Pick<TransferContext, 'ledger' | 'drives'>,
  item: ItemRecord,
  signal: AbortSignal,
): Promise<Pick<Outcome, 'reason'>> {
  const { destination } = context.drives;
  const id = replacedBy(item);
  if (id === undefined) return {};
  let why: string | undefined;
  let now: DriveItem | undefined;
  try {
    for (let attempt = 1; ; attempt++) {
      now = await destination.get(id, signal).catch(undefinedIfNotFound);
      if (!now || now.trashed) break;
      if (isEditedSince(context, item, now))
        why = 'The item that it replaces was edited meanwhile, so it stays beside the copy.';
      // Google answers readings, and not this request.
      else if (attempt > MAX_ATTEMPTS) why = NOT_ANSWERED;
      if (why || !(await unansweredOf(destination.trash(id, signal)))) break;
    }
  } catch (error) {
    const { code, message } = finalErrorOrThrow(error, signal);
    if (code !== 'not_found') why = `The item that it replaces could not be moved to the trash: ${message}`;
  }
  if (!why) return {};
  // A later run would take an earlier copy that stays for the new copy of this item.
  if (item.supersedes !== undefined && hasNoId(item))
    await destination
      .update(id, { marker: null, ...(now && present(now, 'modifiedTime')) }, signal)
      .catch((error: unknown) => finalErrorOrThrow(error, signal));
  return { reason: why };
}

/**
 * Whether somebody has edited what a copy replaces. Its earlier copy was unchanged when the delta run compared it. An
 * item of somebody else is replaced whatever it contains, except under the policy that keeps what is newer.
 */
function isEditedSince(
  { ledger: { order }, drives }: Pick<TransferContext, 'ledger' | 'drives'>,
  { supersedes, comparedAt, modifiedTime }: ItemRecord,
  now: DriveItem,
): boolean {
  const edited = Date.parse(now.modifiedTime ?? '');
  if (supersedes === undefined) return order.conflict === 'newer' && edited > Date.parse(modifiedTime ?? '');
  // A copy may have the time of its original, also one to come. An earlier version did not record the comparison.
  return edited >= (comparedAt ?? order.createdAt) && edited <= drives.clock.now() + CLOCK_ERROR_MS;
}

/** Restores what a copy replaced, after that copy was discarded. */
export async function restoreReplaced(
  item: ItemRecord,
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<void> {
  const id = replacedBy(item);
  if (id === undefined) return;
  await destination.restore(id, signal).catch((error: unknown) => {
    if (signal.aborted || !(error instanceof DriveError)) throw error; // an item that is not in the trash may refuse
  });
}
