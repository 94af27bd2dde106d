import { coded, CodedError } from '../engine/errors.js';

/** A wrong parameter and the fix. */
export interface ParameterError {
  /** Name in the query or path, or a dotted path into the body. */
  readonly parameter: string;
  readonly detail: string;
}

/** The request is malformed, or a parameter is not valid. */
export class InvalidRequestError extends CodedError<'invalid_request'> {
  constructor(
    message: string,
    readonly errors: readonly ParameterError[] = [],
  ) {
    super('invalid_request', message);
  }
}

/** The API has no such path. */
export class RouteNotFoundError extends coded(
  'route_not_found',
  (method: string, path: string) =>
    `${method} ${path} does not exist. Compare the method and path with the API description (openapi.json).`,
) {}

/** The path exists, but does not support this method (RFC 9110 §15.5.6). */
export class MethodNotAllowedError extends CodedError<'method_not_allowed'> {
  constructor(
    method: string,
    /** The supported methods, for the `Allow` header. */
    readonly allowed: readonly string[],
  ) {
    super('method_not_allowed', `This path does not support ${method}. Allowed: ${allowed.join(', ')}.`);
  }
}

/** The request's body is too large. */
export class BodyTooLargeError extends coded(
  'body_too_large',
  (limitBytes: number) => `The request's body may have at most ${limitBytes} bytes. Send fewer items at once.`,
) {}

/** A part of the URL is longer than any id (RFC 9110 §15.5.15). */
export class AddressTooLongError extends coded(
  'address_too_long',
  (limit: number) => `An id in the URL may have at most ${limit} characters. Check the id.`,
) {}

/** The URL and headers of the request are too large. */
export class HeadersTooLargeError extends coded(
  'headers_too_large',
  (limitBytes: number) =>
    `The URL and headers of a request may have at most ${limitBytes} bytes together. Send less in them.`,
) {}

/** The request has an expectation other than `100-continue` (RFC 9110 §10.1.1). */
export class ExpectationFailedError extends coded(
  'expectation_failed',
  'Only `Expect: 100-continue` is supported. Remove the `Expect` header.',
) {}

/** The request took too long to arrive. */
export class RequestTimeoutError extends coded(
  'request_timeout',
  'The request did not arrive in time. Send it again.',
) {}

const TOO_MANY = {
  'sign-in': 'Too many sign-ins from your address',
  token: 'Too many requests with this token',
  account: 'Too many requests from this account, in all of its sessions together',
  streams: 'Too many event streams of this account are open',
  'under-way': 'Too many requests from this account are being processed at the same time',
  address: 'Too many requests from your address',
  'operator-key': 'Too many wrong operator keys from your address',
} as const;

/** The request exceeds a rate limit. `retryAfter`: seconds. */
export class TooManyRequestsError extends coded('rate_limited', (limit: keyof typeof TOO_MANY, retryAfter: number) => ({
  message: `${TOO_MANY[limit]}. Try again in ${retryAfter} s.`,
  retryAfter,
})) {}

/** An Idempotency-Key was reused for a different request. */
export class IdempotencyConflictError extends coded(
  'idempotency_conflict',
  'This Idempotency-Key belongs to another request. Use a new key for a new request.',
) {}

/** The first request with this Idempotency-Key is still being processed. */
export class IdempotencyInProgressError extends coded('idempotency_in_progress', {
  message: 'A request with this Idempotency-Key is still being processed. Send it again in a moment.',
  retryAfter: 1,
}) {}

/** Redis cannot be reached, or refuses commands. */
export class StoreUnavailableError extends coded('service_unavailable', (cause?: unknown) => ({
  message: 'Redis is not responding. Try again in a moment.',
  retryAfter: 5,
  cause,
})) {}
