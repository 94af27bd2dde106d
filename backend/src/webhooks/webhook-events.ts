import type { TransferState } from '../engine/model/states.js';

/** The states of a transfer that a webhook can report. The others last only until the engine's next step. */
const EVENTS_OF_STATES = {
  running: 'transfer.running',
  paused: 'transfer.paused',
  waiting_quota: 'transfer.parked',
  needs_reconnect: 'transfer.needs_reconnect',
  completed: 'transfer.completed',
  completed_with_failures: 'transfer.completed_with_failures',
  failed: 'transfer.failed',
  canceled: 'transfer.canceled',
  undone: 'transfer.undone',
} as const satisfies Partial<Record<TransferState, string>>;

/** What a webhook can subscribe to. */
export const WEBHOOK_EVENTS = Object.values(EVENTS_OF_STATES);
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** The event that the operator sends by hand. */
export const TEST_EVENT = 'webhook.test';

/** All types of messages. */
export const MESSAGE_TYPES = [...WEBHOOK_EVENTS, TEST_EVENT] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** The event of a state; undefined if there is none. */
export const eventOf = (state: TransferState): WebhookEvent | undefined =>
  (EVENTS_OF_STATES as Partial<Record<TransferState, WebhookEvent>>)[state];
