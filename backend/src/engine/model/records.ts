import type { ItemRecord, PlannedItem } from './items.js';
import type { TransferOrder } from './order.js';
import type { Ledger } from '../ports/ledger.js';
import { PLAN_PAGE } from '../ports/ledger/plan.js';

/** Drive's alias for the root of an account's My Drive. */
export const MY_DRIVE = 'root';

/** Reads the items from an ordinal on page by page, in the order of the plan. */
export async function* recordsOf(
  ledger: Pick<Ledger, 'items'>,
  wanted: (item: ItemRecord) => boolean = () => true,
  start = 0,
): AsyncGenerator<ItemRecord> {
  // First up to the end of a page, then whole pages, so that each page is unpacked once.
  for (let from = start, count = PLAN_PAGE - (start % PLAN_PAGE); ; from += count, count = PLAN_PAGE) {
    const page = await ledger.items(from, count);
    for (const item of page) if (wanted(item)) yield item;
    if (page.length < count) return;
  }
}

/** Finds items by ordinal, page by page; fast for ordinals in ascending order. */
export function itemsBeside(ledger: Pick<Ledger, 'items'>): (ordinal: number) => Promise<ItemRecord | undefined> {
  let page: { readonly from: number; readonly items: readonly ItemRecord[] } = { from: -1, items: [] };
  return async (ordinal) => {
    const from = ordinal - (ordinal % PLAN_PAGE);
    if (page.from !== from) page = { from, items: await ledger.items(from, PLAN_PAGE) };
    return page.items[ordinal - from];
  };
}

export const isOpen = (item: ItemRecord): boolean => item.state === 'waiting' || item.state === 'copying';

/**
 * Whether an item is in the plan because a shortcut points to it: it is stored elsewhere, and its copy gets the
 * shortcut's name.
 */
export function isFollowed({ shortcuts, sourceIds }: TransferOrder, item: PlannedItem): boolean {
  if (shortcuts !== 'follow' || item.top !== item.ordinal || item.isSharedAlone) return false;
  return item.parent !== null || !(sourceIds.includes(item.sourceId) || sourceIds.includes(MY_DRIVE));
}

/** Items in the given states from an ordinal on; reads no others. */
export async function* recordsIn(
  ledger: Pick<Ledger, 'items' | 'ordinals'>,
  states: readonly ItemRecord['state'][],
  start = 0,
): AsyncGenerator<ItemRecord> {
  for (let from = start; ;) {
    const ordinals = await ledger.ordinals(states, from, PLAN_PAGE);
    for (let index = 0; index < ordinals.length;) {
      // Adjacent items are read together.
      const first = ordinals[index]!;
      const end = Math.min(first + PLAN_PAGE - (first % PLAN_PAGE), ordinals.at(-1)! + 1);
      const records = await ledger.items(first, end - first);
      for (const record of records) if (states.includes(record.state)) yield record;
      while (index < ordinals.length && ordinals[index]! < end) index++;
    }
    if (ordinals.length < PLAN_PAGE) return;
    from = ordinals.at(-1)! + 1;
  }
}
