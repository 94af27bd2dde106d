import { HttpClient } from '@angular/common/http';
import {
  Component,
  computed,
  effect,
  ElementRef,
  inject,
  input,
  linkedSignal,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { EMPTY, expand, Subscription } from 'rxjs';
import { list as listTransfers } from '../../api/functions';
import { Clock } from '../../core/clock';
import { Command as Offer, Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { Consents } from '../../core/consents';
import { formatExact, formatMoment } from '../../core/formats';
import { targetName } from '../../core/plan-labels';
import { Problem, Remedy, toProblem } from '../../core/problem';
import { asSide, SessionStore } from '../../core/sessions';
import { Shortcuts } from '../../core/shortcuts';
import { SignIn } from '../../core/sign-in';
import { groupOf, Transfer, TransferUpdates } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { ProblemNote } from '../../core/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { barCounts } from './bar-counts';
import { LedgerBar } from './ledger-bar';
import { StateChip } from './state-chip';
import { Command, TransferCommands } from './transfer-commands';
import { summaryOf, titleOf } from './transfer-state';

const FILTERS = ['all', 'active', 'needs_you', 'finished'] as const;
type Filter = (typeof FILTERS)[number];

const PAGE = 100;
const SHOWN_AT_ONCE = 50;

type Loading =
  { readonly state: 'loading' } | { readonly state: 'error'; readonly problem: Problem } | { readonly state: 'ready' };

/** All transfers of the connected accounts, newest first, kept true by the tab's stream of news. */
@Component({
  selector: 'cm-transfer-list-page',
  imports: [Avatar, EmptyState, Icon, LedgerBar, MatButton, ProblemNote, RouterLink, StateChip, WaitingRows],
  templateUrl: './transfer-list-page.html',
  styleUrl: './transfer-list-page.scss',
})
export class TransferListPage {
  private readonly http = inject(HttpClient);
  private readonly router = inject(Router);
  private readonly clock = inject(Clock);
  private readonly updates = inject(TransferUpdates);
  private readonly signIn = inject(SignIn);
  private readonly commands = inject(TransferCommands);
  private readonly sessions = inject(SessionStore);
  protected readonly consents = inject(Consents);
  private readonly connection = inject(Connection);
  protected readonly offline = this.connection.offline;
  protected readonly t = inject(Texts).transfers;

  /** The address' query: which kind, and a part of the name. */
  readonly state = input<string>();
  readonly q = input<string>();

  private readonly box = viewChild<ElementRef<HTMLInputElement>>('box');

  private readonly current = signal<Loading>({ state: 'loading' });
  protected readonly loading = this.current.asReadonly();
  /** Those that were loaded, by id; what the news tells of them since is newer. */
  private readonly loaded = signal<ReadonlyMap<string, Transfer>>(new Map());
  protected readonly all = computed(() => {
    const all = new Map(this.loaded());
    for (const transfer of this.updates.transfers())
      if (transfer.revision >= (all.get(transfer.id)?.revision ?? 0)) all.set(transfer.id, transfer);
    return [...all.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  });
  protected readonly filter = computed<Filter>(() => FILTERS.find((key) => key === this.state()) ?? 'all');
  protected readonly words = computed(() => this.q()?.trim() ?? '');
  private readonly named = computed(() => {
    const words = this.words().toLocaleLowerCase();
    return words ? this.all().filter((transfer) => namesOf(transfer).includes(words)) : this.all();
  });
  protected readonly filters = computed(() =>
    FILTERS.map((key) => ({
      key,
      label: this.t().list.filters[key],
      count: this.named().filter((each) => fits(each, key)).length,
    })),
  );
  private readonly fitting = computed(() => this.named().filter((transfer) => fits(transfer, this.filter())));
  private readonly limit = linkedSignal({
    source: () => [this.filter(), this.words()],
    computation: () => SHOWN_AT_ONCE,
  });
  protected readonly shown = computed(() => this.fitting().slice(0, this.limit()));
  protected readonly more = computed(() => Math.min(SHOWN_AT_ONCE, this.fitting().length - this.shown().length));

  private readonly ready = computed(() => this.sessions.settled() && this.sessions.anyConnected());
  /** Whether any account is connected is not known, and why. */
  protected readonly unknown = computed(() => (this.sessions.anyConnected() ? undefined : this.sessions.unknown()));
  protected readonly nobody = computed(
    () => this.sessions.settled() && !this.sessions.anyConnected() && !this.sessions.unknown(),
  );
  private running?: Subscription;

  protected readonly titleOf = titleOf;
  protected readonly barCounts = barCounts;

  private readonly offered = computed<readonly Offer[]>(() => {
    const { list, palette } = this.t();
    return [
      { id: 'transfers-new', label: list.create, run: () => void this.router.navigate(['/move']) },
      ...this.filters()
        .filter(({ key }) => key !== this.filter())
        .map(({ key, label }) => ({
          id: `transfers-${key}`,
          label: palette.list(label),
          run: () => this.ask({ state: key }),
        })),
      ...this.shown().map((transfer) => ({
        id: `transfers-open-${transfer.id}`,
        label: palette.open(titleOf(transfer)),
        run: () => void this.router.navigate(['/transfers', transfer.id]),
      })),
    ];
  });

  constructor() {
    inject(Commands).offer(this.offered);
    inject(Shortcuts).bind({ '/': () => this.box()?.nativeElement.focus() });
    effect((onCleanup) => {
      if (this.ready()) untracked(() => this.load());
      onCleanup(() => this.running?.unsubscribe());
    });
    effect(() => {
      this.connection.recoveries();
      untracked(() => {
        if (this.current().state === 'error' && this.ready()) this.load();
      });
    });
  }

  /** Every page, one after the other: reports end after 30 days, so there are never very many. */
  protected load(): void {
    this.current.set({ state: 'loading' });
    this.running?.unsubscribe();
    const page = (cursor?: string) =>
      listTransfers(this.http, '', { limit: PAGE, ...(cursor && { cursor }) }, asSide('both'));
    this.running = page()
      .pipe(expand(({ body }) => (body.nextCursor ? page(body.nextCursor) : EMPTY)))
      .subscribe({
        next: ({ body }) => {
          this.loaded.update(
            (before) => new Map([...before, ...body.transfers.map((each) => [each.id, each] as const)]),
          );
          this.current.set({ state: 'ready' });
        },
        error: (error: unknown) => this.current.set({ state: 'error', problem: toProblem(error) }),
      });
  }

  protected showMore(): void {
    this.limit.update((limit) => limit + SHOWN_AT_ONCE);
  }

  /** Filters and typing replace the address: back leads to the page before. */
  protected ask(queryParams: { state?: Filter; q?: string }): void {
    const { state = this.filter(), q = this.words() } = queryParams;
    void this.router.navigate([], {
      queryParams: { state: state === 'all' ? null : state, q: q || null },
      replaceUrl: true,
    });
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'connect') void this.router.navigate(['/connect']);
    else this.load();
  }

  protected checkAgain(): void {
    void this.sessions.checkUnknown();
    this.updates.retry();
  }

  protected summary(transfer: Transfer): string {
    return summaryOf(transfer, this.clock.now());
  }

  protected progress({ state, counts, undo }: Transfer): string {
    const { countedSoFar, undoneOf, verifiedOf } = this.t().list;
    if (state === 'undoing' || state === 'undone') return undoneOf(undo?.trashed ?? 0, counts.found);
    return state === 'planning' ? countedSoFar(counts.found) : verifiedOf(counts.verified, counts.found);
  }

  protected started(transfer: Transfer): string {
    return formatMoment(transfer.startedAt ?? transfer.createdAt, this.clock.now());
  }

  protected startedExactly(transfer: Transfer): string {
    return formatExact(transfer.startedAt ?? transfer.createdAt);
  }

  /** The one next step that waits for a person, if there is one. */
  protected nextStep(transfer: Transfer): { label: string; act: NextStep } | undefined {
    const { id, state, allowedActions } = transfer;
    const { commands, page } = this.t();
    const act = this.consents.waitsForYou(transfer) ? 'resume' : NEXT_STEPS[state];
    if (!act || !allowedActions.includes(act)) return undefined;
    const pending = this.commands.pending(id);
    if (pending) return { act, label: commands.doing[pending] };
    const [missing] = act === 'reconnect' ? [] : this.consents.missing(transfer, act);
    if (missing) return { act: 'connect', label: page.connect(missing.email) };
    return { act, label: act === 'retry' ? commands.retryRest : commands[act] };
  }

  protected isTold(transfer: Transfer): boolean {
    return this.commands.pending(transfer.id) !== undefined;
  }

  protected press(transfer: Transfer, act: NextStep): void {
    const { id, parked, state } = transfer;
    if (act === 'reconnect') {
      if (parked) this.signIn.start(parked.side, { account: parked.account, resumes: { id, account: parked.account } });
    } else if (act === 'connect') {
      const step = NEXT_STEPS[state];
      const [missing] = step && step !== 'reconnect' ? this.consents.missing(transfer, step) : [];
      if (missing) this.signIn.start(missing.side, { account: missing.email });
    } else void this.commands.give(id, act);
  }
}

type NextStep = Command | 'reconnect' | 'connect';

const NEXT_STEPS: Partial<Record<Transfer['state'], 'reconnect' | 'resume' | 'retry' | 'start'>> = {
  needs_reconnect: 'reconnect',
  paused: 'resume',
  ready: 'start',
  failed: 'retry',
};

const fits = (transfer: Transfer, filter: Filter): boolean => filter === 'all' || groupOf(transfer) === filter;

/** What one may look for: the names that are shown, the accounts, and where the copies went. */
const namesOf = ({ id, selection, source, destination, target }: Transfer): string =>
  [...selection.names, source.email, destination.email, targetName(target), id]
    .filter(Boolean)
    .join('\n')
    .toLocaleLowerCase();
