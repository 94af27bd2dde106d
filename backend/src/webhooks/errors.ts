import { coded } from '../engine/errors.js';

/** There is no webhook with this id. */
export class WebhookNotFoundError extends coded(
  'webhook_not_found',
  (id: string) => `There is no webhook ${id}. GET /api/webhooks lists them.`,
) {}

/** The webhook has no delivery with this id. */
export class DeliveryNotFoundError extends coded(
  'delivery_not_found',
  (id: string) => `The webhook has no delivery ${id}. A webhook keeps its newest thousand, for up to 30 days.`,
) {}

/** The webhook's address is not public, and the operator has not allowed its network. */
export class AddressRefusedError extends coded(
  'address_refused',
  (host: string) =>
    `${host} is an address inside a network, which this server does not allow for webhooks. Use a public address, or add its network to WEBHOOKS_ALLOWED_NETWORKS.`,
) {}

/** There are as many webhooks as this installation may have. */
export class TooManyWebhooksError extends coded(
  'too_many_webhooks',
  (most: number) => `There are ${most} webhooks, which is the maximum. Delete one that is no longer needed.`,
) {}
