import { HttpClient } from '@angular/common/http';
import { effect, inject, signal, Signal, untracked } from '@angular/core';
import {
  defer,
  EMPTY,
  map,
  Observable,
  repeat,
  retry,
  Subscription,
  switchMap,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import { getPreflight } from '../../api/functions';
import { PreflightDto } from '../../api/models/preflight-dto';
import { TabVisibility, HIDDEN_POLL_S } from '../../core/tab-visibility';
import { EVENT_STREAM, StreamMessage } from '../../core/event-stream';
import { Problem, toProblem } from '../../core/problem';
import { asSide } from '../../core/sessions';

/** What a transfer would do, as it is being counted or as it was counted. */
export type Preflight = PreflightDto;

/** The server sends at least a heartbeat every 10 s; after this long it is gone. */
const SILENCE_MS = 25_000;
const LONGEST_PAUSE_MS = 15_000;
const HIDDEN_POLL_MS = HIDDEN_POLL_S * 1000;

/** Errors after which only a person can go on: unknown preflight, no sign-in left. */
const isFatal = ({ status }: Problem): boolean => [400, 401, 403, 404].includes(status);

/**
 * Follows one preflight until it is counted: reads it, then listens to its event stream. When the stream breaks or never
 * comes through, it is read again after 1, 2, 4 … 15 s, which is polling where streams are refused. A tab that is hidden
 * for 30 s closes its stream and reads once a minute, until it is seen again. What was seen last stays on the screen.
 */
export class PreflightFeed {
  private readonly http = inject(HttpClient);
  private readonly hidden = inject(TabVisibility).hidden;
  private readonly seen = signal<Preflight | undefined>(undefined);
  private readonly trouble = signal<Problem | undefined>(undefined);
  private readonly waits = signal(false);
  private running?: Subscription;

  readonly preflight = this.seen.asReadonly();
  /** Why nothing (more) comes. */
  readonly problem = this.trouble.asReadonly();
  /** The connection broke and is tried again in a moment. */
  readonly interrupted = this.waits.asReadonly();

  /** @param id which preflight; undefined: none yet. Needs an injection context. */
  constructor(private readonly id: Signal<string | undefined>) {
    let followed: string | undefined;
    effect((onCleanup) => {
      const current = this.id();
      this.hidden();
      untracked(() => {
        if (current !== followed) this.seen.set(undefined);
        // Nothing more comes of one that is counted, or after trouble that a person must see to.
        else if (this.trouble() || (this.seen() && this.seen()?.state !== 'counting')) return;
        followed = current;
        this.load();
      });
      onCleanup(() => this.running?.unsubscribe());
    });
  }

  /** Reads it anew, and follows it if it is being counted. */
  load(): void {
    this.running?.unsubscribe();
    const id = this.id();
    this.trouble.set(undefined);
    this.waits.set(false);
    if (id === undefined) return;
    let failures = 0;
    const follow = defer(() => this.read(id)).pipe(
      switchMap((preflight) => {
        this.take(preflight);
        failures = 0;
        return preflight.state === 'counting' && !this.hidden() ? this.listen(id) : EMPTY;
      }),
      // Only what nobody looks at comes to an end before it is counted.
      repeat({ delay: () => (this.seen()?.state === 'counting' ? timer(HIDDEN_POLL_MS) : EMPTY) }),
      retry({
        delay: (error: unknown) => {
          if (isFatal(toProblem(error))) return throwError(() => error);
          this.waits.set(true);
          return timer(this.hidden() ? HIDDEN_POLL_MS : Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures++));
        },
      }),
    );
    this.running = follow.subscribe({ error: (error: unknown) => this.trouble.set(toProblem(error)) });
  }

  private take(preflight: Preflight): void {
    this.waits.set(false);
    this.seen.set(preflight);
  }

  private read(id: string): Observable<Preflight> {
    return getPreflight(this.http, '', { id }, asSide('both')).pipe(map((response) => response.body));
  }

  /** Errors when the stream ends before the counting does. */
  private listen(id: string): Observable<never> {
    const events = this.http.get<StreamMessage>(`/api/preflights/${encodeURIComponent(id)}/events`, {
      context: asSide('both').set(EVENT_STREAM, true),
      headers: { 'Last-Event-ID': String(this.seen()?.revision ?? '') },
    });
    return new Observable((out) =>
      events.pipe(timeout({ each: SILENCE_MS })).subscribe({
        next: (message) => {
          if (message.kind === 'event' && message.type === 'preflight')
            this.take(JSON.parse(message.data) as Preflight);
        },
        error: (error: unknown) => out.error(error),
        complete: () =>
          this.seen()?.state === 'counting' ? out.error(new Error('the stream ended early')) : out.complete(),
      }),
    );
  }
}
