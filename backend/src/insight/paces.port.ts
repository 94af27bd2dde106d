import { QUOTA_UNITS } from '../engine/model/quota-units.js';

/** The current pace of an account's requests of one kind. */
export interface AccountPace {
  /** Google's quota units per second, over about the last half minute. */
  readonly unitsPerSecond: number;
  /** Null while no limit is known. */
  readonly allowedUnitsPerSecond: number | null;
  /** Milliseconds until requests may be sent again; 0 if they may now. */
  readonly waitsMs: number;
  /** The last slow-down: when Google first refused (epoch ms), and how long until it admitted requests again. */
  readonly slowed?: { readonly at: number; readonly ms: number };
}

/** Google's quota units for a write and for a listing, the most frequent read ("Usage limits"). */
export const USUAL_UNITS = { write: QUOTA_UNITS.edit, read: QUOTA_UNITS.list };

/** The accounts' paces, as measured by all processes; read-only. */
export abstract class Paces {
  /**
   * @param credentialId of the account
   * @throws StoreUnavailableError
   */
  abstract of(credentialId: string): Promise<Readonly<Record<'read' | 'write', AccountPace>>>;
}
