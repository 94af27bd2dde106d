import { QUOTA_UNITS } from '../config/quota-units.js';

/** How fast an account may ask Google now, of one kind of requests. */
export interface AccountPace {
  /** Google's quota units a second, over the last half minute or so. */
  readonly unitsPerSecond: number;
  /** Null while no limit is known. */
  readonly allowedUnitsPerSecond: number | null;
  /** Milliseconds until requests may be sent again; 0 if they may now. */
  readonly waitsMs: number;
  /** The last time that Google refused it for being too fast: since when (epoch ms), and how long until it was let through. */
  readonly slowed?: { readonly at: number; readonly ms: number };
}

/** Google's quota units for a write and for a listing, the most frequent read ("Usage limits"). */
export const USUAL_UNITS = { write: QUOTA_UNITS.edit, read: QUOTA_UNITS.list };

/** What all processes found out together about the accounts' paces; a look changes nothing. */
export abstract class Paces {
  /**
   * @param credentialId of the account
   * @throws StoreUnavailableError
   */
  abstract of(credentialId: string): Promise<Readonly<Record<'read' | 'write', AccountPace>>>;
}
