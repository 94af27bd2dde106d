import { type Grantee, MAX_PEOPLE_LINES, type PeopleLine } from '../model/sharing.js';
import { domainOf } from '../address.js';

/** What can be wrong with a line of a people map. */
export const PEOPLE_MAP_CODES = [
  'too_many_lines',
  /** The line has only one field: a wrong separator, or no `to` (an empty `to` means nobody). */
  'one_field',
  /** A quotation mark is not closed. */
  'quote_open',
  'bad_from',
  'bad_to',
  /** An address is mapped to a domain, or a domain to an address. */
  'kinds_differ',
  /** An earlier line has another `to` for the same `from`. */
  'two_targets',
  /** The line is part of a loop: the lines from its `to` lead back to its `from`. */
  'loop',
] as const;
export type PeopleMapCode = (typeof PEOPLE_MAP_CODES)[number];

export interface PeopleMapError {
  /** Line number in the file or the list, from 1. */
  readonly line: number;
  readonly code: PeopleMapCode;
  /** What is wrong and how to fix it. */
  readonly detail: string;
}

/** The result of reading a people map. Each line is either in `lines` or has one error. */
export interface PeopleMapReading {
  /** Lines with content, without the header. */
  readonly read: number;
  /** Valid lines in their order, lower case; empty if there are too many. */
  readonly lines: readonly PeopleLine[];
  /** Ordered by line. */
  readonly errors: readonly PeopleMapError[];
}

/** A line before it is checked. */
interface RawLine {
  readonly line: number;
  readonly from: string;
  /** Null or empty: nobody. */
  readonly to: string | null;
}

/**
 * The number of names to follow in search of loops. Lines for domains can lead an address to thousands of others, but
 * not in realistic maps. An undetected loop does no harm, because each line is applied once.
 */
const MAX_NAMES = 100_000;

/** A word that column titles have, and names of people do not. Any other first line is a line of the map. */
const TITLE =
  /(^|[^\p{L}])(from|to|old|new|source|target|destination|(e-?)?mails?|addresse?s?|users?|accounts?|von|nach|alte?[rs]?|neue?[rs]?|quelle|ziel|adressen?|benutzer|konto)(?![\p{L}])/iu;

/** Text of a CSV file as Excel writes it: UTF-8 with or without BOM, UTF-16 with BOM, otherwise Windows-1252. */
export function textOfCsv(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/**
 * Reads a people map in CSV: `from`, `to`; separated by comma, semicolon or tab. The first line is a header if it has
 * the title of a column, such as “from” or “Old address”, and nothing like an address or domain. Ignores further
 * columns; if the header names `from` and `to`, their order does not matter.
 */
export function readPeopleCsv(text: string): PeopleMapReading {
  const records = csvRecords(text);
  const first = records[0]?.fields ?? [];
  const hasTitle = first.some((field) => TITLE.test(field)) && !first.some((field) => /@|[^\s.]\.[^\s.]/.test(field));
  const header = hasTitle ? records.shift() : undefined;
  const names = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  const named = names.includes('from') && names.includes('to');
  const [from, to] = named ? [names.indexOf('from'), names.indexOf('to')] : [0, 1];
  const errors: PeopleMapError[] = [];
  const lines: RawLine[] = [];
  for (const { line, fields, isOpen } of records) {
    if (isOpen)
      errors.push({
        line,
        code: 'quote_open',
        detail: 'A quotation mark is not closed, so the rest of the file is one field. Close or remove it.',
      });
    else if (fields[from] === undefined || fields[to] === undefined)
      errors.push({
        line,
        code: 'one_field',
        detail: 'The line needs two fields. Write `from,to`, or `from,` to leave the person out.',
      });
    else lines.push({ line, from: fields[from], to: fields[to] });
  }
  return checked(lines, errors);
}

/** Checks a people map given as a list, numbered from 1. */
export const checkPeople = (list: readonly Pick<RawLine, 'from' | 'to'>[]): PeopleMapReading =>
  checked(
    list.map(({ from, to }, index) => ({ line: index + 1, from, to })),
    [],
  );

function checked(raw: readonly RawLine[], found: readonly PeopleMapError[]): PeopleMapReading {
  const read = raw.length + found.length;
  if (read > MAX_PEOPLE_LINES) {
    const detail = `${read.toLocaleString('en')} lines. The maximum is ${MAX_PEOPLE_LINES.toLocaleString('en')}. Use lines for whole domains, such as @old.example,@new.example.`;
    const line = raw[MAX_PEOPLE_LINES]?.line ?? read;
    return { read, lines: [], errors: [{ line, code: 'too_many_lines', detail }] };
  }
  const errors = [...found];
  const first = new Map<string, PeopleLine>();
  const lines: PeopleLine[] = [];
  for (const each of raw) {
    const line = checkedLine(each, first);
    if ('code' in line) errors.push(line);
    else lines.push(line);
  }
  const loops = loopsOf(new PeopleMap(lines));
  errors.push(...loops.values());
  errors.sort((one, other) => one.line - other.line);
  return { read, lines: lines.filter(({ line }) => !loops.has(line)), errors };
}

function checkedLine({ line, ...raw }: RawLine, first: Map<string, PeopleLine>): PeopleLine | PeopleMapError {
  const from = normalized(raw.from);
  const to = normalized(raw.to ?? '') || null;
  const wrong = (code: PeopleMapCode, detail: string): PeopleMapError => ({ line, code, detail });
  if (!isName(from)) return wrong('bad_from', invalid(from));
  if (to !== null && !isName(to)) return wrong('bad_to', `${invalid(to)} Leave it empty for nobody.`);
  if (to !== null && isDomain(from) !== isDomain(to))
    return wrong(
      'kinds_differ',
      `${shown(from)} and ${shown(to)} must both be an address, or both “@” and a domain. Write a line for each address.`,
    );
  const before = first.get(from);
  if (before && before.to !== to)
    return wrong(
      'two_targets',
      `${shown(from)} becomes ${shown(before.to)} on line ${before.line} and ${shown(to)} here. Remove one of the two lines.`,
    );
  const valid = { line, from, to };
  if (!before) first.set(from, valid);
  return valid;
}

/** Removes the apostrophe that keeps spreadsheets from reading “@…” as a formula; our own CSV files have it, too. */
const normalized = (text: string) =>
  text
    .trim()
    .replace(/^'(?=@)/, '')
    .normalize('NFC')
    .toLowerCase();

/** A local part. RFC 5321 §4.5.3.1: at most 64 characters; a whole address has at most 254. */
const LOCAL_PART = /^[^\s@"'`*(),:;<>[\]\\]{1,64}$/u;
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;

/** Whether a text is an address, or “@” and a domain. */
function isName(text: string): boolean {
  const [local, domain, ...rest] = text.split('@');
  const labels = domain?.split('.') ?? [];
  return (
    text.length <= 254 &&
    rest.length === 0 &&
    (local === '' || LOCAL_PART.test(local!)) &&
    labels.length > 1 &&
    labels.every((label) => LABEL.test(label))
  );
}

const isDomain = (name: string) => name.startsWith('@');
/** Quotes a name from the file on one line, shortened. */
const shown = (name: string | null) =>
  name === null ? 'nobody' : `“${name.length > 60 ? `${name.slice(0, 60)}…` : name}”`;
const invalid = (name: string) =>
  `${shown(name)} is neither an address, such as ana@old.example, nor a domain, such as @old.example.`;

/** Maps grantees. The line of an address takes precedence over that of its domain. */
export class PeopleMap {
  private readonly lines = new Map<string, PeopleLine>();

  /** @param lines valid ones; of several with the same `from` the first one applies */
  constructor(lines: Iterable<PeopleLine>) {
    for (const line of lines) if (!this.lines.has(line.from)) this.lines.set(line.from, line);
  }

  /**
   * The line for a grantee; undefined if there is none, as for `anyone`. A domain's line also applies to its groups.
   */
  lineOf({ type, address }: Grantee): PeopleLine | undefined {
    if (type === 'anyone' || address === undefined) return undefined;
    return type === 'domain' ? this.lines.get(`@${address}`) : this.lineFor(address);
  }

  /**
   * Maps a grantee by one line; lines are not chained. The line of an address may map a group to a person, and Google
   * accepts a group's address as a person's, but not a person's as a group's.
   * @returns the grantee itself if no line applies, null for nobody
   */
  becomes(grantee: Grantee): Grantee | null {
    const line = this.lineOf(grantee);
    if (!line) return grantee;
    const name = grantee.type === 'domain' ? line.from : grantee.address!;
    const to = applied(line, name);
    if (to === null) return null;
    const isGroup = grantee.type === 'group' && isDomain(line.from);
    return { type: grantee.type === 'domain' ? 'domain' : isGroup ? 'group' : 'user', address: to.replace(/^@/, '') };
  }

  /** The line that applies to a name, and the name that it leads to. */
  follow(name: string): { readonly line: PeopleLine; readonly to: string | null } | undefined {
    const line = isDomain(name) ? this.lines.get(name) : this.lineFor(name);
    return line && { line, to: applied(line, name) };
  }

  *[Symbol.iterator](): Iterator<PeopleLine> {
    yield* this.lines.values();
  }

  private lineFor(address: string): PeopleLine | undefined {
    return this.lines.get(address) ?? this.lines.get(`@${domainOf(address)}`);
  }
}

function applied({ to }: PeopleLine, name: string): string | null {
  return to !== null && isDomain(to) && !isDomain(name) ? name.slice(0, name.indexOf('@')) + to : to;
}

/**
 * The lines that form loops: a → b, b → a. As a line is applied once, a loop would swap people, which nobody intends. A
 * line from a name to itself is no loop: it exempts a person from the line of their domain.
 */
function loopsOf(map: PeopleMap): Map<number, PeopleMapError> {
  const loops = new Map<number, PeopleMapError>();
  /** By name: the line at which the search that visited it started. */
  const seen = new Map<string, PeopleLine>();
  for (const start of map) {
    const path: { readonly name: string; readonly line: PeopleLine }[] = [];
    let name: string | null = start.from;
    while (name !== null && !seen.has(name) && seen.size < MAX_NAMES) {
      seen.set(name, start);
      const next: ReturnType<PeopleMap['follow']> = map.follow(name);
      if (!next) break;
      path.push({ name, line: next.line });
      name = next.to;
    }
    // Ending at a name of this search means a loop; names of earlier searches are already examined.
    const loop = path.slice(seen.get(name ?? '') === start ? path.findIndex((each) => each.name === name) : Infinity);
    if (loop.length < 2) continue;
    const lines = [...new Set(loop.map(({ line }) => line.line))];
    const names = [...loop.slice(0, 5).map((each) => each.name), loop.length > 5 ? '…' : name].map(shown).join(' → ');
    const detail = `Lines ${lines.slice(0, 5).join(', ')}${lines.length > 5 ? ' and more' : ''} form a loop: ${names}. Remove one of them.`;
    for (const line of lines) loops.set(line, { line, code: 'loop', detail });
  }
  return loops;
}

interface CsvRecord {
  /** Number of its first line. */
  readonly line: number;
  readonly fields: string[];
  /** The last field has an unclosed quotation mark. */
  readonly isOpen: boolean;
}

/** Records of a CSV file (RFC 4180) that have content, with the separator that the first one uses most. */
function csvRecords(text: string): CsvRecord[] {
  // Excel's line that names the separator.
  const stated = /^\uFEFF?sep=([,;\t])(?:\r\n|\r|\n)/i.exec(text);
  const sample = /^\s*(.*)/.exec(text)?.[1]?.replace(/"[^"]*"/g, '') ?? '';
  const often = (separator: string) => sample.split(separator).length;
  const separator = stated?.[1] ?? [',', ';', '\t'].reduce((best, each) => (often(each) > often(best) ? each : best));
  const plain = new RegExp(`[^\\r\\n${separator}]*`, 'y');
  const records: CsvRecord[] = [];
  let at = stated ? stated[0].length : text.startsWith('\uFEFF') ? 1 : 0;
  let line = stated ? 2 : 1;
  let fields: string[] = [];
  let begun = line;
  const end = (isOpen: boolean) => {
    if (isOpen || fields.some((field) => field.trim() !== '')) records.push({ line: begun, fields, isOpen });
    fields = [];
  };
  while (at < text.length) {
    let field = '';
    while (text[at] === ' ') at++;
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1);
      if (close === undefined) {
        end(true);
        break;
      }
      field = text.slice(at + 1, close).replaceAll('""', '"');
      line += field.split(/\r\n|\r|\n/).length - 1;
      at = close + 1;
    }
    plain.lastIndex = at;
    field += plain.exec(text)![0];
    at = plain.lastIndex;
    fields.push(field);
    if (text[at] === separator) {
      at++;
      // After a separator at the end of the text follows an empty field.
      if (at === text.length) fields.push('');
      continue;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    end(false);
    begun = ++line;
  }
  if (fields.length > 0) end(false);
  return records;
}

/** The index of the quotation mark that ends a field; two in a row are one character. */
function closingQuote(text: string, from: number): number | undefined {
  for (let at = from; (at = text.indexOf('"', at)) >= 0; at += 2) if (text[at + 1] !== '"') return at;
  return undefined;
}
