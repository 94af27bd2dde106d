import { Ahead } from '../engine/ahead.js';
import { restrictionTotals } from '../engine/access-report.js';
import { ACCESS_REASONS } from '../engine/model/access-reasons.js';
import type { TransferOrder } from '../engine/model/order.js';
import { type AccessFacts, unreadableItems } from '../engine/model/plan-facts.js';
import type { AccessCode, AccessCounts, AccessOutcome, Grantee } from '../engine/model/sharing.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { LedgerAccess } from '../engine/ports/ledger/access.js';
import { type AccessRow, addLineUsage, type LineUsage, NO_USAGE } from '../engine/sharing/access-table.js';
import { pageOf } from '../http/page-query.dto.js';
import { granteeKey } from '../engine/sharing/wanted-access.js';
import type {
  AccessListDto,
  AccessListQueryDto,
  AccessReasonDto,
  AccessRowDto,
  AccessSummaryDto,
  PeopleListDto,
  PeopleQueryDto,
  SharingChoicesDto,
  TransferAccessQueryDto,
  TransferSharingDto,
} from './sharing.dto.js';

/** Rows and records to read at once. */
const PAGE = 1_000;
const NO_COUNTS = { gains: 0, loses: 0, less: 0, keeps: 0 };

/** Which permissions are carried over. */
export const sharingChoices = ({ sharing }: Pick<TransferOrder, 'sharing'>): SharingChoicesDto =>
  sharing
    ? { mode: 'carry', ...sharing }
    : { mode: 'none', unmapped: 'keep', links: 'keep', owner: 'drop', outsiders: 'keep', notify: false, lines: 0 };

/** Which permissions are carried over, and their outcomes. */
export function sharingView(order: TransferOrder, snapshot: TransferSnapshot): TransferSharingDto {
  const { wanted = 0, equal = 0, narrower = 0, wider = 0, waiting = 0, reasons = {} } = snapshot.sharing ?? {};
  // During copying, the same limit concerns temporary shares.
  const isParked = snapshot.limit === 'sharing' && snapshot.resumeState === 'finishing';
  const isOver = TERMINAL_STATES.includes(snapshot.state);
  // The ledger counts only records so far; until the step ends, the plan has the total.
  const ahead = isOver ? 0 : Math.max(0, (snapshot.plan?.access?.permissions ?? 0) - wanted);
  return {
    ...sharingChoices(order),
    wanted: wanted + ahead,
    equal,
    narrower,
    wider,
    left: wider - (reasons.reverted ?? 0),
    waiting: waiting + ahead,
    unreadable: order.sharing ? unreadableItems(snapshot) : 0,
    reasons: reasonViews(reasons),
    restrictions: {
      ...restrictionTotals(snapshot),
      reasons: reasonViews(snapshot.sharing?.restrictions.reasons ?? {}),
    },
    ...(isParked && snapshot.resumeAt && { resumeAt: new Date(snapshot.resumeAt).toISOString() }),
  };
}

const reasonViews = (reasons: AccessCounts['reasons']): AccessReasonDto[] =>
  Object.entries(reasons)
    .map(([code, count]) => reasonView(code as AccessCode, count))
    .sort((one, other) => other.count - one.count);

function reasonView(code: AccessCode, count: number): AccessReasonDto {
  const { title, advice, isRetryable } = ACCESS_REASONS[code];
  return { code, title, advice, count, retryable: isRetryable };
}

/** The access of a plan in numbers. */
export function accessSummary({ counts, warnings, ...facts }: AccessFacts): AccessSummaryDto {
  return { ...facts, ...counts, warnings: warnings.map((warning) => ({ ...warning })) };
}

/** The outcome of a grantee's permissions. */
interface GranteeOutcome {
  readonly outcome: AccessOutcome;
  readonly code?: AccessCode;
}

/** By the key of the originals' grantee. */
export type GranteeOutcomes = ReadonlyMap<string, GranteeOutcome>;

/** In ascending precedence: while any permission is waiting, the outcome is unknown. */
const OUTCOMES: readonly AccessOutcome[] = ['equal', 'narrower', 'wider', 'waiting'];
/** Of two that are wider, the one that remains counts. */
const severityOf = ({ outcome, code }: GranteeOutcome): number =>
  2 * OUTCOMES.indexOf(outcome) + (outcome === 'wider' && code !== 'reverted' ? 1 : 0);

/** The outcomes by grantee. Reads every record once. */
export async function outcomesOf(ledger: Pick<LedgerAccess, 'accessRecords'>): Promise<GranteeOutcomes> {
  const outcomes = new Map<string, GranteeOutcome>();
  for await (const { grants } of new Ahead((after) => ledger.accessRecords(after, PAGE)))
    for (const { originals, outcome, code } of grants)
      for (const original of originals) {
        const key = granteeKey(original);
        const [before, now] = [outcomes.get(key), { outcome, ...(code && { code }) }];
        if (!before || severityOf(before) < severityOf(now)) outcomes.set(key, now);
      }
  return outcomes;
}

/**
 * A page of who can open the originals and the copies.
 * @param outcomes of a transfer, see `outcomesOf`
 */
export async function accessPage(
  ledger: Pick<Ledger, 'accessTable' | 'snapshot'>,
  query: AccessListQueryDto & Pick<TransferAccessQueryDto, 'outcome'>,
  outcomes: GranteeOutcomes = new Map(),
): Promise<AccessListDto> {
  const counts = { ...((await ledger.snapshot()).plan?.access?.counts ?? NO_COUNTS) };
  const text = query.q?.trim().toLowerCase();
  const isWanted = (row: AccessRowDto) =>
    (!query.change || row.change === query.change) &&
    (!query.outcome || row.outcome === query.outcome) &&
    (!text || [row.grantee, row.becomes].some((grantee) => grantee?.address?.includes(text)));
  const items: AccessRowDto[] = [];
  for (let from = Number(query.cursor ?? 0); ; from += PAGE) {
    const rows = await ledger.accessTable(from, PAGE);
    for (const [index, row] of rows.entries()) {
      // A grantee who gains and can open originals has a second row, which has the outcome.
      const view = rowView(row, row.change === 'gains' ? undefined : outcomes.get(granteeKey(row.grantee)));
      if (!isWanted(view)) continue;
      if (items.length === query.limit) return { items, nextCursor: String(from + index), counts };
      items.push(view);
    }
    if (rows.length < PAGE) return { items, counts };
  }
}

function rowView(row: AccessRow, came?: GranteeOutcome): AccessRowDto {
  const { grantee, becomes, line, now, after, change, reasons } = row;
  // The reason of the outcome is more specific than the plan's.
  const reason = came?.code ?? reasons[0]?.code;
  const { folder, isMore } = reasons[0] ?? {};
  return {
    grantee: granteeView(grantee),
    ...(becomes === null && { becomes: null }),
    ...(becomes && granteeKey(becomes) !== granteeKey(grantee) && { becomes: granteeView(becomes) }),
    ...(line !== undefined && { line }),
    now: { ...now },
    after: { ...after },
    change,
    ...(reason && { code: reason, reason: ACCESS_REASONS[reason].title }),
    ...(folder !== undefined && { folder, ...(isMore && { moreFolders: true }) }),
    ...(came && { outcome: came.outcome }),
  };
}

const granteeView = ({ type, address }: Grantee) => ({ type, ...(address !== undefined && { address }) });

/** The usage of the people map's lines, by number; undefined before the count. */
type UsageByLine = ReadonlyMap<number, LineUsage> | undefined;

/**
 * A page of the people map, with the usage of each line.
 * @param usage see `usageByLine`
 */
export async function peoplePage(
  ledger: Pick<LedgerAccess, 'people'>,
  query: PeopleQueryDto,
  usage: UsageByLine,
): Promise<PeopleListDto> {
  const { page, next } = pageOf(await ledger.people(), query);
  const lines = page.map(({ line, from: who, to }) => ({
    ...{ line, from: who, to },
    ...(usage && (usage.get(line) ?? NO_USAGE)),
  }));
  return { lines, ...next };
}

/** Reads the whole list of grantees. */
export async function usageByLine(ledger: Pick<LedgerAccess, 'accessTable'>): Promise<UsageByLine> {
  const usage = new Map<number, LineUsage>();
  for (let from = 0; ; from += PAGE) {
    const rows = await ledger.accessTable(from, PAGE);
    if (from === 0 && rows.length === 0) return undefined;
    addLineUsage(usage, rows);
    if (rows.length < PAGE) return usage;
  }
}
