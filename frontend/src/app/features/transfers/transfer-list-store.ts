import { computed, effect, inject, Injectable, linkedSignal, Signal, signal, untracked } from '@angular/core';
import { map } from 'rxjs';
import { transfersList as listTransfers } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { Connection } from '../../core/connection';
import { Consents, MissingAccount } from '../../core/consents';
import { pagedResource } from '../../core/paged-resource';
import { targetName } from '../../core/plan-labels';
import { SessionStore } from '../../core/sessions';
import { SIDES } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { groupOf, Transfer, TransferUpdates } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { Command, TransferCommands } from './transfer-commands';

const FILTERS = ['all', 'active', 'needs_you', 'finished'] as const;
export type Filter = (typeof FILTERS)[number];

const PAGE = 100;
const SHOWN_AT_ONCE = 50;

/** The filters in the address: a state, and a part of a name. */
export interface ListQuery {
  readonly state?: string;
  readonly q?: string;
}

/** What a person can do next about a transfer. */
export interface NextStep {
  readonly label: string;
  readonly act: Command | 'reconnect' | 'connect';
  /** The account to connect first. */
  readonly missing?: MissingAccount;
}

const NEXT_STEPS: Partial<Record<Transfer['state'], 'reconnect' | 'resume' | 'retry' | 'start'>> = {
  needs_reconnect: 'reconnect',
  paused: 'resume',
  ready: 'start',
  failed: 'retry',
};

/** All transfers of the connected accounts, newest first, kept current by {@link TransferUpdates}. Provided by the page. */
@Injectable()
export class TransferListStore {
  private readonly api = inject(ApiClient);
  private readonly sessions = inject(SessionStore);
  private readonly updates = inject(TransferUpdates);
  private readonly consents = inject(Consents);
  private readonly commands = inject(TransferCommands);
  private readonly signIn = inject(SignIn);
  private readonly connection = inject(Connection);
  private readonly t = inject(Texts).transfers;

  private readonly query = signal<Signal<ListQuery>>(signal({}));
  readonly filter = computed<Filter>(() => FILTERS.find((key) => key === this.query()().state) ?? 'all');
  readonly search = computed(() => this.query()().q?.trim() ?? '');

  /** Why it is not known whether an account is connected. */
  readonly unknown = computed(() => (this.sessions.anyConnected() ? undefined : this.sessions.unknown()));
  readonly nobody = computed(
    () => this.sessions.settled() && !this.sessions.anyConnected() && !this.sessions.unknown(),
  );
  /** The accounts whose transfers are listed; while they are being checked, the previous ones. */
  private readonly accounts = linkedSignal<string | undefined, string | undefined>({
    source: () =>
      this.sessions.settled() && this.sessions.anyConnected()
        ? SIDES.map((side) => this.sessions.account(side)?.email).join(' ')
        : undefined,
    computation: (accounts, before) => accounts ?? before?.value,
  });
  /** Loads every page, so that the counts are right. Reports expire after 30 days, which keeps the list short. */
  readonly list = pagedResource({
    query: this.accounts,
    all: true,
    load: (_, cursor) =>
      this.api
        .request(listTransfers, { limit: PAGE, ...(cursor && { cursor }) }, 'both')
        .pipe(map(({ transfers, nextCursor }) => ({ items: transfers, next: nextCursor }))),
  });
  readonly all = computed(() => {
    const all = new Map(this.list.items().map((transfer) => [transfer.id, transfer]));
    for (const transfer of this.updates.transfers())
      if (transfer.revision >= (all.get(transfer.id)?.revision ?? 0)) all.set(transfer.id, transfer);
    return [...all.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  });
  private readonly found = computed(() => {
    const search = this.search().toLocaleLowerCase();
    return search ? this.all().filter((transfer) => searchedIn(transfer).includes(search)) : this.all();
  });
  readonly filters = computed(() =>
    FILTERS.map((key) => ({
      key,
      label: this.t().list.filters[key],
      count: this.found().filter((each) => fits(each, key)).length,
    })),
  );
  private readonly fitting = computed(() => this.found().filter((transfer) => fits(transfer, this.filter())));
  private readonly limit = linkedSignal({
    source: () => [this.filter(), this.search()],
    computation: () => SHOWN_AT_ONCE,
  });
  readonly shown = computed(() => this.fitting().slice(0, this.limit()));
  readonly more = computed(() => Math.min(SHOWN_AT_ONCE, this.fitting().length - this.shown().length));

  constructor() {
    effect(() => {
      this.connection.recoveries();
      untracked(() => {
        if (this.list.problem()) this.list.retry();
      });
    });
  }

  show(query: Signal<ListQuery>): void {
    this.query.set(query);
  }

  showMore(): void {
    this.limit.update((limit) => limit + SHOWN_AT_ONCE);
  }

  /** Checks again which accounts are connected. */
  checkAgain(): void {
    void this.sessions.checkUnknown();
    this.updates.retry();
  }

  isPending({ id }: Transfer): boolean {
    return this.commands.pending(id) !== undefined;
  }

  nextStep(transfer: Transfer): NextStep | undefined {
    const { id, state, allowedActions } = transfer;
    const { commands, page } = this.t();
    const act = this.consents.waitsForYou(transfer) ? 'resume' : NEXT_STEPS[state];
    if (!act || !allowedActions.includes(act)) return undefined;
    const pending = this.commands.pending(id);
    if (pending) return { act, label: commands.doing[pending] };
    const missing = act === 'reconnect' ? undefined : this.consents.missing(transfer, act)[0];
    if (missing) return { act: 'connect', label: page.connect(missing.email), missing };
    return { act, label: act === 'retry' ? commands.retryRest : commands[act] };
  }

  take({ id, parked }: Transfer, { act, missing }: NextStep): void {
    if (missing) this.signIn.start(missing.side, { account: missing.email });
    else if (act === 'reconnect') {
      if (parked) this.signIn.start(parked.side, { account: parked.account, resumes: { id, account: parked.account } });
    } else if (act !== 'connect') void this.commands.send(id, act);
  }
}

const fits = (transfer: Transfer, filter: Filter): boolean => filter === 'all' || groupOf(transfer) === filter;

/** The text that is searched: names, accounts, the target and the ID. */
const searchedIn = ({ id, name, selection, source, destination, target }: Transfer): string =>
  [name, ...selection.names, source.email, destination.email, targetName(target), id]
    .filter(Boolean)
    .join('\n')
    .toLocaleLowerCase();
