import { csvLine } from './csv.js';
import type { ItemRecord, Ledger, TransferState } from './ports/ledger.js';
import { FALLBACK_REASONS, leftReasonOf } from './reasons.js';
import { recordsOf } from './records.js';

/**
 * Whether the whole destination was listed anew after the last copy and compared with the plan. Only an end by itself
 * has that: a transfer that was canceled, failed or was undone lacks it, and one that runs has it before it.
 */
export const hasClosingCheck = (state: TransferState): boolean =>
  state === 'completed' || state === 'completed_with_failures';

/** Columns of the report as CSV, in their order. Part of the contract: extended at the end only. */
const COLUMNS: readonly [string, (item: ItemRecord, state: TransferState) => string | number | null | undefined][] = [
  ['path', (item) => item.path],
  ['name', (item) => item.name],
  ['state', (item) => item.state],
  ['reason_code', (item) => item.outcome.code],
  ['reason', (item) => item.outcome.reason],
  ['type', (item) => item.kind],
  ['mime_type', (item) => item.mimeType],
  ['bytes', (item) => item.size],
  ['way', (item) => item.outcome.way],
  ['checksum_kind', (item) => item.outcome.checksum?.kind],
  ['source_checksum', (item) => item.outcome.checksum?.source],
  ['destination_checksum', (item) => item.outcome.checksum?.destination],
  ['modified_time', (item) => item.modifiedTime],
  ['original', (item) => item.outcome.original],
  ['original_reason', (item) => leftReasonOf(item.outcome.originalReason).reason],
  ['attempts', (item) => item.attempts],
  ['source_id', (item) => item.sourceId],
  ['destination_id', (item) => item.outcome.destinationId],
  ['lossy', (item) => item.outcome.lossy?.join('; ')],
  ['undone', (item) => item.outcome.undone],
  ['undone_reason', (item) => leftReasonOf(item.outcome.undoneReason).reason],
  ['created_time', (item) => item.createdTime],
  ['last_tried', (item) => item.triedAt && new Date(item.triedAt).toISOString()],
  ['fallback_code', (item) => item.outcome.fallback],
  ['fallback_reason', (item) => item.outcome.fallback && FALLBACK_REASONS[item.outcome.fallback]],
  // Of what has arrived; a table has no other place for it.
  ['closing_check', ({ outcome }, state) => outcome.destinationId && (hasClosingCheck(state) ? 'done' : 'none')],
];

/**
 * The report as CSV (RFC 4180), a line an item, page by page whatever its size. It begins with a byte-order mark, without
 * which Excel takes UTF-8 for something else.
 */
export async function* reportCsv(ledger: Pick<Ledger, 'items' | 'state'>): AsyncGenerator<string> {
  yield '\uFEFF' + csvLine(COLUMNS.map(([name]) => name));
  const state = await ledger.state();
  for await (const item of recordsOf(ledger)) yield csvLine(COLUMNS.map(([, value]) => value(item, state)));
}
