import { computed, effect, inject, Service, signal, untracked } from '@angular/core';
import { transfersGet as readTransfer, transfersList as listTransfers } from '../api/functions';
import { Transfer as ApiTransfer } from '../api/models/transfer';
import { ApiClient } from './api-client';
import { Connection } from './connection';
import { liveStream } from './live-stream';
import { Problem } from './problem';
import { SessionStore } from './sessions';
import { Side, SIDES } from './side';

/** A transfer as the API describes it. */
export type Transfer = ApiTransfer & {
  /** When this arrived, in epoch milliseconds of the browser. `activeSeconds` counts until then. */
  readonly takenAt?: number;
  /** The revision of its details, which may be older than that of the rest. */
  readonly detailedIn?: number;
};

/** Who acts next: CloudMover, a person, or nobody. */
export type TransferGroup = 'active' | 'needs_you' | 'finished';

/** What happens in a state: `working`, its `activeSeconds` grow; `idle`, it waits or undoes; `needs_you`; `finished`. */
const PHASES: Readonly<Record<Transfer['state'], 'working' | 'idle' | 'needs_you' | 'finished'>> = {
  planning: 'idle',
  ready: 'idle',
  running: 'working',
  finishing: 'working',
  updating: 'working',
  linking: 'idle',
  undoing: 'idle',
  pausing: 'working',
  paused: 'idle',
  canceling: 'working',
  waiting_quota: 'idle',
  needs_reconnect: 'needs_you',
  completed: 'finished',
  completed_with_failures: 'finished',
  canceled: 'finished',
  failed: 'finished',
  undone: 'finished',
};

/** The group of a transfer. One that a person paused is active; one that a problem paused needs a person. */
export function groupOf({ state, problem }: Pick<Transfer, 'state' | 'problem'>): TransferGroup {
  if (isFinished({ state })) return 'finished';
  return PHASES[state] === 'needs_you' || (state === 'paused' && problem) ? 'needs_you' : 'active';
}

export const isWorking = ({ state }: Pick<Transfer, 'state'>): boolean => PHASES[state] === 'working';

export const isFinished = ({ state }: Pick<Transfer, 'state'>): boolean => PHASES[state] === 'finished';

/** The parts that only the stream of a followed transfer has. */
function detailsOf({ pace, inFlight, detailedIn }: Transfer): Partial<Transfer> {
  return { ...(pace && { pace }), ...(inFlight && { inFlight }), ...(detailedIn !== undefined && { detailedIn }) };
}

/** The parts that the API computes only once, at the end. */
function endOf(transfer: Transfer | undefined): Partial<Transfer> {
  const { arrived, timeline, slowdowns, reportSha256 } = transfer ?? {};
  return {
    ...(arrived && { arrived }),
    ...(timeline && { timeline }),
    ...(slowdowns && { slowdowns }),
    ...(reportSha256 && { reportSha256 }),
  };
}

/** As many transfers as the stream sends. */
const MAX_WATCHED = 100;

/**
 * The transfers of the connected accounts, for all pages of this tab, over one event stream. Reports to
 * {@link Connection} how fresh they are. While the connection is lost, the last data stays.
 */
@Service()
export class TransferUpdates {
  private readonly api = inject(ApiClient);
  private readonly connection = inject(Connection);
  private readonly sessions = inject(SessionStore);

  private readonly known = signal<ReadonlyMap<string, Transfer>>(new Map());
  private readonly followed = signal<string | undefined>(undefined);
  /** The ID of the followed transfer, if it does not exist; the others are still followed. */
  private missing?: string;
  /** False until the sessions have been checked: the token of a sign-in that has just returned must be stored first. */
  private readonly started = signal(false);
  private readonly tokens = computed(() => SIDES.map((side) => this.sessions.token(side) ?? '').join(' '));
  private readonly stream = liveStream({
    key: () => (this.started() && this.tokens().trim() ? `${this.tokens()} ${this.followed()}` : undefined),
    request: () => {
      const id = this.wanted();
      const seen = id === undefined ? undefined : this.transfer(id);
      return {
        url: '/api/transfers/events',
        ...(id !== undefined && { params: { transfer: id } }),
        // If only a summary was received, the stream must send the details first.
        ...(seen?.detailedIn !== undefined && { lastEventId: `${seen.id}:${seen.detailedIn}` }),
      };
    },
    type: 'transfer',
    take: (data) => this.take(JSON.parse(data) as Transfer),
    read: (signal) => this.read(signal),
    report: (freshness) => {
      // The server responds again, so it can also check who is signed in.
      if (freshness.state === 'polling' || (freshness.state === 'live' && this.connection.state().state !== 'live'))
        void this.sessions.checkUnknown();
      this.connection.report(freshness);
    },
    survives: ({ status }) => {
      const id = this.wanted();
      if (status !== 404 || id === undefined) return false;
      this.missing = id;
      return true;
    },
  });

  /** The transfers that have not ended, and those that ended while this tab was open. */
  readonly transfers = computed(() => [...this.known().values()]);
  /** How many need a person. */
  readonly needsYou = computed(() => this.transfers().filter((each) => groupOf(each) === 'needs_you').length);
  /** Why there are no updates, if only a person can fix it. */
  readonly problem = computed<Problem | undefined>(() =>
    this.started() && !this.tokens().trim() ? { code: 'token_missing', title: '', status: 401 } : this.stream.problem(),
  );

  constructor() {
    this.forgetWithAccounts();
    effect(() => {
      if (this.sessions.settled()) this.started.set(true);
    });
  }

  transfer(id: string): Transfer | undefined {
    return this.known().get(id);
  }

  /** Follows one transfer in detail, even if it has ended. @returns a function that stops following it */
  follow(id: string): () => void {
    this.missing = undefined;
    this.followed.set(id);
    return () => this.followed.update((current) => (current === id ? undefined : current));
  }

  /** Starts again after a problem. */
  retry(): void {
    this.missing = undefined;
    this.stream.retry();
  }

  /** Adds transfers from another response, unless the stream has delivered newer ones. */
  take(...transfers: readonly Transfer[]): void {
    this.known.update((before) => {
      const fresh = transfers.filter(({ id, revision }) => revision >= (before.get(id)?.revision ?? 0));
      if (fresh.length === 0) return before;
      const after = new Map(before);
      const takenAt = Date.now();
      const followed = untracked(this.followed);
      // Summaries omit the details of a transfer: keep the known ones.
      for (const { id, ...rest } of fresh) {
        const known = before.get(id);
        const detail = isFinished(rest)
          ? known?.finishedAt === rest.finishedAt && endOf(known)
          : // Only the stream of the followed one will replace them.
            id === followed && known && detailsOf(known);
        after.set(id, { ...detail, ...rest, ...(rest.pace && { detailedIn: rest.revision }), id, takenAt });
      }
      return after;
    });
  }

  private wanted(): string | undefined {
    const id = this.followed();
    return id === this.missing ? undefined : id;
  }

  /** Forgets all transfers when an account changes: they must not be shown to another person. */
  private forgetWithAccounts(): void {
    const before = new Map<Side, string | undefined>();
    effect(() => {
      const changed = SIDES.filter((side) => {
        const { state } = this.sessions.status(side);
        const email = this.sessions.account(side)?.email;
        // While the account is unknown, assume it has not changed.
        if (email === undefined && state !== 'absent') return false;
        const last = before.get(side);
        before.set(side, email);
        return last !== undefined && last !== email;
      });
      if (changed.length === 0) return;
      untracked(() => {
        this.known.set(new Map());
        // A stream that has already begun continues after what is forgotten here.
        this.stream.retry();
      });
    });
  }

  private async read(signal: AbortSignal): Promise<void> {
    const body = await this.api.call(listTransfers, { limit: MAX_WATCHED }, 'both');
    if (signal.aborted) return;
    this.take(...body.transfers.filter((transfer) => !isFinished(transfer) || this.known().has(transfer.id)));
    const id = this.wanted();
    if (id === undefined) return;
    const followed = await this.api.call(readTransfer, { id }, 'both');
    if (!signal.aborted) this.take(followed);
  }
}
