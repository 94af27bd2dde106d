import type { ItemRecord, PlannedItem } from './items.js';
import type { TransferOrder } from './order.js';
import type { Ledger } from '../ports/ledger.js';
import { PLAN_PAGE } from '../ports/ledger/plan.js';

/** Drive's alias of the top of an account's My Drive. */
export const MY_DRIVE = 'root';

/** The items of a transfer from an ordinal on, in the order of the plan, read page by page. */
export async function* recordsOf(
  ledger: Pick<Ledger, 'items'>,
  wanted: (item: ItemRecord) => boolean = () => true,
  start = 0,
): AsyncGenerator<ItemRecord> {
  // Up to the end of a page first, then whole pages: each page is unpacked once.
  for (let from = start, count = PLAN_PAGE - (start % PLAN_PAGE); ; from += count, count = PLAN_PAGE) {
    const page = await ledger.items(from, count);
    for (const item of page) if (wanted(item)) yield item;
    if (page.length < count) return;
  }
}

export const isOpen = (item: ItemRecord): boolean => item.state === 'waiting' || item.state === 'copying';

/** Whether an item is in the plan because a shortcut pointed at it: it lies elsewhere, and has the shortcut's name. */
export function isFollowed({ shortcuts, sourceIds }: TransferOrder, item: PlannedItem): boolean {
  if (shortcuts !== 'follow' || item.top !== item.ordinal || item.isSharedAlone) return false;
  return item.parent !== null || !(sourceIds.includes(item.sourceId) || sourceIds.includes(MY_DRIVE));
}

/** Items in some states, from an ordinal on, found without reading the rest of the plan. */
export async function* recordsIn(
  ledger: Pick<Ledger, 'items' | 'ordinals'>,
  states: readonly ItemRecord['state'][],
  start = 0,
): AsyncGenerator<ItemRecord> {
  for (let from = start; ;) {
    const ordinals = await ledger.ordinals(states, from, PLAN_PAGE);
    for (let index = 0; index < ordinals.length;) {
      // Neighbours are read together.
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
