import { Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { InvalidRequestError } from '../http/errors.js';
import { Idempotency, keyedRequest } from '../http/idempotency.js';
import { type AuditAction, type AuditEvent, AuditLog } from '../insight/audit.port.js';
import { newHandle } from '../session/token.js';
import { iso } from '../transfers/transfer-view.js';
import { AddressRefusedError, DeliveryNotFoundError, TooManyWebhooksError, WebhookNotFoundError } from './errors.js';
import { newSecret } from './signature.js';
import { TEST_EVENT } from './webhook-events.js';
import { newMessage } from './webhook-messages.js';
import { WebhookQueue } from './webhooks.queue.js';
import { WebhookSender } from './webhook-sender.js';
import type {
  DeliveryDetailDto,
  DeliveryDto,
  DeliveryListDto,
  DeliveryQueryDto,
  NewWebhookDto,
  WebhookChangeDto,
  WebhookDto,
  WebhookSecretDto,
  WebhookWithSecretDto,
} from './webhooks.dto.js';
import { deliveryDetailView, deliveryView, webhookView } from './webhooks.view.js';
import { type DeliveryPosition, type StoredDelivery, type Webhook, WebhookStore } from './webhooks.port.js';

const MAX_WEBHOOKS = 50;
/** How long a replaced secret still signs. */
const OVERLAP_MS = 24 * 3600_000;
/** Maximum number of secrets that sign at the same time. */
const MAX_SECRETS = 3;

/** What the operator does with webhooks. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly store: WebhookStore,
    private readonly sender: WebhookSender,
    private readonly queue: WebhookQueue,
    private readonly idempotency: Idempotency,
    private readonly audit: AuditLog,
    @InjectConfig('webhooks') private readonly config: Config['webhooks'],
  ) {}

  /** @throws InvalidRequestError · AddressRefusedError · TooManyWebhooksError */
  async create(wanted: NewWebhookDto, key: string | undefined): Promise<WebhookWithSecretDto> {
    const { url, events, description = '' } = wanted;
    await this.assertAllowed(url);
    const create = async (id: string = newHandle()): Promise<WebhookWithSecretDto> => {
      const secret = newSecret();
      const settings = { url, events, description, secrets: [{ secret }] };
      if (!(await this.store.create(id, settings, MAX_WEBHOOKS))) throw new TooManyWebhooksError(MAX_WEBHOOKS);
      this.record('webhook.created', id, { events: settings.events.join() });
      const webhook = await this.find(id);
      // After a crash the same id may exist already, with another secret.
      return { ...webhookView(webhook), secret: webhook.secrets[0]!.secret };
    };
    return this.idempotency.once(keyedRequest(['operator'], key, { webhook: wanted }), newHandle, create);
  }

  async list(): Promise<WebhookDto[]> {
    return (await this.store.list()).map((webhook) => webhookView(webhook));
  }

  /** @throws WebhookNotFoundError */
  async get(id: string): Promise<WebhookDto> {
    return webhookView(await this.find(id));
  }

  /** @throws InvalidRequestError · AddressRefusedError · WebhookNotFoundError */
  async change(id: string, { enabled, ...changes }: WebhookChangeDto): Promise<WebhookDto> {
    if (changes.url !== undefined) await this.assertAllowed(changes.url);
    const fields = Object.keys(changes);
    const changed = fields.length > 0 ? await this.store.change(id, (now) => ({ ...now, ...changes })) : undefined;
    const before = changed ?? (await this.find(id));
    if (enabled === true) await this.store.enable(id);
    if (enabled === false) await this.store.disable(id, 'operator');
    if (enabled !== undefined && enabled !== (before.enabledAt !== undefined))
      this.record('webhook.changed', id, { enabled });
    if (fields.length > 0) this.record('webhook.changed', id, { fields: fields.join() });
    return this.get(id);
  }

  /** @throws WebhookNotFoundError */
  async delete(id: string): Promise<void> {
    if (!(await this.store.delete(id))) throw new WebhookNotFoundError(id);
    this.record('webhook.deleted', id);
  }

  /** Replaces the secret; the old one signs as well for another day. @throws WebhookNotFoundError */
  async rotateSecret(id: string, key: string | undefined): Promise<WebhookSecretDto> {
    const rotate = async (): Promise<WebhookSecretDto> => {
      const now = Date.now();
      const secret = newSecret();
      const webhook = await this.store.change(id, (settings) => ({
        ...settings,
        secrets: [
          { secret },
          ...settings.secrets
            .map(({ secret: old, until = now + OVERLAP_MS }) => ({ secret: old, until }))
            .filter(({ until }) => until > now)
            .slice(0, MAX_SECRETS - 1),
        ],
      }));
      if (!webhook) throw new WebhookNotFoundError(id);
      this.record('webhook.secret_rotated', id);
      return { secret, previousSecretUntil: iso(now + OVERLAP_MS) };
    };
    return this.idempotency.once(keyedRequest(['operator'], key, { rotate: id }), newHandle, rotate);
  }

  /** Sends a test event, even if the webhook is disabled. @throws WebhookNotFoundError */
  async sendTest(id: string): Promise<DeliveryDto> {
    await this.find(id);
    const now = Date.now();
    const { delivery, body } = newMessage(newHandle(), TEST_EVENT, now, { webhookId: id }, 'test');
    const test = { ...delivery, sequence: `test:${delivery.id}`, once: true } as const;
    await this.store.add(id, test, body);
    this.queue.soon({ webhookId: id, id: test.id, dueAt: now });
    return deliveryView(await this.stored(id, test.id));
  }

  /** @throws WebhookNotFoundError */
  async deliveries(id: string, { cursor, limit, ...filter }: DeliveryQueryDto): Promise<DeliveryListDto> {
    await this.find(id);
    const { deliveries, last } = await this.store.deliveries(id, filter, positionIn(cursor), limit);
    return {
      deliveries: deliveries.map(deliveryView),
      ...(last && { nextCursor: `${last.createdAt}.${last.id}` }),
    };
  }

  /** @throws WebhookNotFoundError · DeliveryNotFoundError */
  async delivery(id: string, deliveryId: string): Promise<DeliveryDetailDto> {
    await this.find(id);
    return deliveryDetailView(await this.stored(id, deliveryId));
  }

  /** @throws WebhookNotFoundError · DeliveryNotFoundError */
  async sendAgain(id: string, deliveryId: string): Promise<DeliveryDto> {
    await this.find(id);
    const due = await this.store.sendAgain(id, deliveryId, Date.now());
    if (due) this.queue.soon(due);
    return deliveryView(await this.stored(id, deliveryId));
  }

  private async find(id: string): Promise<Webhook> {
    const webhook = await this.store.find(id);
    if (!webhook) throw new WebhookNotFoundError(id);
    return webhook;
  }

  /** @throws DeliveryNotFoundError */
  private async stored(id: string, deliveryId: string): Promise<StoredDelivery> {
    const found = await this.store.delivery(id, deliveryId);
    if (!found) throw new DeliveryNotFoundError(deliveryId);
    return found;
  }

  /** @throws InvalidRequestError · AddressRefusedError */
  private async assertAllowed(url: string): Promise<void> {
    const { protocol, username, password, hash, hostname } = new URL(url);
    const refuse = (detail: string) => {
      throw new InvalidRequestError(`url ${detail}.`, [{ parameter: 'url', detail }]);
    };
    if (protocol !== 'https:' && !this.config.allowHttp)
      refuse('must begin with https://, unless the operator sets WEBHOOKS_ALLOW_HTTP');
    if (username || password || hash) refuse('must have no user, password or fragment');
    if (!(await this.sender.isAllowed(url))) throw new AddressRefusedError(hostname);
  }

  private record(action: AuditAction, id: string, detail?: AuditEvent['detail']): void {
    this.audit.record({
      actor: 'operator',
      action,
      object: `webhook:${id}`,
      outcome: 'done',
      ...(detail && { detail }),
    });
  }
}

function positionIn(cursor: string | undefined): DeliveryPosition | undefined {
  if (cursor === undefined) return undefined;
  const dot = cursor.indexOf('.');
  return { createdAt: Number(cursor.slice(0, dot)), id: cursor.slice(dot + 1) };
}
