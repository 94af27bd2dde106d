import { Ahead } from './ahead.js';
import { csvLine } from './csv.js';
import type { DocumentPart, LinkHolder, LinkPlace } from './links/document-links.js';
import { LINK_REASONS } from './model/link-reasons.js';
import type { DocumentKind, DocumentRecord, LinkRecord } from './model/links.js';
import { itemsBeside } from './model/records.js';
import type { Ledger } from './ports/ledger.js';
import type { LedgerLinks } from './ports/ledger/links.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';

/** A link, or a document that could not be read. */
interface Line {
  readonly document: DocumentRecord;
  readonly link?: LinkRecord;
}

const codeOf = ({ document, link }: Line) => (link ? link.code : document.code);

function reasonOf(line: Line): string | undefined {
  const code = codeOf(line);
  if (code) return LINK_REASONS[code].title;
  return line.link?.needsConsent && 'The formula shows data once a person has allowed access to the new spreadsheet.';
}

/** Columns of the links as CSV. Their order is part of the contract: add columns at the end only. */
const COLUMNS: readonly [string, (line: Line, path: string | undefined) => string | undefined][] = [
  ['document_path', (_line, path) => path],
  ['document_id', ({ document }) => document.copyId],
  ['kind', ({ document }) => document.kind],
  ['place', ({ document, link }) => link && placeInWords(document.kind, link.place)],
  ['old_address', ({ link }) => link?.text],
  ['new_address', ({ link }) => link?.newText],
  ['outcome', ({ link }) => link?.outcome ?? 'unread'],
  ['reason_code', codeOf],
  ['reason', reasonOf],
];

/**
 * A line for each link in the copied documents, and for each document that could not be read (RFC 4180), with a
 * byte-order mark as in the report.
 */
export async function* linksCsv(ledger: Pick<Ledger, 'linkRecords' | 'items'>): AsyncGenerator<string> {
  yield '\uFEFF' + csvLine(COLUMNS.map(([name]) => name));
  const itemOf = itemsBeside(ledger);
  for await (const document of recordsAhead(ledger)) {
    const path = (await itemOf(document.ordinal))?.path;
    const lines: Line[] = document.links.map((link) => ({ document, link }));
    if (document.state === 'unread') lines.unshift({ document });
    // Together, because a document can have thousands.
    if (lines.length > 0) yield lines.map((line) => csvLine(COLUMNS.map(([, value]) => value(line, path)))).join('');
  }
}

const recordsAhead = (ledger: Pick<LedgerLinks, 'linkRecords'>) =>
  new Ahead((after) => ledger.linkRecords(after, PLAN_PAGE));

/** What holds a link is named where a person would not find it as text or content of a cell. */
const NAMED_HOLDERS: readonly LinkHolder[] = ['chip', 'note', 'shape', 'image', 'chart', 'video', 'responses'];

const PARTS: Readonly<Partial<Record<DocumentPart, string>>> = {
  table: 'table',
  header: 'header',
  footer: 'footer',
  footnote: 'footnote',
  speaker_notes: 'speaker notes',
};

/** For example `Tab 1, table: visible text`, `Regions!B2, note`, `Slide 14, speaker notes`. */
function placeInWords(kind: DocumentKind, { holder, part, container, label }: LinkPlace): string {
  const isCell = part === 'sheet';
  const name = isCell ? cellInA1(container, label) : kind === 'presentation' ? `Slide ${container}` : container;
  const place = [name, PARTS[part], NAMED_HOLDERS.includes(holder) && holder].filter(Boolean).join(', ');
  return isCell || !label ? place : `${place}: ${label}`;
}

/** Names with other characters than letters are quoted, so that the place can be pasted into the name box of Sheets. */
const cellInA1 = (sheet: string, cell: string): string =>
  `${/^\p{L}+$/u.test(sheet) ? sheet : `'${sheet.replaceAll("'", "''")}'`}!${cell}`;

/** Numbers of an item's links by outcome, as in the report and the API; none if the document could not be read. */
export function itemLinkCounts({ state, links }: Pick<DocumentRecord, 'state' | 'links'>): ItemLinkCounts | undefined {
  if (state === 'unread') return undefined;
  const those = (outcome: LinkRecord['outcome']) => links.filter((link) => link.outcome === outcome).length;
  return { linksFound: links.length, linksRewritten: those('rewritten'), linksFailed: those('failed') };
}

export interface ItemLinkCounts {
  readonly linksFound: number;
  readonly linksRewritten: number;
  readonly linksFailed: number;
}

/** These numbers for items in the order of the plan; nothing if links stay as they are. */
export function linkCountsBeside(
  ledger: Pick<Ledger, 'order' | 'linkRecords'>,
): (ordinal: number) => Promise<ItemLinkCounts | undefined> {
  if (!ledger.order.links) return () => Promise.resolve(undefined);
  const records = recordsAhead(ledger);
  return async (ordinal) => {
    const record = await records.at(ordinal);
    return record && itemLinkCounts(record);
  };
}
