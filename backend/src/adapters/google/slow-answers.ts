import type { Dispatcher } from 'undici';

/** Called with bytes of a body, as they pass. */
export type OnBytes = (direction: 'received' | 'sent', bytes: number) => void;

/** A request that reports its bytes. The dispatcher passes unknown options on. */
export type CountedOptions<Options> = Options & { readonly onBytes?: OnBytes | undefined };

/**
 * Bytes per second that a response must deliver on average over two time-outs (two minutes, or half a minute if a
 * person waits). Every usable connection is far faster. Without this, a response that sends a byte before each time-out
 * would never end.
 */
const MIN_BYTES_PER_SECOND = 512;

/**
 * Watches the bytes of requests and responses: reports them (see `CountedOptions`), and aborts responses that arrive
 * too slowly. Only waiting counts: while the reader is slower, the connection is paused, so a large file may take as
 * long as it needs.
 */
export class SlowAnswers {
  private readonly windowMs: number;

  /**
   * @param timeoutMs time-out without any byte, which the dispatcher enforces; this class only counts arriving bytes
   */
  constructor(timeoutMs: number) {
    this.windowMs = 2 * timeoutMs;
  }

  readonly interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
    dispatch(options, this.watching(handler, (options as CountedOptions<typeof options>).onBytes));

  private watching(handler: Dispatcher.DispatchHandler, onBytes?: OnBytes): Dispatcher.DispatchHandler {
    let since = 0;
    let wasPaused = false;
    let window = { waitedMs: 0, bytes: 0 };
    return {
      onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStarted: () => handler.onResponseStarted?.(),
      onBodySent: (chunk) => {
        onBytes?.('sent', chunk.length);
        handler.onBodySent?.(chunk);
      },
      onRequestSent: () => handler.onRequestSent?.(),
      onResponseStart: (controller, status, headers, statusText) => {
        since = performance.now();
        return handler.onResponseStart?.(controller, status, headers, statusText);
      },
      onResponseData: (controller, chunk) => {
        if (!wasPaused) window.waitedMs += performance.now() - since;
        window.bytes += chunk.length;
        onBytes?.('received', chunk.length);
        if (window.waitedMs >= this.windowMs) {
          if (window.bytes < (MIN_BYTES_PER_SECOND * window.waitedMs) / 1_000)
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
