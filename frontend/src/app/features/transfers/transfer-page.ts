import { LiveAnnouncer } from '@angular/cdk/a11y';
import { HttpClient } from '@angular/common/http';
import { Component, computed, effect, ElementRef, inject, input, signal, untracked, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { MatMenuModule } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import { firstValueFrom } from 'rxjs';
import {
  cancel as cancelTransfer,
  pause as pauseTransfer,
  rerun as rerunTransfer,
  resume as resumeTransfer,
  retry as retryTransfer,
  start as startTransfer,
  undo as undoTransfer,
} from '../../api/functions';
import { Clock } from '../../core/clock';
import {
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatExact,
  formatItemRate,
  formatItems,
  formatMoment,
  formatTimeLeft,
} from '../../core/formats';
import { PageTitles } from '../../core/page-titles';
import { Remedy } from '../../core/problem';
import { asSide, SessionStore } from '../../core/sessions';
import { SignIn } from '../../core/sign-in';
import { Toasts } from '../../core/toasts';
import { Avatar } from '../../ui/avatar';
import { confirm } from '../../ui/confirm-dialog';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { ProblemNote } from '../../ui/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { Announcer } from './announcements';
import { ItemList } from './item-list';
import { LedgerBar } from './ledger-bar';
import { ReportDownload, ReportFormat } from './report-download';
import { StateChip } from './state-chip';
import { TransferFeed } from './transfer-feed';
import {
  isFinished,
  outcomeOf,
  percent,
  secondsLeft,
  secondsRunning,
  stateWords,
  summaryOf,
  titleOf,
  Transfer,
} from './transfer-state';

const REPORT_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

type Action = Transfer['allowedActions'][number];
type Command = Exclude<Action, 'reconnect' | 'report'>;

const COMMANDS = {
  start: startTransfer,
  pause: pauseTransfer,
  resume: resumeTransfer,
  cancel: cancelTransfer,
  retry: retryTransfer,
  rerun: rerunTransfer,
  undo: undoTransfer,
} as const satisfies Record<Command, unknown>;

/** One transfer, from the first count to the report: the same page, the same sum, live while it runs. */
@Component({
  selector: 'cm-transfer-page',
  imports: [
    Avatar,
    EmptyState,
    Icon,
    ItemList,
    LedgerBar,
    MatButton,
    MatMenuModule,
    Note,
    ProblemNote,
    RouterLink,
    StateChip,
    WaitingRows,
  ],
  templateUrl: './transfer-page.html',
  styleUrl: './transfer-page.scss',
})
export class TransferPage {
  private readonly http = inject(HttpClient);
  private readonly router = inject(Router);
  private readonly dialog = inject(MatDialog);
  private readonly clock = inject(Clock);
  private readonly titles = inject(PageTitles);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly download = inject(ReportDownload);
  private readonly signIn = inject(SignIn);
  private readonly sessions = inject(SessionStore);
  private readonly toasts = inject(Toasts);

  private readonly top = viewChild.required<ElementRef<HTMLElement>>('top');

  /** The address' id. */
  readonly id = input.required<string>();

  private readonly feed = new TransferFeed(this.id);
  protected readonly transfer = this.feed.transfer;
  protected readonly problem = this.feed.problem;
  /** The command that was given and not answered yet. */
  protected readonly told = signal<Command | undefined>(undefined);
  protected readonly saving = signal<ReportFormat | undefined>(undefined);

  protected readonly finished = computed(() => {
    const transfer = this.transfer();
    return transfer !== undefined && isFinished(transfer);
  });
  protected readonly title = computed(() => {
    const transfer = this.transfer();
    return transfer ? titleOf(transfer) : 'Transfer';
  });
  protected readonly heading = computed(() => {
    const transfer = this.transfer();
    if (!transfer && this.problem()?.status === 404) return 'Not found';
    return transfer && isFinished(transfer) ? outcomeOf(transfer) : this.title();
  });
  /** Buttons beside Cancel and the report, in their order. */
  protected readonly buttons = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return [];
    const { allowedActions, counts, skipGroups, state } = transfer;
    const canceled = skipGroups.find(({ code }) => code === 'canceled')?.count ?? 0;
    const words: readonly { action: Command; label: string; doing: string }[] = [
      { action: 'start', label: 'Start', doing: 'Starting' },
      { action: 'pause', label: 'Pause', doing: 'Pausing' },
      { action: 'resume', label: state === 'waiting_quota' ? 'Try now' : 'Resume', doing: 'Resuming' },
      {
        action: 'retry',
        label: counts.failed + canceled > 0 ? `Retry ${formatItems(counts.failed + canceled)}` : 'Retry',
        doing: 'Retrying',
      },
      { action: 'rerun', label: 'Bring up to date', doing: 'Beginning' },
      { action: 'undo', label: 'Undo', doing: 'Undoing' },
    ];
    return words.filter(({ action }) => allowedActions.includes(action));
  });
  protected readonly percent = computed(() => {
    const transfer = this.transfer();
    return transfer ? percent(transfer) : 0;
  });
  protected readonly landsIn = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return '';
    const { folderName, newFolderName } = transfer.target;
    return [transfer.destination.email, folderName, newFolderName].filter(Boolean).join(' / ');
  });

  /** The line beside the percentage. */
  protected readonly timeLeft = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return '';
    switch (transfer.state) {
      case 'planning':
        return `${formatItems(transfer.counts.found)} so far`;
      case 'finishing':
        return 'Setting dates, withdrawing temporary shares';
      case 'updating':
      case 'undoing':
      case 'pausing':
      case 'paused':
      case 'canceling':
        return summaryOf(transfer, this.clock.now());
      case 'running': {
        const left = secondsLeft(transfer, this.clock.now());
        return left === undefined ? 'Estimating the time left' : formatTimeLeft(left);
      }
      default:
        return '';
    }
  });
  protected readonly bytes = computed(() => {
    const transfer = this.transfer();
    if (!transfer || transfer.bytes.found === 0) return '';
    return `${formatBytes(transfer.bytes.verified)} of ${formatBytes(transfer.bytes.found)} verified at the destination`;
  });
  protected readonly figures = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return [];
    const now = this.clock.now();
    const left = secondsLeft(transfer, now);
    const started = transfer.startedAt ?? transfer.createdAt;
    return [
      {
        name: 'Now',
        value: formatItemRate(transfer.rate.itemsPerSecond),
        more: `${formatBytes(transfer.rate.bytesPerSecond)}/s`,
      },
      {
        name: 'Running for',
        value: formatDuration(secondsRunning(transfer, now)),
        more: `since ${formatMoment(started, now)}`,
      },
      {
        name: 'Expected end',
        value: left === undefined ? '—' : formatMoment(now + left * 1000, now),
        more: left === undefined ? 'known after 2 minutes' : 'if the pace holds',
      },
      {
        name: 'Copied inside Google',
        value: formatCount(transfer.ways.serverCopy),
        more: `${formatCount(transfer.ways.relay)} through CloudMover`,
      },
    ];
  });
  protected readonly resumes = computed(() => {
    const transfer = this.transfer();
    if (!transfer?.resumeAt) return undefined;
    const now = this.clock.now();
    return {
      when: formatMoment(transfer.resumeAt, now),
      wait: formatDuration((Date.parse(transfer.resumeAt) - now) / 1000),
    };
  });
  protected readonly parkedSince = computed(() => {
    const since = this.transfer()?.parked?.since;
    return since ? formatMoment(since, this.clock.now()) : '';
  });
  /** The account now on the side that waits for another one. */
  protected readonly connectedInstead = computed(() => {
    const parked = this.transfer()?.parked;
    const email = parked && this.sessions.account(parked.side)?.email;
    return email && email !== parked.account && this.sessions.status(parked.side).state === 'connected'
      ? email
      : undefined;
  });
  protected readonly retryable = computed(() =>
    (this.transfer()?.failureGroups ?? [])
      .filter((group) => group.retryable)
      .reduce((sum, { count }) => sum + count, 0),
  );
  protected readonly closing = computed(() => {
    const transfer = this.transfer();
    if (!transfer?.finishedAt) return [];
    const { grants, originals, mode, finishedAt } = transfer;
    const shares = grants.open + grants.withdrawn;
    const now = this.clock.now();
    return [
      {
        name: 'Temporary shares',
        value:
          shares === 0 ? 'none were needed' : `${formatCount(grants.withdrawn)} of ${formatCount(shares)} withdrawn`,
      },
      {
        name: 'Originals',
        value:
          mode === 'move'
            ? `${formatCount(originals?.trashed ?? 0)} in the trash, ${formatCount(originals?.kept ?? 0)} kept`
            : 'untouched (copy)',
      },
      { name: 'Copied inside Google', value: formatCount(transfer.ways.serverCopy) },
      { name: 'Through CloudMover', value: `${formatCount(transfer.ways.relay)}, none stored` },
      { name: 'Folders and shortcuts made', value: formatCount(transfer.ways.created) },
      { name: 'Took', value: formatDuration(secondsRunning(transfer, now)) },
      { name: 'Finished', value: formatMoment(finishedAt, now), exact: formatExact(finishedAt) },
      { name: 'Report kept until', value: formatDate(Date.parse(finishedAt) + REPORT_DAYS * DAY_MS, now) },
    ];
  });

  protected readonly formatCount = (value: number): string => formatCount(value);

  constructor() {
    effect(() => {
      const transfer = this.transfer();
      if (!transfer) return this.titles.set(this.heading());
      const progress = isFinished(transfer) || transfer.state === 'planning' ? '' : ` ${percent(transfer)}%`;
      this.titles.set(`${stateWords(transfer.state).label}${progress}`, titleOf(transfer));
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
  }

  protected may(action: Action): boolean {
    return this.transfer()?.allowedActions.includes(action) ?? false;
  }

  protected async press(action: Command): Promise<void> {
    if (action !== 'undo' || (await this.isSureToUndo())) await this.tell(action);
  }

  private isSureToUndo(): Promise<boolean> {
    const isMove = this.transfer()?.mode === 'move';
    return confirm(this.dialog, {
      title: 'Undo this transfer?',
      paragraphs: [
        ...(isMove ? ['First the originals come back from the trash of the source.'] : []),
        'The copies go into the trash of the destination. Copies that were edited since stay where they are, and the report names them. Nothing is deleted.',
      ],
      keep: 'Keep the copies',
      act: 'Undo transfer',
    });
  }

  protected async cancel(): Promise<void> {
    const transfer = this.transfer();
    if (!transfer) return;
    const { verified, waiting, copying, checking } = transfer.counts;
    const sure = await confirm(this.dialog, {
      title: 'Cancel this transfer?',
      paragraphs: [
        `${formatCount(verified)} verified ${verified === 1 ? 'copy stays' : 'copies stay'} in the destination. ` +
          `${formatCount(waiting + copying + checking)} items will not be copied. Temporary shares are withdrawn.`,
      ],
      keep: 'Keep running',
      act: 'Cancel transfer',
    });
    if (!sure) return;
    await this.tell('cancel');
  }

  private async tell(command: Command): Promise<void> {
    const wasFinished = this.finished();
    this.told.set(command);
    // The button is about to go, and the focus with it.
    this.top().nativeElement.focus();
    try {
      const answer = await firstValueFrom(COMMANDS[command](this.http, '', { id: this.id() }, asSide('both')));
      this.feed.take(answer.body);
      // Its stream had ended with it.
      if (wasFinished) this.feed.retry();
    } catch (error) {
      this.toasts.failed(error);
    } finally {
      this.told.set(undefined);
    }
  }

  protected async save(format: ReportFormat): Promise<void> {
    this.saving.set(format);
    try {
      await this.download.save(this.id(), format);
      this.toasts.say('Report downloaded');
    } catch (error) {
      this.toasts.failed(error);
    } finally {
      this.saving.set(undefined);
    }
  }

  protected reconnect(): void {
    const parked = this.transfer()?.parked;
    if (parked) this.signIn.start(parked.side, { account: parked.account });
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'connect' || remedy === 'connect_again') void this.router.navigate(['/connect']);
    else this.feed.retry();
  }
}
