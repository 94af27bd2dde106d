import { inject, Service, signal } from '@angular/core';
import {
  transfersCancel as cancelTransfer,
  transfersLinks as carryLinks,
  transfersPause as pauseTransfer,
  transfersRerun as rerunTransfer,
  transfersResume as resumeTransfer,
  transfersRetry as retryTransfer,
  transfersStart as startTransfer,
  transfersUndo as undoTransfer,
} from '../../api/functions';
import { Links } from '../../api/models/links';
import { ApiClient } from '../../core/api-client';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';
import { Transfer, TransferUpdates } from '../../core/transfer-updates';
import { Retry } from './transfer-state';

type Action = Transfer['allowedActions'][number];
/** The actions that are commands without options; `carry_access` is a rerun with `sharing`, `links` needs a mode. */
export type Command = Exclude<Action, 'carry_access' | 'links' | 'reconnect' | 'report'>;
type PendingCommand = Command | 'links';

const COMMANDS = {
  start: startTransfer,
  pause: pauseTransfer,
  resume: resumeTransfer,
  cancel: cancelTransfer,
  rerun: rerunTransfer,
  undo: undoTransfer,
} as const satisfies Record<Exclude<Command, 'retry'>, unknown>;

const bodyOf = ({ codes, allowConversion }: Omit<Retry, 'count'>) => ({
  codes: [...codes],
  ...(allowConversion && { allowConversion }),
});

/** Sends commands to transfers, and passes the responses on to {@link TransferUpdates}. */
@Service()
export class TransferCommands {
  private readonly api = inject(ApiClient);
  private readonly updates = inject(TransferUpdates);
  private readonly toasts = inject(Toasts);
  private readonly stepUp = inject(StepUp);
  private readonly pendingCommands = signal<ReadonlyMap<string, PendingCommand>>(new Map());

  /** The command of a transfer that is waiting for its response. */
  pending(id: string): PendingCommand | undefined {
    return this.pendingCommands().get(id);
  }

  /**
   * Sends a command, one at a time for each transfer; a toast reports a failure.
   * @param retry which items, and what is allowed for them; by default all that a retry can help
   */
  async send(id: string, command: Command, retry?: Omit<Retry, 'count'>): Promise<void> {
    await this.run(
      id,
      command,
      () =>
        command === 'retry'
          ? this.api.call(retryTransfer, { id, ...(retry && { body: bodyOf(retry) }) }, 'both')
          : this.api.call(COMMANDS[command], { id }, 'both'),
      (error) => this.offersSignIn(error, id, command, retry),
    );
  }

  /** Lists or rewrites the links in the copies, as {@link send}. */
  async carryLinks(id: string, mode: Links['mode']): Promise<void> {
    await this.run(id, 'links', () => this.api.call(carryLinks, { id, body: { mode } }, 'both'));
  }

  /** @param recovers whether a failure needs no toast */
  private async run(
    id: string,
    command: PendingCommand,
    call: () => Promise<Transfer>,
    recovers: (error: unknown) => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<void> {
    if (this.pending(id)) return;
    this.setPending(id, command);
    try {
      this.updates.take(await call());
    } catch (error) {
      if (!(await recovers(error))) this.toasts.failed(error);
    } finally {
      this.setPending(id);
    }
  }

  /** Offers a new sign-in if the command was rejected because the last one is too old. @returns whether it did */
  private async offersSignIn(
    error: unknown,
    id: string,
    command: Command,
    retry?: Omit<Retry, 'count'>,
  ): Promise<boolean> {
    if (command === 'pause' || command === 'resume' || command === 'cancel') return false;
    const transfer = this.updates.transfers().find((each) => each.id === id);
    const accounts = transfer && { source: transfer.source.email, destination: transfer.destination.email };
    const action = { command, id, ...(retry && { retry: bodyOf(retry) }) };
    return (await this.stepUp.offer(error, action, accounts)) !== 'other';
  }

  private setPending(id: string, command?: PendingCommand): void {
    this.pendingCommands.update((before) => {
      const after = new Map(before);
      if (command) after.set(id, command);
      else after.delete(id);
      return after;
    });
  }
}
