import { HttpClient } from '@angular/common/http';
import { Component, computed, DestroyRef, effect, inject, input, signal, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { map, Subscription } from 'rxjs';
import { list as listTransfers } from '../../api/functions';
import { TransferListDto } from '../../api/models/transfer-list-dto';
import { Clock } from '../../core/clock';
import { formatCount, formatExact, formatMoment } from '../../core/formats';
import { Problem, Remedy, toProblem } from '../../core/problem';
import { asSide, SessionStore } from '../../core/sessions';
import { Avatar } from '../../ui/avatar';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { ProblemNote } from '../../ui/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { LedgerBar } from './ledger-bar';
import { StateChip } from './state-chip';
import { isFinished, stateWords, summaryOf, titleOf, Transfer } from './transfer-state';

const FILTERS = [
  { key: 'all', label: 'All' },
  { key: 'active', label: 'Active' },
  { key: 'needs_you', label: 'Needs you' },
  { key: 'finished', label: 'Finished' },
] as const;
type Filter = (typeof FILTERS)[number]['key'];

const PAGE = 50;
/** While something runs the list is renewed this often. */
const RENEW_MS = 5000;

type ListState =
  | { readonly state: 'loading' }
  | { readonly state: 'error'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly transfers: readonly Transfer[]; readonly nextCursor?: string };

/** All transfers of the two connected accounts, newest first. */
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
  protected readonly sessions = inject(SessionStore);

  /** The address' query. */
  readonly state = input<string>();

  private readonly current = signal<ListState>({ state: 'loading' });
  protected readonly list = this.current.asReadonly();
  protected readonly filter = computed<Filter>(() => FILTERS.find(({ key }) => key === this.state())?.key ?? 'all');
  private readonly transfers = computed(() => {
    const list = this.list();
    return list.state === 'ready' ? list.transfers : [];
  });
  protected readonly filters = computed(() =>
    FILTERS.map((filter) => ({ ...filter, count: this.transfers().filter((each) => fits(each, filter.key)).length })),
  );
  protected readonly shown = computed(() => this.transfers().filter((transfer) => fits(transfer, this.filter())));
  private readonly active = computed(() => this.transfers().some((transfer) => !isFinished(transfer)));
  private readonly ready = computed(() => this.sessions.settled() && this.sessions.anyConnected());
  protected readonly nobody = computed(() => this.sessions.settled() && !this.sessions.anyConnected());
  private running?: Subscription;

  protected readonly titleOf = titleOf;

  constructor() {
    effect(() => {
      if (this.ready()) untracked(() => this.load());
    });
    const renewal = setInterval(() => {
      if (this.active() && document.visibilityState === 'visible') this.renew();
    }, RENEW_MS);
    inject(DestroyRef).onDestroy(() => {
      clearInterval(renewal);
      this.running?.unsubscribe();
    });
  }

  protected load(): void {
    this.current.set({ state: 'loading' });
    this.fetch({ limit: PAGE }, ({ transfers, nextCursor }) =>
      this.current.set({ state: 'ready', transfers, nextCursor }),
    );
  }

  protected loadMore(cursor: string): void {
    const before = this.transfers();
    this.fetch({ limit: PAGE, cursor }, ({ transfers, nextCursor }) =>
      this.current.set({ state: 'ready', transfers: [...before, ...transfers], nextCursor }),
    );
  }

  protected choose(filter: Filter): void {
    const queryParams = { state: filter === 'all' ? null : filter };
    void this.router.navigate([], { queryParams, replaceUrl: true });
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'connect') void this.router.navigate(['/connect']);
    else this.load();
  }

  protected summary(transfer: Transfer): string {
    return summaryOf(transfer, this.clock.now());
  }

  protected progress(transfer: Transfer): string {
    const { verified, found } = transfer.counts;
    return transfer.state === 'planning'
      ? `${formatCount(found)} so far`
      : `${formatCount(verified)} of ${formatCount(found)}`;
  }

  protected started(transfer: Transfer): string {
    return formatMoment(transfer.startedAt ?? transfer.createdAt, this.clock.now());
  }

  protected startedExactly(transfer: Transfer): string {
    return formatExact(transfer.startedAt ?? transfer.createdAt);
  }

  /** Renews the first page only; a failure keeps what is shown. */
  private renew(): void {
    const before = this.current();
    if (before.state !== 'ready') return;
    listTransfers(this.http, '', { limit: PAGE }, asSide('both'))
      .pipe(map((response) => response.body.transfers))
      .subscribe({
        next: (fresh) => {
          const known = new Set(fresh.map(({ id }) => id));
          const older = before.transfers.filter(({ id }) => !known.has(id));
          this.current.set({ ...before, transfers: [...fresh, ...older] });
        },
        error: () => undefined,
      });
  }

  private fetch(query: { limit: number; cursor?: string }, take: (page: TransferListDto) => void): void {
    this.running?.unsubscribe();
    this.running = listTransfers(this.http, '', query, asSide('both'))
      .pipe(map((response) => response.body))
      .subscribe({
        next: take,
        error: (error: unknown) => this.current.set({ state: 'error', problem: toProblem(error) }),
      });
  }
}

const fits = (transfer: Transfer, filter: Filter): boolean =>
  filter === 'all' || stateWords(transfer.state).group === filter;
