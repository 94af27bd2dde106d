import { LiveAnnouncer } from '@angular/cdk/a11y';
import { HttpClient } from '@angular/common/http';
import { Component, computed, effect, inject, input, linkedSignal, signal, untracked } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { MatButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { MatCheckbox } from '@angular/material/checkbox';
import { MatDialog } from '@angular/material/dialog';
import { Router, RouterLink } from '@angular/router';
import { firstValueFrom, map } from 'rxjs';
import {
  create as createTransfer,
  deletePreflight,
  path as folderPath,
  recountPreflight,
  resume as resumeTransfer,
} from '../../api/functions';
import { PreflightAgainDto } from '../../api/models/preflight-again-dto';
import { Clock } from '../../core/clock';
import { Command, Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { Consents } from '../../core/consents';
import { namesOf, toFolderPath } from '../../core/folder-path';
import { formatBytes, formatCount, formatDuration, formatMoment, formatNames } from '../../core/formats';
import { idempotencyKey } from '../../core/idempotency-key';
import { PageTitles } from '../../core/page-titles';
import { folderOf } from '../../core/plan-labels';
import { explain, Remedy } from '../../core/problem';
import { Selection } from '../../core/selection';
import { asSide, SessionStore } from '../../core/sessions';
import { Side, SIDES } from '../../core/side';
import { SignIn } from '../../core/sign-in';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';
import { locale } from '../../texts/language';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { BottomBar } from '../../ui/bottom-bar';
import { ask } from '../../ui/confirm-dialog';
import { EmptyState } from '../../ui/empty-state';
import { Icon, IconName } from '../../ui/icon';
import { Note } from '../../ui/note';
import { ProblemNote } from '../../core/problem-note';
import { Steps } from '../../ui/steps';
import { WaitingRows } from '../../ui/waiting-rows';
import { checksInWords, CheckWords, Forecast, forecastOf, LEFT_OUT, reasonInWords } from './forecast';
import { FilterForm } from './filter-form';
import { ForeseenList } from './foreseen-list';
import { canonical, filterInWords, filterProblem, ItemFilter } from './item-filter';
import { Preflight, PreflightFeed } from './preflight-feed';

type Options = Required<Pick<PreflightAgainDto, 'mode' | 'conflict' | 'shortcuts' | 'allowConversion'>> & {
  /** Undefined: everything is taken. */
  readonly filter?: ItemFilter;
};

const CONFLICTS = ['keepBoth', 'skip', 'replace', 'newer'] as const;
const SHORTCUTS = ['rebuild', 'follow', 'skip'] as const;
const MINUTE_MS = 60_000;

const CHECK_ICONS: Record<CheckWords['kind'], IconName> = { ok: 'ok-circle', info: 'info', bad: 'x-circle' };

const optionsOf = ({ mode, options }: Preflight): Options => ({
  mode,
  conflict: options.conflict,
  shortcuts: options.shortcuts,
  allowConversion: options.allowConversion,
  filter: canonical(options.filter),
});

const isSame = (one: Forecast, other: Forecast): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * What a transfer would do, before it does anything: it is counted before the reader's eyes, then each way, each check
 * and each item that can't be copied is named, and only then can it be started. Other options are counted anew, so that
 * what starts is what was shown.
 */
@Component({
  selector: 'cm-review-page',
  imports: [
    Avatar,
    BottomBar,
    EmptyState,
    FilterForm,
    ForeseenList,
    Icon,
    MatButton,
    MatButtonToggleModule,
    MatCheckbox,
    Note,
    ProblemNote,
    RouterLink,
    Steps,
    WaitingRows,
  ],
  templateUrl: './review-page.html',
  styleUrl: './review-page.scss',
})
export class ReviewPage {
  private readonly http = inject(HttpClient);
  private readonly router = inject(Router);
  private readonly dialog = inject(MatDialog);
  private readonly toasts = inject(Toasts);
  private readonly clock = inject(Clock);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly titles = inject(PageTitles);
  protected readonly offline = inject(Connection).offline;
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly stepUp = inject(StepUp);
  private readonly consents = inject(Consents);
  private readonly selection = inject(Selection);
  protected readonly phone = inject(Viewport).phone;
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.review;

  /** From the address. */
  readonly preflightId = input.required<string>();

  /** Nothing can be asked before it is known whose tokens are alive. */
  private readonly feed = new PreflightFeed(computed(() => (this.sessions.settled() ? this.preflightId() : undefined)));
  protected readonly preflight = this.feed.preflight;
  protected readonly problem = this.feed.problem;
  protected readonly interrupted = this.feed.interrupted;

  protected readonly conflicts = CONFLICTS;
  protected readonly shortcuts = SHORTCUTS;
  protected readonly checkIcons = CHECK_ICONS;

  protected readonly forecast = computed(() => {
    const preflight = this.preflight();
    return preflight && forecastOf(preflight);
  });
  protected readonly checks = computed(() => {
    const preflight = this.preflight();
    return preflight ? checksInWords(preflight, this.targetWords() || undefined) : [];
  });
  protected readonly checkSummary = computed(() => {
    const of = (kind: CheckWords['kind']) => this.checks().filter((check) => check.kind === kind).length;
    return this.t().checks.summary(of('ok'), of('info'), of('bad'));
  });

  /** Why the count came to nothing, where no check says it. */
  protected readonly failure = computed(() => {
    const preflight = this.preflight();
    const problem = preflight?.problem;
    if (!problem) return undefined;
    const { text, known } = explain({ ...problem, status: 0 }, { folder: folderOf(preflight.target) || undefined });
    return known ? { heading: text, text: '' } : { heading: problem.title, text: problem.detail };
  });

  protected readonly gone = computed(() => this.problem()?.status === 404);
  protected readonly heading = computed(() => {
    const t = this.t().heading;
    const preflight = this.preflight();
    if (!preflight) return this.gone() ? t.gone : t.loading;
    if (preflight.state === 'counting') return t.counting;
    if (preflight.state === 'failed') return t.failed;
    const { found, copied } = forecastOf(preflight);
    if (found === 0) return t.empty;
    if (copied === 0) return t.nothing;
    return copied === found ? t.all(found) : t.some(copied, found);
  });
  protected readonly lead = computed(() => {
    const preflight = this.preflight();
    if (preflight?.state !== 'ready') return '';
    const t = this.t();
    const { counts, changedMeanwhile, filteredOut, countedAt } = preflight;
    const { impossible, undecided, there, shortcuts } = forecastOf(preflight);
    const minutes = Math.floor((this.clock.now() - Date.parse(countedAt ?? preflight.createdAt)) / MINUTE_MS);
    const ago = minutes < 1 ? t.ago.now : t.ago.minutes(minutes);
    const { added, removed } = changedMeanwhile;
    return [
      t.lead.counted(ago, formatBytes(counts.bytes), counts.folders),
      impossible > 0 && undecided > 0 && t.lead.cannotAndUndecided(impossible, undecided),
      impossible > 0 && undecided === 0 && t.lead.cannot(impossible),
      impossible === 0 && undecided > 0 && t.lead.undecided(undecided),
      there > 0 && t.lead.there(there),
      shortcuts > 0 && t.lead.shortcuts(shortcuts),
      filteredOut > 0 && t.lead.filtered(filteredOut),
      added + removed > 0 && t.lead.changed(added, removed),
    ]
      .filter(Boolean)
      .join(' ');
  });

  protected readonly ways = computed(() => {
    const preflight = this.preflight();
    if (!preflight) return [];
    const { ways } = preflight.counts;
    const t = this.t().ways;
    const rows = [
      { key: 'serverCopy', icon: 'bolt', segment: 'server', words: t.serverCopy, share: ways.serverCopy },
      { key: 'relay', icon: 'relay', segment: 'relay', words: t.relay, share: ways.relay },
      { key: 'created', icon: 'folder', segment: 'created', words: t.created, share: ways.created },
    ] as const;
    return rows.filter(({ share }) => share.items > 0);
  });
  /** What the bar says to those who do not see it. */
  protected readonly barWords = computed(() => {
    const preflight = this.preflight();
    const forecast = this.forecast();
    if (!preflight || !forecast) return '';
    const t = this.t().ways;
    const parts = [
      ...this.ways().map(({ words, share }) => `${formatCount(share.items)} ${words.name}`),
      ...(preflight.counts.convertible.items > 0
        ? [`${formatCount(preflight.counts.convertible.items)} ${t.converted.name}`]
        : []),
      ...(forecast.impossible > 0 ? [`${formatCount(forecast.impossible)} ${t.none.name}`] : []),
    ];
    return t.summary(parts.join(', '));
  });
  /** Why some can't be copied, with how many each: "17 that can’t be downloaded, 4 too deep". */
  protected readonly whyNot = computed(() => {
    const preflight = this.preflight();
    if (!preflight) return '';
    const byConversion = ['conversion_needed', 'lossy'];
    const convertible = preflight.counts.convertible.items > 0;
    return preflight.problems
      .filter(({ code }) => code !== LEFT_OUT && !(convertible && byConversion.includes(code)))
      .map(({ code, count, title, advice }) => reasonInWords(code, { title, advice }).short(count))
      .join(', ');
  });
  protected readonly problemCount = computed(() =>
    (this.preflight()?.problems ?? []).reduce((sum, { count }) => sum + count, 0),
  );
  protected readonly conflictWords = computed(() => {
    const conflicts = this.preflight()?.conflicts;
    const t = this.t().ways;
    return [
      conflicts && conflicts.replaced > 0 && t.replaced(conflicts.replaced),
      conflicts && conflicts.merged > 0 && t.merged(conflicts.merged),
    ]
      .filter(Boolean)
      .join(' ');
  });
  protected readonly listShown = linkedSignal({ source: this.preflightId, computation: () => false });

  private readonly target = computed(() => this.preflight()?.target, {
    equal: (a, b) => JSON.stringify(a) === JSON.stringify(b),
  });
  /** Where the destination folder is; the preflight knows its name alone. */
  private readonly way = rxResource({
    params: () => {
      const id = this.target()?.folderId;
      return id !== undefined && id !== 'root' && this.sessions.status('destination').state === 'connected'
        ? id
        : undefined;
    },
    stream: ({ params: id }) =>
      folderPath(this.http, '', { id }, asSide('destination')).pipe(map((response) => toFolderPath(response.body))),
  });
  /** The whole path of where the copies will be: "My Drive / Work / From Ana"; without the way, as much as is known. */
  protected readonly targetWords = computed(() => {
    const target = this.target();
    if (!target) return '';
    const way = this.way.hasValue() ? namesOf(this.way.value()) : [folderOf(target)];
    return [...way, target.newFolderName].filter(Boolean).join(' / ');
  });
  /** What was chosen, by name as far as the names are known. */
  protected readonly chosenWords = computed(() => {
    const selection = this.preflight()?.selection;
    return selection ? formatNames(selection.names, selection.count, selection.names.length || 1) : '';
  });
  protected readonly whose = computed(() => {
    const source = this.preflight()?.source;
    return source?.name || source?.email || '';
  });
  protected readonly estimateWords = computed(() => {
    const estimate = this.preflight()?.estimate;
    if (!estimate) return undefined;
    const t = this.t().aside;
    const pace = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 });
    const basis = estimate.basis === 'measured' ? t.measured : t.documented;
    return {
      heading: estimate.basis === 'measured' ? t.about : t.atLeast,
      // Below a minute the seconds are of interest; above, the estimate is not better than minutes.
      time: formatDuration(
        estimate.seconds < 60 ? Math.max(1, estimate.seconds) : Math.round(estimate.seconds / 60) * 60,
      ),
      basis: basis(pace.format(estimate.itemsPerSecond)) + (estimate.days ? ` ${t.days(estimate.days)}` : ''),
    };
  });

  /** Options as the reader wants them; they are counted anew before anything can start. */
  protected readonly wanted = linkedSignal<Preflight | undefined, Options | undefined>({
    source: this.preflight,
    computation: (preflight) => preflight && optionsOf(preflight),
  });
  protected readonly editing = linkedSignal({ source: this.preflightId, computation: () => false });
  protected readonly changed = computed(() => {
    const preflight = this.preflight();
    const wanted = this.wanted();
    return (
      !!preflight &&
      !!wanted &&
      JSON.stringify(optionsOf(preflight)) !== JSON.stringify({ ...wanted, filter: canonical(wanted.filter) })
    );
  });
  protected readonly filterShown = linkedSignal({ source: this.preflightId, computation: () => false });
  protected readonly filterWords = computed(() => filterInWords(this.preflight()?.options.filter, this.clock.now()));
  /** Whether what is wanted leaves anything out. */
  protected readonly filters = computed(() => canonical(this.wanted()?.filter) !== undefined);
  /** Why it cannot be counted with what is wanted, or nothing. */
  protected readonly wrong = computed(() => filterProblem(this.wanted()?.filter));

  protected readonly busy = signal<'start' | 'recount' | 'stop' | undefined>(undefined);
  /** What the reader saw when they pressed start on an old count: it starts by itself if the new one says the same. */
  private readonly agreed = signal<Forecast | undefined>(undefined);
  protected readonly changedSince = signal(false);

  protected readonly moves = computed(() => this.preflight()?.mode === 'move');
  /** The source was connected only for reading: nothing in it can be trashed. */
  protected readonly copyOnly = computed(() => this.sessions.isReadOnly('source'));
  /** Why it can't be started, or nothing. */
  protected readonly blockedReason = computed(() => {
    const preflight = this.preflight();
    const t = this.t().blockedReason;
    if (!preflight) return '';
    const blocked = this.checks().find(({ kind }) => kind === 'bad');
    if (blocked) return t.blocked(blocked.title);
    if (forecastOf(preflight).copied === 0) return t.nothing;
    if (this.moves() && preflight.counts.movable === 0) return t.nothingToMove;
    if (this.offline()) return t.offline;
    const away = this.sessions.notConnected();
    return away ? t[away.known ? 'notConnected' : 'notChecked'][away.side] : '';
  });
  /** Sides whose sign-in ended while this was read. */
  protected readonly lost = computed(() => SIDES.filter((side) => this.sessions.status(side).state === 'ended'));

  /** What the button of a phone starts, which is three screens away from what describes it. */
  protected readonly starts = computed(() => {
    const t = this.t().aside.starts;
    const estimate = this.preflight()?.estimate;
    const time = this.estimateWords()?.time;
    return {
      what: (this.wanted()?.mode === 'move' ? t.move : t.copy)(this.targetWords()),
      time: estimate && time ? t[estimate.basis](time) : '',
    };
  });

  /** What the big button says. */
  protected readonly startWords = computed(() => {
    const t = this.t().aside;
    if (this.busy() === 'start') return t.starting;
    if (this.busy() === 'recount') return t.recounting;
    return this.moves() ? t.move(this.preflight()?.counts.movable ?? 0) : t.copy(this.forecast()?.copied ?? 0);
  });

  private readonly offered = computed<readonly Command[]>(() => {
    const preflight = this.preflight();
    if (!preflight || this.busy() || this.offline()) return [];
    const t = this.t();
    const again = { id: 'review-again', label: t.ways.again, run: () => void this.recount() };
    if (preflight.state === 'counting')
      return [{ id: 'review-stop', label: t.counting.stop, run: () => void this.stop() }];
    if (preflight.state !== 'ready') return preflight.state === 'failed' ? [again] : [];
    return [
      ...(this.changed() && this.wrong()
        ? []
        : this.changed()
          ? [{ id: 'review-apply', label: t.aside.apply, run: () => void this.applyOptions() }]
          : this.blockedReason()
            ? []
            : [{ id: 'review-start', label: this.startWords(), run: () => void this.start() }]),
      ...(this.editing()
        ? [{ id: 'review-keep', label: t.aside.keep, run: () => this.leaveOptions() }]
        : [{ id: 'review-change', label: t.aside.changeLabel, run: () => this.editing.set(true) }]),
      {
        id: 'review-filter',
        label: this.filterShown() ? t.filter.hide : t.filter.changeLabel,
        run: () => this.filterShown.update((shown) => !shown),
      },
      again,
      ...(this.problemCount() > 0
        ? [
            {
              id: 'review-problems',
              label: this.listShown() ? t.problems.hide : t.ways.none.seeAll(this.problemCount()),
              also: t.problems.heading,
              run: () => this.listShown.update((shown) => !shown),
            },
          ]
        : []),
      { id: 'review-back', label: t.back, run: () => void this.goBack() },
    ];
  });

  constructor() {
    inject(Commands).offer(this.offered);
    effect(() => {
      const preflight = this.preflight();
      const { review, shell } = { review: this.t(), shell: this.texts.shell() };
      if (preflight?.state === 'counting')
        this.titles.set(review.counting.title(preflight.counts.found), shell.pages.review);
      else this.titles.set(preflight ? this.heading() : '', shell.pages.review);
    });
    let before: Preflight['state'] | undefined;
    effect(() => {
      const state = this.preflight()?.state;
      untracked(() => this.arrive(before, state));
      before = state;
    });
  }

  /** The count has come to another state. */
  private arrive(before: Preflight['state'] | undefined, state: Preflight['state'] | undefined): void {
    if (state === 'started') {
      void this.router.navigate(['/transfers', this.preflightId()], { replaceUrl: true });
      return;
    }
    if (state !== 'ready') return;
    if (before === 'counting') void this.announcer.announce(this.t().announce.counted(this.heading()));
    const agreed = this.agreed();
    const forecast = this.forecast();
    if (!agreed || !forecast) return;
    this.agreed.set(undefined);
    if (isSame(agreed, forecast)) void this.start();
    else this.changedSince.set(true);
  }

  protected size(bytes: number): string {
    return formatBytes(bytes);
  }

  protected count(value: number): string {
    return formatCount(value);
  }

  protected moment(time: string): string {
    return formatMoment(time, this.clock.now());
  }

  protected want(change: Partial<Options>): void {
    this.wanted.update((options) => options && { ...options, ...change });
  }

  protected leaveOptions(): void {
    const preflight = this.preflight();
    this.wanted.set(preflight && optionsOf(preflight));
    this.editing.set(false);
    this.filterShown.set(false);
  }

  protected applyOptions(): Promise<boolean> {
    const { filter, ...wanted } = this.wanted() ?? {};
    if (this.wrong()) return Promise.resolve(false);
    // Without a word about it the filter would stay as it was.
    return this.recount({ ...wanted, filter: canonical(filter) ?? {} });
  }

  /** Counts the same items again, with other options where they are given, and goes to that count. */
  protected async recount(changes: PreflightAgainDto = {}): Promise<boolean> {
    if (this.busy()) return false;
    const id = this.preflightId();
    this.busy.set('recount');
    this.changedSince.set(false);
    try {
      const params = { id, 'Idempotency-Key': idempotencyKey(), body: changes };
      const { body } = await firstValueFrom(recountPreflight(this.http, '', params, asSide('both')));
      // Nobody comes back to it: its place in the history is taken by the new one.
      deletePreflight(this.http, '', { id }, asSide('both')).subscribe({ error: () => undefined });
      await this.router.navigate(['/move/review', body.id], { queryParamsHandling: 'preserve', replaceUrl: true });
      return true;
    } catch (error) {
      this.toasts.failed(error);
      return false;
    } finally {
      this.busy.set(undefined);
    }
  }

  /** Forgets the count and goes back to choosing. */
  protected async stop(): Promise<void> {
    if (this.busy()) return;
    this.busy.set('stop');
    try {
      await firstValueFrom(deletePreflight(this.http, '', { id: this.preflightId() }, asSide('both')));
      await this.router.navigate(['/move'], { queryParamsHandling: 'preserve', replaceUrl: true });
      this.toasts.say(this.t().counting.stopped);
    } catch (error) {
      this.toasts.failed(error);
    } finally {
      this.busy.set(undefined);
    }
  }

  private goBack(): Promise<boolean> {
    return this.router.navigate(['/move'], { queryParamsHandling: 'preserve' });
  }

  protected async start(): Promise<void> {
    const preflight = this.preflight();
    if (preflight?.state !== 'ready' || this.blockedReason() || this.changed() || this.busy()) return;
    if (preflight.stale) {
      this.agreed.set(forecastOf(preflight));
      if (!(await this.recount())) this.agreed.set(undefined);
      return;
    }
    if (this.moves() && !(await this.confirmMove(preflight))) return;
    this.busy.set('start');
    try {
      // The same key each time: pressing again after a lost answer starts nothing twice.
      const params = { 'Idempotency-Key': `start-${preflight.id}`, body: { preflightId: preflight.id } };
      const { body } = await firstValueFrom(createTransfer(this.http, '', params, asSide('both')));
      this.selection.clear();
      await this.router.navigate(['/transfers', body.id], { replaceUrl: true });
    } catch (error) {
      const accounts = { source: preflight.source.email, destination: preflight.destination.email };
      const answer = await this.stepUp.offer(error, { command: 'start', id: preflight.id }, accounts);
      if (answer !== 'other') return;
      this.toasts.failed(error, { account: preflight.destination.email, folder: folderOf(preflight.target) });
      // What it says now tells why: gone, blocked, or started from another tab.
      this.feed.load();
    } finally {
      this.busy.set(undefined);
    }
  }

  protected remedy(remedy: Remedy): void {
    const side = this.problem()?.side ?? 'source';
    if (remedy === 'connect' || remedy === 'connect_again') this.connect(side);
    else this.feed.load();
  }

  /** Whether the account that the count waits for has signed in here since. */
  protected waitsForYou({ account, since }: NonNullable<Preflight['parked']>): boolean {
    return this.consents.isConnected(account, Date.parse(since));
  }

  /** Resumes a count that waits for its account: at once, or when the person comes back from Google. */
  protected async resume(parked: NonNullable<Preflight['parked']>): Promise<void> {
    const { side, account } = parked;
    const { id } = this.preflight()!;
    if (!this.waitsForYou(parked)) return this.signIn.start(side, { account, resumes: { id, account } });
    try {
      await firstValueFrom(resumeTransfer(this.http, '', { id }, asSide('both')));
      this.feed.load();
    } catch (error) {
      this.toasts.failed(error);
    }
  }

  /** Asks Google for full access, so that originals can be moved. */
  protected allowMoving(): void {
    this.signIn.start('source', { account: this.sessions.account('source')?.email, access: 'full' });
  }

  protected connect(side: Side): void {
    this.signIn.start(side, { account: this.preflight()?.[side].email ?? this.sessions.account(side)?.email });
  }

  private async confirmMove({ counts }: Preflight): Promise<boolean> {
    const t = this.t().move;
    const answer = await ask(this.dialog, {
      title: t.title(counts.movable, this.whose()),
      paragraphs: [t.trash(this.whose()), ...(counts.foreign > 0 ? [t.foreign(counts.foreign)] : [])],
      condition: t.condition,
      keep: t.keep,
      act: t.act(counts.movable),
    });
    if (answer === 'keep' && (await this.recount({ mode: 'copy' }))) this.toasts.say(t.kept);
    return answer === 'act';
  }
}
