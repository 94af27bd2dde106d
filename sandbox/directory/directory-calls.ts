import type { Account, DriveStore } from '../drive/drive-store.ts';
import { maskOf, numberParameter, type Call } from '../http/call.ts';
import { googleError } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, type Schema } from '../http/fields.ts';
import { tagged } from './directory-resource.ts';
import type { Directory, Organization } from './directory.ts';

/** "The page token is only valid for three days" (reference of `users.list`). */
const PAGE_TOKEN_LIFE_MS = 3 * 24 * 3_600_000;

/**
 * The organisation that the caller administers.
 * @throws GoogleError 403 `forbidden` for other callers, including service accounts without a subject.
 */
export function administered({ caller }: Call, { directory }: DriveStore): Organization {
  const person = directory.person(caller.account.email);
  const organization = directory.organizationOf(caller.account.email);
  if (!organization || !(person?.isAdmin || person?.isDelegatedAdmin)) throw googleError('directoryForbidden');
  return organization;
}

/**
 * Checks that `customer` is the caller's organisation: `my_customer`, or its id.
 * @throws GoogleError 400 `badRequest` for an invalid customer id, 403 `forbidden` for another organisation.
 */
export function checkCustomer(customer: string, organization: Organization): void {
  if (customer === 'my_customer' || customer === organization.customerId) return;
  throw googleError(/^C[0-9a-z]{8}$/.test(customer) ? 'directoryForbidden' : 'badRequest');
}

/**
 * The scope of a list: the caller's whole organisation (`customer`), or one of its domains (`domain`).
 * @returns a function that reports whether an address is in it
 * @throws GoogleError 400 `badRequest` if the call names neither, 404 `notFound` for an unknown domain.
 */
export function scopeOfList({ exchange: { query } }: Call, organization: Organization): (email: string) => boolean {
  const customer = query.get('customer');
  const domain = query.get('domain')?.toLowerCase();
  if (!customer && !domain) throw googleError('badRequest');
  if (customer) checkCustomer(customer, organization);
  if (domain === undefined || domain === '') return () => true;
  if (!organization.domains.includes(domain)) throw googleError('domainNotFound');
  return (email) => email.toLowerCase().endsWith(`@${domain}`);
}

/**
 * Checks that a person has a licence for Drive, which Docs, Sheets and Slides need too.
 * @throws GoogleError 403 `domainPolicy`, or 401 `authError`.
 */
export function checkDriveLicence({ email }: Account, { directory, switches }: DriveStore): void {
  if (!directory.hasDrive(email)) throw googleError(switches.withoutDriveLicence);
}

/** Executes the faults in which an administrator takes access away during a job. */
export function loseAccess(
  kind: 'withdrawDelegation' | 'suspendPerson' | 'removeLicence',
  email: string,
  oauth: { withdrawDelegations: (email: string) => void },
  directory: Directory,
): void {
  if (kind === 'withdrawDelegation') oauth.withdrawDelegations(email);
  const person = directory.person(email);
  if (person && kind === 'suspendPerson') directory.updatePerson(person, { suspended: true });
  if (person && kind === 'removeLicence') directory.updatePerson(person, { hasDriveLicence: false });
}

interface Page {
  /** All entries of the list; `order` is a unique sort key. */
  entries: readonly { order: string; show: () => Record<string, unknown> }[];
  descending?: boolean;
  /** `users`, `groups` or `members`. */
  name: string;
  schema: Schema;
  defaultSize: number;
  maxSize: number;
}

/**
 * One page of a list. Its token contains its creation time and the sort key of the last entry, so that entries added or
 * removed between requests neither repeat nor hide others.
 * @throws GoogleError 400 or 410 for a token that is invalid or older than three days.
 */
export function answerPage(call: Call, store: DriveStore, now: number, page: Page): Reply {
  const { entries, descending = false, name, schema, defaultSize, maxSize } = page;
  const { query } = call.exchange;
  const high = store.switches.pageSizeAboveMaximum === 'coerce' ? Infinity : maxSize;
  const size = Math.min(numberParameter(query, 'maxResults', defaultSize, 1, high), maxSize);
  const isBefore = (one: string, other: string): boolean => (descending ? one > other : one < other);
  const token = query.get('pageToken');
  const last = token ? readToken(token, now, store) : undefined;
  const rest = entries
    .filter(({ order }) => last === undefined || isBefore(last, order))
    .sort((a, b) => (isBefore(a.order, b.order) ? -1 : 1));
  const shown = rest.slice(0, size);
  const json = tagged(`admin#directory#${name}`, {
    ...(rest.length > size ? { nextPageToken: newToken(now, shown.at(-1)?.order ?? '') } : {}),
    // Google omits an empty list.
    ...(shown.length > 0 ? { [name]: shown.map(({ show }) => show()) } : {}),
  });
  return { status: 200, json: applyMask(json, maskOf(call, schema, '*')) };
}

function newToken(at: number, order: string): string {
  return Buffer.from(JSON.stringify([at, order])).toString('base64url');
}

function readToken(token: string, now: number, { switches }: DriveStore): string {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    // Refused below.
  }
  const [at, order] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (typeof at !== 'number' || typeof order !== 'string') throw googleError('invalidInput', { name: 'pageToken' });
  if (at + PAGE_TOKEN_LIFE_MS >= now) return order;
  throw switches.expiredDirectoryToken === 'gone'
    ? googleError('pageTokenGone')
    : googleError('invalidInput', { name: 'pageToken' });
}

/** A text of a JSON body; `undefined` if it is absent. */
export function textOf(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw googleError('invalidInput', { name });
  return value;
}

export function flagOf(body: Record<string, unknown>, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw googleError('invalidInput', { name });
  return value;
}
