import { AsyncLocalStorage } from 'node:async_hooks';

/** What the work done for one request, or for one step of a transfer, has in common. */
export interface RequestContext {
  /** Id of the request: in `X-Request-Id`, in problems and in the log. */
  readonly requestId: string;
  /** Span that it belongs under (W3C Trace Context), where it is traced. */
  readonly traceparent?: string;
}

/** Follows a request through everything that is awaited for it, so that nobody has to hand its id on. */
export const requestContext = new AsyncLocalStorage<RequestContext>();
