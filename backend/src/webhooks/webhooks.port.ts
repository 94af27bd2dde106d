import type { MessageType, WebhookEvent } from './webhook-events.js';

/** What the operator configured; encrypted, because a URL may contain a secret too. */
export interface WebhookSettings {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description: string;
  /** The newest first; older ones have an end (epoch ms), until which they sign as well. */
  readonly secrets: readonly { readonly secret: string; readonly until?: number }[];
}

/**
 * Why a webhook is off: `operator`; `no_success`: no successful response for three days; `gone`: its receiver returned
 * 410; `backlog`: too many deliveries wait.
 */
export const DISABLED_REASONS = ['operator', 'no_success', 'gone', 'backlog'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Times are epoch milliseconds. */
export interface Webhook extends WebhookSettings {
  readonly id: string;
  readonly createdAt: number;
  /** By the store's clock; missing while it is disabled. */
  readonly enabledAt?: number;
  readonly disabled?: { readonly reason: DisabledReason; readonly at: number };
  readonly lastSuccessAt?: number;
  /** Number of deliveries that wait for an attempt. */
  readonly waiting: number;
}

/** Why an attempt had no response. */
export const ATTEMPT_ERRORS = [
  'address_refused',
  'http_refused',
  'name_not_found',
  'connection_failed',
  'tls_failed',
  'timeout',
  'invalid_response',
] as const;
export type AttemptError = (typeof ATTEMPT_ERRORS)[number];

/** One request to the receiver. */
export interface Attempt {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Milliseconds until the head of the response, or the failure. */
  readonly latencyMs: number;
  /** HTTP status of the response. */
  readonly status?: number;
  /** Why there was no response. */
  readonly error?: AttemptError;
}

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A message for one webhook, and what came of it. */
export interface Delivery {
  /** The message's id, which all webhooks and attempts share. */
  readonly id: string;
  readonly type: MessageType;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Deliveries of one sequence are sent one after the other. */
  readonly sequence: string;
  /** It is attempted once, at the operator's request, even while the webhook is disabled. */
  readonly once?: true;
  /** The operator asked to send it while the webhook is disabled: until it is enabled, it is attempted once. */
  readonly whileDisabled?: true;
  readonly state: DeliveryState;
  /** The latest ones, oldest first. */
  readonly attempts: readonly Attempt[];
  /** The beginning of the latest response. */
  readonly reply?: string;
}

/** A delivery that is due at a time (epoch ms). */
export interface DueDelivery {
  readonly webhookId: string;
  readonly id: string;
  readonly dueAt: number;
}

/** A delivery as a list has it. */
export interface ListedDelivery {
  readonly delivery: Delivery;
  /** When the next attempt is due; missing if it waits for an earlier delivery of its sequence, or does not wait. */
  readonly dueAt?: number;
}

/** The same with the message's body. */
export interface StoredDelivery extends ListedDelivery {
  readonly body: string;
}

export interface DeliveryPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** What a delivery must have; without a field, any will do. */
export interface DeliveryFilter {
  readonly state?: DeliveryState | undefined;
  readonly type?: MessageType | undefined;
}

export interface DeliveryPage {
  readonly deliveries: readonly ListedDelivery[];
  /** The last delivery that was examined: the next page begins after it. Missing at the end. */
  readonly last?: DeliveryPosition;
}

/**
 * What became of a new delivery: `next`: it is the first of its sequence; `waits`: another one precedes it; `known`: it
 * was added before; `off`: the webhook is disabled or deleted; `full`: too many wait.
 */
export type Added = 'next' | 'waits' | 'known' | 'off' | 'full';

/**
 * Webhooks and their deliveries. Deliveries of one sequence keep their order: only the first that waits is ever due.
 * Keeps the newest thousand settled deliveries of a webhook, for at most 30 days. All methods throw
 * StoreUnavailableError if the store cannot be reached.
 */
export abstract class WebhookStore {
  /** Stores a new, enabled webhook. Idempotent. @returns false if there are `limit` already */
  abstract create(id: string, settings: WebhookSettings, limit: number): Promise<boolean>;

  /** Whether there are no webhooks at all. */
  abstract isEmpty(): Promise<boolean>;

  /** All webhooks, oldest first. */
  abstract list(): Promise<Webhook[]>;

  abstract find(id: string): Promise<Webhook | undefined>;

  /**
   * Changes the settings.
   * @param change may be called again if somebody else changes them at the same time
   * @returns the webhook as it is now; undefined if it does not exist
   */
  abstract change(id: string, change: (settings: WebhookSettings) => WebhookSettings): Promise<Webhook | undefined>;

  /** Enables a webhook; what waits is sent. No effect if it is enabled. */
  abstract enable(id: string): Promise<void>;

  /** Disables a webhook; what waits stays. No effect if it is disabled. @returns whether this disabled it */
  abstract disable(id: string, reason: DisabledReason): Promise<boolean>;

  /** Deletes a webhook and its deliveries. @returns false if it did not exist */
  abstract delete(id: string): Promise<boolean>;

  /**
   * Adds a delivery. It is due at once, or when those before it in its sequence are settled. Idempotent: an id is added
   * once.
   */
  abstract add(webhookId: string, delivery: Delivery, body: string): Promise<Added>;

  /** Resolves when everything that was added to a webhook before is on the disk. */
  abstract flush(webhookId: string): Promise<void>;

  /**
   * A page of the deliveries that match a filter, newest first. It may have fewer than `limit`, or none, although more
   * follow, because a call examines a limited number.
   */
  abstract deliveries(
    webhookId: string,
    filter: DeliveryFilter,
    after: DeliveryPosition | undefined,
    limit: number,
  ): Promise<DeliveryPage>;

  abstract delivery(webhookId: string, id: string): Promise<StoredDelivery | undefined>;

  /**
   * Makes a delivery due now: one that waits (with the ones before it in its sequence), or a settled one once more.
   * While the webhook is disabled, each is attempted once.
   * @returns what is due now; undefined if it does not exist
   */
  abstract sendAgain(webhookId: string, id: string, now: number): Promise<DueDelivery | undefined>;

  /** Deliveries that are due, the longest first, at most `limit` of each webhook. */
  abstract due(now: number, limit: number): Promise<DueDelivery[]>;

  /**
   * Takes a due delivery for an attempt. Others get it after `until` (epoch ms) if it is not settled by then.
   * @returns undefined if it is not due, or its webhook is disabled or deleted
   */
  abstract claim(
    webhookId: string,
    id: string,
    now: number,
    until: number,
  ): Promise<{ webhook: Webhook; delivery: Delivery; body: string } | undefined>;

  /**
   * Records an attempt.
   * @param delivery with the attempt; if it waits, it is due again at `dueAt` (epoch ms)
   * @returns the next delivery of the sequence, if this one is settled and another one waits
   */
  abstract settle(webhookId: string, delivery: Delivery, now: number, dueAt?: number): Promise<DueDelivery | undefined>;
}
