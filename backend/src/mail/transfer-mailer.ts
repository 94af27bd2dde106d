import type { Config } from '../config/config.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { countsOf } from '../engine/report.js';
import { endedInPlanning } from '../transfers/transfer-actions.js';
import type { TransferStore } from '../transfers/transfer-store.port.js';
import { oneLine, transferMail } from './mail-content.js';
import type { MailSender } from './mail-sender.js';
import { MAIL_TEXTS } from './mail-texts.js';
import type { MailJob } from './mail-outbox.port.js';
import { mailIdOf } from './mail.queue.js';
import type { UnsubscribeTokens } from './unsubscribe-tokens.js';

/** Writes and sends the mails about transfers. */
export class TransferMailer {
  constructor(
    private readonly transfers: Pick<TransferStore, 'find'>,
    /** Undefined if this installation sends no mail. */
    private readonly sender: Pick<MailSender, 'send'> | undefined,
    private readonly tokens: Pick<UnsubscribeTokens, 'create'>,
    private readonly links: Pick<Config['http'], 'publicUrl' | 'portalUrl'>,
  ) {}

  /**
   * Sends a mail, unless it is out of date: nobody wants it any more, or the transfer has left the state.
   * @returns whether it was sent
   * @throws MailError · StoreUnavailableError
   */
  async send(job: MailJob, signal?: AbortSignal): Promise<boolean> {
    const { transferId, side, state, changed } = job;
    const ledger = this.sender && (await this.transfers.find(transferId));
    if (!ledger) return false;
    const snapshot = await ledger.snapshot();
    const { notify, problem } = snapshot;
    if (!notify?.mail.includes(side) || snapshot.state !== state || (state === 'paused' && !problem)) return false;
    const { source, destination } = ledger.order;
    const { verified, unverified, failed, skipped } = countsOf(snapshot);
    const token = this.tokens.create({ transferId, side });
    const unsubscribe = `${this.links.publicUrl}/api/unsubscribe/${token}`;
    const content = transferMail(
      {
        ...{ state, verified, unverified, failed, skipped, unsubscribe },
        ...(changed !== undefined && { changed }),
        // The schedule of one that ended before it copied anything ends when its run is due.
        runsAgain: snapshot.schedule?.nextRunAt !== undefined && !endedInPlanning(snapshot),
        isFull: problem?.code === 'destination_storage_full',
        account: oneLine(ledger.order[snapshot.parked?.side ?? side].email),
        name: oneLine(await nameOf(ledger, snapshot)),
        from: oneLine(source.email),
        to: oneLine(destination.email),
        page: `${this.links.portalUrl}/transfers/${transferId}`,
      },
      notify.language,
    );
    await this.sender.send({ ...content, to: ledger.order[side].email, id: mailIdOf(job), unsubscribe }, signal);
    return true;
  }
}

/**
 * What is transferred: the name that a person gave it, that of the first selected folder, or a number of items. Names
 * of files stay out of mails.
 */
async function nameOf(ledger: Ledger, { title, names, notify }: TransferSnapshot): Promise<string> {
  if (title) return title;
  const t = MAIL_TEXTS[notify?.language ?? 'en'];
  const { sourceIds } = ledger.order;
  if (sourceIds.includes('root')) return t.everything;
  const first = await ledger.item(0);
  if (first?.kind !== 'folder' || first.path !== names[0]) return t.items(sourceIds.length);
  return sourceIds.length > 1 ? t.more(oneLine(first.path), sourceIds.length - 1) : first.path;
}
