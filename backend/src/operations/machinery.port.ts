import type { TransferState } from '../engine/ports/ledger.js';
import type { SessionType } from '../session/session.port.js';

/** How fast an account may ask Google now, of one kind of requests. */
export interface Pace {
  /** Google's quota units a second, over the last half minute or so. */
  readonly unitsPerSecond: number;
  /** Null while no limit is known. */
  readonly allowedUnitsPerSecond: number | null;
  /** Milliseconds until it may be asked again; 0 when it may. */
  readonly waitsMs: number;
}

/** What the store knows about the state of the whole installation. All methods throw StoreUnavailableError. */
export abstract class Machinery {
  /** Live sessions by type. */
  abstract sessions(): Promise<Record<SessionType, number>>;

  /** Transfers that have not ended, by state, and shares that those which have ended left behind. */
  abstract transfers(): Promise<{ readonly open: ReadonlyMap<TransferState, number>; readonly sharesToSweep: number }>;

  /** How fast the account of a grant may be asked. */
  abstract pace(grantId: string): Promise<Readonly<Record<'read' | 'write', Pace>>>;

  /** Bytes that the store uses and, where it has a bound, may use; of all its nodes together. */
  abstract memory(): Promise<{ readonly usedBytes: number; readonly maxBytes: number | null }>;
}
