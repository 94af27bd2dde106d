import {
  DOCUMENT_KINDS,
  type DocumentKind,
  type DocumentRecord,
  type LinkCounts,
  type LinkFacts,
  type LinkMode,
  type LinkReason,
} from '../engine/model/links.js';
import { LINK_REASONS } from '../engine/model/link-reasons.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { ItemRecord } from '../engine/model/items.js';
import type { PlanFacts } from '../engine/model/plan-facts.js';
import { itemsBeside } from '../engine/model/records.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type {
  ApiOffDto,
  LinkListDto,
  LinkListQueryDto,
  LinkReasonDto,
  LinkRowDto,
  PreflightLinksDto,
  TransferLinksDto,
} from './links.dto.js';

const NO_LINKS: LinkCounts = {
  ...{ found: 0, waiting: 0, rewritten: 0, outside: 0, unsupported: 0, failed: 0 },
  reasons: {},
  documents: { read: 0, unread: {}, apiOff: {} },
};

/** What happens to links in the copied documents, and what became of them. */
export function linksView(
  { links: mode }: Pick<TransferOrder, 'links'>,
  { links }: Pick<TransferSnapshot, 'links'>,
): TransferLinksDto {
  const { reasons, documents, ...counts } = links ?? NO_LINKS;
  return {
    mode: mode ?? 'leave',
    ...counts,
    documents: { read: documents.read, unread: reasonsView(documents.unread) },
    reasons: reasonsView(reasons),
    apiOff: DOCUMENT_KINDS.flatMap((kind) => apiOffView(kind, documents.apiOff[kind])),
  };
}

/** What would happen to them, once it is estimated. */
export function linksForecast(
  { links: mode }: Pick<TransferOrder, 'links'>,
  { links }: Pick<PlanFacts, 'links'>,
): PreflightLinksDto {
  const { byKind = [], sample = 0, apiOff = [] } = links ?? {};
  const documentsOf = (kind: DocumentKind) => byKind.find((each) => each.kind === kind)?.documents;
  return {
    mode: mode ?? 'leave',
    byKind: byKind.map((each) => ({ ...each })),
    sample,
    apiOff: apiOff.flatMap((kind) => apiOffView(kind, documentsOf(kind))),
  };
}

/**
 * Requests of an account that the API of each kind accepts in a minute ("Usage limits" of Docs, Sheets, Slides and
 * Forms).
 */
const PER_MINUTE: Readonly<Record<DocumentKind, { readonly reads: number; readonly writes: number }>> = {
  document: { reads: 300, writes: 60 },
  spreadsheet: { reads: 60, writes: 60 },
  presentation: { reads: 600, writes: 60 },
  form: { reads: 390, writes: 150 },
};

/**
 * How long it takes to read the documents, and to rewrite those with links to something that is copied. At most every
 * document has such links; each of these is read again after the write. The kinds have separate quotas.
 */
export function linksSeconds(mode: LinkMode, { byKind }: LinkFacts): number {
  const minutes = byKind.map(({ kind, documents, estimate }) => {
    const written = mode === 'rewrite' ? Math.min(documents, estimate) : 0;
    const { reads, writes } = PER_MINUTE[kind];
    return Math.max((documents + written) / reads, written / writes);
  });
  return Math.ceil(60 * Math.max(0, ...minutes));
}

/** Names of the APIs in Google's console. */
const SERVICES: Readonly<Record<DocumentKind, string>> = {
  document: 'docs.googleapis.com',
  spreadsheet: 'sheets.googleapis.com',
  presentation: 'slides.googleapis.com',
  form: 'forms.googleapis.com',
};

const apiOffView = (kind: DocumentKind, documents = 0): ApiOffDto[] =>
  documents > 0
    ? [{ kind, documents, consoleUrl: `https://console.cloud.google.com/apis/library/${SERVICES[kind]}` }]
    : [];

function reasonsView(counts: Readonly<Partial<Record<LinkReason, number>>>): LinkReasonDto[] {
  return (Object.entries(counts) as [LinkReason, number][])
    .filter(([, count]) => count > 0)
    .map(([code, count]) => {
      const { title, advice, isRetryable } = LINK_REASONS[code];
      return { code, title, advice, count, retryable: isRetryable };
    })
    .sort((one, other) => other.count - one.count);
}

/** Records to read at once. */
const PAGE = 200;
/** Maximum number of links that one request reads; a document without links counts as one. */
const MAX_LINKS_READ = 20_000;

/** A page of the links. The cursor is the place of the next row: ordinal and number in the document. */
export async function linksPage(
  ledger: Pick<Ledger, 'linkRecords' | 'items'>,
  { outcome, q, limit, cursor = '0.0' }: LinkListQueryDto,
): Promise<LinkListDto> {
  const [first = 0, from = 0] = cursor.split('.').map(Number);
  const text = q?.trim().toLowerCase();
  const isWanted = ({ path, place, text: address, newText, ...row }: LinkRowDto) =>
    (!outcome || row.outcome === outcome) &&
    (!text ||
      [path, address, newText, place?.container, place?.label].some((each) => each?.toLowerCase().includes(text)));
  const itemOf = itemsBeside(ledger);
  const items: LinkRowDto[] = [];
  let read = 0;
  for (let after = first - 1; ;) {
    const records = await ledger.linkRecords(after, PAGE, outcome);
    const last = records.at(-1);
    if (!last) return { items };
    for (const record of records) {
      const rows = rowsOf(record, await itemOf(record.ordinal));
      read += Math.max(1, rows.length);
      for (let index = record.ordinal === first ? from : 0; index < rows.length; index++) {
        const row = rows[index]!;
        if (!isWanted(row)) continue;
        if (items.length === limit) return { items, nextCursor: `${record.ordinal}.${index}` };
        items.push(row);
      }
      if (read >= MAX_LINKS_READ) return { items, nextCursor: `${record.ordinal + 1}.0` };
    }
    after = last.ordinal;
  }
}

/** A row for each link, and one for a document that could not be read. */
function rowsOf(record: DocumentRecord, item: ItemRecord | undefined): LinkRowDto[] {
  const { ordinal, copyId: documentId, kind, state, code, links } = record;
  const { webViewLink } = item?.outcome ?? {};
  const document = { ordinal, path: item?.path ?? '', documentId, ...(webViewLink && { webViewLink }), kind };
  const unread = { ...document, outcome: 'unread' as const, ...reasonOf(code) };
  const rows = links.map(({ place, text, newText, outcome, code: reason, needsConsent }) => ({
    ...document,
    outcome,
    place: { ...place },
    text,
    ...(newText !== undefined && { newText }),
    ...reasonOf(reason),
    ...(needsConsent && { needsConsent }),
  }));
  return state === 'unread' ? [unread, ...rows] : rows;
}

function reasonOf(code: LinkReason | undefined): Pick<LinkRowDto, 'code' | 'title' | 'advice'> {
  if (!code) return {};
  const { title, advice } = LINK_REASONS[code];
  return { code, title, advice };
}
