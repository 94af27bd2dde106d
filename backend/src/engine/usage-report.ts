import { csvLine } from './csv.js';
import { usageFigures } from './model/quota-units.js';
import type { Ledger } from './ports/ledger.js';

/**
 * What a transfer used at Google, as CSV (RFC 4180) with a byte-order mark as in the report: a line for each class that
 * occurs, then the totals, which alone have bytes. Apart from the report, whose lines are items and whose fingerprint
 * covers only what does not change after the end: late withdrawals of shares still count. The columns are part of the
 * contract: add new ones only at the end.
 */
export async function* usageCsv(ledger: Pick<Ledger, 'snapshot'>): AsyncGenerator<string> {
  const { byClass, requests, units, bytesIn, bytesOut } = usageFigures((await ledger.snapshot()).usage);
  yield '\uFEFF' + csvLine(['class', 'requests', 'units', 'bytes_in', 'bytes_out']);
  for (const each of byClass) yield csvLine([each.class, each.requests, each.units, undefined, undefined]);
  yield csvLine(['total', requests, units, bytesIn, bytesOut]);
}
