import type { TransferContext } from '../context.js';
import { hasNoId } from '../destination-copies.js';
import { isCoded } from '../errors.js';
import { explain } from '../model/reasons.js';
import { recordsIn } from '../model/records.js';
import { setModifiedTimes } from '../modified-times.js';
import { recoverUnacknowledgedCopies, trashSurplusCopies } from '../reconcile.js';
import { trashReplaced } from '../replaced.js';
import { abandonUploads } from '../uploads.js';

/** Settles what a cancel left open, and removes what is left over. What an account refuses does not stop it. */
export async function cancel(context: TransferContext, signal: AbortSignal): Promise<void> {
  const { ledger, drives } = context;
  await settleOpenItems(context, signal, bestEffort);
  await bestEffort(signal, () => setModifiedTimes(context, signal, ['google']));
  await bestEffort(signal, () => abandonUploads(ledger, drives.destination, signal));
}

/**
 * Settles the items that are open. A copy whose worker died before it could record it is added to the report; one that
 * differs is trashed.
 * @param attempt runs each part of the work, and decides whether its errors end all; then it returns undefined
 * @param settlesRefused whether to skip an item for which the search was refused; otherwise it stays open
 */
export async function settleOpenItems(
  context: TransferContext,
  signal: AbortSignal,
  attempt: <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T | undefined>,
  settlesRefused = true,
): Promise<void> {
  const { ledger, drives, folders, copies } = context;
  const untilIndexed = copies.untilAllIndexed(signal);
  for await (const item of recordsIn(ledger, ['waiting', 'copying'])) {
    const found = await attempt(signal, async () => {
      const parentId = item.attempts > 0 ? await folders.parentIdOf(item) : undefined;
      if (parentId === undefined) return null;
      if (hasNoId(item)) await untilIndexed();
      return (await copies.findUnrecorded(item, parentId, signal)) ?? null;
    });
    if (found === undefined && !settlesRefused) continue;
    const differs = found?.state === 'failed' && found.code === 'checksum_mismatch' ? found.destinationId : undefined;
    if (differs) await attempt(signal, () => drives.destination.trash(differs, signal));
    const replaced =
      found?.state === 'verified' ? await attempt(signal, () => trashReplaced(context, item, signal)) : undefined;
    const stays = found?.state === 'verified' && !replaced && { reason: PERHAPS_STAYS };
    await ledger.settle(item, found?.state ?? 'skipped', found ? { ...found, ...replaced, ...stays } : CANCELED);
  }
  await attempt(signal, () => recoverUnacknowledgedCopies(context, signal));
  await attempt(signal, () => trashSurplusCopies(context, signal));
}

/** Ignores what an account refuses, for example with a revoked credential: a cancel must come to its end. */
async function bestEffort<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted || !isCoded(error) || error.code === 'service_unavailable') throw error;
    return undefined;
  }
}

const CANCELED = explain('canceled');
const PERHAPS_STAYS = 'If it replaces an item, that one may still be beside it.';
