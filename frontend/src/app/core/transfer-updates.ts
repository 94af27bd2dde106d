import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { computed, effect, inject, Service, signal, untracked } from '@angular/core';
import { firstValueFrom, Subscription } from 'rxjs';
import { get as readTransfer, list as listTransfers } from '../api/functions';
import { TransferDto } from '../api/models/transfer-dto';
import { TabVisibility, HIDDEN_POLL_S } from './tab-visibility';
import { Connection } from './connection';
import { EVENT_STREAM, StreamMessage } from './event-stream';
import { Problem, toProblem } from './problem';
import { asSide, SessionStore } from './sessions';
import { Side, SIDES } from './side';

/** A transfer as the API describes it. */
export type Transfer = TransferDto & {
  /** When this came, epoch milliseconds of the browser: `activeSeconds` are those until then. */
  readonly takenAt?: number;
};

/** Who does something next: CloudMover, a person, nobody. */
export type TransferGroup = 'active' | 'needs_you' | 'finished';

const FINISHED: readonly Transfer['state'][] = ['completed', 'completed_with_failures', 'canceled', 'failed', 'undone'];

/** One that somebody paused waits because they want it to; one that a problem paused waits for them. */
export function groupOf({ state, problem }: Pick<Transfer, 'state' | 'problem'>): TransferGroup {
  if (FINISHED.includes(state)) return 'finished';
  return state === 'needs_reconnect' || (state === 'paused' && problem) ? 'needs_you' : 'active';
}

const WORKING: readonly Transfer['state'][] = ['running', 'finishing', 'updating', 'pausing', 'canceling'];

/** Whether its `activeSeconds` grow. */
export const isWorking = ({ state }: Pick<Transfer, 'state'>): boolean => WORKING.includes(state);

export const isFinished = ({ state }: Pick<Transfer, 'state'>): boolean => FINISHED.includes(state);

/** What is worked out once for an end. */
function endOf(transfer: Transfer | undefined): Partial<Transfer> {
  const { arrived, timeline, slowdowns, reportSha256 } = transfer ?? {};
  return {
    ...(arrived && { arrived }),
    ...(timeline && { timeline }),
    ...(slowdowns && { slowdowns }),
    ...(reportSha256 && { reportSha256 }),
  };
}

/** The server sends at least a heartbeat every 10 s; after this long it is gone. */
const SILENCE_MS = 25_000;
const LONGEST_PAUSE_S = 30;
/** A line that breaks once is a hiccup; from here on it is told why. */
const FAILURES_UNTIL_TOLD = 2;
const POLL_S = 15;
/** A server or proxy that refuses streams twice in a row is asked every 15 s instead… */
const REFUSALS_UNTIL_POLLING = 2;
/** …and after this many times offered the stream again. */
const POLLS_UNTIL_STREAM = 4;
/** As many as the stream tells of. */
const MAX_WATCHED = 100;

type StreamEnd =
  /** The connection broke, or CloudMover itself is not ready; `heard` tells whether it had brought anything. */
  | { readonly how: 'broken'; readonly heard: boolean; readonly problem?: Problem }
  /** The server or something before it will not stream. */
  | { readonly how: 'refused'; readonly problem: Problem }
  /** Asking again cannot help. */
  | { readonly how: 'fatal'; readonly problem: Problem };

/** The line broke, or nothing was heard for too long. */
const UNREACHABLE: Problem = { code: 'unreachable', title: '', status: 0 };

/** Errors after which only a person can go on. */
const isFatal = ({ status }: Problem): boolean => [400, 401, 403, 404].includes(status);

/**
 * What happens to the transfers of the connected accounts, for every page of this tab over one event stream: after it
 * broke it goes on with pauses of 1, 2, 4 … 30 s; where streams do not get through it asks every 15 s. A tab that is
 * hidden for 30 s closes its stream and asks once a minute, until it is seen again. How fresh the picture is goes to
 * {@link Connection}. What was seen last stays when nothing more comes.
 */
@Service()
export class TransferUpdates {
  private readonly http = inject(HttpClient);
  private readonly connection = inject(Connection);
  private readonly sessions = inject(SessionStore);
  private readonly hidden = inject(TabVisibility).hidden;

  private readonly known = signal<ReadonlyMap<string, Transfer>>(new Map());
  private readonly closely = signal<string | undefined>(undefined);
  private readonly trouble = signal<Problem | undefined>(undefined);
  private readonly attempt = signal(0);
  private wasAway = false;
  /** A sign-in that has just come back is dealt with first: until then nothing else is asked. */
  private readonly begun = signal(false);
  private readonly tokens = computed(() => SIDES.map((side) => this.sessions.token(side) ?? '').join(' '));

  /** Those that were told of: all that have not ended, and those that ended while this tab was open. */
  readonly transfers = computed(() => [...this.known().values()]);
  /** How many wait for a person. */
  readonly needsYou = computed(() => this.transfers().filter((each) => groupOf(each) === 'needs_you').length);
  /** Why nothing (more) comes. */
  readonly problem = this.trouble.asReadonly();

  constructor() {
    this.forgetWithAccounts();
    effect(() => {
      if (this.sessions.settled()) this.begun.set(true);
    });
    effect((onCleanup) => {
      if (!this.begun()) return;
      this.attempt();
      const id = this.closely();
      const someone = this.tokens().trim() !== '';
      const away = this.hidden();
      const abort = new AbortController();
      onCleanup(() => abort.abort());
      untracked(() => {
        this.trouble.set(someone ? undefined : { code: 'token_missing', title: '', status: 401 });
        if (!someone) this.connection.report({ state: 'idle' });
        else if (away) void this.lookIn(id, abort.signal);
        else {
          // The stream does not tell of what ended meanwhile. If this fails, the stream will as well and says so.
          if (this.wasAway) this.askForAll(abort.signal).catch(() => undefined);
          void this.listenOn(id, abort.signal);
        }
        this.wasAway = away;
      });
    });
  }

  /** One of them, when it was told of. */
  transfer(id: string): Transfer | undefined {
    return this.known().get(id);
  }

  /** Follows one in detail, even if it has ended. @returns lets go of it again */
  follow(id: string): () => void {
    this.closely.set(id);
    return () => this.closely.update((current) => (current === id ? undefined : current));
  }

  /** Tries again after a problem. */
  retry(): void {
    this.attempt.update((count) => count + 1);
  }

  /** Notes what another answer told, unless the stream was faster. */
  take(...transfers: readonly Transfer[]): void {
    this.known.update((before) => {
      const fresh = transfers.filter(({ id, revision }) => revision >= (before.get(id)?.revision ?? 0));
      if (fresh.length === 0) return before;
      const after = new Map(before);
      const takenAt = Date.now();
      // A list leaves out what is only told of one that is followed.
      for (const { id, ...rest } of fresh) {
        const known = before.get(id);
        const { pace, inFlight } = known ?? {};
        const detail = isFinished(rest)
          ? known?.finishedAt === rest.finishedAt && endOf(known)
          : { ...(pace && { pace }), ...(inFlight && { inFlight }) };
        after.set(id, { ...detail, ...rest, id, takenAt });
      }
      return after;
    });
  }

  /** Another person's transfers are not shown to this one. */
  private forgetWithAccounts(): void {
    const before = new Map<Side, string | undefined>();
    effect(() => {
      const changed = SIDES.filter((side) => {
        const { state } = this.sessions.status(side);
        const email = this.sessions.account(side)?.email;
        // While it is not known whose it is, it is taken to be whose it was.
        if (email === undefined && state !== 'absent') return false;
        const last = before.get(side);
        before.set(side, email);
        return last !== undefined && last !== email;
      });
      if (changed.length > 0) untracked(() => this.known.set(new Map()));
    });
  }

  /** What a hidden tab does instead of listening. */
  private async lookIn(id: string | undefined, signal: AbortSignal): Promise<void> {
    const over = (await this.poll(id, signal, HIDDEN_POLL_S, Infinity)) === 'over';
    if (over) this.connection.report({ state: 'idle' });
  }

  private async listenOn(followed: string | undefined, signal: AbortSignal): Promise<void> {
    let id = followed;
    let failures = 0;
    let refusals = 0;
    while (!signal.aborted) {
      const end = await this.listen(id, signal);
      if (signal.aborted) return;
      if (end.how === 'fatal') {
        this.trouble.set(end.problem);
        // There is no such transfer; the others are still worth watching.
        if (end.problem.status !== 404 || id === undefined) return this.connection.report({ state: 'idle' });
        id = undefined;
        continue;
      }
      refusals = end.how === 'refused' ? refusals + 1 : 0;
      if (refusals >= REFUSALS_UNTIL_POLLING) {
        if ((await this.poll(id, signal, POLL_S, POLLS_UNTIL_STREAM)) === 'over')
          return this.connection.report({ state: 'idle' });
        continue;
      }
      failures = end.how === 'broken' && end.heard ? 0 : failures + 1;
      const why = end.problem ?? UNREACHABLE;
      const pause = Math.min(LONGEST_PAUSE_S, 2 ** Math.max(0, failures - 1));
      await this.pause(pause, signal, failures >= FAILURES_UNTIL_TOLD ? why : undefined);
    }
  }

  private listen(id: string | undefined, signal: AbortSignal): Promise<StreamEnd> {
    return new Promise((resolve) => {
      let heard = false;
      let silence: ReturnType<typeof setTimeout> | undefined;
      const seen = id === undefined ? undefined : this.transfer(id);
      const subscription = new Subscription();
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
      const request = this.http.get<StreamMessage>('/api/transfers/events', {
        context: asSide('both').set(EVENT_STREAM, true),
        ...(id !== undefined && { params: { transfer: id } }),
        // Without its pace it was only told of in passing: it is told anew then.
        ...(seen?.pace && { headers: { 'Last-Event-ID': `${seen.id}:${seen.revision}` } }),
      });
      subscription.add(
        request.subscribe({
          next: (message) => {
            if (!heard) void this.sessions.checkUnknown();
            // A line that opens and breaks at once is not one that works: the pauses between attempts grow.
            if (message.kind !== 'opened') heard = true;
            awaitNext();
            this.connection.report({ state: 'live' });
            if (message.kind === 'event' && message.type === 'transfer')
              this.take(JSON.parse(message.data) as Transfer);
          },
          error: (error: HttpErrorResponse) => {
            const problem = toProblem(error);
            if (isFatal(problem)) finish({ how: 'fatal', problem });
            // While its database is away, asking instead of listening would be refused as well.
            else if (problem.status === 0 || problem.code === 'service_unavailable')
              finish({ how: 'broken', heard, problem });
            else finish({ how: 'refused', problem });
          },
          complete: () => finish({ how: 'broken', heard }),
        }),
      );
    });
  }

  /** @returns `over` when asking again cannot help; `go on` after so many times, or when it was stopped */
  private async poll(
    id: string | undefined,
    signal: AbortSignal,
    everySeconds: number,
    times: number,
  ): Promise<'over' | 'go on'> {
    for (let asked = 0; asked < times && !signal.aborted; asked++) {
      try {
        await this.askForAll(signal);
        if (id !== undefined) {
          const { body } = await firstValueFrom(readTransfer(this.http, '', { id }, asSide('both')));
          if (!signal.aborted) this.take(body);
        }
        if (signal.aborted) return 'go on';
        void this.sessions.checkUnknown();
        this.connection.report({ state: 'polling', at: Date.now() });
        await this.sleep(everySeconds * 1000, signal);
      } catch (error) {
        const problem = toProblem(error);
        if (signal.aborted) return 'go on';
        if (isFatal(problem)) {
          this.trouble.set(problem);
          return 'over';
        }
        await this.pause(everySeconds, signal, problem);
      }
    }
    return 'go on';
  }

  private async askForAll(signal: AbortSignal): Promise<void> {
    const { body } = await firstValueFrom(listTransfers(this.http, '', { limit: MAX_WATCHED }, asSide('both')));
    if (signal.aborted) return;
    this.take(...body.transfers.filter((transfer) => !isFinished(transfer) || this.known().has(transfer.id)));
  }

  private async pause(seconds: number, signal: AbortSignal, why?: Problem): Promise<void> {
    for (let left = seconds; left > 0 && !signal.aborted; left--) {
      this.connection.report({ state: 'reconnecting', inSeconds: left, ...(why && { why }) });
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
