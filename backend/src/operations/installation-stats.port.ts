import type { TransferState } from '../engine/model/states.js';
import type { SessionType } from '../session/session.port.js';

/** What the store knows about the state of the whole installation. All methods throw StoreUnavailableError. */
export abstract class InstallationStats {
  /** Live sessions by type. */
  abstract sessions(): Promise<Record<SessionType, number>>;

  /** Transfers that have not ended, by state, and shares that those which have ended left behind. */
  abstract transfers(): Promise<{ readonly open: ReadonlyMap<TransferState, number>; readonly sharesToSweep: number }>;

  /** Bytes that the store uses and, where it has a bound, may use; of all its nodes together. */
  abstract memory(): Promise<{ readonly usedBytes: number; readonly maxBytes: number | null }>;
}
