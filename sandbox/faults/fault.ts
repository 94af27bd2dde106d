import { errorOfReason, GoogleError, SandboxUsageError } from '../http/errors.ts';
import { ENDPOINTS } from '../http/routes.ts';
import { OAUTH_STATUSES } from '../oauth/oauth-errors.ts';

const UPLOADS = ['files.upload', 'files.upload.chunk'];
const LISTS = [
  'files.list',
  'changes.list',
  'drives.list',
  'permissions.list',
  'directory.users.list',
  'directory.groups.list',
  'directory.members.list',
];
const READS = [
  ...['files.copy', 'files.download', 'files.get', 'files.export'],
  ...['documents.get', 'presentations.get', 'spreadsheets.get'],
];

/** The kinds of faults: what happens, and the operations for which a kind makes sense, if not for all. */
const KINDS = {
  error: { does: 'the response is `status` and `reason`; the request is not executed' },
  slow: { does: 'the request is executed `delayMs` later' },
  hold: {
    does: 'the request waits until the faults are next set, and is then executed unless its client has left or lost access',
  },
  drop: {
    does: 'the connection breaks; in an upload after half of the body, or after `afterBytes` (0: before the body; its length: after the body, so that the file exists)',
  },
  truncate: { does: 'the response breaks off in the middle, or after `afterBytes`' },
  shortBody: { does: 'the response is complete for its Content-Length, but lacks the end of the content' },
  stall: {
    does: 'the response stops in the middle, or after `afterBytes`, and the connection stays open; in an upload the sandbox stops reading there and never responds',
  },
  wrongBytes: { does: 'a byte of the downloaded content is wrong' },
  drip: { does: 'the response arrives byte by byte, one every `delayMs` (100)' },
  replaceBody: { does: 'the request is executed, then the response is 200 and `body` as JSON' },
  loopPages: { does: 'the list continues with an empty page, that one with another, and so on in a loop', only: LISTS },
  failAfterWrite: {
    does: 'the request is executed, then the response is `status` and `reason`; without them the connection breaks',
  },
  expireToken: { does: "from this request on, the caller's access tokens are invalid" },
  revokeGrant: { does: 'from this request on, all grants of the caller are invalid' },
  withdrawDelegation: {
    does: 'from this request on, no service account may act for the organisation of the account that calls or requests a token',
  },
  suspendPerson: { does: 'from this request on, that account is suspended' },
  removeLicence: { does: 'from this request on, that account has no licence for Drive' },
  wrongContent: {
    does: 'the copy or upload is stored with other bytes of the same length',
    only: ['files.copy', ...UPLOADS],
  },
  changeFile: { does: 'another user changes the file while it is copied or read', only: READS },
  expireSession: { does: 'the upload session has expired', only: ['files.upload.chunk'] },
  keepLess: {
    does: '308, and only a part of the chunk was stored: half, or `afterBytes`, in whole units of 256 KiB',
    only: ['files.upload.chunk'],
  },
  staleList: { does: 'the list lacks items created in the last `lagMs` (default: an hour)', only: ['files.list'] },
  duplicateEntries: {
    does: 'the page repeats the last `entries` (1) of the previous page, as happens when files are added between requests',
    only: ['files.list'],
  },
  missingEntries: {
    does: 'the page lacks its first `entries` (1), as happens when files are removed between requests',
    only: ['files.list'],
  },
  incompleteSearch: {
    does: 'a search with `corpora` allDrives or domain says `incompleteSearch`, and lacks a `share` (1) of what the caller does not own',
    only: ['files.list'],
  },
  emptyParents: {
    does: "a search for several folders (`'a' in parents or 'b' in parents`) wrongly finds nothing",
    only: ['files.list'],
  },
  omitPermissionIds: {
    does: 'a `share` (1) of the entries lacks `permissionIds` and `permissions`; `seed` and their names decide which',
    only: ['files.list'],
  },
  mailNotSent: {
    does: 'the item is shared, and the response is a 400 because its e-mail could not be sent',
    only: ['permissions.create'],
  },
} as const satisfies Record<string, { does: string; only?: readonly string[] }>;

/** Every kind with a sentence; `error` is the default. */
export const FAULT_KINDS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(KINDS).map(([kind, { does }]) => [kind, does]),
);

/** Areas of Drive's method ids that the sandbox does not model; faults may name them. */
const OTHER_AREAS = ['apps', 'channels', 'accessproposals', 'approvals'];

/** What a fault may name: a misspelt operation is refused instead of never matching. */
const OPERATIONS = Object.keys(ENDPOINTS);
const FREE_AREAS = new Set(['page', ...OTHER_AREAS]);

/**
 * A simulated failure. It matches requests by operation (`files.copy`, `files.*`, `*`), account (e-mail), file id and
 * file name. It applies to the `nth` match (from 1) and the next `times - 1`, or to each match with a `probability`.
 */
export interface Fault {
  operation: string | string[];
  account?: string;
  fileId?: string;
  name?: string;
  nth?: number;
  times?: number;
  probability?: number;
  kind: keyof typeof KINDS;
  status?: number;
  reason?: string;
  message?: string;
  /** Seconds, as the header `Retry-After`. */
  retryAfter?: number;
  afterBytes?: number;
  delayMs?: number;
  lagMs?: number;
  entries?: number;
  share?: number;
  body?: string;
}

/** The values of a request that faults match. */
export interface Target {
  operation: string;
  account?: string;
  fileId?: string;
  name?: string;
}

/** The error that a fault returns: the catalogue's, with the parts that the fault names itself. */
export function errorOf(fault: Fault): GoogleError {
  const named = fault.reason ?? (fault.status === undefined ? undefined : DEFAULT_REASONS[fault.status]);
  const known = errorOfReason(named ?? 'backendError');
  const status = fault.status ?? known?.status ?? 503;
  const { short, statusWord, headers, ...details } = known?.details ?? {};
  const isWhole = status === known?.status;
  const sent = {
    ...(isWhole && headers),
    ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
  };
  return new GoogleError(
    status,
    known?.reason ?? named ?? 'backendError',
    fault.message ?? known?.message ?? 'The sandbox simulates this failure.',
    {
      ...details,
      ...(short !== undefined && fault.message === undefined && { short }),
      // They belong to a status.
      ...(isWhole && statusWord !== undefined && { statusWord }),
      ...(Object.keys(sent).length > 0 && { headers: sent }),
    },
  );
}

/** Operations whose errors have OAuth's format. */
const OAUTH_OPERATIONS = ['oauth.token', 'oauth.revoke'];

/** The status of an error of OAuth: what the fault says, or else that of its reason. */
export function oauthStatusOf({ status, reason }: Fault): number {
  if (status !== undefined) return status;
  const known = reason === undefined ? undefined : (OAUTH_STATUSES[reason] ?? errorOfReason(reason)?.status);
  return known ?? 503;
}

/** Whether a reason says which status it has, for one of the operations at least. */
function hasStatus(reason: string, operations: readonly string[]): boolean {
  if (errorOfReason(reason)) return true;
  const isOAuth = operations.some((pattern) => OAUTH_OPERATIONS.some((each) => covers(pattern, each)));
  return isOAuth && OAUTH_STATUSES[reason] !== undefined;
}

const DEFAULT_REASONS: Record<number, string> = {
  401: 'authError',
  403: 'userRateLimitExceeded',
  404: 'notFound',
  429: 'rateLimitExceeded',
  500: 'internalError',
};

/** The operations for which a kind makes sense; undefined for all. */
function onlyFor(kind: Fault['kind']): readonly string[] | undefined {
  const row: { does: string; only?: readonly string[] } = KINDS[kind];
  return row.only;
}

export function matches(fault: Fault, target: Target): boolean {
  const operations = Array.isArray(fault.operation) ? fault.operation : [fault.operation];
  return (
    operations.some((each) => covers(each, target.operation)) &&
    onlyFor(fault.kind)?.includes(target.operation) !== false &&
    (fault.account === undefined || fault.account.toLowerCase() === target.account?.toLowerCase()) &&
    (fault.fileId === undefined || fault.fileId === target.fileId) &&
    (fault.name === undefined || fault.name === target.name)
  );
}

export function checkOperation(at: string, operation: string): void {
  const [area = '', ...method] = operation.replace(/\*$/, '').split('.');
  const isFree = FREE_AREAS.has(area) && method.every((part) => /^[A-Za-z]*$/.test(part));
  if (!isFree && !OPERATIONS.some((known) => covers(operation, known)))
    throw new SandboxUsageError(
      `${at} names an unknown operation "${operation}"; an example of a known one is files.copy.`,
    );
}

export function amount(name: string, value: unknown, wanted = 'a number, 0 or more'): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new SandboxUsageError(`${name} must be ${wanted}.`);
}

export function faultFrom(value: unknown, at: string): Fault {
  if (typeof value !== 'object' || value === null) throw new SandboxUsageError(`${at} must be an object.`);
  const input = value as Record<string, unknown>;
  const fault: Fault = { operation: '', kind: 'error' };
  for (const [name, given] of Object.entries(input)) {
    switch (name) {
      case 'operation':
        if (typeof given !== 'string' && !(Array.isArray(given) && given.every((each) => typeof each === 'string')))
          throw new SandboxUsageError(`${at}.operation must be the name of an operation, or a list of names.`);
        fault.operation = given;
        break;
      case 'kind': {
        if (typeof given !== 'string' || !Object.hasOwn(KINDS, given))
          throw new SandboxUsageError(`${at}.kind must be one of ${Object.keys(KINDS).join(', ')}.`);
        fault.kind = given as Fault['kind'];
        break;
      }
      case 'account':
      case 'fileId':
      case 'name':
      case 'reason':
      case 'message':
      case 'body':
        if (typeof given !== 'string') throw new SandboxUsageError(`${at}.${name} must be a text.`);
        fault[name] = given;
        break;
      case 'nth':
      case 'times':
      case 'entries':
        fault[name] = amount(`${at}.${name}`, given);
        if (!Number.isInteger(fault[name]) || given === 0)
          throw new SandboxUsageError(`${at}.${name} must be a whole number from 1 on.`);
        break;
      case 'probability':
      case 'share':
      case 'status':
      case 'retryAfter':
      case 'afterBytes':
      case 'delayMs':
      case 'lagMs':
        fault[name] = amount(`${at}.${name}`, given);
        break;
      default:
        throw new SandboxUsageError(`${at} has an unknown property "${name}".`);
    }
  }
  if (fault.operation.length === 0) throw new SandboxUsageError(`${at} needs an operation ("*" for all).`);
  const operations = Array.isArray(fault.operation) ? fault.operation : [fault.operation];
  for (const operation of operations) checkOperation(`${at}.operation`, operation);
  if (fault.reason !== undefined && fault.status === undefined && !hasStatus(fault.reason, operations))
    throw new SandboxUsageError(
      `${at}.reason "${fault.reason}" is unknown here; give ${at}.status as well, or one of Google's reasons.`,
    );
  const sensible = onlyFor(fault.kind);
  if (sensible && !sensible.some((operation) => operations.some((pattern) => covers(pattern, operation))))
    throw new SandboxUsageError(`${at}.kind ${fault.kind} applies to ${sensible.join(', ')}, none of which is named.`);
  if (fault.kind === 'slow' && fault.delayMs === undefined)
    throw new SandboxUsageError(`${at}.kind slow needs delayMs.`);
  if (fault.kind === 'replaceBody' && fault.body === undefined)
    throw new SandboxUsageError(`${at}.kind replaceBody needs body.`);
  for (const name of ['probability', 'share'] as const)
    if ((fault[name] ?? 0) > 1) throw new SandboxUsageError(`${at}.${name} must be between 0 and 1.`);
  if (fault.status !== undefined && (fault.status < 400 || fault.status > 599))
    throw new SandboxUsageError(`${at}.status must be between 400 and 599.`);
  return fault;
}

function covers(pattern: string, operation: string): boolean {
  return pattern.endsWith('*') ? operation.startsWith(pattern.slice(0, -1)) : pattern === operation;
}
