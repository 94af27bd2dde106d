import { Ahead } from './ahead.js';
import { csvLine } from './csv.js';
import { ACCESS_REASONS } from './model/access-reasons.js';
import type { ItemRecord } from './model/items.js';
import { unreadableItems } from './model/plan-facts.js';
import { itemsBeside, recordsOf } from './model/records.js';
import type { AccessGrant, AccessRecord } from './model/sharing.js';
import type { TransferSnapshot } from './model/snapshot.js';
import type { Ledger } from './ports/ledger.js';
import type { LedgerAccess } from './ports/ledger/access.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { type RestrictionOutcome, restrictionsOf } from './sharing/restrictions.js';
import { UnreadableItems } from './sharing/unreadable-items.js';

/** A permission or a restriction of a copy, or an item whose permissions could not be read. */
interface Line {
  readonly item: ItemRecord;
  readonly copyId?: string | undefined;
  readonly grant?: AccessGrant;
  readonly restriction?: RestrictionOutcome;
  /** The source could not read the permissions of the original. */
  readonly isUnread?: true;
}

const codeOf = ({ grant, restriction, isUnread }: Line) =>
  isUnread ? 'unreadable' : (grant?.code ?? grant?.reduced ?? restriction?.code);

/** Columns of the CSV. Their order is part of the contract: add columns at the end only. */
const COLUMNS: readonly [string, (line: Line) => string | undefined][] = [
  ['path', ({ item }) => item.path],
  ['source_id', ({ item }) => item.sourceId],
  ['destination_id', ({ copyId }) => copyId],
  ['grantee_type', ({ grant }) => grant?.grantee.type],
  ['grantee', ({ grant }) => grant?.grantee.address],
  ['role', ({ grant }) => grant?.role],
  ['expires', ({ grant }) => (grant?.expiresAt === undefined ? undefined : new Date(grant.expiresAt).toISOString())],
  ['outcome', ({ grant, restriction, isUnread }) => (isUnread ? 'unread' : (grant?.outcome ?? restriction?.state))],
  ['reason_code', codeOf],
  ['reason', (line) => ACCESS_REASONS[codeOf(line)!]?.title],
  ['original_grantees', ({ grant }) => grant?.originals.map(({ type, address = type }) => address).join(' ')],
  ['restriction', ({ restriction: of }) => of && (of.isLifted ? `lifted ${of.name}` : of.name)],
  // Google lists the primary address of a person, also if the permission was granted to an alias.
  ['permission_id', ({ grant }) => grant?.permissionId],
];

type AccessLedger = Pick<Ledger, 'accessRecords' | 'items' | 'sourceAccess' | 'snapshot'>;

/**
 * A line for each permission that a copy should have directly, and for each of its restrictions (RFC 4180), with a
 * byte-order mark as in the report. An item whose permissions the source could not read has a line without a grantee.
 */
export async function* accessCsv(ledger: AccessLedger): AsyncGenerator<string> {
  yield '\uFEFF' + csvLine(COLUMNS.map(([name]) => name));
  if (unreadableItems(await ledger.snapshot()) > 0) {
    yield* linesWithUnread(ledger);
    return;
  }
  const itemOf = itemsBeside(ledger);
  for await (const record of recordsAhead(ledger)) {
    const item = await itemOf(record.ordinal);
    if (!item) continue;
    yield* linesOf(item, record);
  }
}

async function* linesWithUnread(ledger: AccessLedger): AsyncGenerator<string> {
  const records = recordsAhead(ledger);
  const sources = new Ahead((after) => ledger.sourceAccess(after, PLAN_PAGE));
  const unreadable = new UnreadableItems();
  for await (const item of recordsOf(ledger)) {
    const isUnread = unreadable.has(item, (await sources.at(item.ordinal))?.access);
    const record = await records.at(item.ordinal);
    if (record) yield* linesOf(item, record);
    // Skipped items have no copy.
    if (isUnread && item.state !== 'skipped') yield text({ item, copyId: item.outcome.destinationId, isUnread });
  }
}

function* linesOf(item: ItemRecord, record: AccessRecord): Generator<string> {
  const { copyId } = record;
  for (const grant of record.grants) yield text({ item, copyId, grant });
  for (const restriction of restrictionsOf(record)) yield text({ item, copyId, restriction });
}

const text = (line: Line): string => csvLine(COLUMNS.map(([, value]) => value(line)));

const recordsAhead = (ledger: Pick<LedgerAccess, 'accessRecords'>) =>
  new Ahead((after) => ledger.accessRecords(after, PLAN_PAGE));

/** Numbers of an item's permissions by outcome and of its restrictions, as in the report and the API. */
export function itemAccessCounts(record: Pick<AccessRecord, 'grants' | 'restrictions'>) {
  const { grants } = record;
  const those = (outcome: AccessGrant['outcome']) => grants.filter((grant) => grant.outcome === outcome).length;
  const restrictions = restrictionsOf(record);
  return {
    ...{ accessWanted: grants.length, accessEqual: those('equal'), accessRefused: those('narrower') },
    ...(restrictions.length > 0 && {
      restrictions: restrictions.length,
      restrictionsRefused: restrictions.filter(({ state }) => state === 'refused').length,
    }),
  };
}

/** Numbers of restrictions by state, which add up to `wanted`. */
export function restrictionTotals({ sharing }: Pick<TransferSnapshot, 'sharing'>) {
  const { applied = 0, refused = 0, waiting = 0 } = sharing?.restrictions ?? {};
  return { wanted: applied + refused + waiting, applied, refused, waiting };
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
