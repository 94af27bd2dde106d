import { inject, Service } from '@angular/core';
import {
  transfersCreate as createTransfer,
  transfersRerun,
  transfersRetry,
  sessionsRevokeAccess,
  transfersUndo,
} from '../api/functions';
import { TransferCreate } from '../api/models/transfer-create';
import { ApiClient } from './api-client';
import { Texts } from '../texts/texts';
import type { Question } from '../ui/confirm-dialog';
import { Dialogs } from './dialogs';
import { toProblem } from './problem';
import { Selection } from './selection';
import { SessionStore } from './sessions';
import { Side, SIDES } from './side';
import { SignIn, StepUpAction } from './sign-in';
import { Toasts } from './toasts';

/**
 * Actions that the server allows only within an hour of a sign-in: moves, their retry, rerun and undo, and withdrawals
 * of access. Offers a new sign-in where the last one is too old, and performs the action when the person returns.
 */
@Service()
export class StepUp {
  private readonly api = inject(ApiClient);
  private readonly dialogs = inject(Dialogs);
  private readonly sessions = inject(SessionStore);
  private readonly selection = inject(Selection);
  private readonly signIn = inject(SignIn);
  private readonly toasts = inject(Toasts);
  private readonly texts = inject(Texts);

  /**
   * Offers a new sign-in if `error` says that the last one is too old.
   * @param accounts the e-mail address of each side of the action
   * @param returnTo the portal's address to return to if the action then fails; the current one by default
   * @returns `left` (for Google), `declined`, or `other` if the error has another reason
   */
  async offer(
    error: unknown,
    action: Omit<StepUpAction, 'account' | 'accounts'>,
    accounts: StepUpAction['accounts'] = {},
    returnTo?: string,
  ): Promise<'left' | 'declined' | 'other'> {
    const { code, side: refused = 'source' } = toProblem(error);
    if (code !== 'reauthentication_required') return 'other';
    const account = accounts[refused] ?? this.sessions.account(refused)?.email;
    const side = SIDES.find((each) => this.sessions.account(each)?.email === account) ?? refused;
    const t = this.texts.shell().stepUp;
    const question: Question = {
      title: t.title,
      paragraphs: [t.text(account ?? t.thisAccount), t.then[action.command]],
      keep: t.keep,
      act: t.act,
      harmless: true,
    };
    const accepted = await this.dialogs.open<boolean>(
      () => import('../ui/confirm-dialog').then(({ ConfirmDialog }) => ConfirmDialog),
      { data: question, role: 'alertdialog', maxWidth: 520 },
    );
    if (!accepted) return 'declined';
    this.signIn.start(side, {
      ...(returnTo !== undefined && { returnTo }),
      ...(account !== undefined && { account, action: { ...action, account, accounts } }),
    });
    return 'left';
  }

  /**
   * Performs the action for which the person signed in again. Does nothing if another account signed in, or if it could
   * not be checked which one did.
   * @param side the side of the sign-in
   * @returns the portal's address to open, if it changes
   * @throws HttpErrorResponse
   */
  async perform(action: StepUpAction, side: Side): Promise<string | undefined> {
    const { command, id, retry: which, notify, account } = action;
    const signedIn = this.sessions.account(side)?.email;
    if (signedIn !== account) {
      const { another, unchecked } = this.texts.shell().stepUp;
      this.toasts.keep(signedIn === undefined ? unchecked : another(account));
      return undefined;
    }
    if (command === 'withdraw') {
      await this.withdraw(side, account);
      return undefined;
    }
    if (command === 'start') return `/transfers/${await this.startTransfer(id, notify && { notify })}`;
    if (command === 'retry') await this.api.call(transfersRetry, { id, ...(which && { body: which }) }, 'both');
    else await this.api.call(command === 'rerun' ? transfersRerun : transfersUndo, { id }, 'both');
    return undefined;
  }

  /**
   * Starts the transfer of a preflight.
   * @param more who gets an e-mail
   * @returns the transfer's ID
   * @throws HttpErrorResponse
   */
  async startTransfer(preflightId: string, more: Pick<TransferCreate, 'notify'> = {}): Promise<string> {
    // The key depends only on the preflight, so that a repetition, even after a sign-in, does not start a second transfer.
    const params = { 'Idempotency-Key': `start-${preflightId}`, body: { preflightId, ...more } };
    const { id } = await this.api.call(createTransfer, params, 'both');
    this.selection.clearCounted(preflightId);
    return id;
  }

  /** Withdraws at Google the access to the side's account. All its sessions end, including those of this browser. */
  async withdraw(side: Side, email: string): Promise<void> {
    const { transfers, confirmed } = await this.api.call(sessionsRevokeAccess, {}, side);
    for (const each of SIDES) if (this.sessions.account(each)?.email === email) this.sessions.forget(each);
    this.toasts.keep(this.texts.sessions().withdraw.done(email, transfers.length, confirmed));
  }
}
