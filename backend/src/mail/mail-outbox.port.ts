import type { Side } from '../engine/errors.js';
import type { MailedState } from './mailed-states.js';

/** A mail to the account of a side about a state of a transfer. Contains no address. */
export interface MailJob {
  readonly transferId: string;
  readonly side: Side;
  readonly state: MailedState;
  /** Of the log of the transfer. */
  readonly entry: string;
  /** Only at the end of a scheduled run: items that it found new, changed or renamed. */
  readonly changed?: number;
}

/**
 * The mails that were neither sent nor given up. The queue has a job for each; this list lets a worker queue again what
 * the queue has lost. All methods throw StoreUnavailableError if the store cannot be reached.
 */
export abstract class MailOutbox {
  /**
   * Lists mails; those that are listed stay as they are. When it resolves, they survive a loss of power.
   * @param checkAt when to check whether the queue still has them (epoch ms)
   */
  abstract add(mails: readonly MailJob[], checkAt: number): Promise<void>;

  /** Mails whose check is due, those due for longest first. */
  abstract due(now: number, limit: number): Promise<MailJob[]>;

  /** Sets the next check (epoch ms) of mails, unless they were removed meanwhile. */
  abstract postpone(mails: readonly MailJob[], checkAt: number): Promise<void>;

  /** Removes mails that were sent or given up. */
  abstract remove(mails: readonly MailJob[]): Promise<void>;
}
