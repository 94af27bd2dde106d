import { forEachBounded } from './concurrency.js';
import type { TransferContext } from './context.js';
import { markerOf } from './destination-copies.js';
import { reasonIfKnown } from './model/reasons.js';
import { recordsIn, recordsOf } from './model/records.js';
import { trashReplaced } from './replaced.js';

const PARALLEL = 32;

/**
 * Makes the report and the destination agree where responses to writes were lost: each item that the report calls
 * copied has one copy, and no other copies exist.
 */
export async function reconcile(context: TransferContext, signal: AbortSignal): Promise<void> {
  await recoverUnacknowledgedCopies(context, signal);
  await trashSurplusCopies(context, signal);
}

/**
 * A failed item may have a copy, from a write without a usable response or an earlier attempt. The report must name it,
 * or another transfer would make a second one.
 */
async function recoverUnacknowledgedCopies(
  { ledger, drives: { destination }, copies, folders }: TransferContext,
  signal: AbortSignal,
): Promise<void> {
  await forEachBounded(recordsIn(ledger, ['failed']), PARALLEL, async (item) => {
    const isUnclear =
      item.attempts > 1 || (item.attempts === 1 && reasonIfKnown(item.outcome.code)?.is.includes('unclear'));
    if (!isUnclear) return;
    const parentId = await folders.parentIdOf(item);
    const found = parentId && (await copies.findUnrecorded(item, parentId, signal));
    if (!found) return;
    if (found.state === 'verified') {
      const replaced = await trashReplaced(item, destination, signal);
      await ledger.revise(item, 'failed', 'verified', { ...found, ...replaced });
    } else if (found.state === 'unverified') await ledger.revise(item, 'failed', 'unverified', found);
    // A copy that was verified before and was missing only for a while is kept: someone has changed it.
    else if (found.code === 'checksum_mismatch' && !item.outcome.destinationId)
      await destination.trash(found.destinationId!, signal);
  });
}

/** Docs have no reserved id, so a lost response can lead to two copies. The marker shows them. */
async function trashSurplusCopies(
  { ledger, drives: { destination }, folders }: TransferContext,
  signal: AbortSignal,
): Promise<void> {
  const repeated = recordsOf(
    ledger,
    (item) => item.kind === 'google' && item.state === 'verified' && item.attempts > 1,
  );
  await forEachBounded(repeated, PARALLEL, async (item) => {
    const parentId = await folders.parentIdOf(item);
    for (const copy of await destination.findMarked(markerOf(ledger.order.id, item), signal))
      // A person's copy of the copy may have the marker too, but has another name or folder.
      if (copy.id !== item.outcome.destinationId && copy.name === item.name && copy.parents.includes(parentId ?? ''))
        await destination.trash(copy.id, signal);
  });
}
