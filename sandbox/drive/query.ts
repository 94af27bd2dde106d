import { invalidValue, GoogleError } from '../http/errors.ts';
import {
  atLeast,
  FOLDER,
  modifiedAt,
  quotaBytesOf,
  type Account,
  type DriveStore,
  type Item,
  type Role,
} from './drive-store.ts';
import { plainText } from '../documents/documents.ts';

/** The account that searches, and the store. */
export interface Viewer {
  store: DriveStore;
  account: Account;
}

type Test = (item: Item, viewer: Viewer) => boolean;

/** A parsed search. */
export interface Query {
  test: Test;
  /** If set, only children of these folders (or `root`) can match, so no others are searched. */
  parents?: Set<string>;
  /** The results are ranked by relevance, so Google refuses `orderBy`. */
  usesFullText: boolean;
}

type Token = { type: 'word' | 'string' | 'symbol'; text: string };

const MAX_TOKENS = 10_000;
const MAX_DEPTH = 200;

const COMPARISONS = ['<=', '>=', '!=', '<', '>', '='];

function isComparison(token: Token | undefined): boolean {
  return token?.type === 'symbol' && COMPARISONS.includes(token.text);
}

/**
 * Parses the `q` of files.list ("Search query terms and operators"). `and` and `or` have the same precedence and are
 * evaluated from left to right, as the guide to searching shared drives states; `not` applies to the next term.
 * @throws GoogleError 400 `invalid`, location `q`, for a syntax error.
 */
export function parseQuery(text: string): Query {
  const tokens = tokenize(text);
  // Limits protect the stack from queries that are deeper and longer than any client's.
  if (tokens.length > MAX_TOKENS) throw invalidValue('q');
  let at = 0;
  let depth = 0;
  const fail = (): GoogleError => invalidValue('q');
  const peek = (): Token | undefined => tokens[at];
  const isWord = (text: string): boolean => peek()?.type === 'word' && peek()?.text.toLowerCase() === text;

  function next(type?: Token['type'], text?: string): string {
    const token = tokens[at++];
    if (!token || (type && token.type !== type) || (text !== undefined && token.text.toLowerCase() !== text))
      throw fail();
    return token.text;
  }

  function expression(): Query {
    let left = unary();
    while (isWord('and') || isWord('or')) {
      const and = next().toLowerCase() === 'and';
      left = join(left, unary(), and);
    }
    return left;
  }

  function unary(): Query {
    if (++depth > MAX_DEPTH) throw fail();
    const found = operand();
    depth--;
    return found;
  }

  function operand(): Query {
    if (isWord('not')) {
      next();
      const inner = unary();
      return { test: (item, viewer) => !inner.test(item, viewer), usesFullText: inner.usesFullText };
    }
    if (peek()?.type === 'symbol' && peek()?.text === '(') {
      next();
      const inner = expression();
      next('symbol', ')');
      return inner;
    }
    return term();
  }

  function term(): Query {
    const first = tokens[at++];
    if (first?.type === 'string') {
      next('word', 'in');
      return membership(first.text, next('word'));
    }
    if (first?.type !== 'word') throw fail();
    const field = first.text;
    if (field === 'sharedWithMe' && !isComparison(peek())) return plain(sharedWithMe);
    if (field === 'properties' || field === 'appProperties') return property(field);
    const operator = next().toLowerCase();
    const value = tokens[at++];
    if (!value || value.type === 'symbol') throw fail();
    return comparison(field, operator, value);
  }

  function property(field: 'properties' | 'appProperties'): Query {
    next('word', 'has');
    next('symbol', '{');
    next('word', 'key');
    next('symbol', '=');
    const key = next('string');
    next('word', 'and');
    next('word', 'value');
    next('symbol', '=');
    const value = next('string');
    next('symbol', '}');
    return plain((item) => item[field]?.[key] === value);
  }

  const query = expression();
  if (at < tokens.length) throw fail();
  return query;
}

function plain(test: Test): Query {
  return { test, usesFullText: false };
}

function join(a: Query, b: Query, and: boolean): Query {
  const parents = and
    ? (a.parents ?? b.parents)
    : a.parents && b.parents
      ? new Set([...a.parents, ...b.parents])
      : undefined;
  return {
    test: and
      ? (item, viewer) => a.test(item, viewer) && b.test(item, viewer)
      : (item, viewer) => a.test(item, viewer) || b.test(item, viewer),
    usesFullText: a.usesFullText || b.usesFullText,
    ...(parents ? { parents } : {}),
  };
}

function membership(who: string, collection: string): Query {
  if (collection === 'parents')
    return {
      test: (item, { account }) => {
        const id = who === 'root' ? account.root.id : who;
        return item.parent?.id === id || (item.otherParents?.some((parent) => parent.id === id) ?? false);
      },
      parents: new Set([who]),
      usesFullText: false,
    };
  const needed: Record<string, Role> = { owners: 'owner', writers: 'writer', readers: 'reader' };
  const role = Object.hasOwn(needed, collection) ? needed[collection] : undefined;
  if (!role) throw invalidValue('q');
  return plain((item, { store, account }) => {
    const person = who === 'me' ? account : store.account(who);
    // Permissions for anyone do not count: the terms name people and groups ("Search query terms and operators").
    if (person) return atLeast(store.roleOf(item, person, false), role);
    return store.access
      .effectivePermissions(item)
      .some(
        ({ permission, role: given }) => permission.email?.toLowerCase() === who.toLowerCase() && atLeast(given, role),
      );
  });
}

function comparison(field: string, operator: string, value: Token): Query {
  switch (field) {
    case 'name': {
      const exact = text(value);
      const wanted = exact.toLowerCase();
      if (operator === 'contains') return plain((item) => startsAWord(item.name.toLowerCase(), wanted));
      return equality(operator, (item, { store }) =>
        store.switches.nameEqualityIgnoresCase ? item.name.toLowerCase() === wanted : item.name === exact,
      );
    }
    case 'fullText': {
      if (operator !== 'contains') throw invalidValue('q');
      const wanted = text(value)
        .replace(/^"(.*)"$/, '$1')
        .toLowerCase();
      const test: Test = (item) =>
        startsAWord(
          [item.name, item.description ?? '', item.document ? plainText(item.document) : ''].join('\n').toLowerCase(),
          wanted,
        );
      return { test, usesFullText: true };
    }
    case 'mimeType': {
      const wanted = text(value);
      if (operator === 'contains') return plain((item) => item.mimeType.startsWith(wanted));
      return equality(operator, (item) => item.mimeType === wanted);
    }
    case 'modifiedTime':
      return time(operator, value, (item) => item.modified);
    case 'createdTime':
      return time(operator, value, (item) => item.created);
    case 'viewedByMeTime':
      return time(operator, value, (item, { account }) => item.viewedBy?.get(account.email));
    case 'trashed':
      return flag(operator, value, (item, { store }) => store.isTrashed(item));
    case 'starred':
      return flag(operator, value, (item, { account }) => item.starredBy?.has(account.email) ?? false);
    case 'sharedWithMe':
      return flag(operator, value, sharedWithMe);
    case 'visibility': {
      const wanted = text(value);
      if (!['anyoneCanFind', 'anyoneWithLink', 'domainCanFind', 'domainWithLink', 'limited'].includes(wanted))
        throw invalidValue('q');
      return equality(operator, (item, { store }) => visibilityOf(item, store) === wanted);
    }
    case 'shortcutDetails.targetId': {
      const wanted = text(value);
      return equality(operator, (item) => item.shortcutTarget?.id === wanted);
    }
    default:
      throw invalidValue('q');
  }
}

function text(value: Token): string {
  if (value.type !== 'string') throw invalidValue('q');
  return value.text;
}

function equality(operator: string, test: Test): Query {
  if (operator === '=') return plain(test);
  if (operator === '!=') return plain((item, viewer) => !test(item, viewer));
  throw invalidValue('q');
}

function flag(operator: string, value: Token, test: Test): Query {
  const word = value.type === 'word' ? value.text.toLowerCase() : '';
  if (word !== 'true' && word !== 'false') throw invalidValue('q');
  return equality(operator, (item, viewer) => test(item, viewer) === (word === 'true'));
}

function time(operator: string, value: Token, of: (item: Item, viewer: Viewer) => number | undefined): Query {
  const limit = parseTime(text(value));
  if (limit === undefined || !COMPARISONS.includes(operator)) throw invalidValue('q');
  return plain((item, viewer) => {
    const mine = of(item, viewer);
    if (mine === undefined) return false;
    switch (operator) {
      case '<':
        return mine < limit;
      case '<=':
        return mine <= limit;
      case '>':
        return mine > limit;
      case '>=':
        return mine >= limit;
      case '=':
        return mine === limit;
      default:
        return mine !== limit;
    }
  });
}

/** RFC 3339 to milliseconds. A time without an offset is UTC, a date its midnight. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)([Zz]|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (!match) return undefined;
  const parsed = Date.parse(`${match[1]}T${match[2] ?? '00:00:00'}${(match[3] ?? 'Z').toUpperCase()}`);
  return Number.isNaN(parsed) ? undefined : parsed;
}

const sharedWithMe: Test = (item, { store, account }) =>
  item.owner !== account && item !== item.owner.root && store.access.names(item, account);

function visibilityOf(item: Item, store: DriveStore): string {
  let found = 'limited';
  for (const { permission } of store.access.effectivePermissions(item)) {
    if (permission.type === 'anyone') return permission.allowFileDiscovery ? 'anyoneCanFind' : 'anyoneWithLink';
    if (permission.type === 'domain') found = permission.allowFileDiscovery ? 'domainCanFind' : 'domainWithLink';
  }
  return found;
}

/** `contains` matches prefixes of words only: "HelloWorld" contains 'hello', not 'world'. */
function startsAWord(haystack: string, needle: string): boolean {
  if (needle === '') return true;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(haystack[at - 1] ?? '')) return true;
  }
  return false;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) {
      at++;
    } else if (char === "'" || char === '"') {
      let value = '';
      for (at++; text[at] !== char; at++) {
        if (at >= text.length) throw invalidValue('q');
        if (text[at] === '\\') at++;
        value += text[at] ?? '';
      }
      at++;
      tokens.push({ type: 'string', text: value });
    } else if ('(){}'.includes(char)) {
      tokens.push({ type: 'symbol', text: char });
      at++;
    } else {
      const operator = COMPARISONS.find((each) => text.startsWith(each, at));
      if (operator) {
        tokens.push({ type: 'symbol', text: operator });
        at += operator.length;
        continue;
      }
      const word = /^[A-Za-z][A-Za-z0-9_.]*/.exec(text.slice(at))?.[0];
      if (!word) throw invalidValue('q');
      tokens.push({ type: 'word', text: word });
      at += word.length;
    }
  }
  return tokens;
}

type Order = (a: Item, b: Item, viewer: Viewer) => number;

const byName = new Intl.Collator('en', { sensitivity: 'base' });
const byNaturalName = new Intl.Collator('en', { sensitivity: 'base', numeric: true });

const ORDERS: Record<string, Order> = {
  createdTime: (a, b) => a.created - b.created,
  folder: (a, b) => Number(b.mimeType === FOLDER) - Number(a.mimeType === FOLDER),
  modifiedByMeTime: (a, b, { account }) => (modifiedAt(a, account) ?? 0) - (modifiedAt(b, account) ?? 0),
  modifiedTime: (a, b) => a.modified - b.modified,
  name: (a, b) => byName.compare(a.name, b.name),
  name_natural: (a, b) => byNaturalName.compare(a.name, b.name),
  quotaBytesUsed: (a, b) => quotaBytesOf(a) - quotaBytesOf(b),
  recency: (a, b, { account }) => recencyOf(a, account) - recencyOf(b, account),
  sharedWithMeTime: (a, b, { account }) => sharedSince(a, account) - sharedSince(b, account),
  starred: (a, b, { account }) =>
    Number(b.starredBy?.has(account.email) ?? false) - Number(a.starredBy?.has(account.email) ?? false),
  viewedByMeTime: (a, b, { account }) => viewedAt(a, account) - viewedAt(b, account),
};

function viewedAt(item: Item, { email }: Account): number {
  return item.viewedBy?.get(email) ?? 0;
}

function recencyOf(item: Item, account: Account): number {
  return Math.max(item.modified, viewedAt(item, account));
}

function sharedSince(item: Item, account: Account): number {
  return item.permissions?.get(account.permissionId)?.since ?? 0;
}

/**
 * Parses `orderBy`: keys with an optional ` desc`, the most significant first.
 * @throws GoogleError 400 `invalid`, location `orderBy`, for an unknown key.
 */
export function parseOrder(text: string): Order {
  const steps = text.split(',').map((part) => {
    const [key = '', direction, ...rest] = part.trim().split(/\s+/);
    const order = Object.hasOwn(ORDERS, key) ? ORDERS[key] : undefined;
    if (!order || rest.length > 0 || (direction !== undefined && !/^(asc|desc)$/i.test(direction)))
      throw invalidValue('orderBy');
    return { order, sign: direction?.toLowerCase() === 'desc' ? -1 : 1 };
  });
  return (a, b, viewer) => {
    for (const { order, sign } of steps) {
      const result = order(a, b, viewer);
      if (result !== 0) return sign * result;
    }
    return 0;
  };
}
