import type { Drives } from '../engine/copy.js';
import type { TransferOrder } from '../engine/ports/ledger.js';

/** Opens the two drives of a transfer with the grants it holds. */
export abstract class DriveOpener {
  abstract open(order: TransferOrder): Drives;
}
