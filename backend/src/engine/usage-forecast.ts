import { barrierOf, forecastOf } from './forecast.js';
import { isCopied, type ItemRecord } from './model/items.js';
import type { TransferOrder } from './model/order.js';
import type { AccessFacts } from './model/plan-facts.js';
import type { UnitClass, Usage } from './model/quota-units.js';
import { recordsOf } from './model/records.js';
import type { LedgerRecords } from './ports/ledger/items.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { decisiveOf } from './verify.js';

/** Folders that the drive lists with one request at most, and the items of a page of a list. */
const [GROUP, LIST_PAGE] = [32, 1_000];

/**
 * Predicts the requests of a planned transfer from its start to its end, item by item, as the steps send them. Leaves
 * out what nobody can know before: retries, waiting until Google shows a share, and lists that lag.
 */
export async function forecastUsage(
  ledger: LedgerRecords & { readonly order: TransferOrder },
  access: AccessFacts | undefined,
): Promise<Usage> {
  const { order } = ledger;
  const usage: Partial<Record<UnitClass, number>> = {};
  const add = (unitClass: UnitClass, requests = 1) => (usage[unitClass] = (usage[unitClass] ?? 0) + requests);
  const lists = new ClosingLists();
  const shares = order.source.sub !== order.destination.sub && !order.source.readOnly;
  /** Pages of the plan for which ids are generated, by kind. */
  const pages = new Set<string>();
  for await (const item of recordsOf(ledger)) {
    const { ordinal, top, kind, state, outcome, modifiedTime, ownedByMe } = item;
    if (state === 'skipped') continue;
    const isMerged = outcome.way === 'merged';
    const { way } = isMerged ? outcome : forecastOf(item, order);
    if (way === 'none') continue;
    if (!isMerged) {
      if (kind !== 'google') pages.add(`${kind === 'shortcut'} ${Math.floor(ordinal / PLAN_PAGE)}`);
      add('edit');
      if (way === 'relay' && item.size !== 0) add('download');
      if (way === 'export') add('download');
      if (modifiedTime && (kind === 'folder' || kind === 'google')) add('edit');
      if (item.replaces) add('edit');
      lists.add(item);
    }
    if (shares && top === ordinal && (kind === 'folder' ? !item.barrier : isCopied(item) && !barrierOf(item))) {
      add('get', 2); // whether the destination sees it already, and whether the share is still ours at the end
      add('edit', 2); // shares it, and withdraws the share
    }
    if (order.mode === 'move' && ownedByMe && way !== 'export') {
      add('get');
      add('edit');
      if (kind === 'folder') add('list');
    }
  }
  add('other', pages.size);
  if (order.target.newFolderName) {
    add('other');
    add('edit');
  } else add('get');
  add('list', lists.total());
  if (order.mode === 'move') add('list'); // changes of the source
  if (access) {
    add('get');
    add('list', 1 + access.items);
    add('edit', access.permissions);
  }
  return usage;
}

/** Counts the lists of the closing check, which lists the copies' folders, several with one request. */
class ClosingLists {
  private lists = 0;
  private pageItems = 0;
  /** Items on the current page of the plan by folder, and their checksums. */
  private folders = new Map<number | null, { items: number; kinds: Set<string | undefined> }>();
  private readonly children = new Map<number | null, number>();

  add(item: ItemRecord): void {
    const { parent, kind } = item;
    const folder = this.folders.get(parent) ?? { items: 0, kinds: new Set() };
    this.folders.set(parent, folder);
    folder.items++;
    if (kind === 'file') folder.kinds.add(decisiveOf(item.checksums));
    const children = (this.children.get(parent) ?? 0) + 1;
    this.children.set(parent, children);
    if (children > LIST_PAGE && children % LIST_PAGE === 1) this.lists++;
    if (++this.pageItems === PLAN_PAGE) this.endPage();
  }

  total(): number {
    this.endPage();
    return this.lists;
  }

  private endPage(): void {
    const folders = [...this.folders.values()];
    for (let from = 0; from < folders.length; from += GROUP) {
      const groups = new Map<string, number[]>();
      for (const { items, kinds } of folders.slice(from, from + GROUP)) {
        const key = kinds.size === 1 ? String([...kinds][0]) : '';
        groups.set(key, [...(groups.get(key) ?? []), items]);
      }
      for (const items of groups.values()) {
        const isTooMany = items.reduce((sum, count) => sum + count, 0) > LIST_PAGE;
        this.lists += items.length === 1 || !isTooMany ? 1 : 1 + items.length;
      }
    }
    this.pageItems = 0;
    this.folders = new Map();
  }
}
