import { forEachBounded } from './concurrency.js';
import type { TransferContext } from './context.js';
import { hasNoId } from './destination-copies.js';
import { finalErrorOrThrow } from './failures.js';
import { reasonIfKnown } from './model/reasons.js';
import { recordsIn, recordsOf } from './model/records.js';
import { trashReplaced } from './replaced.js';

const PARALLEL = 32;

// They make the report and the destination agree where responses to writes were lost: each item that the report calls
// copied has one copy, and no other copies exist.

/**
 * A failed item may have a copy, from a write without a usable response or an earlier attempt. The report must name it,
 * or another transfer would make a second one.
 */
export async function recoverUnacknowledgedCopies(context: TransferContext, signal: AbortSignal): Promise<void> {
  const { ledger, copies, folders } = context;
  const { destination } = context.drives;
  const untilIndexed = copies.untilAllIndexed(signal);
  await forEachBounded(recordsIn(ledger, ['failed']), PARALLEL, async (item) => {
    const isUnclear = item.attempts > 0 && reasonIfKnown(item.outcome.code)?.is.includes('unclear');
    if (!isUnclear && item.attempts < 2) return;
    // Its last write may have arrived a moment ago.
    if (isUnclear && hasNoId(item)) await untilIndexed();
    const parentId = await folders.parentIdOf(item);
    const found = parentId && (await copies.findUnrecorded(item, parentId, signal));
    if (!found) return;
    if (found.state === 'verified') {
      const replaced = await trashReplaced(context, item, signal);
      await ledger.revise(item, 'failed', 'verified', { ...found, ...replaced });
    } else if (found.state === 'unverified') await ledger.revise(item, 'failed', 'unverified', found);
    // A copy that was verified before and was missing only for a while is kept: someone has changed it.
    else if (found.code === 'checksum_mismatch' && !item.outcome.destinationId)
      await destination
        .trash(found.destinationId!, signal)
        .catch((error: unknown) => void finalErrorOrThrow(error, signal));
  });
}

/**
 * Trashes second copies of items that were tried several times. The second attempt searches before it copies. If it did
 * not find the copy of the first one, and counted a third attempt, the first copy may still arrive.
 */
export async function trashSurplusCopies(
  { ledger, copies, folders }: TransferContext,
  signal: AbortSignal,
): Promise<void> {
  const repeated = recordsOf(ledger, (item) => hasNoId(item) && item.state === 'verified' && item.attempts > 1);
  const untilIndexed = copies.untilAllIndexed(signal);
  await forEachBounded(repeated, PARALLEL, async (item) => {
    if (item.attempts > 2) await untilIndexed();
    await copies.trashSurplus(item, await folders.parentIdOf(item), signal);
  });
}
