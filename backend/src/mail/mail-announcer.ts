import type { Config } from '../config/config.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { TERMINAL_STATES, type TransferState } from '../engine/model/states.js';
import type { LedgerEvent, UnannouncedState } from '../engine/ports/ledger/log.js';
import { TransferListener } from '../transfers/transfer-announcer.js';
import type { MailJob } from './mail-outbox.port.js';
import { MailQueue } from './mail.queue.js';
import { isMailed } from './mailed-states.js';
import { DAY_MS } from '../engine/times.js';

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
    const events = entries.some(({ changed }) => changed === 0) ? await ledger.events() : [];
    const mails = entries.flatMap(({ id: entry, ...entered }): MailJob[] => {
      const { at, state, held, changed } = entered;
      // A preflight is no transfer yet, and what happened before is known.
      if (held || at < notify.since || !isMailed(state) || !isNews(entered, events)) return [];
      return sides.map((side) => ({ transferId, side, state, entry, ...(changed !== undefined && { changed }) }));
    });
    if (mails.length > 0) await this.queue.add(mails);
  }
}

/**
 * Whether a state is worth a mail. A scheduled run that found nothing and ended as the run before it is not: there may be
 * 96 a day. A problem that lasts is mentioned once a day, and the end of a run for which a person had to do something always.
 * @param events of the transfer, needed only where nothing has changed
 */
function isNews({ at, state, changed }: Omit<UnannouncedState, 'id'>, events: readonly LedgerEvent[]): boolean {
  if (changed !== 0) return true;
  const index = events.findLastIndex((event) => event.at === at && event.state === state);
  const earlier = events.slice(0, Math.max(0, index));
  const last = earlier.findLastIndex((event) => event.state !== undefined && TERMINAL_STATES.includes(event.state));
  const before = earlier[last];
  const waitedForPerson = earlier.slice(last + 1).some((event) => event.state !== undefined && isWaiting(event.state));
  if (!before || before.state !== state || waitedForPerson) return true;
  return state !== 'completed' && Math.floor(before.at / DAY_MS) !== Math.floor(at / DAY_MS);
}

const isWaiting = (state: TransferState): boolean => state === 'needs_reconnect' || state === 'paused';
