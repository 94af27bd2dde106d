import { forEachBounded } from './concurrency.js';
import type { TransferContext } from './context.js';
import { finalErrorOrThrow, unansweredOf } from './failures.js';
import { recordsOf } from './model/records.js';
import type { DestinationDrive, ItemKind } from './ports/drive.js';
import type { ItemRecord } from './model/items.js';
import { beganAt } from './runs.js';

const PARALLEL = 32;

/**
 * Sets the modification time of a copy. A refusal does not fail a verified copy.
 * @throws CodedError if Google is unreachable: without its time, a Doc would seem edited from then on
 */
export async function setModifiedTime(
  destination: DestinationDrive,
  id: string,
  modifiedTime: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await destination.update(id, { modifiedTime }, signal);
  } catch (error) {
    finalErrorOrThrow(error, signal);
  }
}

/**
 * Sets the modification times that copying does not keep: new contents change a folder's, and Google's editors ignore a
 * Doc's. An undo recognises an edited Doc by its time, so the Docs of earlier runs are left unchanged: an edit since
 * then must stay visible.
 * @param done ordinals of items whose time is set already; adds those that are set now
 */
export async function setModifiedTimes(
  { ledger, drives: { destination } }: TransferContext,
  signal: AbortSignal,
  kinds: readonly ItemKind[] = ['folder', 'google'],
  done: Set<number> = new Set(),
): Promise<void> {
  const begun = (await beganAt(ledger)) ?? 0;
  const isOfThisRun = ({ kind, triedAt = begun }: ItemRecord) => kind !== 'google' || triedAt >= begun;
  let answered = 0;
  const late = recordsOf(
    ledger,
    (item) =>
      item.state === 'verified' && kinds.includes(item.kind) && item.outcome.way !== 'merged' && isOfThisRun(item),
  );
  await forEachBounded(late, PARALLEL, async ({ ordinal, modifiedTime, outcome: { destinationId } }) => {
    if (!modifiedTime || !destinationId || done.has(ordinal)) return;
    const set = () => unansweredOf(setModifiedTime(destination, destinationId, modifiedTime, signal));
    if (await set()) {
      // Google may be unreachable, or not answer for this item alone, which must not stop the transfer.
      await destination.get(destinationId, signal).catch((error: unknown) => finalErrorOrThrow(error, signal));
      const unanswered = await set();
      if (unanswered && answered === 0) throw unanswered;
      if (unanswered) return;
    }
    answered++;
    done.add(ordinal);
  });
}
