import { forEachBounded } from './concurrency.js';
import { type ItemCode, undefinedIfNotFound } from './errors.js';
import { skippedFor } from './forecast.js';
import type { Drives } from './ports/drive.js';
import type { Ledger } from './ports/ledger.js';
import { type LedgerPlan, PLAN_PAGE } from './ports/ledger/plan.js';

const PARALLEL = 32;

/** An item that will lose something is copied nevertheless. */
const isSkipped = (code: ItemCode): boolean => code !== 'lossy';

async function* foreseenOf(ledger: LedgerPlan, after: number): AsyncGenerator<{ ordinal: number; code: ItemCode }> {
  for (let last = after; ;) {
    const page = await ledger.foreseen(last, PLAN_PAGE);
    yield* page;
    if (page.length < PLAN_PAGE) return;
    last = page.at(-1)!.ordinal;
  }
}

/**
 * Skips the items that can't be copied, with the reason, so that only unforeseen problems count as failures.
 * @param after ordinal of the last item to leave unchanged
 * @param plan number of the plan
 */
export async function skipForeseen(ledger: Ledger, after: number, plan: number): Promise<void> {
  await forEachBounded(foreseenOf(ledger, after), PARALLEL, async ({ ordinal, code }) => {
    const item = isSkipped(code) ? await ledger.item(ordinal) : undefined;
    if (item) await ledger.settle(item, 'skipped', skippedFor(code, item, ledger.order.destination.email), plan);
  });
}

/** @returns why the destination can't have a shortcut to an item that stays in the source; undefined if it can */
export async function problemOfTarget(
  targetId: string,
  { source, destination }: Pick<Drives, 'source' | 'destination'>,
  signal: AbortSignal,
): Promise<'shortcut_target_hidden' | 'shortcut_dangling' | undefined> {
  if (await destination.get(targetId, signal).catch(undefinedIfNotFound)) return undefined;
  const there = await source.get(targetId, signal).catch(undefinedIfNotFound);
  return there ? 'shortcut_target_hidden' : 'shortcut_dangling';
}
