import { CodedError } from '../engine/errors.js';

/** One wrong parameter and what to do about it. */
export interface ParameterError {
  /** Name in the query or path, or a dotted path into the body. */
  readonly parameter: string;
  readonly detail: string;
}

/** A request that cannot be understood or breaks a rule of the parameters. */
export class InvalidRequestError extends CodedError<'invalid_request'> {
  constructor(
    message: string,
    readonly errors: readonly ParameterError[] = [],
  ) {
    super('invalid_request', message);
  }
}

/** No such address in this API. */
export class RouteNotFoundError extends CodedError<'route_not_found'> {
  constructor(method: string, path: string) {
    super('route_not_found', `There is nothing at ${method} ${path}. The API is described at /docs.`);
  }
}

/** The request's body is larger than this API reads. */
export class BodyTooLargeError extends CodedError<'body_too_large'> {
  constructor(limitBytes: number) {
    super('body_too_large', `The request's body may have at most ${limitBytes} bytes. Send fewer items at once.`);
  }
}

/** More requests than this server answers for one client address. */
export class TooManyRequestsError extends CodedError<'rate_limited'> {
  constructor(retryAfter: number) {
    super('rate_limited', `Too many requests from your address. Try again in ${retryAfter} s.`, { retryAfter });
  }
}
