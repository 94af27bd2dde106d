import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { usageError } from '../errors.ts';

/** A line of a report. */
export interface Item {
  path: string;
  name: string;
  state: string;
  kind: string;
  mimeType: string;
  /** Bytes; null without content. */
  size: number | null;
  code?: string;
  checksumKind?: 'sha256' | 'md5';
  checksum?: string;
  original?: string;
  undone?: string;
  sourceId: string;
  destinationId?: string;
  way?: string;
  accessWanted?: number;
  restrictions?: number;
  linksFound?: number;
  linksRewritten?: number;
  linksFailed?: number;
}

export interface Report {
  items: Item[];
  generatedAt?: string;
  /** Names of what was selected, at most five; missing if the report does not say. */
  selected?: readonly string[];
  counts?: { found: number } & Record<string, number>;
  closingCheck?: boolean;
  /** Links by outcome, and documents that could not be read. */
  links?: LinkTotals;
  /**
   * The number of items that a filter excluded, folders excepted; infinite after further runs, which may have excluded
   * more. Missing without a filter, and if the report does not say.
   */
  filteredOut?: number;
  /** Items whose permissions the source could not read; missing if the report does not say. */
  unreadable?: number;
  /** The fingerprint of the file's contents, and the stated one. */
  computed?: string | undefined;
  fingerprint?: string;
}

/** Links in the copied documents: found = waiting + rewritten + outside + unsupported + failed. */
export type LinkTotals = { found: number; unread: number } & Record<string, number>;

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw usageError(`${file} cannot be read.`);
  }
}

/** Reads a report, JSON or CSV. */
export function readReport(file: string): Report {
  const content = bytesOf(file);
  const text = content.toString('utf8').replace(/^\uFEFF/, '');
  const report: Report = text.trimStart().startsWith('{')
    ? { ...ofJson(text, file), computed: fingerprintOf(content) }
    : ofCsv(text, file);
  if (report.items.length === 0) throw usageError(`${file} has no items: there is nothing to prove.`);
  return report;
}

/** SHA-256 of a JSON report from its second line on; undefined if the file was reformatted. */
function fingerprintOf(content: Buffer) {
  const end = content.indexOf(0x0a) + 1;
  if (end === 0 || !content.subarray(end).toString('latin1', 0, 11).startsWith('"summary":{')) return undefined;
  return createHash('sha256').update(content.subarray(end)).digest('hex');
}

/** The used fields of a JSON report; older reports have the figures in `transfer`. */
interface ReportFile {
  generatedAt: string;
  transfer: Summary & {
    reportSha256: string;
    selection?: { names: string[] };
    options?: { filter?: object };
    plan?: { filteredOut: number };
    delta?: object;
  };
  summary?: Summary;
  items: (Omit<Item, 'checksum' | 'checksumKind'> & { checksum?: { kind: 'sha256' | 'md5'; destination: string } })[];
}

interface Summary {
  counts: { found: number } & Record<string, number>;
  verification?: { closingCheck: boolean };
  access?: { unreadable?: number };
  links?: LinkTotals;
}

function ofJson(text: string, file: string): Report {
  try {
    const { generatedAt, transfer, summary = transfer, items } = JSON.parse(text) as ReportFile;
    return {
      generatedAt,
      fingerprint: transfer.reportSha256,
      ...(transfer.selection && { selected: transfer.selection.names }),
      ...(transfer.options?.filter &&
        transfer.plan && { filteredOut: transfer.delta ? Infinity : transfer.plan.filteredOut }),
      // The part that the fingerprint covers.
      counts: summary.counts,
      ...(summary.links?.unread !== undefined && { links: summary.links }),
      ...(summary.access && { unreadable: summary.access.unreadable ?? 0 }),
      ...(summary.verification && { closingCheck: summary.verification.closingCheck }),
      items: items.map(({ checksum, ...item }) => ({
        ...item,
        ...(checksum && { checksum: checksum.destination, checksumKind: checksum.kind }),
      })),
    };
  } catch {
    throw usageError(`${file} is no report of a transfer, or it was cut off: fetch it again.`);
  }
}

function ofCsv(text: string, file: string): Report {
  const [header, ...rows] = parseCsv(text);
  const column = new Map((header ?? []).map((name, index) => [name, index]));
  for (const name of ['path', 'state', 'source_id', 'destination_id'])
    if (!column.has(name)) throw usageError(`${file} is no report of a transfer: it has no column ${name}.`);
  const cell = (row: string[], name: string) => row[column.get(name) ?? -1];
  const checks = new Set(rows.map((row) => cell(row, 'closing_check')));
  return {
    ...((checks.has('none') || checks.has('done')) && { closingCheck: !checks.has('none') }),
    items: rows.map((row) => {
      const value = (name: string) => plain(cell(row, name));
      return {
        path: value('path'),
        name: value('name'),
        state: value('state'),
        ...optional('code', value('reason_code')),
        kind: value('type'),
        mimeType: value('mime_type'),
        size: value('bytes') === '' ? null : Number(value('bytes')),
        ...(value('checksum_kind') && { checksumKind: value('checksum_kind') as 'sha256' | 'md5' }),
        ...optional('checksum', value('destination_checksum')),
        ...optional('original', value('original')),
        ...optional('undone', value('undone')),
        sourceId: value('source_id'),
        ...optional('destinationId', value('destination_id')),
        ...optional('way', value('way')),
        ...(value('access_wanted') && { accessWanted: Number(value('access_wanted')) }),
        ...(value('restrictions') && { restrictions: Number(value('restrictions')) }),
        ...(value('links_found') && {
          linksFound: Number(value('links_found')),
          linksRewritten: Number(value('links_rewritten')),
          linksFailed: Number(value('links_failed')),
        }),
      };
    }),
  };
}

/** A property, omitted if its value is empty. */
const optional = <Name extends string>(name: Name, value: string) =>
  (value ? { [name]: value } : {}) as { [Key in Name]?: string };

/** Parses CSV (RFC 4180); a text that ends inside a field is an error. */
function parseCsv(text: string) {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [field, quoted, bare = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/g)) {
    if (field === '' && row.length === 0) break;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

// CloudMover adds an apostrophe so that spreadsheets do not read a name as a formula: before a character that begins a
// formula, including blank or invisible characters before it, at the start of a field or after another country's
// separator.
const FORMULA = /[=+\-@＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌−]/u;
const SKIPPED = /[\p{White_Space}\p{C}\p{Z}\p{Default_Ignorable_Code_Point}"']/u;
const SEPARATOR = /[;\t\r\n\v\f\u0085\u2028\u2029]/u;

/** A field without these apostrophes. */
function plain(text = '') {
  if (!text.includes("'") || !FORMULA.test(text)) return text;
  const characters = [...text];
  const before: string[] = [];
  let isFormula = false;
  for (let at = characters.length - 1; at >= 0; at--) {
    const character = characters[at] ?? '';
    const isPutThere = isFormula && character === "'" && (at === 0 || SEPARATOR.test(characters[at - 1] ?? ''));
    isFormula = FORMULA.test(character) || (isFormula && SKIPPED.test(character));
    if (!isPutThere) before.push(character);
  }
  return before.reverse().join('');
}

/** A direct permission or a restriction of a copy in access.csv. */
export interface Grant {
  path: string;
  destinationId: string;
  type: string;
  /** Address or domain; empty for anyone. */
  grantee: string;
  role: string;
  expires?: number;
  outcome: string;
  /** Empty: unknown. Google lists another address for it if the grantee is an alias. */
  permissionId: string;
  /** Unwanted access that was removed at once. */
  isRemoved: boolean;
  /** Its name; missing: it is a permission. */
  restriction?: string;
  /** The restriction was lifted, not set. */
  isLifted?: boolean;
}

const LIFTED = 'lifted ';

/** The contents of access.csv. */
export interface AccessFile {
  /** The permissions and restrictions of each copy, by its id. */
  grants: Map<string, Grant[]>;
  /** Number of items whose permissions the source could not read. */
  unread: number;
}

/** Reads access.csv. */
export function readGrants(file: string): AccessFile {
  const columns = ['destination_id', 'grantee_type', 'grantee', 'role', 'outcome'];
  const { rows, has } = rowsOf(file, 'permissions (access.csv)', columns);
  const grants = rows.map((value): Grant => {
    return {
      path: value('path'),
      destinationId: value('destination_id'),
      type: value('grantee_type'),
      grantee: value('grantee').toLowerCase(),
      role: value('role'),
      ...(value('expires') && { expires: Date.parse(value('expires')) }),
      outcome: value('outcome'),
      permissionId: value('permission_id'),
      isRemoved: value('outcome') === 'wider' && has('original_grantees') && !value('original_grantees'),
      ...(value('restriction') && {
        restriction: value('restriction').replace(LIFTED, ''),
        isLifted: value('restriction').startsWith(LIFTED),
      }),
    };
  });
  const read = grants.filter(({ outcome }) => outcome !== 'unread');
  return { grants: byCopy(read), unread: grants.length - read.length };
}

/** A line of links.csv: a link in a copied document, or a document that could not be read. */
export interface Link {
  path: string;
  destinationId: string;
  /** `unread`: a document that could not be read. */
  outcome: string;
}

/** Reads links.csv: the links of each copy, by its id. */
export function readLinks(file: string): Map<string, Link[]> {
  const { rows } = rowsOf(file, 'links (links.csv)', ['document_path', 'document_id', 'outcome']);
  return byCopy(
    rows.map((value) => ({
      path: value('document_path'),
      destinationId: value('document_id'),
      outcome: value('outcome'),
    })),
  );
}

function byCopy<Row extends { destinationId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const copies = new Map<string, Row[]>();
  for (const row of rows) {
    const others = copies.get(row.destinationId);
    if (others) others.push(row);
    else copies.set(row.destinationId, [row]);
  }
  return copies;
}

/** The rows of a CSV file, each as a function from the name of a column to its value. */
function rowsOf(file: string, what: string, required: readonly string[]) {
  const text = bytesOf(file)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  const [header = [], ...rows] = parseCsv(text);
  const column = new Map(header.map((name, index) => [name, index]));
  for (const name of required)
    if (!column.has(name)) throw usageError(`${file} is no list of ${what}: it has no column ${name}.`);
  return {
    has: (name: string) => column.has(name),
    rows: rows.map((row) => (name: string) => plain(row[column.get(name) ?? -1])),
  };
}
