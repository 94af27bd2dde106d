import type { Dispatcher } from 'undici';

/**
 * Bytes a second that an answer must have while we wait for it, over a window of two time-outs (two minutes, or half a
 * minute where a person waits). Half a kilobyte is far below any line that a Drive is used over; an answer that drips,
 * a byte before each time-out, would be waited for without end.
 */
const LEAST_BYTES_PER_SECOND = 512;

/**
 * Ends answers that drip in. Only waiting counts: while the reader is the slow one, the connection is paused, and a large
 * file may take as long as it needs.
 */
export class SlowAnswers {
  private readonly windowMs: number;

  /** @param timeoutMs without a byte; the dispatcher enforces that time-out, so that this counts only arriving bytes */
  constructor(timeoutMs: number) {
    this.windowMs = 2 * timeoutMs;
  }

  readonly interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
    dispatch(options, this.watching(handler));

  private watching(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
    let since = 0;
    let wasPaused = false;
    let window = { waitedMs: 0, bytes: 0 };
    return {
      onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStarted: () => handler.onResponseStarted?.(),
      onBodySent: (chunk) => handler.onBodySent?.(chunk),
      onRequestSent: () => handler.onRequestSent?.(),
      onResponseStart: (controller, status, headers, statusText) => {
        since = performance.now();
        return handler.onResponseStart?.(controller, status, headers, statusText);
      },
      onResponseData: (controller, chunk) => {
        if (!wasPaused) window.waitedMs += performance.now() - since;
        window.bytes += chunk.length;
        if (window.waitedMs >= this.windowMs) {
          if (window.bytes < (LEAST_BYTES_PER_SECOND * window.waitedMs) / 1_000)
            return controller.abort(
              Object.assign(new Error('The response arrives too slowly.'), { code: 'ETIMEDOUT' }),
            );
          window = { waitedMs: 0, bytes: 0 };
        }
        handler.onResponseData?.(controller, chunk);
        since = performance.now();
        wasPaused = controller.paused;
      },
      onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
      onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
    };
  }
}
