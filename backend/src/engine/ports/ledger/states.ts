import type { ItemCode, Limit, Side } from '../../errors.js';
import type { LinkMode } from '../../model/links.js';
import type { PeopleLine, SharingOptions } from '../../model/sharing.js';
import type { TransferState } from '../../model/states.js';
import type { CommandedBy } from './log.js';

/**
 * The longest wait for Google's quota: a day, and the hour by which bytes are counted. A longer wait, even a stored
 * one, ends this long after it began.
 */
export const LONGEST_WAIT_MS = 25 * 3_600_000;

export interface Advance {
  readonly problem?: { readonly code: ItemCode; readonly detail: string };
  /** When the change happened (epoch milliseconds); default: now. */
  readonly at?: number;
  /** Who commanded it, for the log; each of these sides thereby consents. */
  readonly by?: CommandedBy;
  /** The change must survive a loss of power. */
  readonly durable?: boolean;
  /**
   * It is the run that a schedule had due at `due`, and `next` is the run after it. Only if that is still the next one
   * due: simultaneous calls start one run. If a side is unconfirmed, the run waits for it as `needs_reconnect`.
   */
  readonly run?: { readonly due: number; readonly next: number | undefined };
  /** From now on the transfer carries sharing over; `order` of ledgers that are open already does not show it. */
  readonly sharing?: { readonly options: SharingOptions; readonly people: readonly PeopleLine[] };
  /** From now on the transfer lists or rewrites links; `order` of ledgers that are open already does not show it. */
  readonly links?: LinkMode;
}

/** Why a transfer is parked. Times are epoch milliseconds. */
export interface ParkReason {
  readonly side?: Side;
  /** When the reason occurred; default: now. */
  readonly since?: number;
  readonly resumeAt?: number;
  /**
   * The limit that it waits for, if it is one of these. `hours`: its allowed hours are over; a person's `resume` suspends
   * them until the transfer's end.
   */
  readonly limit?: Limit | 'hours' | undefined;
}

/** After this time without a worker (ms) nobody was working. */
export const UNATTENDED_MS = 60_000;

/** The state of a transfer, and the consent of its accounts. */
export interface LedgerStates {
  state(): Promise<TransferState>;
  /**
   * Moves the transfer to a state if it is in one of `from`. If `resume` leads out of the new state, it remembers the
   * previous one.
   * @returns whether it moved
   */
  advance(from: readonly TransferState[], to: TransferState, details?: Advance): Promise<boolean>;
  /**
   * Parks a transfer that is in a working state, and remembers that state. `side` must consent before it resumes. A
   * reason that is older than that side's last consent has no effect: Google may refuse a request that was in progress
   * when the account withdrew its access, after the account has confirmed the transfer.
   */
  park(state: 'waiting_quota' | 'needs_reconnect', why: ParkReason): Promise<boolean>;
  /**
   * Moves a parked, pausing or paused transfer back to its previous state. While a side of `needs` is unconfirmed it
   * does not; if it has just recorded a consent of `confirmed`, it waits for the next side as `needs_reconnect`.
   * Removes the withdrawals of the sides in `by`.
   * @param options `needs`: the sides that its work needs (default: both); `confirmed`: those that consent, or whose
   *   earlier consent Google accepts again (default: those of `by`)
   * @returns whether anything changed
   */
  resume(options?: { by?: CommandedBy; needs?: readonly Side[]; confirmed?: readonly Side[] }): Promise<boolean>;
  /**
   * Records that a worker maintains the transfer, or works on it. If none did for more than `UNATTENDED_MS`, the time since
   * the last one does not count as work (`activeMs`).
   */
  attend(): Promise<void>;
  /** Keeps an open transfer, which may wait for months, for another 30 days. Has no effect on a preflight. */
  renew(): Promise<void>;
  /**
   * Records that the account of a side withdrew its access. In the same step it parks a transfer that works on that
   * side or waits for Google; a paused one stays paused. Links, and the undo of a
   * copy, need the destination alone.
   * Ends its schedule.
   * @param onlyIfEnded has no effect unless the transfer has ended and no further run is due. Work after the end, such as
   *   links, counts as ended for a side that it does not need.
   */
  withdrawAccess(side: Side, onlyIfEnded?: boolean): Promise<void>;
}
