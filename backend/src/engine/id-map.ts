import { forEachBounded } from './concurrency.js';
import { csvLine } from './csv.js';
import { copyIdOf, type ItemRecord } from './model/items.js';
import { present } from './present.js';
import { recordsIn } from './model/records.js';
import type { CopyRecords } from './ports/copies.js';
import type { Ledger } from './ports/ledger.js';

/**
 * Which original became which copy, as CSV (RFC 4180) with a byte-order mark as in the report. Only items that have a
 * copy have a line, so that every line can replace an id elsewhere; the report states why others have none. The columns
 * are part of the contract: add new ones only at the end.
 */
export async function* mapCsv(ledger: Pick<Ledger, 'items' | 'ordinals'>): AsyncGenerator<string> {
  yield '\uFEFF' + csvLine(['old_id', 'new_id', 'name', 'path']);
  for await (const item of recordsIn(ledger, ['verified', 'unverified'])) {
    const copyId = copyIdOf(item);
    if (copyId !== undefined) yield csvLine([item.sourceId, copyId, item.name, item.path]);
  }
}

/** Items that are read at the same time. */
const READ_AT_ONCE = 16;

/** The copy of an original. */
export interface CopyOf {
  readonly sourceId: string;
  readonly destinationId: string;
  readonly name: string;
  readonly webViewLink?: string;
}

/** The planned items with these source ids. Reads the whole plan, so pass many ids at a time. */
async function itemsWith(ledger: CopyRecords, sourceIds: ReadonlySet<string>): Promise<ItemRecord[]> {
  const items: ItemRecord[] = [];
  await forEachBounded((await ledger.ordinalsOf(sourceIds)).values(), READ_AT_ONCE, async (ordinal) => {
    const item = await ledger.item(ordinal);
    if (item) items.push(item);
  });
  return items;
}

/** The copies of those originals that the transfer copied. Reads the whole plan, so pass many ids at a time. */
export async function copiesOf(ledger: CopyRecords, sourceIds: ReadonlySet<string>): Promise<CopyOf[]> {
  return (await itemsWith(ledger, sourceIds)).flatMap((item) => {
    const { sourceId, name, outcome } = item;
    const destinationId = copyIdOf(item);
    return destinationId === undefined ? [] : { sourceId, destinationId, name, ...present(outcome, 'webViewLink') };
  });
}

/**
 * The ids of copies by those of their originals; only of what was copied. The first transfer that has a copy wins. A
 * shortcut that was not copied leads to the copy of its target. Reads whole plans, so pass many ids at a time.
 */
export async function copyIdsOf(
  transfers: readonly CopyRecords[],
  sourceIds: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const missing = new Set(sourceIds);
  const targets = new Map<string, string>();
  for (const transfer of transfers) {
    if (missing.size === 0) break;
    for (const item of await itemsWith(transfer, missing)) {
      const { sourceId, shortcutTargetId } = item;
      const copyId = copyIdOf(item);
      if (copyId !== undefined) {
        found.set(sourceId, copyId);
        missing.delete(sourceId);
      } else if (shortcutTargetId !== undefined) targets.set(sourceId, shortcutTargetId);
    }
  }
  const unresolved = [...targets].filter(([shortcut]) => missing.has(shortcut));
  if (unresolved.length === 0) return found;
  // Drive has no shortcuts to shortcuts.
  const copies = await copyIdsOf(transfers, new Set(unresolved.map(([, target]) => target)));
  for (const [shortcut, target] of unresolved) {
    const copyId = copies.get(target);
    if (copyId !== undefined) found.set(shortcut, copyId);
  }
  return found;
}
