import type { CostName } from '../faults/costs.ts';
import type { ScopeSet } from '../oauth/scopes.ts';
import type { Services } from '../services.ts';
import type { Call, OpenCall } from './call.ts';
import type { ErrorName } from './error-catalogue.ts';
import type { Reply } from './exchange.ts';

interface CommonParts {
  /**
   * `METHOD /path/{id}`, or several where clients use several: `PUT|POST /path`. A query belongs to it where it decides:
   * `?alt=media` must be so, `?upload_id={uploadId}` must be there. A path may end in a verb: `/v1/documents/{fileId}:batchUpdate`.
   * What stands in braces is in `call.route.ids`; `fileId` is also what faults match.
   */
  at: `${string} /${string}` | readonly `${string} /${string}`[];
  /** What it takes of which quota. */
  cost: CostName;
  /** Milliseconds that Google typically takes; plausible, as no source publishes them. */
  typicalMs: number;
  /** The errors it can answer with, beside those of every call (`COMMON_ERRORS`). */
  errors: readonly ErrorName[];
}

/** An endpoint for callers with a token. */
export interface AuthorizedEndpoint extends CommonParts {
  /** The scopes of which the token must have one. */
  scopes: ScopeSet;
  handle: (services: Services, call: Call) => Reply | Promise<Reply>;
}

/** An endpoint without a token: `none` is open to all, `session` has a credential in its address. */
interface OpenEndpoint extends CommonParts {
  scopes: 'none' | 'session';
  handle: (services: Services, call: OpenCall) => Reply | Promise<Reply>;
  /** What faults match beside the operation, as far as it is known before the endpoint is carried out. */
  target?: (services: Services, call: OpenCall) => FaultTarget | Promise<FaultTarget>;
  /** Holds other calls, each of which faults match by itself. */
  isEnvelope?: true;
}

interface FaultTarget {
  account?: string;
  name?: string;
  fileId?: string;
}

/** Everything the sandbox knows of an endpoint. The compiler refuses a row that lacks a part. */
export type Endpoint = AuthorizedEndpoint | OpenEndpoint;

export function needsToken(endpoint: Endpoint): endpoint is AuthorizedEndpoint {
  return endpoint.scopes !== 'none' && endpoint.scopes !== 'session';
}

/** Endpoints by Google's method id, where Google has one. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

/** What any call with a token can be refused with. */
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
  'domainPolicy',
  'serviceDisabled',
  'accessNotConfigured',
  'minuteQuotaExceeded',
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'parseError',
  'bodyTooLarge',
  'invalid',
  'outOfRange',
  'invalidFieldSelection',
  'sandboxFailed',
  'importGone',
];
