import { inject, Service, signal } from '@angular/core';
import {
  cancel as cancelTransfer,
  pause as pauseTransfer,
  rerun as rerunTransfer,
  resume as resumeTransfer,
  retry as retryTransfer,
  start as startTransfer,
  undo as undoTransfer,
} from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';
import { Transfer, TransferUpdates } from '../../core/transfer-updates';
import { Retry } from './transfer-state';

type Action = Transfer['allowedActions'][number];
/** What a transfer can be commanded to do. */
export type Command = Exclude<Action, 'reconnect' | 'report'>;

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

/** Sends commands to transfers. While a command is pending its button says so; then the response is shown. */
@Service()
export class TransferCommands {
  private readonly api = inject(ApiClient);
  private readonly updates = inject(TransferUpdates);
  private readonly toasts = inject(Toasts);
  private readonly stepUp = inject(StepUp);
  private readonly underWay = signal<ReadonlyMap<string, Command>>(new Map());

  /** The command of a transfer that has not been answered. */
  pending(id: string): Command | undefined {
    return this.underWay().get(id);
  }

  /**
   * Gives a command, one at a time for each transfer; a toast reports a failure.
   * @param retry which items, and what is allowed for them; all that a retry can help by default
   */
  async give(id: string, command: Command, retry?: Omit<Retry, 'count'>): Promise<void> {
    if (this.pending(id)) return;
    this.note(id, command);
    try {
      const answer =
        command === 'retry'
          ? this.api.call(retryTransfer, { id, ...(retry && { body: bodyOf(retry) }) }, 'both')
          : this.api.call(COMMANDS[command], { id }, 'both');
      this.updates.take(await answer);
    } catch (error) {
      if (!(await this.wantsSignIn(error, id, command, retry))) this.toasts.failed(error);
    } finally {
      this.note(id);
    }
  }

  /** Whether it was refused because a sign-in is too old, and the person has been offered to sign in again. */
  private async wantsSignIn(
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

  private note(id: string, command?: Command): void {
    this.underWay.update((before) => {
      const after = new Map(before);
      if (command) after.set(id, command);
      else after.delete(id);
      return after;
    });
  }
}
