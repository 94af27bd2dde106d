import { LiveAnnouncer } from '@angular/cdk/a11y';
import { computed, DestroyRef, effect, inject, Injectable, linkedSignal, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { MatDialog } from '@angular/material/dialog';
import { ActivatedRoute, NavigationExtras, Router } from '@angular/router';
import { map } from 'rxjs';
import { preflightsDelete, preflightsRecount, transfersResume as resumeTransfer } from '../../api/functions';
import { Notify } from '../../api/models/notify';
import { PreflightAgain } from '../../api/models/preflight-again';
import { ApiClient } from '../../core/api-client';
import { blockedReason } from '../../core/blocked-reason';
import { Connection } from '../../core/connection';
import { Consents } from '../../core/consents';
import { idempotencyKey } from '../../core/idempotency-key';
import { folderOf } from '../../core/plan-labels';
import { Remedy, toProblem } from '../../core/problem';
import { isSameJson } from '../../core/same-json';
import { Selection } from '../../core/selection';
import { SessionStore } from '../../core/sessions';
import { Side, SIDES } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { ask } from '../../ui/confirm-dialog';
import { checkLabels, forecastOf, headingOf, isStale, movableOf, resultOf } from './forecast';
import { Preflight } from '../../api/models/preflight';
import { PreflightFeed } from './preflight-feed';
import { ReviewOptions } from './review-options';
import { ReviewSections } from './review-sections';
import { targetPathOf } from './target-path';

/** A preflight, its options, and its start, which starts only what was shown. Provided by the page. */
@Injectable()
export class ReviewStore {
  private readonly api = inject(ApiClient);
  private readonly router = inject(Router);
  private readonly dialog = inject(MatDialog);
  private readonly toasts = inject(Toasts);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly sessions = inject(SessionStore);
  private readonly selection = inject(Selection);
  private readonly signIn = inject(SignIn);
  private readonly stepUp = inject(StepUp);
  private readonly consents = inject(Consents);
  readonly offline = inject(Connection).offline;
  private readonly sidesBlock = blockedReason();
  private readonly language = inject(Texts).language;
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
  /** The accounts that get an e-mail. A recount keeps them. */
  readonly mail = signal<readonly Side[]>([]);
  readonly editing = linkedSignal({ source: this.id, computation: () => false });
  readonly listShown = linkedSignal({ source: this.id, computation: () => false });

  readonly busy = signal<'start' | 'recount' | 'stop' | undefined>(undefined);
  /** What was shown when start was pressed on a stale count. If a recount forecasts the same, it starts automatically. */
  private readonly agreed = signal<ReturnType<typeof resultOf> | undefined>(undefined);
  readonly changedSince = signal(false);

  /** The source was connected read-only, so its originals cannot be moved to the trash. */
  readonly copyOnly = computed(() => this.sessions.isReadOnly('source'));
  /** The sides on which another account than the count's is connected. The API refuses both start and recount to it. */
  private readonly otherAccounts = computed(() => {
    const preflight = this.preflight();
    return SIDES.filter((side) => {
      const status = this.sessions.status(side);
      return preflight && status.state === 'connected' && status.account.email !== preflight[side].email;
    });
  });
  /** Why neither a start nor a recount is possible: a side is not connected, or with another account. Empty if both are. */
  readonly accountsBlock = computed(() => {
    const [side] = this.otherAccounts();
    return this.sidesBlock() || (side ? this.otherAccount(side) : '');
  });
  readonly canRecount = computed(() => this.busy() === undefined && this.accountsBlock() === '');
  /** Why it can't be started; empty if it can. */
  readonly blockedReason = computed(() => {
    const preflight = this.preflight();
    const t = this.t().blockedReason;
    if (!preflight) return '';
    const blocked = this.checks().find(({ kind }) => kind === 'bad');
    if (blocked) return t.blocked(blocked.title);
    if (forecastOf(preflight).copied === 0) return t.nothing;
    if (this.moves() && preflight.counts.movable === 0) return t.nothingToMove;
    return this.accountsBlock();
  });
  /** Sides whose sign-in has ended, or on which another account is connected. */
  readonly lost = computed(() =>
    SIDES.flatMap((side) => {
      if (this.otherAccounts().includes(side)) return { side, heading: this.otherAccount(side) };
      const isEnded = this.sessions.status(side).state === 'ended';
      return isEnded ? { side, heading: this.t().lost.heading[side] } : [];
    }),
  );
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

  private isLeft = false;

  constructor() {
    inject(DestroyRef).onDestroy(() => (this.isLeft = true));
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
      untracked(() => isSettled && (this.preflight() || this.problem()) && this.feed.load());
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
    return this.run('recount', async () => {
      this.changedSince.set(false);
      const params = { id, 'Idempotency-Key': idempotencyKey(), body: changes };
      const body = await this.api.call(preflightsRecount, params, 'both');
      // The new count replaces this one in the browser's history, unless the page was left: then nobody gets to the new one.
      const unreachable = this.isLeft ? body.id : id;
      this.api.request(preflightsDelete, { id: unreachable }, 'both').subscribe({ error: () => undefined });
      if (this.isLeft) return;
      this.selection.noteRecount(id, body.id);
      // Its mode is that of the selection, for those who return there.
      const queryParams = { mode: body.mode === 'move' ? 'move' : null };
      await this.leave(['/move/review', body.id], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
    });
  }

  /** Deletes the count and returns to the selection. */
  async stop(): Promise<void> {
    await this.run('stop', async () => {
      await this.api.call(preflightsDelete, { id: this.id() }, 'both');
      await this.leave(['/move'], { queryParamsHandling: 'preserve', replaceUrl: true });
      this.toasts.say(this.t().counting.stopped);
    });
  }

  /** @param isAgreed its result was agreed to a moment ago: the API's clock alone decides whether it is too old */
  async start(isAgreed = false): Promise<void> {
    const preflight = this.preflight();
    if (preflight?.state !== 'ready' || this.blockedReason() || this.options.changed() || this.busy()) return;
    if (isAgreed ? preflight.stale : isStale(preflight)) {
      this.agreed.set(resultOf(preflight));
      if (!(await this.recount())) this.agreed.set(undefined);
      return;
    }
    if (this.moves() && !(await this.confirmMove(preflight))) return;
    await this.run(
      'start',
      async () => {
        const id = await this.stepUp.startTransfer(preflight.id, this.notify());
        await this.leave(['/transfers', id], { replaceUrl: true });
      },
      async (error) => {
        const accounts = { source: preflight.source.email, destination: preflight.destination.email };
        const answer = await this.stepUp.offer(
          error,
          { command: 'start', id: preflight.id, ...this.notify() },
          accounts,
        );
        if (answer !== 'other') return;
        const { side = 'destination' } = toProblem(error);
        this.toasts.failed(error, { account: preflight[side].email, folder: folderOf(preflight.target) });
        // Reloading shows why: the preflight is gone, blocked, or started in another tab.
        this.feed.load();
      },
    );
  }

  goBack(): void {
    void this.router.navigate(['/move'], { queryParamsHandling: 'preserve' });
  }

  remedy(remedy: Remedy): void {
    if (remedy === 'connect' || remedy === 'connect_again') this.connect(this.problem()?.side ?? 'source');
    else this.feed.load();
  }

  /** Whether the account that the count waits for has since signed in here. */
  isConnected({ account, since }: NonNullable<Preflight['parked']>): boolean {
    return this.consents.isConnected(account, Date.parse(since));
  }

  /** Resumes a count that waits for its account: at once, or after the person has signed in at Google. */
  async resume(parked: NonNullable<Preflight['parked']>): Promise<void> {
    const { side, account } = parked;
    if (!this.isConnected(parked)) return this.signIn.start(side, { account, resumes: { id: this.id(), account } });
    await this.api.call(resumeTransfer, { id: this.id() }, 'both').then(
      () => this.feed.load(),
      (error: unknown) => this.toasts.failed(error),
    );
  }

  /** Asks Google for full access, so that originals can be moved. */
  allowMoving(): void {
    this.signIn.start('source', { account: this.sessions.account('source')?.email, access: 'full' });
  }

  connect(side: Side): void {
    this.signIn.start(side, { account: this.preflight()?.[side].email ?? this.sessions.account(side)?.email });
  }

  /** Who gets an e-mail, if anybody does. */
  private notify(): { notify?: Notify } {
    const mail = [...this.mail()];
    return mail.length > 0 ? { notify: { mail, language: this.language() } } : {};
  }

  private otherAccount(side: Side): string {
    return this.t().blockedReason.otherAccount[side](this.preflight()?.[side].email ?? '');
  }

  private onStateChange(before: Preflight['state'] | undefined, state: Preflight['state'] | undefined): void {
    if (state === 'started') return void this.router.navigate(['/transfers', this.id()], { replaceUrl: true });
    // What was agreed to has not been confirmed; a later count may be made only to look.
    if (state === 'failed') this.agreed.set(undefined);
    if (state !== 'ready') return;
    if (before === 'counting')
      void this.announcer.announce(this.t().announce.counted(this.heading(), this.sections.request()));
    const [agreed, preflight] = [this.agreed(), this.preflight()];
    if (!agreed || !preflight) return;
    this.agreed.set(undefined);
    if (isSameJson(agreed, resultOf(preflight))) void this.start(true);
    else this.changedSince.set(true);
  }

  /** Opens another page, unless the person has left this one while the command was running. */
  private async leave(commands: string[], extras: NavigationExtras): Promise<void> {
    if (!this.isLeft) await this.router.navigate(commands, extras);
  }

  /** Runs one command at a time. @returns whether it succeeded */
  private async run(
    what: 'start' | 'recount' | 'stop',
    act: () => Promise<void>,
    failed: (error: unknown) => unknown = (error) => this.toasts.failed(error),
  ): Promise<boolean> {
    if (this.busy()) return false;
    this.busy.set(what);
    try {
      await act();
      return true;
    } catch (error) {
      await failed(error);
      return false;
    } finally {
      this.busy.set(undefined);
    }
  }

  private async confirmMove(preflight: Preflight): Promise<boolean> {
    const { counts, sharing } = preflight;
    const movable = movableOf(preflight);
    const t = this.t().move;
    const answer = await ask(this.dialog, {
      title: t.title(movable, this.sourceName()),
      paragraphs: [t.trash(this.sourceName()), ...(counts.foreign > 0 ? [t.foreign(counts.foreign)] : [])],
      condition: sharing.mode === 'carry' ? t.conditionWithAccess : t.condition,
      keep: t.keep,
      act: t.act(movable),
    });
    if (answer === 'keep' && (await this.recount({ mode: 'copy' }))) this.toasts.say(t.kept);
    return answer === 'act';
  }
}
