import type { TransferState } from '../engine/model/states.js';

/**
 * The states that a mail reports: the ends that no person commanded, and those that wait for a person. `paused` only if
 * a problem paused it.
 */
export const MAILED_STATES = [
  'completed',
  'completed_with_failures',
  'failed',
  'needs_reconnect',
  'paused',
] as const satisfies readonly TransferState[];
export type MailedState = (typeof MAILED_STATES)[number];

export const isMailed = (state: TransferState): state is MailedState =>
  (MAILED_STATES as readonly TransferState[]).includes(state);
