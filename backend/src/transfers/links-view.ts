import type { UnsupportedLink } from '../engine/links/document-links.js';
import {
  DOCUMENT_KINDS,
  type DocumentKind,
  type LinkCode,
  type LinkCounts,
  type LinkFacts,
  type LinkMode,
} from '../engine/model/links.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { PlanFacts } from '../engine/model/plan-facts.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import type { ApiOffDto, LinkReasonDto, PreflightLinksDto, TransferLinksDto } from './links.dto.js';

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

// Nothing is counted yet.
const reasonsView = (_counts: Readonly<Partial<Record<UnsupportedLink | LinkCode, number>>>): LinkReasonDto[] => [];
