import { computed, inject, Injectable, linkedSignal, Signal, signal } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { Router } from '@angular/router';
import { Links } from '../../api/models/links';
import { Connection } from '../../core/connection';
import { ConsentAction, Consents } from '../../core/consents';
import { formatMoment } from '../../core/formats';
import { SessionStore } from '../../core/sessions';
import { SignIn } from '../../core/sign-in';
import { Toasts } from '../../core/toasts';
import { isFinished, Transfer, TransferUpdates } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { isCertified } from './finished/proof';
import { confirmsCancel, confirmsConversion, confirmsLinks, confirmsUndo } from './questions';
import { ReportDownload, ReportFormat } from './report-download';
import { Action, Button, buttonsOf } from './transfer-buttons';
import { Command, TransferCommands } from './transfer-commands';
import { helpedByRetry, open, outcomeOf, percent, Retry, titleOf } from './transfer-state';

/** One transfer and its commands, for the page that provides it. */
@Injectable()
export class TransferStore {
  private readonly router = inject(Router);
  private readonly dialog = inject(MatDialog);
  private readonly connection = inject(Connection);
  private readonly consents = inject(Consents);
  private readonly sessions = inject(SessionStore);
  private readonly signIn = inject(SignIn);
  private readonly toasts = inject(Toasts);
  private readonly download = inject(ReportDownload);
  private readonly commands = inject(TransferCommands);
  private readonly updates = inject(TransferUpdates);
  private readonly texts = inject(Texts);
  private readonly t = this.texts.transfers;

  private readonly shown = signal<Signal<string>>(signal(''));
  readonly id = computed(() => this.shown()());
  readonly transfer = computed(() => this.updates.transfer(this.id()));
  readonly problem = this.updates.problem;
  readonly offline = this.connection.offline;
  readonly stale = this.connection.stale;

  readonly finished = computed(() => this.is(isFinished));
  readonly certified = computed(() => this.is(isCertified));
  /** This page has shown it running. Then the line above the bar stays after the end, so that nothing below it moves. */
  readonly wasRunning = linkedSignal<{ id: string; runs: boolean }, boolean>({
    source: () => ({ id: this.id(), runs: this.transfer() !== undefined && !this.finished() }),
    computation: ({ id, runs }, before) => runs || (before?.source.id === id && before.value),
  });
  readonly heading = computed(() => {
    const transfer = this.transfer();
    if (!transfer) return this.problem()?.status === 404 ? this.t().page.notFound.title : this.t().page.transfer;
    return isFinished(transfer) ? outcomeOf(transfer) : titleOf(transfer);
  });
  readonly percent = computed(() => {
    const transfer = this.transfer();
    return transfer ? percent(transfer) : 0;
  });

  /** The command that is waiting for its response. */
  readonly pendingCommand = computed(() => this.commands.pending(this.id()));
  /** One command at a time, and none without a network. */
  readonly canCommand = computed(() => this.pendingCommand() === undefined && !this.offline());
  /** How many commands were sent. Each may remove the button that has the focus. */
  readonly commandsSent = signal(0);
  /** A report is being downloaded. */
  readonly saving = signal(false);
  readonly canSave = computed(() => this.allows('report') && !this.saving() && !this.offline());

  /** Whether a retry is the main action. Otherwise opening the result is. */
  readonly retryHelps = computed(() => {
    const transfer = this.transfer();
    if (!transfer || !isFinished(transfer) || !this.allows('retry')) return false;
    if (transfer.state === 'completed') return false; // conversion is a choice
    return transfer.state !== 'completed_with_failures' || helpedByRetry(transfer).count > 0;
  });
  readonly buttons = computed(() => {
    const transfer = this.transfer();
    return transfer ? buttonsOf(transfer) : [];
  });
  /** The first account that some of the buttons need and that is not signed in here, with their labels. */
  readonly missingAccount = computed(() => {
    const needs = this.buttons().map((button) => ({ button, account: this.missingFor(button.command)[0] }));
    const account = needs.find((each) => each.account)?.account;
    if (!account) return undefined;
    const labels = needs.filter((each) => each.account?.email === account.email).map(({ button }) => button.label);
    return { account, text: this.t().page.needs(labels, account.email), action: this.t().page.connect(account.email) };
  });
  /** The account that the transfer waits for. `isConnected`: only the person's confirmation is missing. */
  readonly parked = computed(() => {
    const transfer = this.transfer();
    const parked = transfer?.parked;
    if (transfer?.state !== 'needs_reconnect' || !parked) return undefined;
    const { reconnect, waits } = this.t().page;
    const { side, account, since } = parked;
    if (this.consents.waitsForYou(transfer))
      return {
        isConnected: true,
        heading: waits.heading,
        text: waits.text(account, open(transfer.counts)),
        action: this.pendingCommand() === 'resume' ? this.t().commands.doing.resume : waits.act,
      };
    const connected = this.sessions.status(side).state === 'connected' ? this.sessions.account(side)?.email : undefined;
    return {
      isConnected: false,
      heading: reconnect.heading(account),
      text: [
        reconnect.withdrew[side](formatMoment(since)),
        reconnect.safe(transfer.counts.verified, open(transfer.counts)),
        ...(connected && connected !== account ? [reconnect.other(connected, account)] : []),
      ].join(' '),
      action: reconnect.act[side],
    };
  });

  /** Selects the transfer. */
  show(id: Signal<string>): void {
    this.shown.set(id);
  }

  allows(action: Action): boolean {
    return this.transfer()?.allowedActions.includes(action) ?? false;
  }

  /** The accounts that an action needs and that are not signed in here. */
  missingFor(action: Command | ConsentAction) {
    const transfer = this.transfer();
    return transfer && action !== 'pause' && action !== 'cancel' ? this.consents.missing(transfer, action) : [];
  }

  /** Whether an action is possible with the accounts that are signed in here. */
  canRequest(action: ConsentAction): boolean {
    return this.allows(action) && this.missingFor(action).length === 0;
  }

  /** A button's label; while its command is pending, the action in progress. */
  label({ command, label }: Button): string {
    return this.pendingCommand() === command ? this.t().commands.doing[command] : label;
  }

  async press({ command, retry }: Button): Promise<void> {
    if (command === 'undo' && !(await confirmsUndo(this.dialog, this.transfer()?.mode))) return;
    if (retry) await this.retry(retry);
    else await this.send(command);
  }

  async retry(retry: Retry): Promise<void> {
    if (retry.allowConversion && !(await confirmsConversion(this.dialog, retry.count))) return;
    await this.send('retry', retry);
  }

  /** Lists or rewrites the links in the copies, after a question. */
  async carryLinks(mode: Links['mode']): Promise<void> {
    if (!(await confirmsLinks(this.dialog, mode, this.transfer()?.links.mode))) return;
    this.commandsSent.update((count) => count + 1);
    await this.commands.carryLinks(this.id(), mode);
  }

  async cancel(): Promise<void> {
    const counts = this.transfer()?.counts;
    if (counts && (await confirmsCancel(this.dialog, counts))) await this.send('cancel');
  }

  /** Resumes where the account is signed in; otherwise starts its sign-in. */
  reconnect(): void {
    const parked = this.transfer()?.parked;
    if (!parked) return;
    if (this.parked()?.isConnected) return void this.send('resume');
    const { side, account } = parked;
    this.signIn.start(side, { account, resumes: { id: this.id(), account } });
  }

  connectMissing(): void {
    const account = this.missingAccount()?.account;
    if (account) this.signIn.start(account.side, { account: account.email });
  }

  /** Downloads a report; nothing while another one is downloaded, because some buttons can still be pressed then. */
  async save(format: ReportFormat): Promise<void> {
    if (this.saving()) return;
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

  /** Reloads after a problem. */
  reload(): void {
    this.updates.retry();
  }

  /** Replaces the address: the browser's back button leads to the previous page. */
  go(queryParams: Record<string, string | null>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }

  private is(predicate: (transfer: Transfer) => boolean): boolean {
    const transfer = this.transfer();
    return transfer !== undefined && predicate(transfer);
  }

  private send(command: Command, retry?: Retry): Promise<void> {
    this.commandsSent.update((count) => count + 1);
    return this.commands.send(this.id(), command, retry);
  }
}
