import type { Ledger } from '../engine/ports/ledger.js';

/** Reports the states that transfers enter to the outside. */
export abstract class TransferAnnouncer {
  /**
   * Passes on what the ledger's log has and nobody passed on before. Each change is passed on at least once, in order,
   * even if a process dies; repeated calls have no further effect.
   * @throws StoreUnavailableError
   */
  abstract announce(ledger: Ledger): Promise<void>;
}
