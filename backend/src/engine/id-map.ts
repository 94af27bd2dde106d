import { csvLine } from './csv.js';
import { copyIdOf } from './model/items.js';
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
