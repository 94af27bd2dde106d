import type { ItemCode, Side } from '../../errors.js';
import type { TimelineStep } from '../../model/conclusion.js';
import type { TransferState } from '../../model/states.js';

/** How many events are kept: the oldest go. */
export const EVENTS_KEPT = 500;

/** Who commanded something: the log shows it to both accounts. */
export interface CommandedBy {
  readonly command: string;
  /** Sides of the transfer that the accounts of the tokens are; not empty. */
  readonly sides: readonly Side[];
}

/** Something that happened to a transfer as a whole. */
export interface LedgerEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  /**
   * `state`: it came into a state; `reason`: the first of its items failed, or could not be verified, for this reason;
   * `step`: within a state it began another step, which only the timeline shows;
   * `withdrawn`: the account of `side` withdrew its access, or left after the end.
   */
  readonly kind: 'state' | 'reason' | 'step' | 'withdrawn';
  readonly state?: TransferState;
  readonly step?: TimelineStep;
  /** Of a state that a person commanded: what, and the sides whose accounts' tokens came with the command. */
  readonly by?: CommandedBy;
  /** Of `reason`, or of the problem that led to the state. */
  readonly code?: ItemCode;
  readonly detail?: string;
  /** Of `needs_reconnect` and `withdrawn`. */
  readonly side?: Side;
  /** Of `waiting_quota`: epoch milliseconds. */
  readonly resumeAt?: number;
}

/** What happened to the transfer as a whole. */
export interface LedgerLog {
  /** Oldest first; at most EVENTS_KEPT. */
  events(): Promise<LedgerEvent[]>;
  /** Notes that it began another step within its state, for the timeline. */
  noteStep(step: TimelineStep): Promise<void>;
}
