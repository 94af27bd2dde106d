import type { ItemCode, Limit, Side } from '../../errors.js';
import type { TimelineStep } from '../../model/conclusion.js';
import type { TransferState } from '../../model/states.js';

/** Number of events that are kept; the oldest are dropped. */
export const EVENTS_KEPT = 500;

/** Who gave a command; the log shows it to both accounts. */
export interface CommandedBy {
  readonly command: string;
  /** The sides whose accounts' tokens the request had; not empty. */
  readonly sides: readonly Side[];
}

/** An event in the life of a transfer. */
export interface LedgerEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  /**
   * `state`: the transfer entered a state; `reason`: the first item failed, or could not be verified, for this reason;
   * `step`: it began another step within its state, which only the timeline shows; `withdrawn`: the account of `side`
   * withdrew its access, or left after the end; `schedule`: a person set, paused or removed the schedule.
   */
  readonly kind: 'state' | 'reason' | 'step' | 'withdrawn' | 'schedule';
  readonly state?: TransferState;
  readonly step?: TimelineStep;
  /** The person's command that led to it, and the sides whose accounts' tokens the request had. */
  readonly by?: CommandedBy;
  /** The reason, or the problem that led to the state. */
  readonly code?: ItemCode;
  readonly detail?: string;
  /** Only with `needs_reconnect` and `withdrawn`. */
  readonly side?: Side;
  /** Only with `waiting_quota`: epoch milliseconds. */
  readonly resumeAt?: number;
  /** Only with `waiting_quota`: the limit that it waits for, if it is one of these. */
  readonly limit?: Limit | 'hours';
  /** Only at the end of a scheduled run: items that it found new, changed or renamed. */
  readonly changed?: number;
}

/** An entry of the log about a state that has not been reported to the outside. */
export interface UnannouncedState {
  /** Of the entry; unique in the transfer, and increasing. */
  readonly id: string;
  /** Epoch milliseconds, by the store's clock. */
  readonly at: number;
  readonly state: TransferState;
  /** The transfer was a preflight that had not been started. */
  readonly held: boolean;
  /** Only at the end of a scheduled run: items that it found new, changed or renamed. */
  readonly changed?: number;
}

/** The events of a transfer. */
export interface LedgerLog {
  /** The states entered since the last one that `announced` recorded, oldest first. */
  unannounced(): Promise<UnannouncedState[]>;
  /** Records that the log was reported up to an entry. No effect if a later one was recorded. */
  announced(id: string): Promise<void>;
  /** Oldest first; at most EVENTS_KEPT. */
  events(): Promise<LedgerEvent[]>;
  /** Records that the transfer began another step within its state, for the timeline. */
  noteStep(step: TimelineStep): Promise<void>;
}
