import type { CostName } from '../faults/costs.ts';
import type { ScopeSet } from '../oauth/scopes.ts';
import type { Services } from '../services.ts';
import type { Call, OpenCall } from './call.ts';
import type { ErrorName } from './error-catalogue.ts';
import type { Reply } from './exchange.ts';

interface CommonParts {
  /**
   * `METHOD /path/{id}`, or several methods: `PUT|POST /path`. A query is part of the address where it selects the
   * endpoint: `?alt=media` must have this value, `?upload_id={uploadId}` must be present. A path may end in a verb:
   * `/v1/documents/{fileId}:batchUpdate`. Parts in braces are in `call.route.ids`; faults also match `fileId`.
   */
  at: `${string} /${string}` | readonly `${string} /${string}`[];
  /** The quota that a call counts against, and how much. */
  cost: CostName;
  /** Milliseconds that Google typically takes: an estimate, as no source publishes them. */
  typicalMs: number;
  /** The errors it can return, besides those of every call (`COMMON_ERRORS`). */
  errors: readonly ErrorName[];
}

/** An endpoint for callers with a token. */
export interface AuthorizedEndpoint extends CommonParts {
  /** The token must have one of these scopes. */
  scopes: ScopeSet;
  handle: (services: Services, call: Call) => Reply | Promise<Reply>;
}

/** An endpoint without a token: `none` is open to all, `session` has its credential in the address. */
interface OpenEndpoint extends CommonParts {
  scopes: 'none' | 'session';
  handle: (services: Services, call: OpenCall) => Reply | Promise<Reply>;
  /** Values for matching faults, besides the operation, that are known before the endpoint runs. */
  target?: (services: Services, call: OpenCall) => FaultTarget | Promise<FaultTarget>;
  /** Contains other calls, each of which is matched with faults separately. */
  isEnvelope?: true;
}

/** What faults match besides the operation. */
export interface FaultTarget {
  account?: string;
  name?: string;
  fileId?: string;
}

/** Everything the sandbox knows about an endpoint. The compiler refuses an incomplete row. */
export type Endpoint = AuthorizedEndpoint | OpenEndpoint;

export function needsToken(endpoint: Endpoint): endpoint is AuthorizedEndpoint {
  return endpoint.scopes !== 'none' && endpoint.scopes !== 'session';
}

/** Endpoints by Google's method id, if Google has one. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

/** Errors that any call with a token can return. */
export const COMMON_ERRORS: readonly ErrorName[] = [
  'authError',
  'loginRequired',
  'unregisteredCaller',
  'invalidApiKey',
  'invalidXgafv',
  'invalidCallback',
  'invalidAlt',
  'noMedia',
  'unsupportedContent',
  'notGzip',
  'insufficientPermissions',
  'appNotAuthorizedToFile',
  'domainPolicy',
  'serviceDisabled',
  'accessNotConfigured',
  'minuteQuotaExceeded',
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'parseError',
  'bodyTooLarge',
  'invalid',
  'wrongType',
  'outOfRange',
  'invalidFieldSelection',
  'sandboxFailed',
  'importGone',
];
