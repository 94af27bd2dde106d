import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { hasNoId } from '../destination-copies.js';
import { ItemError } from '../errors.js';
import { itemErrorOrThrow, undefinedIfHidden } from '../failures.js';
import { barrierOf } from '../forecast.js';
import { isOpen } from '../model/records.js';
import { isCopied, type ItemRecord } from '../model/items.js';
import { PLAN_PAGE } from '../ports/ledger/plan.js';

/** Pages of ids that are generated and written at the same time: each write waits up to a second for the disk. */
const PAGES_PARALLEL = 64;
/** Items at the start of the plan, where the selected ones are, that are shared before the first copy. */
const FIRST_ITEMS = 50;
const SHARES_PARALLEL = 25;

/**
 * Records what must be on disk before the first write: the ids of all copies, the id of the folder that they go to, and
 * the first shares. All three wait for the disk, so they run together.
 */
export async function prepare(context: TransferContext, signal: AbortSignal): Promise<void> {
  await assertNotTrashed(context, signal);
  await Promise.all([reserveIds(context, signal), context.folders.fixTop(signal), shareFirst(context, signal)]);
}

/**
 * Before a retry, a delta run or a resumed run copies: Google puts what is created in a trashed folder into the trash too.
 * @throws ItemError `target_trashed`
 */
async function assertNotTrashed(
  { ledger, drives: { destination } }: TransferContext,
  signal: AbortSignal,
): Promise<void> {
  const { resultFolderId } = await ledger.snapshot();
  if (!resultFolderId) return; // the first run: planning has checked the target folder
  const folder = await destination.get(resultFolderId, signal).catch(undefinedIfHidden);
  if (folder?.trashed) throw new ItemError('target_trashed', { detail: `It is "${folder.name}".` });
}

/** With its id on disk before it is sent, a repeated write can't make a second copy. */
async function reserveIds({ ledger, drives: { destination } }: TransferContext, signal: AbortSignal): Promise<void> {
  const { found } = await ledger.snapshot();
  const pages = Array.from({ length: Math.ceil(found / PLAN_PAGE) }, (_, index) => index * PLAN_PAGE);
  await forEachBounded(pages, PAGES_PARALLEL, async (from) => {
    const items = (await ledger.items(from, PLAN_PAGE)).filter((item) => !hasNoId(item) && isOpen(item));
    const known = await ledger.destinationIds(items.map(({ ordinal }) => ordinal));
    const missing = items.filter(({ ordinal }) => !known.has(ordinal));
    if (missing.length === 0) return;
    const ids: (string | null)[] = Array.from({ length: PLAN_PAGE }, () => null);
    for (const kind of ['file', 'shortcut'] as const) {
      const wanted = missing.filter((item) => (item.kind === 'shortcut') === (kind === 'shortcut'));
      if (wanted.length === 0) continue;
      const generated = await destination.generateIds(wanted.length, kind, signal);
      wanted.forEach(({ ordinal }, index) => (ids[ordinal - from] = generated[index]!));
    }
    await ledger.reserveIds(from, ids);
  });
}

/**
 * Shares the first items that need it for a server-side copy. If a share fails, it is requested again when its file is
 * copied. In a long list, the other items are shared when they are copied.
 */
async function shareFirst({ ledger, shares }: TransferContext, signal: AbortSignal): Promise<void> {
  const isShared = (item: ItemRecord) =>
    isOpen(item) &&
    item.top === item.ordinal &&
    (item.kind === 'folder' ? !item.barrier : isCopied(item) && !barrierOf(item));
  const first = (await ledger.items(0, FIRST_ITEMS)).filter(isShared);
  await forEachBounded(first, SHARES_PARALLEL, async ({ sourceId }) => {
    await shares.access(sourceId, signal).catch((error: unknown) => void itemErrorOrThrow(error, signal));
  });
}
