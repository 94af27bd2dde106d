import { DestinationCopies } from './destination-copies.js';
import { DestinationFolders } from './destination-folders.js';
import type { Drives } from './ports/drive.js';
import type { Ledger } from './ports/ledger.js';
import { UsageMeter } from './usage-meter.js';
import { TemporaryShares } from './temporary-shares.js';

/** What the steps of one transfer share. */
export interface TransferContext {
  readonly ledger: Ledger;
  readonly drives: Drives;
  readonly shares: TemporaryShares;
  readonly copies: DestinationCopies;
  readonly folders: DestinationFolders;
  readonly usage: UsageMeter;
}

export const contextOf = (ledger: Ledger, drives: Drives, usage: UsageMeter): TransferContext => ({
  ledger,
  drives,
  usage,
  shares: new TemporaryShares(ledger, drives),
  copies: new DestinationCopies(ledger, drives),
  folders: new DestinationFolders(ledger, drives.destination),
});
