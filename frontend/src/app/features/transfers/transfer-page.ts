import { LiveAnnouncer } from '@angular/cdk/a11y';
import { NgTemplateOutlet } from '@angular/common';
import {
  afterRenderEffect,
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
import { MatDialog, MatDialogRef } from '@angular/material/dialog';
import { MatMenuModule } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import { Clock } from '../../core/clock';
import { Command as Offer, Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { ConsentAction, Consents } from '../../core/consents';
import {
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatExact,
  formatItemRate,
  formatMoment,
} from '../../core/formats';
import { Installation } from '../../core/installation';
import { PageTitles } from '../../core/page-titles';
import { targetName } from '../../core/plan-labels';
import { Remedy } from '../../core/problem';
import { SessionStore } from '../../core/sessions';
import { SignIn } from '../../core/sign-in';
import { Toasts } from '../../core/toasts';
import { isFinished, Transfer, TransferUpdates } from '../../core/transfer-updates';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { confirm } from '../../ui/confirm-dialog';
import { EmptyState } from '../../ui/empty-state';
import { Icon, IconName } from '../../ui/icon';
import { Note } from '../../ui/note';
import { ProblemNote } from '../../core/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { Announcer } from './announcements';
import { FailureGroups } from './failure-groups';
import { ArrivedPanel } from './finished/arrived-panel';
import { CertificateCard } from './finished/certificate-card';
import { FinishedFigures } from './finished/finished-figures';
import { NextSteps } from './finished/next-steps';
import { isCertified } from './finished/proof';
import { TimelineChart } from './finished/timeline-chart';
import { TransferName } from './finished/transfer-name';
import { InFlight } from './in-flight';
import { ItemDrawer, openItem } from './item-drawer';
import { ItemList, Narrowing } from './item-list';
import { describeReason } from './item-labels';
import { barCounts } from './bar-counts';
import { LedgerBar } from './ledger-bar';
import { NoticeChoice } from './notice-choice';
import { PaceChart } from './pace-chart';
import { ReportDownload, ReportFormat } from './report-download';
import { StateChip } from './state-chip';
import { Command, TransferCommands } from './transfer-commands';
import { TransferLog } from './transfer-log';
import {
  helpedByConversion,
  helpedByRetry,
  leftToDo,
  open,
  outcomeOf,
  percent,
  Retry,
  secondsLeft,
  secondsRunning,
  describeState,
  summaryOf,
  titleOf,
} from './transfer-state';
import { TransferSteps } from './transfer-steps';

/** How much of the tab beside the current one is seen, so that there being more is seen too. */
const EDGE_PX = 24;

const REPORT_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

const TABS = ['overview', 'items', 'failed', 'skipped', 'log'] as const;
type Tab = (typeof TABS)[number];

type Action = Transfer['allowedActions'][number];

interface Button {
  readonly command: Command;
  readonly label: string;
  readonly icon?: IconName;
  readonly retry?: Retry;
}

/** One transfer, from the first count to the report: the same page, the same sum, live while it runs. */
@Component({
  selector: 'cm-transfer-page',
  imports: [
    ArrivedPanel,
    Avatar,
    CertificateCard,
    EmptyState,
    FailureGroups,
    FinishedFigures,
    Icon,
    InFlight,
    ItemList,
    LedgerBar,
    MatButton,
    MatMenuModule,
    NextSteps,
    NgTemplateOutlet,
    Note,
    NoticeChoice,
    PaceChart,
    ProblemNote,
    RouterLink,
    StateChip,
    TimelineChart,
    TransferLog,
    TransferName,
    TransferSteps,
    WaitingRows,
  ],
  templateUrl: './transfer-page.html',
  styleUrl: './transfer-page.scss',
})
export class TransferPage {
  private readonly router = inject(Router);
  private readonly dialog = inject(MatDialog);
  private readonly clock = inject(Clock);
  private readonly titles = inject(PageTitles);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly download = inject(ReportDownload);
  private readonly signIn = inject(SignIn);
  private readonly sessions = inject(SessionStore);
  private readonly consents = inject(Consents);
  private readonly toasts = inject(Toasts);
  private readonly updates = inject(TransferUpdates);
  private readonly commands = inject(TransferCommands);
  private readonly installation = inject(Installation);
  private readonly viewport = inject(Viewport);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.transfers;
  protected readonly f = this.texts.finished;
  private readonly connection = inject(Connection);
  protected readonly stale = this.connection.stale;
  protected readonly offline = this.connection.offline;

  private readonly nameField = viewChild(TransferName);
  private readonly tabRow = viewChild<ElementRef<HTMLElement>>('tabRow');
  private readonly top = viewChild.required<ElementRef<HTMLElement>>('top');

  /** The address: which transfer, and within its page which part, narrowed down to what, with which item open. */
  readonly id = input.required<string>();
  readonly tab = input<string>();
  readonly reason = input<string>();
  readonly q = input<string>();
  readonly state = input<string>();
  readonly item = input<string>();

  protected readonly transfer = computed(() => this.updates.transfer(this.id()));
  protected readonly problem = this.updates.problem;
  protected readonly signedOut = computed(() => this.problem()?.status === 401);
  /** The command that was given and not answered yet. */
  protected readonly pendingCommand = computed(() => this.commands.pending(this.id()));
  /** One command at a time, and none without a network. */
  protected readonly canCommand = computed(() => this.pendingCommand() === undefined && !this.offline());
  protected readonly saving = signal(false);

  protected readonly finished = computed(() => {
    const transfer = this.transfer();
    return transfer !== undefined && isFinished(transfer);
  });
  protected readonly heading = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return this.problem()?.status === 404 ? this.t().page.notFound.title : this.t().page.transfer;
    return isFinished(transfer) ? outcomeOf(transfer) : titleOf(transfer);
  });
  protected readonly certified = computed(() => {
    const transfer = this.transfer();
    return transfer !== undefined && isCertified(transfer);
  });
  /** Where the copies are seen at Google, once they all are there. */
  protected readonly openAddress = computed(() => {
    const transfer = this.transfer();
    const folderId = transfer?.target.resultFolderId;
    if (!transfer || !folderId || !isFinished(transfer) || transfer.state === 'undone') return undefined;
    const { verified, unverified } = transfer.counts;
    return verified + unverified > 0
      ? this.installation.folderAddress(transfer.destination.email, folderId)
      : undefined;
  });
  /** A retry is the first thing to do where it can help; else the way to the result is. */
  protected readonly retryHelps = computed(() => {
    const transfer = this.transfer();
    if (!transfer || !isFinished(transfer) || !transfer.allowedActions.includes('retry')) return false;
    if (transfer.state === 'completed') return false; // what conversion would add is a choice
    return transfer.state !== 'completed_with_failures' || helpedByRetry(transfer).count > 0;
  });
  /** What can be pendingCommand to it, in the order of the buttons; the first is the one to press, if anything. */
  protected readonly buttons = computed<Button[]>(() => {
    const transfer = this.transfer();
    if (!transfer) return [];
    const { commands } = this.t();
    const { state } = transfer;
    const all: Button[] = [
      { command: 'start', label: commands.start },
      { command: 'retry', ...this.retryButton(transfer) },
      { command: 'resume', icon: 'play', label: state === 'waiting_quota' ? commands.tryNow : commands.resume },
      { command: 'pause', icon: 'pause', label: commands.pause },
      { command: 'rerun', icon: 'sync', label: commands.rerun },
      { command: 'undo', icon: 'undo', label: commands.undo },
    ];
    // One that waits for its account is resumed at its notice.
    const isShown = ({ command }: Button) => command !== 'resume' || state !== 'needs_reconnect';
    const possible = all.filter((button) => transfer.allowedActions.includes(button.command) && isShown(button));
    // At the end, the one to press stands last, at the edge of the page.
    return isFinished(transfer) ? possible.reverse() : possible;
  });
  /** The retry that helps most; its number is that of the items that it can help. */
  private retryButton(transfer: Transfer): Pick<Button, 'label' | 'icon' | 'retry'> {
    const { commands } = this.t();
    const [plain, convertible] = [helpedByRetry(transfer), helpedByConversion(transfer)];
    if (transfer.state === 'completed_with_failures' && plain.count > 0)
      return { icon: 'sync', label: commands.retryItems(plain.count), retry: plain };
    if (plain.count === 0 && leftToDo(transfer) === 0 && convertible.count > 0)
      return { icon: 'convert', label: commands.convertItems(convertible.count), retry: convertible };
    return { icon: 'sync', label: commands.retryRest };
  }
  protected readonly percent = computed(() => {
    const transfer = this.transfer();
    return transfer ? percent(transfer) : 0;
  });
  /** Whether it ran while this page showed it. Its line then stays at the end, so that nothing below it jumps. */
  protected readonly sawItRun = linkedSignal<{ id: string; runs: boolean }, boolean>({
    source: () => ({ id: this.id(), runs: this.transfer() !== undefined && !this.finished() }),
    computation: ({ id, runs }, before) => runs || (before?.source.id === id && before.value),
  });
  protected readonly landsIn = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return '';
    return targetName(transfer.target) || transfer.destination.email;
  });

  /** The line beside the percentage. */
  protected readonly line = computed(() => {
    const transfer = this.transfer();
    if (!transfer || isFinished(transfer)) return '';
    // A note above says why.
    const isHeld = transfer.state === 'paused' && transfer.problem;
    return isHeld ? this.t().lines.wait(open(transfer.counts)) : summaryOf(transfer, this.clock.now());
  });
  protected readonly bytes = computed(() => {
    const transfer = this.transfer();
    // What was undone is no longer at the destination.
    if (!transfer || transfer.bytes.found === 0 || ['undoing', 'undone'].includes(transfer.state)) return '';
    return this.t().page.bytes(formatBytes(transfer.bytes.verified), formatBytes(transfer.bytes.found));
  });
  protected readonly originals = computed(() => {
    const originals = this.transfer()?.originals;
    return originals ? this.t().lines.originals(originals.trashed, originals.kept) : '';
  });
  protected readonly figures = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return [];
    const { figures } = this.t();
    const now = this.clock.now();
    const left = secondsLeft(transfer, now);
    const slowed = transfer.pacing?.slowed;
    return [
      {
        name: figures.now,
        value: formatItemRate(transfer.rate.itemsPerSecond),
        more: figures.perSecond(formatBytes(transfer.rate.bytesPerSecond)),
      },
      {
        name: figures.runningFor,
        value: formatDuration(secondsRunning(transfer, now)),
        more: figures.since(formatMoment(transfer.startedAt ?? transfer.createdAt, now)),
      },
      {
        name: figures.expectedEnd,
        value: left === undefined ? '—' : formatMoment(now + left * 1000, now),
        more: left !== undefined ? figures.ifPaceHolds : transfer.state === 'running' ? figures.afterTwoMinutes : '',
      },
      // Of the two, what is worth knowing now: a slow-down is the rarer one.
      slowed
        ? {
            name: figures.slowed,
            // The last of them may have been another transfer's.
            value: figures.times(Math.max(1, transfer.slowDowns)),
            more: figures.lastTime(formatMoment(slowed.at, now), formatDuration(slowed.seconds)),
          }
        : {
            name: figures.inside,
            value: formatCount(transfer.ways.serverCopy),
            more: figures.through(transfer.ways.relay),
          },
    ];
  });
  protected readonly sharesEnd = computed(() => {
    const end = this.transfer()?.grants.expiresAt;
    return end && { date: formatDate(end, this.clock.now()), exact: formatExact(end) };
  });
  protected readonly quotaLines = computed(() => {
    const transfer = this.transfer();
    if (transfer?.state !== 'waiting_quota') return '';
    const { quota } = this.t().page;
    const { resumeAt, counts, destination } = transfer;
    const now = this.clock.now();
    return [
      quota.text(destination.email),
      ...(resumeAt
        ? [quota.again(formatMoment(resumeAt, now), formatDuration((Date.parse(resumeAt) - now) / 1000))]
        : []),
      quota.safe(counts.verified, open(counts)),
    ].join(' ');
  });
  /** The account that a transfer waits for, and what is known of it. */
  protected readonly parked = computed(() => {
    const transfer = this.transfer();
    const parked = transfer?.parked;
    if (transfer?.state !== 'needs_reconnect' || !parked) return undefined;
    const { reconnect, waits } = this.t().page;
    const { side, account, since } = parked;
    if (this.consents.waitsForYou(transfer))
      return {
        isHere: true,
        heading: waits.heading,
        text: waits.text(account, open(transfer.counts)),
        act: this.pendingCommand() === 'resume' ? this.t().commands.doing.resume : waits.act,
      };
    const connected = this.sessions.status(side).state === 'connected' ? this.sessions.account(side)?.email : undefined;
    return {
      isHere: false,
      heading: reconnect.heading(account),
      text: [
        reconnect.withdrew[side](formatMoment(since, this.clock.now())),
        reconnect.safe(transfer.counts.verified, open(transfer.counts)),
        ...(connected && connected !== account ? [reconnect.other(connected, account)] : []),
      ].join(' '),
      act: reconnect.act[side],
    };
  });
  /** The first account that is missing for some of the buttons, and the names of these. */
  protected readonly lacking = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return undefined;
    const lacks = this.buttons().map((button) => ({ button, account: this.missingFor(button.command)[0] }));
    const account = lacks.find((each) => each.account)?.account;
    if (!account) return undefined;
    const names = lacks.filter((each) => each.account?.email === account.email).map(({ button }) => button.label);
    return { account, text: this.t().page.needs(names, account.email), act: this.t().page.connect(account.email) };
  });
  /** Why it can no longer be rerun, if an account has left. */
  protected readonly left = computed(() => {
    const transfer = this.transfer();
    const [side] = transfer && isFinished(transfer) && transfer.startedAt ? transfer.withdrawn : [];
    return side && this.t().page.left(transfer![side].email);
  });
  /** Why it stands still or failed. */
  protected readonly trouble = computed(() => {
    const transfer = this.transfer();
    if (!transfer?.problem) return undefined;
    const { problem, destination, counts } = transfer;
    const { full, thenResume } = this.t().page;
    const { title, advice } = describeReason({ ...problem, advice: problem.detail });
    const isFull = problem.code === 'destination_storage_full';
    return {
      code: problem.code,
      advice,
      title: isFull ? full.heading : title,
      /** Of one that it paused. */
      whatNow: isFull
        ? full.text(destination.email, counts.verified + counts.unverified, open(counts))
        : `${advice} ${thenResume}`,
    };
  });
  protected readonly canceledItems = computed(
    () => this.transfer()?.skipGroups.find(({ code }) => code === 'canceled')?.count ?? 0,
  );

  protected readonly tabs = computed(() => {
    const counts = this.transfer()?.counts;
    return TABS.map((key) => ({
      key,
      label: this.t().tabs[key],
      count: key === 'failed' || key === 'skipped' ? (counts?.[key] ?? 0) : 0,
    }));
  });
  protected readonly shownTab = computed<Tab>(() => {
    const asked = TABS.find((key) => key === this.tab());
    return asked ?? 'overview';
  });
  protected readonly narrowing = computed<Narrowing>(() => ({
    q: this.q(),
    reason: this.reason(),
    state: this.state(),
  }));
  protected readonly reasons = computed(() => {
    const transfer = this.transfer();
    const groups = this.shownTab() === 'skipped' ? transfer?.skipGroups : transfer?.failureGroups;
    // One reason may be that of failed items, and of others that could not be verified.
    const titles = new Map((groups ?? []).map((group) => [group.code, describeReason(group).title]));
    return [...titles].map(([code, title]) => ({ code, title }));
  });
  /** Changes when the log has something new. */
  protected readonly logVersion = computed(() => {
    const transfer = this.transfer();
    return `${transfer?.state} ${transfer?.failureGroups.length}`;
  });
  protected readonly notCarried = computed(() => {
    const own = this.transfer()?.notCarried ?? [];
    return own.length > 0 ? (this.t().notCarried ?? own) : [];
  });
  protected readonly ways = computed(() => {
    const ways = this.transfer()?.ways;
    if (!ways) return [];
    const words = this.t().overview;
    return [
      { name: words.inside, count: ways.serverCopy },
      { name: words.through, count: ways.relay },
      { name: words.converted, count: ways.export },
      { name: words.made, count: ways.created },
      { name: words.merged, count: ways.merged },
    ].filter(({ count }, index) => count > 0 || index < 2);
  });
  protected readonly delta = computed(() => {
    const delta = this.transfer()?.delta;
    if (!delta) return [];
    const words = this.t().delta;
    return [
      { name: words.added, value: formatCount(delta.added) },
      { name: words.changed, value: formatCount(delta.changed) },
      { name: words.renamed, value: formatCount(delta.renamed) },
      { name: words.unchanged, value: formatCount(delta.unchanged) },
      ...(delta.left > 0 ? [{ name: words.left, value: formatCount(delta.left) }] : []),
      { name: words.at, value: formatMoment(delta.at, this.clock.now()) },
    ];
  });
  protected readonly closing = computed(() => {
    const transfer = this.transfer();
    if (!transfer?.finishedAt) return [];
    const { grants, originals, mode, finishedAt, ways, slowDowns } = transfer;
    const { closing, figures } = this.t();
    const shares = grants.open + grants.withdrawn;
    const now = this.clock.now();
    return [
      { name: closing.shares, value: shares === 0 ? closing.noShares : closing.withdrawn(grants.withdrawn, shares) },
      {
        name: closing.originals,
        value: mode === 'move' ? closing.trashed(originals?.trashed ?? 0, originals?.kept ?? 0) : closing.untouched,
      },
      { name: closing.inside, value: formatCount(ways.serverCopy) },
      { name: closing.through, value: closing.throughItems(ways.relay) },
      { name: closing.made, value: formatCount(ways.created) },
      ...(slowDowns > 0 ? [{ name: figures.slowed, value: figures.times(slowDowns) }] : []),
      { name: closing.took, value: formatDuration(secondsRunning(transfer, now)) },
      { name: closing.finished, value: formatMoment(finishedAt, now), exact: formatExact(finishedAt) },
      { name: closing.kept, value: formatDate(Date.parse(finishedAt) + REPORT_DAYS * DAY_MS, now) },
    ];
  });

  protected readonly formatCount = formatCount;
  protected readonly barCounts = barCounts;

  private readonly offered = computed<readonly Offer[]>(() => {
    if (!this.transfer()) return [];
    const t = this.t();
    const idle = this.canCommand();
    const parked = this.parked();
    return [
      ...(parked && !this.offline()
        ? [{ id: 'transfer-reconnect', label: parked.act, run: () => this.reconnect() }]
        : []),
      ...(idle
        ? this.buttons()
            .filter(({ command }) => this.missingFor(command).length === 0)
            .map((button) => ({
              id: `transfer-${button.command}`,
              label: button.label,
              run: () => void this.press(button),
            }))
        : []),
      ...(idle && this.may('cancel')
        ? [{ id: 'transfer-cancel', label: t.palette.cancel, run: () => void this.cancel() }]
        : []),
      ...(this.may('report') && !this.saving() && !this.offline()
        ? (['csv', 'json'] as const).map((format) => ({
            id: `transfer-report-${format}`,
            label: t.palette[format],
            run: () => void this.save(format),
          }))
        : []),
      ...(this.offline()
        ? []
        : [{ id: 'transfer-rename', label: this.f().name.palette, run: () => this.nameField()?.edit() }]),
      ...this.tabs()
        .filter(({ key }) => key !== this.shownTab())
        .map(({ key, label }) => ({
          id: `transfer-tab-${key}`,
          label: t.palette.tab(label),
          run: () => this.go({ tab: key, q: null, reason: null, state: null }),
        })),
    ];
  });

  constructor() {
    inject(Commands).offer(this.offered);
    effect((onCleanup) => onCleanup(this.updates.follow(this.id())));
    afterRenderEffect({
      mixedReadWrite: () => {
        this.shownTab();
        this.texts.language();
        this.viewport.phone();
        const row = this.tabRow()?.nativeElement;
        const tab = row?.querySelector<HTMLElement>('[aria-current]');
        if (!row || !tab) return;
        // The row alone: `scrollIntoView` would move the page too.
        const over = tab.offsetLeft + tab.offsetWidth - row.offsetLeft - row.clientWidth;
        row.scrollLeft = Math.max(
          0,
          over + EDGE_PX,
          Math.min(row.scrollLeft, tab.offsetLeft - row.offsetLeft - EDGE_PX),
        );
      },
    });
    effect(() => {
      const transfer = this.transfer();
      if (!transfer) return this.titles.set(this.heading());
      const progress = isFinished(transfer) || transfer.state === 'planning' ? '' : ` ${percent(transfer)}%`;
      this.titles.set(`${describeState(transfer.state).label}${progress}`, titleOf(transfer));
    });
    const speech = new Announcer();
    effect(() => {
      const transfer = this.transfer();
      if (!transfer) return;
      this.clock.refresh();
      const said = speech.hear(transfer, Date.now());
      // An unseen tab changes its title only.
      if (said && document.visibilityState === 'visible')
        untracked(() => void this.announcer.announce(said.text, said.politeness));
    });
    this.openItemOfAddress();
  }

  /** The drawer follows the address, and closing it takes the item out of the address. */
  private openItemOfAddress(): void {
    const ordinal = computed(() => (/^\d{1,15}$/.test(this.item() ?? '') ? Number(this.item()) : undefined));
    const known = computed(() => this.transfer() !== undefined);
    effect((onCleanup) => {
      const wanted = ordinal();
      const transferId = this.id();
      if (wanted === undefined || !known()) return;
      const ref: MatDialogRef<ItemDrawer> = untracked(() => openItem(this.dialog, { transferId, ordinal: wanted }));
      const closed = ref.afterClosed().subscribe(() => this.go({ item: null }));
      onCleanup(() => {
        closed.unsubscribe();
        ref.close();
      });
    });
  }

  protected may(action: Action): boolean {
    return this.transfer()?.allowedActions.includes(action) ?? false;
  }

  protected missingFor(command: Command) {
    const transfer = this.transfer();
    return transfer && command !== 'pause' && command !== 'cancel' ? this.consents.missing(transfer, command) : [];
  }

  /** Whether an action can be asked for with the accounts that are signed in here. */
  protected canAsk(action: ConsentAction): boolean {
    return this.may(action) && this.missingFor(action).length === 0;
  }

  protected connectMissing(): void {
    const account = this.lacking()?.account;
    if (account) this.signIn.start(account.side, { account: account.email });
  }

  /** Tabs and typing replace the address: back leads to the page before. */
  private go(queryParams: Record<string, string | null>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }

  protected narrow({ q, reason, state }: Narrowing): void {
    this.go({ q: q || null, reason: reason || null, state: state || null });
  }

  protected label({ command, label }: Button): string {
    return this.pendingCommand() === command ? this.t().commands.doing[command] : label;
  }

  protected async press({ command, retry }: Button): Promise<void> {
    if (command === 'undo' && !(await this.isSureToUndo())) return;
    if (retry) await this.retry(retry);
    else await this.tell(command);
  }

  protected async retry(retry: Retry): Promise<void> {
    if (retry.allowConversion && !(await this.isSureToConvert(retry.count))) return;
    await this.tell('retry', retry);
  }

  private isSureToConvert(count: number): Promise<boolean> {
    const { heading, text, loss, keep, act } = this.t().convertDialog;
    return confirm(this.dialog, { title: heading(count), paragraphs: [text, loss], keep, act: act(count) });
  }

  private isSureToUndo(): Promise<boolean> {
    const { heading, originals, copies, keep, act } = this.t().undoDialog;
    const paragraphs = this.transfer()?.mode === 'move' ? [originals, copies] : [copies];
    return confirm(this.dialog, { title: heading, paragraphs, keep, act });
  }

  protected async cancel(): Promise<void> {
    const counts = this.transfer()?.counts;
    if (!counts) return;
    const { heading, text, keep, act } = this.t().cancelDialog;
    const paragraphs = [text(counts.verified, open(counts))];
    if (await confirm(this.dialog, { title: heading, paragraphs, keep, act })) await this.tell('cancel');
  }

  private tell(command: Command, retry?: Retry): Promise<void> {
    // The button is about to go, and the focus with it.
    this.top().nativeElement.focus();
    return this.commands.tell(this.id(), command, retry);
  }

  protected async save(format: ReportFormat): Promise<void> {
    this.saving.set(true);
    try {
      await this.download.save(this.id(), format);
      this.toasts.say(this.t().report.saved);
    } catch (error) {
      this.toasts.failed(error);
    } finally {
      this.saving.set(false);
    }
  }

  protected reconnect(): void {
    const parked = this.transfer()?.parked;
    if (!parked) return;
    if (this.parked()?.isHere) return void this.tell('resume');
    const { side, account } = parked;
    this.signIn.start(side, { account, resumes: { id: this.id(), account } });
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'connect' || remedy === 'connect_again') void this.router.navigate(['/connect']);
    else this.updates.retry();
  }
}
