import { HttpClient } from '@angular/common/http';
import { computed, effect, inject, Signal, signal, untracked } from '@angular/core';
import { Subscription } from 'rxjs';
import { Freshness } from './connection';
import { EVENT_STREAM, StreamMessage } from './event-stream';
import { Problem, toProblem } from './problem';
import { asSide } from './api-client';
import { HIDDEN_POLL_S, TabVisibility } from './tab-visibility';

/** The server sends a heartbeat every 10 s; a stream silent for this long is broken. */
const SILENCE_MS = 25_000;
const MAX_PAUSE_S = 30;
/** One failed connection is a hiccup; from this number on, the reason is reported. */
const FAILURES_UNTIL_REPORTED = 2;
const POLL_S = 15;
/** After this many refused streams in a row, the server is polled instead… */
const REFUSALS_UNTIL_POLLING = 2;
/** …and after this many polls, the stream is tried again. */
const POLLS_UNTIL_STREAM = 4;

const UNREACHABLE: Problem = { code: 'unreachable', title: '', status: 0 };

/** Errors that a retry cannot fix: an unknown object, no sign-in left. */
const isFatal = ({ status }: Problem): boolean => [400, 401, 403, 404].includes(status);

export interface LiveStreamOptions {
  /** What to follow; another value opens another stream, undefined none. */
  readonly key: () => string | undefined;
  /** The stream's address, and the ID of the last event received, after which it continues. */
  readonly request: () => {
    readonly url: string;
    readonly params?: Record<string, string>;
    readonly lastEventId?: string;
  };
  /** The type of the events to take. */
  readonly type: string;
  readonly take: (data: string) => void;
  /**
   * Reads the same data with a plain request: for polls, and once a stream is open again after a break, because it does
   * not send what ended meanwhile. @throws HttpErrorResponse
   */
  readonly read: (signal: AbortSignal) => Promise<void>;
  /** Call `read` before each stream, also the first, instead of after a break. */
  readonly readsFirst?: boolean;
  /** Whether no more events are expected. */
  readonly isDone?: () => boolean;
  /** Called with every message, poll and second of waiting. */
  readonly report: (freshness: Freshness) => void;
  /** Whether to continue, with another request, after a problem that a retry cannot fix. */
  readonly survives?: (problem: Problem) => boolean;
}

export interface LiveStream {
  /** Why the stream has ended, if only a person can fix it. */
  readonly problem: Signal<Problem | undefined>;
  /** Starts again after a problem. */
  retry(): void;
}

/** How a stream ended. `heard`: it delivered an event or a heartbeat. */
interface StreamEnd {
  readonly heard: boolean;
  readonly error?: unknown;
}

/**
 * Follows server-sent events. A broken stream reconnects after pauses of 1, 2, 4 … 30 s, and at once when the browser
 * comes online. Where streams are refused, it polls every 15 s. A tab that has been hidden for 30 s closes its stream and
 * polls once a minute. Needs an injection context, and stops with it.
 */
export function liveStream(options: LiveStreamOptions): LiveStream {
  const http = inject(HttpClient);
  const { hidden } = inject(TabVisibility);
  const problem = signal<Problem | undefined>(undefined);
  const attempt = signal(0);
  const key = computed(options.key);
  const target = computed(() => ({ key: key(), attempt: attempt() }));
  const isDone = () => options.isDone?.() ?? false;

  /** @returns whether to continue */
  function fail(cause: Problem): boolean {
    problem.set(cause);
    return options.survives?.(cause) ?? false;
  }

  /** Polls up to `times` times. @returns whether to continue */
  async function poll(everySeconds: number, times: number, signal: AbortSignal): Promise<boolean> {
    for (let count = 0; count < times && !signal.aborted && !isDone(); count++) {
      try {
        await options.read(signal);
        if (signal.aborted || isDone()) break;
        options.report({ state: 'polling', at: Date.now() });
        await sleep(everySeconds * 1000, signal);
      } catch (error) {
        if (signal.aborted) break;
        const cause = toProblem(error);
        if (!isFatal(cause)) await pause(everySeconds, signal, cause);
        else if (!fail(cause)) return false;
      }
    }
    return true;
  }

  /** @param isAgain whether there was a stream before */
  async function stream(signal: AbortSignal, isAgain: boolean): Promise<void> {
    let failures = 0;
    let refusals = 0;
    for (let missed = isAgain; !signal.aborted; missed = true) {
      const { heard, error } = await connect(signal, missed);
      // If even the first read failed, nobody knows whether what was done is still there.
      const isUnread = !heard && error !== undefined;
      if (signal.aborted || (isDone() && !isUnread)) return;
      const cause = error === undefined ? UNREACHABLE : toProblem(error);
      if (isFatal(cause)) {
        if (fail(cause)) continue;
        return;
      }
      // While the database is down, polls would be refused as well.
      const isBroken = cause.status === 0 || cause.code === 'service_unavailable';
      refusals = isBroken ? 0 : refusals + 1;
      failures = heard ? 0 : failures + 1;
      if (refusals >= REFUSALS_UNTIL_POLLING) {
        if (!(await poll(POLL_S, POLLS_UNTIL_STREAM, signal)) || isDone()) return;
        continue;
      }
      const seconds = Math.min(MAX_PAUSE_S, 2 ** Math.max(0, failures - 1));
      await pause(seconds, signal, failures >= FAILURES_UNTIL_REPORTED ? cause : undefined);
    }
  }

  async function connect(signal: AbortSignal, missed: boolean): Promise<StreamEnd> {
    try {
      if (options.readsFirst) await options.read(signal);
    } catch (error) {
      return { heard: false, error };
    }
    return signal.aborted || isDone() ? { heard: true } : listen(signal, missed && !options.readsFirst);
  }

  /** @param missed whether to read once the stream is open */
  function listen(signal: AbortSignal, missed: boolean): Promise<StreamEnd> {
    return new Promise((resolve) => {
      let heard = false;
      let mustRead = missed;
      let silence: ReturnType<typeof setTimeout>;
      const { url, params, lastEventId } = options.request();
      const subscription = new Subscription();
      const finish = (error?: unknown) => {
        clearTimeout(silence);
        signal.removeEventListener('abort', stop);
        subscription.unsubscribe();
        resolve({ heard, error });
      };
      const stop = () => finish();
      const awaitNext = () => {
        clearTimeout(silence);
        silence = setTimeout(stop, SILENCE_MS);
      };
      signal.addEventListener('abort', stop);
      awaitNext();
      const messages = http.get<StreamMessage>(url, {
        context: asSide('both').set(EVENT_STREAM, true),
        ...(params && { params }),
        ...(lastEventId !== undefined && { headers: { 'Last-Event-ID': lastEventId } }),
      });
      subscription.add(
        messages.subscribe({
          next: (message) => {
            // Opening alone is not enough: for a stream that opens and breaks at once, the pauses must grow.
            if (message.kind !== 'opened') heard = true;
            awaitNext();
            if (mustRead) options.read(signal).catch(finish);
            mustRead = false;
            options.report({ state: 'live' });
            if (message.kind === 'event' && message.type === options.type) options.take(message.data);
          },
          error: finish,
          complete: stop,
        }),
      );
    });
  }

  async function pause(seconds: number, signal: AbortSignal, why?: Problem): Promise<void> {
    for (let left = seconds; left > 0 && !signal.aborted; left--) {
      options.report({ state: 'reconnecting', inSeconds: left, ...(why && { why }) });
      if ((await sleep(1000, signal)) === 'online') return;
    }
  }

  let followed: object | undefined;
  let isOver = false;
  let wasHidden = false;
  effect((onCleanup) => {
    const current = target();
    const isHidden = hidden();
    const abort = new AbortController();
    onCleanup(() => abort.abort());
    untracked(() => {
      if (current !== followed) {
        followed = current;
        isOver = false;
        problem.set(undefined);
      }
      const wasPolling = wasHidden;
      wasHidden = isHidden;
      if (current.key === undefined) return options.report({ state: 'idle' });
      if (isOver) return;
      const { signal } = abort;
      const run = isHidden ? poll(HIDDEN_POLL_S, Infinity, signal) : stream(signal, wasPolling);
      void run.then(() => {
        if (signal.aborted) return;
        isOver = true;
        options.report({ state: 'idle' });
      });
    });
  });

  return { problem: problem.asReadonly(), retry: () => attempt.update((count) => count + 1) };
}

/** Waits; ends early when the browser comes online or the signal aborts. */
function sleep(ms: number, signal: AbortSignal): Promise<'rested' | 'online' | 'stopped'> {
  return new Promise((resolve) => {
    const wake = (why: 'rested' | 'online' | 'stopped') => () => {
      clearTimeout(timer);
      removeEventListener('online', online);
      signal.removeEventListener('abort', stopped);
      resolve(why);
    };
    const online = wake('online');
    const stopped = wake('stopped');
    const timer = setTimeout(wake('rested'), ms);
    addEventListener('online', online);
    signal.addEventListener('abort', stopped);
  });
}
