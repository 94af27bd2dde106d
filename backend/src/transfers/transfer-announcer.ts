import type { Ledger } from '../engine/ports/ledger.js';
import type { UnannouncedState } from '../engine/ports/ledger/log.js';

/** Reports to the outside what happens to transfers, such as webhooks do. */
export abstract class TransferListener {
  /** Whether it may report anything about this transfer. A cheap check; false for a transfer costs it no more. */
  abstract listensTo(ledger: Ledger): Promise<boolean>;

  /**
   * Records what is to be reported, so that a crash of this process loses nothing. It may get an entry several times,
   * and entries from before it began to listen.
   * @param entries oldest first; never empty
   */
  abstract entered(ledger: Ledger, entries: readonly UnannouncedState[]): Promise<void>;
}

/**
 * Passes the states that transfers enter on to all listeners. The log of a ledger is written in the same step as the
 * state, so none is lost: a field of the ledger records up to where the log was passed on.
 */
export class TransferAnnouncer {
  constructor(private readonly listeners: readonly TransferListener[]) {}

  /**
   * Passes on what the ledger's log has and nobody passed on before. Each change is passed on at least once, in order,
   * even if a process dies; repeated calls have no further effect.
   * @throws StoreUnavailableError
   */
  async announce(ledger: Ledger): Promise<void> {
    if ((await this.listening(ledger)).length === 0) return;
    const entries = await ledger.unannounced();
    const last = entries.at(-1);
    if (!last) return;
    // Asked again: who subscribed before one of these was logged must get it.
    const listeners = await this.listening(ledger);
    await Promise.all(listeners.map((each) => each.entered(ledger, entries)));
    await ledger.announced(last.id);
  }

  private async listening(ledger: Ledger): Promise<TransferListener[]> {
    const answers = await Promise.all(this.listeners.map((each) => each.listensTo(ledger)));
    return this.listeners.filter((_, index) => answers[index]);
  }
}
