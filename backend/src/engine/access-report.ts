import { csvLine } from './csv.js';

/** Columns of the permissions as CSV, in their order. Part of the contract: extended at the end only. */
const COLUMNS = [
  'path',
  'source_id',
  'destination_id',
  'grantee_type',
  'grantee',
  'role',
  'expires',
  'outcome',
  'reason_code',
  'reason',
] as const;

/** A line for each permission that a copy was to have directly (RFC 4180), with a byte-order mark as in the report. */
export function* accessCsv(): Generator<string> {
  yield '\uFEFF' + csvLine(COLUMNS);
}
