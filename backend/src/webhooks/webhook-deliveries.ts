import type { Clock } from '../engine/ports/clock.js';
import type { AuditLog } from '../insight/audit.port.js';
import type { Insight } from '../insight/insight.js';
import { reportPause } from '../transfers/report-pauses.js';
import { disableWebhook } from './disable-webhook.js';
import { signedHeaders } from './signature.js';
import type { SendResult, WebhookSender } from './webhook-sender.js';
import type { Attempt, Delivery, DueDelivery, Webhook, WebhookStore } from './webhooks.port.js';
import { HOUR_MS, MINUTE_MS } from '../engine/times.js';

/** How long a delivery is tried. */
export const GIVE_UP_MS = 72 * HOUR_MS;
/** The pauses after the first, the second … failed attempt; the last one repeats. */
const PAUSES_MS: readonly [number, ...number[]] = [
  5_000,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  12 * HOUR_MS,
];
/** Longer than an attempt takes: then another worker may try, because this one has died. */
const LEASE_MS = 60_000;
/** Attempts that a delivery shows. */
const MAX_ATTEMPTS = 20;
/** "The receiver is gone": the specification asks senders to disable the webhook. */
const GONE = 410;

/** Sends what is due, and decides what follows. */
export class WebhookDeliveries {
  constructor(
    readonly store: WebhookStore,
    private readonly sender: Pick<WebhookSender, 'send'>,
    readonly audit: Pick<AuditLog, 'record'>,
    private readonly insight: Pick<Insight, 'attempted'>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly random: () => number = Math.random,
  ) {}

  /**
   * Makes one attempt, if the delivery is due and nobody else is making it. Sends at least once: after a crash the
   * message may be sent twice, with the same id.
   * @param signal of a process that is shutting down: the delivery is due again at once, for another process
   * @returns the next attempt, of this delivery or of the next in its sequence, if there is one
   * @throws StoreUnavailableError
   */
  async attempt(
    { webhookId, id }: Pick<DueDelivery, 'webhookId' | 'id'>,
    signal?: AbortSignal,
  ): Promise<DueDelivery | undefined> {
    const now = this.clock.now();
    const claimed = await this.store.claim(webhookId, id, now, now + LEASE_MS);
    if (!claimed) return undefined;
    const { webhook, delivery, body } = claimed;
    const secrets = webhook.secrets.filter(({ until = Infinity }) => until > now).map(({ secret }) => secret);
    const result = await this.sender.send(webhook.url, signedHeaders(id, now, body, secrets), body, signal);
    if (signal?.aborted && result.status === undefined) return this.store.settle(webhookId, delivery, now, now);
    return this.conclude(webhook, delivery, now, result);
  }

  private async conclude(
    webhook: Webhook,
    delivery: Delivery,
    at: number,
    { reply, ...result }: SendResult,
  ): Promise<DueDelivery | undefined> {
    const { status = 0 } = result;
    const isAccepted = status >= 200 && status < 300;
    this.insight.attempted(isAccepted ? 'delivered' : 'failed');
    const attempt: Attempt = { at, ...result };
    const now = this.clock.now();
    const { reply: _before, whileDisabled: _asked, ...rest } = delivery;
    const attempted: Delivery = {
      ...rest,
      attempts: [...delivery.attempts, attempt].slice(-MAX_ATTEMPTS),
      ...(reply !== undefined && { reply }),
    };
    if (isAccepted) return this.store.settle(webhook.id, { ...attempted, state: 'delivered' }, now);
    // Re-enabling a webhook gives what waits three more days.
    const from = Math.max(delivery.createdAt, webhook.enabledAt ?? 0);
    const isOnce = delivery.once ?? (delivery.whileDisabled && webhook.enabledAt === undefined);
    const isOver = isOnce || status === GONE || now >= from + GIVE_UP_MS;
    if (!isOver) {
      const dueAt = Math.min(now + this.pauseAfter(attempted, from), from + GIVE_UP_MS);
      await this.store.settle(webhook.id, attempted, now, dueAt);
      return { webhookId: webhook.id, id: delivery.id, dueAt };
    }
    const next = await this.store.settle(webhook.id, { ...attempted, state: 'failed' }, now);
    if (status === GONE) await disableWebhook(this, webhook.id, 'gone');
    // Another delivery may have succeeded meanwhile: then the receiver works, and only refuses this message.
    else if (!isOnce && ((await this.store.find(webhook.id))?.lastSuccessAt ?? 0) < from)
      await disableWebhook(this, webhook.id, 'no_success');
    return next;
  }

  private pauseAfter({ attempts }: Delivery, from: number): number {
    const failed = attempts.filter(({ at }) => at >= from).length;
    return reportPause(PAUSES_MS, failed, this.random());
  }
}
