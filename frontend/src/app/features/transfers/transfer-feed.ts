import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { effect, inject, signal, Signal, untracked } from '@angular/core';
import { firstValueFrom, map } from 'rxjs';
import { get as readTransfer } from '../../api/functions';
import { Connection } from '../../core/connection';
import { EVENT_STREAM, StreamMessage } from '../../core/event-stream';
import { Problem, toProblem } from '../../core/problem';
import { asSide } from '../../core/sessions';
import { isFinished, Transfer } from './transfer-state';

/** The server sends at least a heartbeat every 10 s; after this long it is gone. */
const SILENCE_MS = 25_000;
const LONGEST_PAUSE_S = 30;
const POLL_S = 15;
/** A server or proxy that refuses streams twice in a row is asked every 15 s instead… */
const REFUSALS_UNTIL_POLLING = 2;
/** …and after this many times offered the stream again. */
const POLLS_UNTIL_STREAM = 4;

type StreamEnd =
  /** The transfer is over. */
  | { readonly how: 'finished' }
  /** The connection broke; `heard` tells whether it had brought anything. */
  | { readonly how: 'broken'; readonly heard: boolean }
  /** The server or something before it will not stream. */
  | { readonly how: 'refused' }
  /** Asking again cannot help: unknown transfer, no sign-in left. */
  | { readonly how: 'fatal'; readonly problem: Problem };

/** Errors after which only a person can go on. */
const isFatal = (problem: Problem): boolean => [400, 401, 403, 404].includes(problem.status);

/**
 * Follows one transfer: the event stream while it works, with pauses of 1, 2, 4 … 30 s after it broke (it goes on
 * after the last event seen), and plain questions every 15 s where streams do not get through. How fresh the picture
 * is goes to {@link Connection}. What was seen last stays when nothing more comes.
 */
export class TransferFeed {
  private readonly http = inject(HttpClient);
  private readonly connection = inject(Connection);
  private readonly seen = signal<Transfer | undefined>(undefined);
  private readonly trouble = signal<Problem | undefined>(undefined);

  readonly transfer = this.seen.asReadonly();
  /** Why nothing (more) comes. */
  readonly problem = this.trouble.asReadonly();

  /** @param id which transfer; another one starts anew. Needs an injection context. */
  constructor(id: Signal<string>) {
    effect((onCleanup) => {
      const abort = new AbortController();
      const current = id();
      untracked(() => {
        this.seen.set(undefined);
        this.begin(current, abort.signal);
      });
      this.restart = () => this.begin(current, abort.signal);
      onCleanup(() => {
        abort.abort();
        this.connection.report({ state: 'idle' });
      });
    });
  }

  /** Tries again after a problem. */
  retry(): void {
    this.restart();
  }

  /** Shows what a command just answered, unless the stream was faster. */
  take(transfer: Transfer): void {
    if (transfer.revision >= (this.seen()?.revision ?? 0)) this.seen.set(transfer);
  }

  private restart: () => void = () => undefined;

  private begin(id: string, signal: AbortSignal): void {
    this.trouble.set(undefined);
    void this.follow(id, signal);
  }

  private async follow(id: string, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let refusals = 0;
    while (!signal.aborted) {
      const end = await this.listen(id, signal);
      if (signal.aborted) return;
      if (end.how === 'finished') return this.connection.report({ state: 'idle' });
      if (end.how === 'fatal') {
        this.trouble.set(end.problem);
        return this.connection.report({ state: 'idle' });
      }
      refusals = end.how === 'refused' ? refusals + 1 : 0;
      if (refusals >= REFUSALS_UNTIL_POLLING) {
        if ((await this.poll(id, signal)) === 'over') return this.connection.report({ state: 'idle' });
        continue;
      }
      failures = end.how === 'broken' && end.heard ? 0 : failures + 1;
      await this.pause(Math.min(LONGEST_PAUSE_S, 2 ** Math.max(0, failures - 1)), signal);
    }
  }

  private listen(id: string, signal: AbortSignal): Promise<StreamEnd> {
    return new Promise((resolve) => {
      let heard = false;
      let silence: ReturnType<typeof setTimeout> | undefined;
      const revision = this.seen()?.revision;
      const subscription = this.http
        .get<StreamMessage>(`/api/transfers/${encodeURIComponent(id)}/events`, {
          context: asSide('both').set(EVENT_STREAM, true),
          headers: revision === undefined ? {} : { 'Last-Event-ID': String(revision) },
        })
        .subscribe({
          next: (message) => {
            heard = true;
            awaitNext();
            this.connection.report({ state: 'live' });
            if (message.kind === 'event' && message.type === 'transfer')
              this.take(JSON.parse(message.data) as Transfer);
          },
          error: (error: HttpErrorResponse) => {
            const problem = toProblem(error);
            if (isFatal(problem)) finish({ how: 'fatal', problem });
            else finish(problem.status === 0 ? { how: 'broken', heard } : { how: 'refused' });
          },
          complete: () => {
            const transfer = this.seen();
            finish(transfer && isFinished(transfer) ? { how: 'finished' } : { how: 'broken', heard });
          },
        });
      const finish = (end: StreamEnd) => {
        clearTimeout(silence);
        signal.removeEventListener('abort', stop);
        subscription.unsubscribe();
        resolve(end);
      };
      const stop = () => finish({ how: 'broken', heard });
      const awaitNext = () => {
        clearTimeout(silence);
        silence = setTimeout(stop, SILENCE_MS);
      };
      signal.addEventListener('abort', stop);
      awaitNext();
    });
  }

  private async poll(id: string, signal: AbortSignal): Promise<'over' | 'go on'> {
    for (let asked = 0; asked < POLLS_UNTIL_STREAM && !signal.aborted; asked++) {
      try {
        const transfer = await firstValueFrom(
          readTransfer(this.http, '', { id }, asSide('both')).pipe(map((response) => response.body)),
        );
        this.take(transfer);
        this.connection.report({ state: 'polling', at: Date.now() });
        if (isFinished(transfer)) return 'over';
      } catch (error) {
        const problem = toProblem(error);
        if (isFatal(problem)) {
          this.trouble.set(problem);
          return 'over';
        }
      }
      await this.sleep(POLL_S * 1000, signal);
    }
    return 'go on';
  }

  private async pause(seconds: number, signal: AbortSignal): Promise<void> {
    for (let left = seconds; left > 0 && !signal.aborted; left--) {
      this.connection.report({ state: 'reconnecting', inSeconds: left });
      // A browser that has just come online need not wait.
      if ((await this.sleep(1000, signal)) === 'online') return;
    }
  }

  private sleep(ms: number, signal: AbortSignal): Promise<'rested' | 'online' | 'stopped'> {
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
}
