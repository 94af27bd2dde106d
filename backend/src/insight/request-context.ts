import { AsyncLocalStorage } from 'node:async_hooks';

/** The context of all work for one request, or one step of a transfer. */
export interface RequestContext {
  /** Id of the request, as in `X-Request-Id`, problems and the log. */
  readonly requestId: string;
  /** Parent span (W3C Trace Context), if it is traced. */
  readonly traceparent?: string;
}

/** Follows a request through all its asynchronous work, so that its id need not be passed on. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
