import { accessCountsBeside, type ItemAccessCounts, restrictionTotals } from './access-report.js';
import { csvLine } from './csv.js';
import { type ItemLinkCounts, linkCountsBeside } from './links-report.js';
import type { ItemRecord } from './model/items.js';
import type { TransferOrder } from './model/order.js';
import { unreadableItems } from './model/plan-facts.js';
import type { TransferSnapshot } from './model/snapshot.js';
import type { TransferState } from './model/states.js';
import type { Ledger } from './ports/ledger.js';
import { FALLBACK_REASONS, leftReasonOf } from './model/reasons.js';
import { recordsOf } from './model/records.js';

/**
 * Version of the JSON report's text from its second line on, of which the fingerprint is computed. Increase it with
 * every change of that text, so that fingerprints of another version are computed again instead of shown.
 */
export const REPORT_FORMAT = 2;

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/**
 * Whether the closing check was made. Only completed transfers have it, not those that were canceled, failed or undone.
 */
export const hasClosingCheck = (state: TransferState): boolean =>
  state === 'completed' || state === 'completed_with_failures';

/** Numbers of the permissions and links of an item's copy; missing where neither was handled. */
export type ItemCounts = Partial<ItemAccessCounts & ItemLinkCounts>;

/** An item with its outcome, as the report and the API state it. */
export function reportItem({ outcome, ...item }: ItemRecord, counts: ItemCounts = {}) {
  const replaces = item.replaces ?? item.supersedes;
  const original = leftReasonOf(outcome.originalReason);
  const undone = leftReasonOf(outcome.undoneReason);
  const reason = outcome.reason ?? original.reason;
  return {
    ordinal: item.ordinal,
    path: item.path,
    name: item.name,
    kind: item.kind,
    mimeType: item.mimeType,
    size: item.size,
    sourceId: item.sourceId,
    ...(outcome.destinationId && { destinationId: outcome.destinationId }),
    state: item.state,
    ...(outcome.original && { original: outcome.original }),
    ...(original.code && { originalCode: original.code }),
    ...(outcome.way && { way: outcome.way }),
    ...(outcome.fallback && { fallback: outcome.fallback, fallbackReason: FALLBACK_REASONS[outcome.fallback] }),
    ...(outcome.code && { code: outcome.code }),
    ...(reason && { reason }),
    ...(outcome.checksum && { checksum: { ...outcome.checksum } }),
    attempts: item.attempts,
    ...(item.triedAt && { triedAt: iso(item.triedAt) }),
    ...(outcome.lossy && { lossy: [...outcome.lossy] }),
    ...(replaces && { replaces }),
    ...(outcome.undone && { undone: outcome.undone }),
    ...(undone.code && { undoneCode: undone.code }),
    ...(undone.reason && { undoneReason: undone.reason }),
    ...(outcome.webViewLink && { webViewLink: outcome.webViewLink }),
    ...counts,
  };
}

/**
 * Number of items by state; they add up to `found`. In the order of the report; `checking` is kept from earlier
 * versions.
 */
export function countsOf({ found, counts }: Pick<TransferSnapshot, 'found' | 'counts'>) {
  const { verified, unverified, failed, skipped, copying, waiting } = counts;
  return { found, verified, unverified, failed, skipped, checking: 0, copying, waiting };
}

/** What the report states about the transfer as a whole. It does not change after the end. */
export function reportSummary(order: TransferOrder, snapshot: TransferSnapshot) {
  const { state, bytes, originals, verification, undo, targetName, resultFolderId } = snapshot;
  const partyOf = ({ email, name }: TransferOrder['source']) => ({ email, name });
  return {
    format: REPORT_FORMAT,
    id: order.id,
    mode: order.mode,
    state,
    source: partyOf(order.source),
    destination: partyOf(order.destination),
    target: {
      folderId: order.target.folderId,
      ...(targetName !== undefined && { folderName: targetName }),
      ...(order.target.newFolderName && { newFolderName: order.target.newFolderName }),
      ...(resultFolderId && { resultFolderId }),
    },
    createdAt: iso(order.createdAt),
    ...(snapshot.startedAt && { startedAt: iso(snapshot.startedAt) }),
    ...(snapshot.finishedAt && { finishedAt: iso(snapshot.finishedAt) }),
    counts: countsOf(snapshot),
    bytes: { found: bytes.found, verified: bytes.verified },
    ...(order.mode === 'move' && { originals: { trashed: originals.trashed, kept: originals.kept } }),
    ...(undo.trashed + undo.left > 0 && { undo: { trashed: undo.trashed, left: undo.left } }),
    verification: {
      closingCheck: hasClosingCheck(state),
      checksum: verification.checksum,
      presence: verification.presence,
    },
    ...(order.sharing && { access: accessTotals(snapshot) }),
    ...(order.links && { links: linkTotals(snapshot) }),
  };
}

/** `unreadable`: items whose permissions the source could not read; only where there are any. */
function accessTotals(snapshot: TransferSnapshot) {
  const { wanted = 0, equal = 0, narrower = 0, wider = 0, waiting = 0 } = snapshot.sharing ?? {};
  const unreadable = unreadableItems(snapshot);
  const restrictions = restrictionTotals(snapshot);
  return { wanted, equal, narrower, wider, waiting, restrictions, ...(unreadable > 0 && { unreadable }) };
}

/** `unread`: documents that could not be read. */
function linkTotals({ links }: TransferSnapshot) {
  const { found = 0, waiting = 0, rewritten = 0, outside = 0, unsupported = 0, failed = 0, documents } = links ?? {};
  const unread = Object.values(documents?.unread ?? {}).reduce((sum, count) => sum + count, 0);
  return { found, waiting, rewritten, outside, unsupported, failed, unread };
}

/** These numbers for items in the order of the plan. */
function countsBeside(ledger: ReportLedger): (ordinal: number) => Promise<ItemCounts> {
  const [accessOf, linksOf] = [accessCountsBeside(ledger), linkCountsBeside(ledger)];
  return async (ordinal) => ({ ...(await accessOf(ordinal)), ...(await linksOf(ordinal)) });
}

type ReportLedger = Pick<Ledger, 'items' | 'order' | 'accessRecords' | 'linkRecords'>;

/**
 * The JSON report from its second line on: the text of which the fingerprint (SHA-256) is computed. The first line
 * contains what may change after the end, and when the report was fetched. `tail -n +2 FILE | sha256sum` computes the
 * fingerprint.
 * @param seen called with each item
 */
export async function* reportBody(
  ledger: ReportLedger,
  snapshot: TransferSnapshot,
  seen: (item: ItemRecord) => void = () => undefined,
): AsyncGenerator<string> {
  yield `"summary":${JSON.stringify(reportSummary(ledger.order, snapshot))},"items":[`;
  const countsOf = countsBeside(ledger);
  let separator = '\n';
  for await (const item of recordsOf(ledger)) {
    seen(item);
    yield separator + JSON.stringify(reportItem(item, await countsOf(item.ordinal)));
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** Columns of the report as CSV. They are part of the contract: add new ones only at the end. */
const COLUMNS: readonly [
  string,
  (item: ItemRecord, state: TransferState, counts: ItemCounts) => string | number | null | undefined,
][] = [
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
  // Stated for arrived items, because a table has no other place for it.
  ['closing_check', ({ outcome }, state) => outcome.destinationId && (hasClosingCheck(state) ? 'done' : 'none')],
  ['access_wanted', (_item, _state, counts) => counts.accessWanted],
  ['access_equal', (_item, _state, counts) => counts.accessEqual],
  ['access_refused', (_item, _state, counts) => counts.accessRefused],
  ['links_found', (_item, _state, counts) => counts.linksFound],
  ['links_rewritten', (_item, _state, counts) => counts.linksRewritten],
  ['links_failed', (_item, _state, counts) => counts.linksFailed],
  ['restrictions', (_item, _state, counts) => counts.restrictions],
  ['restrictions_refused', (_item, _state, counts) => counts.restrictionsRefused],
];

/**
 * The report as CSV (RFC 4180), one line per item, read page by page. It begins with a byte-order mark, without which
 * Excel does not recognise UTF-8.
 */
export async function* reportCsv(ledger: ReportLedger & Pick<Ledger, 'state'>): AsyncGenerator<string> {
  yield '\uFEFF' + csvLine(COLUMNS.map(([name]) => name));
  const state = await ledger.state();
  const countsOf = countsBeside(ledger);
  for await (const item of recordsOf(ledger)) {
    const counts = await countsOf(item.ordinal);
    yield csvLine(COLUMNS.map(([, value]) => value(item, state, counts)));
  }
}
