import { digest } from '../session/token.js';
import { iso } from '../transfers/transfer-view.js';
import type { MessageType } from './webhook-events.js';
import type { Delivery } from './webhooks.port.js';

/** A message to be delivered. */
export interface Message {
  readonly delivery: Delivery;
  /** JSON, as every attempt sends it. */
  readonly body: string;
}

/**
 * Creates a message in the form that the Standard Webhooks specification recommends.
 * @param origin what it reports, such as an entry of a log: the same origin results in the same id
 * @param at when it happened (epoch ms)
 * @param sequence deliveries of a webhook in the same sequence are sent one after the other
 */
export function newMessage(origin: string, type: MessageType, at: number, data: object, sequence: string): Message {
  const body = JSON.stringify({ type, timestamp: iso(at), data });
  const id = `msg_${digest(origin).slice(0, 22)}`;
  return { delivery: { id, type, createdAt: at, sequence, state: 'waiting', attempts: [] }, body };
}
