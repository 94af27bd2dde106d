import type { Config } from '../config/config.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { UnannouncedState } from '../engine/ports/ledger/log.js';
import { TransferListener } from '../transfers/transfer-announcer.js';
import type { MailJob } from './mail-outbox.port.js';
import { MailQueue } from './mail.queue.js';
import { isMailed } from './mailed-states.js';

/** Queues a mail for each state that a person wants to know of. */
export class MailAnnouncer extends TransferListener {
  constructor(
    private readonly queue: Pick<MailQueue, 'add'>,
    private readonly config: Pick<Config['mail'], 'smtp'>,
  ) {
    super();
  }

  override async listensTo(ledger: Ledger): Promise<boolean> {
    return this.config.smtp !== undefined && (await ledger.notify()) !== undefined;
  }

  override async entered(ledger: Ledger, entries: readonly UnannouncedState[]): Promise<void> {
    const notify = await ledger.notify();
    if (!notify) return;
    const { id: transferId, source, destination } = ledger.order;
    const isOne = source.email.toLowerCase() === destination.email.toLowerCase();
    const sides = isOne ? notify.mail.slice(0, 1) : notify.mail;
    const mails = entries.flatMap(({ id: entry, at, state, held }): MailJob[] =>
      // A preflight is no transfer yet, and what happened before is known.
      !held && at >= notify.since && isMailed(state) ? sides.map((side) => ({ transferId, side, state, entry })) : [],
    );
    if (mails.length > 0) await this.queue.add(mails);
  }
}
