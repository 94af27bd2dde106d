/*
 * Addresses of Drive in texts: finds them and replaces the id of the file or folder, so that a link in a copy leads to
 * another copy. Plain TypeScript without imports, so that the portal can use it too.
 *
 * What stays: everything but the id and `resourcekey`, byte for byte. A copy that Google makes (`files.copy`) keeps the
 * ids of headings, bookmarks, tabs, sheets (`gid`), ranges and slides, so fragments and parameters that name them lead to
 * the same place in the copy. Those of comments (`disco`) do not, and then the copy opens at its beginning.
 *
 * What goes: `resourcekey`, which is the key of the original alone
 * (https://developers.google.com/workspace/drive/api/guides/resource-keys).
 */

/** A part of a text, in UTF-16 units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A part of a text and what replaces it. */
export interface TextChange extends Span {
  readonly text: string;
}

/** Why the id in an address of Google's is not that of a file. */
export const FIXED_ADDRESSES = [
  /** A version published to the web. Its id is its own, and a copy is not published. */
  'published',
  /** The page on which people fill in a form. Its id differs from the form's. */
  'form_response',
  /** A script or the program that it publishes. */
  'script',
] as const;
export type FixedAddress = (typeof FIXED_ADDRESSES)[number];

/** An address whose id can be replaced. */
export interface FileAddress extends Span {
  readonly id: string;
  /** Where the id is. */
  readonly at: Span;
  /** `resourcekey` parameters with a separator each, in order. */
  readonly keys: readonly Span[];
}

export type DriveAddress = FileAddress | (Span & { readonly fixed: FixedAddress });

/** The id of the copy of a file or folder; undefined if it was not copied. */
export type NewId = (id: string) => string | undefined;

/**
 * Ids are opaque. Those of shared drives have 19 characters, of files 28 to 44; the limits leave room on both sides.
 */
const ID = /^[\w-]{15,120}$/;

/** Before the path proper: a Workspace domain and the number of the signed-in account. */
const BEFORE = String.raw`^(?:/a/[^/]+)?(?:/u/\d+)?`;
const ACCOUNT = String.raw`(?:/u/\d+)?`;
const EDITOR = '(?:document|spreadsheets|presentation|forms|drawings|videos)';

interface Service {
  /** The path before the id. */
  readonly path?: RegExp;
  /** Paths of which a parameter has the id, and its name. */
  readonly parameter?: readonly [path: RegExp, name: string];
  readonly fixed?: readonly (readonly [path: RegExp, FixedAddress])[];
}

const BY_ID = new RegExp(`${BEFORE}/(?:open|uc|leaf|thumbnail|folderview|embeddedfolderview)/?$`);
const SERVICES: Readonly<Record<string, Service>> = {
  'docs.google.com': {
    path: new RegExp(`${BEFORE}/(?:${EDITOR}|file|folder)${ACCOUNT}/d/`),
    parameter: [BY_ID, 'id'],
    fixed: [
      [new RegExp(`${BEFORE}/forms${ACCOUNT}/d/e/`), 'form_response'],
      [new RegExp(`${BEFORE}/${EDITOR}${ACCOUNT}/d/(?:e/|[\\w-]+/pub(?:html|chart)?(?:$|/))`), 'published'],
      [new RegExp(`${BEFORE}/spreadsheet/(?:view|embedded)form$`), 'form_response'],
      [new RegExp(`${BEFORE}/(?:document|spreadsheet|presentation)/pub$`), 'published'],
    ],
  },
  'drive.google.com': {
    path: new RegExp(`${BEFORE}/(?:file${ACCOUNT}/d|folder/d|drive${ACCOUNT}(?:/mobile)?/folders)/`),
    parameter: [BY_ID, 'id'],
  },
  // Where `uc` leads for a download.
  'drive.usercontent.google.com': { parameter: [/^\/(?:download|uc)$/, 'id'] },
  'colab.research.google.com': { path: /^\/drive\// },
  'script.google.com': {
    fixed: [[new RegExp(`${BEFORE}/(?:d/|home/projects/|macros/|a/)`), 'script']],
  },
};
/** The redirect around links in exports of Docs and in mails. */
const REDIRECT_HOST = /^(?:www\.)?google\.com$/;

const HOSTS = Object.keys(SERVICES)
  .map((host) => host.replaceAll('.', String.raw`\.`))
  .join('|');
/**
 * An http address of any host, or one of ours without a scheme. An address of another host includes those in its
 * parameters, which are thus left alone. A comma, bracket or quotation mark directly before a scheme ends an address, as
 * in Markdown and lists; so do the entities of HTML for quotation marks and angle brackets.
 */
const CANDIDATE = new RegExp(
  String.raw`(?:https?://|(?=(?:${HOSTS})(?::\d+)?/))(?:(?![,;|'()[\]]https?://|&(?:quot|apos|lt|gt|#\w{1,4});)[^\s"<>\x60{}|\\^\x80-\uffff])+`,
  'gi',
);
/** The preceding character makes a candidate part of something else: another host, a path, a parameter, a mail address. */
const CONTINUES = /[\w.\-/=&?#%@+~]/;
/** Punctuation of the sentence or markup around an address. */
const TRAILING = /[.,:;!?'*)\]&]+$/;

/** The addresses in prose, markup or a formula, in order. */
export function findAddresses(text: string): DriveAddress[] {
  const found: DriveAddress[] = [];
  for (const { 0: match, index } of text.matchAll(CANDIDATE)) {
    if (index > 0 && CONTINUES.test(text[index - 1] ?? '')) continue;
    const address = parseAddress(withoutTrailing(match));
    if (address) found.push(moved(address, (at) => at + index));
  }
  return found;
}

/** Without a regular expression on the whole text, which would try each of many punctuation marks. */
function withoutTrailing(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.test(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}

const PARTS = /^(?:https?:\/\/)?([\w.-]+)(?::(?:443|80))?(\/[^?#]*)(\?[^#]*)?/i;

/** The address that is a whole text, such as the target of a link. Ignores surrounding white space. */
export function parseAddress(text: string): DriveAddress | undefined {
  const start = text.length - text.trimStart().length;
  const whole = text.trim();
  const parts = PARTS.exec(whole);
  const [head = '', host = '', path = '', query = ''] = parts ?? [];
  if (!parts) return undefined;
  const queryAt = start + head.length - query.length;
  const pathAt = queryAt - path.length;
  const span = { start, end: start + whole.length };
  const parameters = parametersOf(query, queryAt);
  const keys = keysOf(parameters, queryAt);

  if (REDIRECT_HOST.test(host.toLowerCase())) return path === '/url' ? redirected(parameters, keys, span) : undefined;
  const name = host.toLowerCase();
  const service = Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined;
  const fixed = service?.fixed?.find(([pattern]) => pattern.test(path));
  if (fixed) return { ...span, fixed: fixed[1] };
  const before = service?.path?.exec(path)?.[0];
  if (before !== undefined) {
    const written = /^[\w%-]*/.exec(path.slice(before.length))?.[0] ?? '';
    const idAt = pathAt + before.length;
    return addressOf(written, { start: idAt, end: idAt + written.length });
  }
  const [pattern, key] = service?.parameter ?? [];
  if (!pattern?.test(path)) return undefined;
  const parameter = parameters.find((each) => each.name === key && ID.test(decoded(each.value).text));
  if (!parameter) return undefined;
  const { value, valueAt } = parameter;
  return addressOf(value, { start: valueAt, end: valueAt + value.length });

  function addressOf(written: string, at: Span): FileAddress | undefined {
    const id = decoded(written).text;
    return ID.test(id) ? { ...span, id, at, keys } : undefined;
  }
}

/** The address in a redirect of Google's, written as it is or encoded. */
function redirected(parameters: readonly Parameter[], keys: readonly Span[], span: Span): DriveAddress | undefined {
  for (const { name, value, valueAt } of parameters) {
    if (name !== 'q' && name !== 'url') continue;
    const { text, at } = decoded(value);
    const inner = parseAddress(text);
    if (!inner) continue;
    if ('fixed' in inner) return { ...inner, ...span };
    const { id, at: idAt, keys: innerKeys } = moved(inner, (index) => valueAt + (at[index] ?? value.length));
    // A parameter of the redirect that follows the inner address belongs to both.
    return { ...span, id, at: idAt, keys: [...keys, ...innerKeys].sort((one, other) => one.start - other.start) };
  }
  return undefined;
}

interface Parameter extends Span {
  readonly name: string;
  /** As it is written. */
  readonly value: string;
  readonly valueAt: number;
}

/** Punctuation that ends a value: a sentence may follow without a space, as in `…?id=1),(see`. */
const VALUE = /^[^()[\]'*!,;]*/;

/** The parameters of a query; those of HTML are separated by `&amp;`. */
function parametersOf(query: string, queryAt: number): Parameter[] {
  return [...query.matchAll(/[?&](?:amp;)?([^&=]*)(?:=([^&]*))?/g)].map(
    ({ 0: whole, 1: name = '', 2: written, index }) => {
      const end = queryAt + index + whole.length;
      const valueAt = end - (written?.length ?? 0);
      const start = valueAt - name.length - (written === undefined ? 0 : 1);
      return { start, end, name, value: VALUE.exec(written ?? '')?.[0] ?? '', valueAt };
    },
  );
}

/** Each `resourcekey` with the separator that its removal makes superfluous. */
function keysOf(parameters: readonly Parameter[], queryAt: number): Span[] {
  const isKey = ({ name }: Parameter) => name.toLowerCase() === 'resourcekey';
  const first = parameters.findIndex((each) => !isKey(each));
  return parameters.flatMap((each, i) => {
    if (!isKey(each)) return [];
    const end = each.valueAt + each.value.length;
    const next = parameters[i + 1];
    if (i < first && next && end === each.end) return [{ start: each.start, end: next.start }];
    return [{ start: parameters[i - 1]?.end ?? queryAt, end }];
  });
}

/** Decodes percent-encoded ASCII; `at` has where each character of the result was, and the end. */
function decoded(written: string): { readonly text: string; readonly at: readonly number[] } {
  const at: number[] = [];
  let text = '';
  for (const { 0: part, index } of written.matchAll(/%[0-7][0-9a-f]|[^]/gi)) {
    at.push(index);
    text += part.length === 3 ? String.fromCharCode(parseInt(part.slice(1), 16)) : part;
  }
  return { text, at: [...at, written.length] };
}

/** The address with all its positions changed in the same way, such as those of a part of a text to those of the whole. */
export function moved<T extends DriveAddress>(address: T, to: (index: number) => number): T {
  const span = ({ start, end }: Span): Span => ({ start: to(start), end: to(end) });
  if ('fixed' in address) return { ...address, ...span(address) };
  return { ...address, ...span(address), at: span(address.at), keys: address.keys.map(span) };
}

/** What changes in a text when an address in it gets another id, in order. */
export function changesFor({ at, keys }: FileAddress, newId: string): TextChange[] {
  const changes = [{ ...at, text: newId }, ...keys.map((key) => ({ ...key, text: '' }))];
  return changes.sort((one, other) => one.start - other.start);
}

/** @param changes in order, without overlaps */
export function withChanges(text: string, changes: readonly TextChange[]): string {
  let result = '';
  let from = 0;
  for (const change of changes) {
    result += text.slice(from, change.start) + change.text;
    from = change.end;
  }
  return result + text.slice(from);
}

/**
 * Replaces the ids in all addresses of a text. An address whose file was not copied stays as it is, with its
 * `resourcekey`.
 * @returns the same text if there is nothing to do
 */
export function replaceAddresses(text: string, newIdOf: NewId): string {
  return withChanges(text, changesIn(findAddresses(text), newIdOf));
}

/** Replaces the id in the address that is a whole text; as `replaceAddresses`. */
export function replaceAddress(text: string, newIdOf: NewId): string {
  const address = parseAddress(text);
  return withChanges(text, changesIn(address ? [address] : [], newIdOf));
}

/** What changes in a text when the addresses in it get the ids of copies. */
export function changesIn(addresses: readonly DriveAddress[], newIdOf: NewId): TextChange[] {
  return addresses.flatMap((address) => {
    const newId = 'fixed' in address ? undefined : newIdOf(address.id);
    return newId === undefined || 'fixed' in address || newId === address.id ? [] : changesFor(address, newId);
  });
}
