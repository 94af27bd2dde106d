import { googleError } from '../http/errors.ts';
import type { Person } from './directory.ts';

/** Fields that a query can name, with the texts of a person that a value is compared with. */
const TEXTS: Readonly<Record<string, (person: Person) => readonly string[]>> = {
  name: ({ givenName, familyName }) => [`${givenName} ${familyName}`],
  email: ({ email, aliases }) => [email, ...aliases],
  givenName: ({ givenName }) => [givenName],
  familyName: ({ familyName }) => [familyName],
};
const FLAGS: Readonly<Record<string, (person: Person) => boolean>> = {
  isAdmin: ({ isAdmin }) => isAdmin,
  isDelegatedAdmin: ({ isDelegatedAdmin }) => isDelegatedAdmin,
  isSuspended: ({ suspended }) => suspended,
  isArchived: ({ archived }) => archived,
};
/** Fields of Google that no person in the sandbox has, so a query for them finds nobody. */
const EMPTY = new Set(
  `im externalId manager managerId directManager directManagerId address addressPoBox addressExtended addressStreet
  addressLocality addressRegion addressPostalCode addressCountry orgName orgTitle orgDepartment orgDescription
  orgCostCenter phone`.split(/\s+/),
);

const CLAUSE = /\s*(?:(\w+)(:|=))?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s'"]+)(?=\s|$)/y;

/**
 * Parses a query of `users.list` ("Search for users"): clauses `field=value` (equal), `field:value` (contains these
 * words), `field:begin*` or a bare value, all of which must match.
 * @throws GoogleError 400 `invalid` for an unknown field or operator.
 */
export function parseUserQuery(text: string): (person: Person) => boolean {
  const tests: ((person: Person) => boolean)[] = [];
  CLAUSE.lastIndex = 0;
  while (CLAUSE.lastIndex < text.trimEnd().length) {
    const [whole, field, operator, quoted = ''] = CLAUSE.exec(text) ?? [];
    if (whole === undefined) throw invalidQuery();
    tests.push(clause(field, operator, quoted));
  }
  return (person) => tests.every((test) => test(person));
}

function clause(field: string | undefined, operator: string | undefined, quoted: string): (person: Person) => boolean {
  const isQuoted = /^['"]/.test(quoted);
  const value = (isQuoted ? quoted.slice(1, -1).replace(/\\(.)/g, '$1') : quoted).toLowerCase();
  if (field === undefined) {
    const anywhere = ['givenName', 'familyName', 'email'].map((name) => TEXTS[name]!);
    return (person) => anywhere.some((texts) => texts(person).some((each) => hasWords(each, value)));
  }
  if (Object.hasOwn(FLAGS, field)) {
    if (operator !== '=' || (value !== 'true' && value !== 'false')) throw invalidQuery();
    return (person) => FLAGS[field]!(person) === (value === 'true');
  }
  if (field === 'orgUnitPath') {
    if (operator !== '=' || !value.startsWith('/')) throw invalidQuery();
    const below = value.endsWith('/') ? value : `${value}/`;
    return ({ orgUnitPath }) => `${orgUnitPath.toLowerCase()}/`.startsWith(below) || below === '/';
  }
  if (EMPTY.has(field)) return () => false;
  const texts = Object.hasOwn(TEXTS, field) ? TEXTS[field]! : undefined;
  if (!texts) throw invalidQuery();
  if (operator === '=') return (person) => texts(person).some((each) => each.toLowerCase() === value);
  if (value.endsWith('*') && !isQuoted) {
    if (field === 'name') throw invalidQuery();
    const begin = value.slice(0, -1);
    return (person) => texts(person).some((each) => each.toLowerCase().startsWith(begin));
  }
  return (person) => texts(person).some((each) => hasWords(each, value));
}

/** Whether a text contains these whole words in this order. */
function hasWords(text: string, words: string): boolean {
  const wordsOf = (each: string): string =>
    ` ${each
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean)
      .join(' ')} `;
  return wordsOf(text).includes(wordsOf(words));
}

function invalidQuery() {
  return googleError('invalidInput', { name: 'query' });
}
