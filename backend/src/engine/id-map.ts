import { forEachBounded } from './concurrency.js';
import { csvLine } from './csv.js';
import { copyIdOf } from './model/items.js';
import { present } from './present.js';
import { recordsIn } from './model/records.js';
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

/** The copies of those originals that the transfer copied. Reads the whole plan, so pass many ids at a time. */
export async function copiesOf(
  ledger: Pick<Ledger, 'item' | 'ordinalsOf'>,
  sourceIds: ReadonlySet<string>,
): Promise<CopyOf[]> {
  const copies: CopyOf[] = [];
  await forEachBounded((await ledger.ordinalsOf(sourceIds)).values(), READ_AT_ONCE, async (ordinal) => {
    const item = await ledger.item(ordinal);
    const destinationId = item && copyIdOf(item);
    if (destinationId === undefined) return;
    const { sourceId, name, outcome } = item!;
    copies.push({ sourceId, destinationId, name, ...present(outcome, 'webViewLink') });
  });
  return copies;
}
