import { LiveAnnouncer } from '@angular/cdk/a11y';
import { computed, effect, inject, Injectable, linkedSignal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { map } from 'rxjs';
import { preflightsDelete, preflightsRecount } from '../../api/functions';
import { PreflightAgain } from '../../api/models/preflight-again';
import { ApiClient } from '../../core/api-client';
import { Connection } from '../../core/connection';
import { idempotencyKey } from '../../core/idempotency-key';
import { Remedy } from '../../core/problem';
import { Selection } from '../../core/selection';
import { SessionStore } from '../../core/sessions';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { checkLabels } from './check-labels';
import { forecastOf, headingOf, movableOf } from './forecast';
import { Preflight } from '../../api/models/preflight';
import { PreflightFeed } from './preflight-feed';
import { ReviewAccounts } from './review-accounts';
import { ReviewOptions } from './review-options';
import { ReviewRunner } from './review-runner';
import { ReviewSections } from './review-sections';
import { ReviewStart } from './review-start';
import { targetPathOf } from './target-path';

/** A preflight, its options, and its commands. Provided by the page. */
@Injectable()
export class ReviewStore {
  private readonly api = inject(ApiClient);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly sessions = inject(SessionStore);
  private readonly selection = inject(Selection);
  readonly offline = inject(Connection).offline;
  private readonly t = inject(Texts).review;

  readonly id = toSignal(inject(ActivatedRoute).paramMap.pipe(map((params) => params.get('preflightId') ?? '')), {
    requireSync: true,
  });
  /** Whether the sessions were checked once: requests need their tokens. */
  private readonly started = linkedSignal<boolean, boolean>({
    source: this.sessions.settled,
    computation: (settled, before) => settled || before?.value === true,
  });
  private readonly feed = new PreflightFeed(computed(() => (this.started() ? this.id() : undefined)));
  readonly preflight = this.feed.preflight;
  readonly problem = this.feed.problem;
  readonly interrupted = this.feed.interrupted;

  readonly gone = computed(() => this.problem()?.status === 404);
  readonly heading = computed(() => headingOf(this.preflight(), this.gone()));
  readonly forecast = computed(() => {
    const preflight = this.preflight();
    return preflight && forecastOf(preflight);
  });
  readonly moves = computed(() => this.preflight()?.mode === 'move');
  readonly checks = computed(() => {
    const preflight = this.preflight();
    return preflight ? checkLabels(preflight, this.targetPath() || undefined) : [];
  });

  /** Where the copies will be, as far as it is known: "My Drive / Work / From Ana". */
  readonly targetPath = targetPathOf(this.preflight);
  readonly options = new ReviewOptions(this.preflight);
  readonly sections = new ReviewSections(this.preflight, this.options, this.checks);
  readonly accounts = new ReviewAccounts(this.id, this.preflight, () => this.reload());
  readonly editing = linkedSignal({ source: this.id, computation: () => false });
  readonly listShown = linkedSignal({ source: this.id, computation: () => false });

  readonly runner = new ReviewRunner();
  readonly busy = this.runner.busy;
  private readonly starter = new ReviewStart(this);
  readonly mail = this.starter.mail;
  readonly changedSince = this.starter.changedSince;

  readonly canRecount = computed(() => this.busy() === undefined && this.accounts.block() === '');
  /** Why it can't be started; empty if it can. */
  readonly blockedReason = computed(() => {
    const preflight = this.preflight();
    const t = this.t().blockedReason;
    if (!preflight) return '';
    const blocked = this.checks().find(({ kind }) => kind === 'bad');
    if (blocked) return t.blocked(blocked.title);
    if (forecastOf(preflight).copied === 0) return t.nothing;
    if (this.moves() && preflight.counts.movable === 0) return t.nothingToMove;
    return this.accounts.block();
  });
  /** The name of the source account's owner, or its e-mail address. */
  readonly sourceName = computed(() => {
    const source = this.preflight()?.source;
    return source?.name || source?.email || '';
  });
  /** The label of the start button. */
  readonly startLabel = computed(() => {
    const t = this.t().aside;
    if (this.busy() === 'start') return t.starting;
    if (this.busy() === 'recount') return t.recounting;
    const preflight = this.preflight();
    if (this.moves()) return t.move(preflight ? movableOf(preflight) : 0);
    return t.copy(this.forecast()?.copied ?? 0);
  });

  constructor() {
    let before: Preflight['state'] | undefined;
    effect(() => {
      const state = this.preflight()?.state;
      untracked(() => this.onStateChange(before, state));
      before = state;
    });
    // After a sign-in in another tab, the count may be another account's. Until that is known, it stays with all that
    // was chosen.
    effect(() => {
      const isSettled = this.sessions.settled();
      untracked(() => isSettled && (this.preflight() || this.problem()) && this.reload());
    });
  }

  /** Discards all changes of the options. */
  leaveOptions(): void {
    this.options.reset();
    this.editing.set(false);
  }

  applyOptions(): Promise<boolean> {
    return this.options.invalid() ? Promise.resolve(false) : this.recount(this.options.request());
  }

  /** Recounts with what is chosen now: a count of the earlier options would discard the choice. */
  countAgain(): Promise<boolean> {
    return this.options.changed() ? this.applyOptions() : this.recount();
  }

  /** Recounts the same items, with `changes` to the options, and opens the new count. @returns whether it succeeded */
  async recount(changes: PreflightAgain = {}): Promise<boolean> {
    const id = this.id();
    return this.runner.run('recount', async () => {
      this.changedSince.set(false);
      const params = { id, 'Idempotency-Key': idempotencyKey(), body: changes };
      const body = await this.api.call(preflightsRecount, params, 'both');
      // The new count replaces this one in the browser's history, unless the page was left: then nobody gets to the new one.
      const unreachable = this.runner.isLeft ? body.id : id;
      this.api.request(preflightsDelete, { id: unreachable }, 'both').subscribe({ error: () => undefined });
      if (this.runner.isLeft) return;
      this.selection.noteRecount(id, body.id);
      // Its mode is that of the selection, for those who return there.
      const queryParams = { mode: body.mode === 'move' ? 'move' : null };
      await this.runner.leave(['/move/review', body.id], {
        queryParams,
        queryParamsHandling: 'merge',
        replaceUrl: true,
      });
    });
  }

  /** Deletes the count and returns to the selection. */
  async stop(): Promise<void> {
    await this.runner.run('stop', async () => {
      await this.api.call(preflightsDelete, { id: this.id() }, 'both');
      await this.runner.leave(['/move'], { queryParamsHandling: 'preserve', replaceUrl: true });
      this.toasts.say(this.t().counting.stopped);
    });
  }

  start(): Promise<void> {
    return this.starter.start();
  }

  goBack(): void {
    void this.router.navigate(['/move'], { queryParamsHandling: 'preserve' });
  }

  remedy(remedy: Remedy): void {
    if (remedy === 'connect' || remedy === 'connect_again') this.accounts.connect(this.problem()?.side ?? 'source');
    else this.reload();
  }

  /** Loads the count again. */
  reload(): void {
    this.feed.load();
  }

  private onStateChange(before: Preflight['state'] | undefined, state: Preflight['state'] | undefined): void {
    if (state === 'started') return void this.router.navigate(['/transfers', this.id()], { replaceUrl: true });
    if (state === 'failed') this.starter.noteFailed();
    const preflight = this.preflight();
    if (state !== 'ready' || !preflight) return;
    if (before === 'counting')
      void this.announcer.announce(this.t().announce.counted(this.heading(), this.sections.request()));
    this.starter.noteReady(preflight);
  }
}
