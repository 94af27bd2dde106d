import { Injectable, Logger } from '@nestjs/common';
import type { Ledger } from '../engine/ports/ledger.js';
import type { UnannouncedState } from '../engine/ports/ledger/log.js';
import { AuditLog } from '../insight/audit.port.js';
import { TransferListener } from '../transfers/transfer-announcer.js';
import { transferView } from '../transfers/transfer-view.js';
import { disableWebhook } from './disable-webhook.js';
import { eventOf } from './webhook-events.js';
import { type Message, newMessage } from './webhook-messages.js';
import { WebhookQueue } from './webhooks.queue.js';
import { type DueDelivery, type Webhook, WebhookStore } from './webhooks.port.js';

/** Turns states of a transfer into deliveries. Ids of messages come from the log's entries, so none is added twice. */
@Injectable()
export class WebhookAnnouncer extends TransferListener {
  private readonly log = new Logger(WebhookAnnouncer.name);

  constructor(
    readonly store: WebhookStore,
    private readonly queue: WebhookQueue,
    readonly audit: AuditLog,
  ) {
    super();
  }

  override async listensTo(): Promise<boolean> {
    return !(await this.store.isEmpty());
  }

  override async entered(ledger: Ledger, entries: readonly UnannouncedState[]): Promise<void> {
    // Read after the log, so that a webhook that was created before an event gets it.
    const webhooks = (await this.store.list()).filter(({ enabledAt }) => enabledAt !== undefined);
    const due: DueDelivery[] = [];
    const changed = new Set<string>();
    for (const { entry, message } of await messagesOf(ledger, entries, webhooks))
      for (const webhook of webhooks.filter((each) => wants(each, entry))) {
        const { id, createdAt } = message.delivery;
        const added = await this.store.add(webhook.id, message.delivery, message.body);
        if (added === 'full') await disableWebhook(this, webhook.id, 'backlog');
        if (added === 'next') due.push({ webhookId: webhook.id, id, dueAt: createdAt });
        changed.add(webhook.id);
      }
    await Promise.all([...changed].map((id) => this.store.flush(id)));
    if (due.length > 0)
      await this.queue
        .add(due)
        .catch((error: unknown) => this.log.debug(error, 'Could not queue deliveries; the sweep will.'));
  }
}

/** Webhooks get what happens while they are enabled. */
function wants({ enabledAt = Infinity, events }: Webhook, { state, at, held }: UnannouncedState): boolean {
  const event = eventOf(state);
  // A preflight is no transfer yet.
  return !held && at >= enabledAt && event !== undefined && events.includes(event);
}

/** The messages about entries that a webhook wants. Their data is the transfer as it is now. */
async function messagesOf(
  ledger: Ledger,
  entries: readonly UnannouncedState[],
  webhooks: readonly Webhook[],
): Promise<{ entry: UnannouncedState; message: Message }[]> {
  const wanted = entries.filter((entry) => webhooks.some((webhook) => wants(webhook, entry)));
  if (wanted.length === 0) return [];
  const data = await transferView(ledger);
  const { id } = ledger.order;
  return wanted.map((entry) => ({
    entry,
    message: newMessage(`${id} ${entry.id}`, eventOf(entry.state)!, entry.at, data, `transfer:${id}`),
  }));
}
