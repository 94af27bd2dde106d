import { inject, Service } from '@angular/core';
import { create as createTransfer, rerun, retry, revoke, undo } from '../api/functions';
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
 * What the server does only for a sign-in of the last hour: moves, their retry, update and undo, and withdrawals. Offers
 * Google's sign-in where it was refused for that, and does it when the person comes back.
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
   * Offers the sign-in that something was refused for.
   * @param accounts e-mail of each side that the action needs: the account may be signed in here on the other side
   * @param returnTo the portal's address to come back to if it then fails; the current one unless given
   * @returns `left` for Google, `declined`, or `other` when it was refused for another reason
   */
  async offer(
    error: unknown,
    action: Omit<StepUpAction, 'account'>,
    accounts: Partial<Readonly<Record<Side, string>>> = {},
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
    const isWanted = await this.dialogs.open<boolean>(
      () => import('../ui/confirm-dialog').then(({ ConfirmDialog }) => ConfirmDialog),
      { data: question, role: 'alertdialog', maxWidth: 520 },
    );
    if (!isWanted) return 'declined';
    this.signIn.start(side, {
      ...(returnTo !== undefined && { returnTo }),
      ...(account !== undefined && { account, action: { ...action, account } }),
    });
    return 'left';
  }

  /**
   * Does what the person signed in again for. Nothing, where another account came back.
   * @param side that the sign-in was for
   * @returns the portal's address to go to, if another one than before
   * @throws HttpErrorResponse
   */
  async perform(action: StepUpAction, side: Side): Promise<string | undefined> {
    const { command, id, retry: which, account } = action;
    if (this.sessions.account(side)?.email !== account) {
      this.toasts.keep(this.texts.shell().stepUp.another(account));
      return undefined;
    }
    if (command === 'withdraw') {
      await this.withdraw(side, account);
      return undefined;
    }
    if (command === 'start') return `/transfers/${await this.startTransfer(id)}`;
    if (command === 'retry') await this.api.call(retry, { id, ...(which && { body: which }) }, 'both');
    else await this.api.call(command === 'rerun' ? rerun : undo, { id }, 'both');
    return undefined;
  }

  /** Starts what a preflight counted. @returns the transfer's id @throws HttpErrorResponse */
  async startTransfer(preflightId: string): Promise<string> {
    // The same key each time: repeating it after a lost response, or after a sign-in, starts nothing twice.
    const params = { 'Idempotency-Key': `start-${preflightId}`, body: { preflightId } };
    const { id } = await this.api.call(createTransfer, params, 'both');
    this.selection.clear();
    return id;
  }

  /** Withdraws at Google what the side's account has granted. Its sessions end, those of this browser too. */
  async withdraw(side: Side, email: string): Promise<void> {
    const { transfers, confirmed } = await this.api.call(revoke, {}, side);
    for (const each of SIDES) if (this.sessions.account(each)?.email === email) this.sessions.forget(each);
    this.toasts.keep(this.texts.sessions().withdraw.done(email, transfers.length, confirmed));
  }
}
