import type { Dispatcher } from 'undici';

/**
 * Bytes a second that an answer must have while we wait for it, over a window of two time-outs (two minutes, or half a
 * minute where a person waits). Half a kilobyte is far below any line that a Drive is used over; an answer that drips,
 * a byte before each time-out, would be waited for without end.
 */
const LEAST_BYTES_PER_SECOND = 512;
const TICKS = 4;

interface Watched {
  readonly controller: Dispatcher.DispatchController;
  bytes: number;
  /** Ticks of this window during which more bytes would have been taken. */
  ticks: number;
}

/**
 * Ends answers that drip in. Only waiting counts: while the reader is the slow one, the connection is paused, and a large
 * file may take as long as it needs.
 */
export class SlowAnswers {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;
  private readonly windowMs: number;

  /** @param timeoutMs without a byte; that time-out is the dispatcher's own */
  constructor(timeoutMs: number) {
    this.windowMs = 2 * timeoutMs;
  }

  readonly interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
    dispatch(options, this.watching(handler));

  private watching(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
    let watched: Watched | undefined;
    const leave = (): void => {
      if (watched) this.watched.delete(watched);
      if (this.watched.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
    return {
      onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStarted: () => handler.onResponseStarted?.(),
      onBodySent: (chunk) => handler.onBodySent?.(chunk),
      onRequestSent: () => handler.onRequestSent?.(),
      onResponseStart: (controller, status, headers, statusText) => {
        if (status >= 200) this.watched.add((watched = { controller, bytes: 0, ticks: 0 }));
        this.timer ??= setInterval(() => this.tick(), this.windowMs / TICKS);
        this.timer.unref();
        return handler.onResponseStart?.(controller, status, headers, statusText);
      },
      onResponseData: (controller, chunk) => {
        if (watched) watched.bytes += chunk.length;
        return handler.onResponseData?.(controller, chunk);
      },
      onResponseEnd: (controller, trailers) => {
        leave();
        return handler.onResponseEnd?.(controller, trailers);
      },
      onResponseError: (controller, error) => {
        leave();
        return handler.onResponseError?.(controller, error);
      },
    };
  }

  private tick(): void {
    for (const answer of this.watched) {
      if (answer.controller.paused || ++answer.ticks < TICKS) continue;
      const isSlow = answer.bytes < (LEAST_BYTES_PER_SECOND * this.windowMs) / 1_000;
      [answer.bytes, answer.ticks] = [0, 0];
      if (isSlow) answer.controller.abort(Object.assign(new Error('The answer drips in.'), { code: 'ETIMEDOUT' }));
    }
  }
}
