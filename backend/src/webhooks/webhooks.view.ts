import { iso } from '../transfers/transfer-view.js';
import type { DeliveryDetailDto, DeliveryDto, WebhookDto } from './webhooks.dto.js';
import type { ListedDelivery, StoredDelivery, Webhook } from './webhooks.port.js';

/** A webhook as the API returns it: without its secrets. */
export function webhookView(webhook: Webhook, now = Date.now()): WebhookDto {
  const { id, url, events, description, createdAt, enabledAt, disabled, lastSuccessAt, waiting, secrets } = webhook;
  const until = Math.max(0, ...secrets.map((each) => each.until ?? 0));
  return {
    id,
    url,
    events: [...events],
    description,
    createdAt: iso(createdAt),
    enabled: enabledAt !== undefined,
    ...(disabled && { disabledReason: disabled.reason, disabledAt: iso(disabled.at) }),
    ...(lastSuccessAt !== undefined && { lastSuccessAt: iso(lastSuccessAt) }),
    waiting,
    ...(until > now && { previousSecretUntil: iso(until) }),
  };
}

/** A delivery as a list returns it. */
export function deliveryView({ delivery, dueAt }: ListedDelivery): DeliveryDto {
  const { id, type, createdAt, state, attempts } = delivery;
  return {
    id,
    type,
    createdAt: iso(createdAt),
    state,
    attempts: attempts.map(({ at, ...attempt }) => ({ at: iso(at), ...attempt })),
    ...(dueAt !== undefined && { nextAttemptAt: iso(dueAt) }),
  };
}

/** The same with the message and the response. */
export function deliveryDetailView(stored: StoredDelivery): DeliveryDetailDto {
  const { reply } = stored.delivery;
  return { ...deliveryView(stored), body: stored.body, ...(reply !== undefined && { reply }) };
}
