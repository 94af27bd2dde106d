import type { Ledger } from './ledger.js';

/** A transfer in which copies of originals can be found. */
export type CopyRecords = Pick<Ledger, 'item' | 'ordinalsOf'>;

/** The transfers between the accounts of one transfer, in the same direction. */
export interface PairedTransfers {
  /** All but that transfer, newest first. */
  others(): Promise<readonly CopyRecords[]>;
}
