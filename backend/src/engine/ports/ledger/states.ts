import type { ItemCode, Side } from '../../errors.js';
import type { TransferState } from '../../model/states.js';
import type { CommandedBy } from './log.js';

/**
 * The longest that a transfer waits for Google: a day, and the hour by which bytes are counted. A longer wait, also one
 * that was stored, counts as this long from when it began.
 */
export const LONGEST_WAIT_MS = 25 * 3_600_000;

export interface Advance {
  readonly problem?: { readonly code: ItemCode; readonly detail: string };
  /** The moment (epoch milliseconds) that counts as the change; default: now. */
  readonly at?: number;
  /** Who commanded it, for the log; each of its sides thereby consents. */
  readonly by?: CommandedBy;
  /** The change outlives a loss of power. */
  readonly durable?: boolean;
}

/** The state of a transfer, and what its accounts allow. */
export interface LedgerStates {
  state(): Promise<TransferState>;
  /**
   * Moves the transfer to a state if it is in one of `from`. To a state that `resume` leads out of, it remembers where
   * from.
   * @returns whether it moved
   */
  advance(from: readonly TransferState[], to: TransferState, details?: Advance): Promise<boolean>;
  /**
   * Parks a transfer that is in a working state, and remembers which. `side` has to consent before it resumes. A reason
   * from before that side's last consent is out of date and parks nothing: a request that was under way when the account
   * withdrew its access may be refused after the account has confirmed the transfer.
   * @param why `since`: when the reason arose (epoch milliseconds); default: now
   */
  park(
    state: 'waiting_quota' | 'needs_reconnect',
    why: { side?: Side; since?: number; resumeAt?: number },
  ): Promise<boolean>;
  /**
   * From parked, pausing or paused back to where it was. Not while a side of `needs` is unconfirmed: then, if one of
   * `confirmed` was, it waits for the next one as `needs_reconnect`. A side of `by` takes back its withdrawal.
   * @param options `needs`: the sides that its work concerns (default: both); `confirmed`: those that consent, or whose
   *   earlier consent Google accepts again (default: those of `by`)
   * @returns whether anything changed
   */
  resume(options?: { by?: CommandedBy; needs?: readonly Side[]; confirmed?: readonly Side[] }): Promise<boolean>;
  /**
   * Records that the account of a side withdrew its access. What works on that side, or waits for Google, is parked for
   * it in the same step; what is paused stays so. The undo of a copy works on the destination alone.
   * @param onlyIfEnded records it only for a transfer that has ended
   */
  withdrawAccess(side: Side, onlyIfEnded?: boolean): Promise<void>;
}
