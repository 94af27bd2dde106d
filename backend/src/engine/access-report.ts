import { Ahead } from './ahead.js';
import { csvLine } from './csv.js';
import { ACCESS_REASONS } from './model/access-reasons.js';
import type { ItemRecord } from './model/items.js';
import { itemsBeside } from './model/records.js';
import type { AccessGrant, AccessRecord } from './model/sharing.js';
import type { Ledger } from './ports/ledger.js';
import type { LedgerAccess } from './ports/ledger/access.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';

/** Columns of the permissions as CSV. Their order is part of the contract: add columns at the end only. */
const COLUMNS: readonly [string, (item: ItemRecord, grant: AccessGrant, record: AccessRecord) => string | undefined][] =
  [
    ['path', ({ path }) => path],
    ['source_id', ({ sourceId }) => sourceId],
    ['destination_id', (_item, _grant, { copyId }) => copyId],
    ['grantee_type', (_item, { grantee }) => grantee.type],
    ['grantee', (_item, { grantee }) => grantee.address],
    ['role', (_item, { role }) => role],
    ['expires', (_item, { expiresAt }) => (expiresAt === undefined ? undefined : new Date(expiresAt).toISOString())],
    ['outcome', (_item, { outcome }) => outcome],
    ['reason_code', (_item, { code, reduced }) => code ?? reduced],
    ['reason', (_item, { code, reduced }) => (code || reduced ? ACCESS_REASONS[(code ?? reduced)!].title : undefined)],
    ['original_grantees', (_item, { originals }) => originals.map(({ type, address = type }) => address).join(' ')],
  ];

/** A line for each permission that a copy should have directly (RFC 4180), with a byte-order mark as in the report. */
export async function* accessCsv(ledger: Pick<Ledger, 'accessRecords' | 'items'>): AsyncGenerator<string> {
  yield '\uFEFF' + csvLine(COLUMNS.map(([name]) => name));
  const itemOf = itemsBeside(ledger);
  for await (const record of recordsAhead(ledger)) {
    const item = await itemOf(record.ordinal);
    if (!item) continue;
    for (const grant of record.grants) yield csvLine(COLUMNS.map(([, value]) => value(item, grant, record)));
  }
}

const recordsAhead = (ledger: Pick<LedgerAccess, 'accessRecords'>) =>
  new Ahead((after) => ledger.accessRecords(after, PLAN_PAGE));

/** Numbers of an item's permissions by outcome, as in the report and the API. */
export function itemAccessCounts({ grants }: Pick<AccessRecord, 'grants'>) {
  const those = (outcome: AccessGrant['outcome']) => grants.filter((grant) => grant.outcome === outcome).length;
  return { accessWanted: grants.length, accessEqual: those('equal'), accessRefused: those('narrower') };
}

export type ItemAccessCounts = ReturnType<typeof itemAccessCounts>;

/** These numbers for items in the order of the plan; nothing if sharing is not carried over. */
export function accessCountsBeside(
  ledger: Pick<Ledger, 'order' | 'accessRecords'>,
): (ordinal: number) => Promise<ItemAccessCounts | undefined> {
  if (!ledger.order.sharing) return () => Promise.resolve(undefined);
  const records = recordsAhead(ledger);
  return async (ordinal) => {
    const record = await records.at(ordinal);
    return record && itemAccessCounts(record);
  };
}
