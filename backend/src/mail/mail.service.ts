import { Inject, Injectable } from '@nestjs/common';
import type { Side } from '../engine/errors.js';
import type { Language } from '../engine/model/notify.js';
import { newHandle } from '../session/token.js';
import { MailOffError } from '../transfers/errors.js';
import { TransferStore } from '../transfers/transfer-store.port.js';
import { MailFailedError } from './errors.js';
import { testMail } from './mail-content.js';
import { MailError, MailSender } from './mail-sender.js';
import { UnsubscribeTokens } from './unsubscribe-tokens.js';

/** What people and the operator ask of mails. */
@Injectable()
export class MailService {
  constructor(
    private readonly tokens: UnsubscribeTokens,
    private readonly transfers: TransferStore,
    @Inject(MailSender) private readonly sender: MailSender | null,
  ) {}

  /**
   * Ends the mails about a transfer to the account that a link names.
   * @returns the same however often a link is used, also when its transfer is gone; `unknown` for a link of which this
   *   installation has no key any more, so that it ended nothing
   */
  async unsubscribe(token: string): Promise<'done' | 'unknown'> {
    const found = this.tokens.open(token);
    if (!found) return 'unknown';
    const ledger = await this.transfers.find(found.transferId);
    const notify = await ledger?.notify();
    if (ledger && notify?.mail.includes(found.side)) {
      // One account can be both sides.
      const addressOf = (side: Side) => ledger.order[side].email.toLowerCase();
      const mail = notify.mail.filter((side) => addressOf(side) !== addressOf(found.side));
      await ledger.setNotify(mail.length > 0 ? { ...notify, mail } : undefined);
    }
    return 'done';
  }

  /** @throws MailOffError · MailFailedError */
  async sendTest(to: string, language: Language): Promise<{ messageId: string }> {
    if (!this.sender) throw new MailOffError();
    try {
      return { messageId: await this.sender.send({ ...testMail(language), to, id: newHandle() }) };
    } catch (error) {
      throw error instanceof MailError ? new MailFailedError(error.failure, error.status) : error;
    }
  }
}
