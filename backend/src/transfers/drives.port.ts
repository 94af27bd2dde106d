import type { Drives } from '../engine/ports/drive.js';
import type { TransferOrder } from '../engine/model/order.js';

/** Opens the two drives of a transfer with its credentials. */
export abstract class DriveOpener {
  /** @param onSlowDown called each time Google rate-limits these requests */
  abstract open(order: TransferOrder, onSlowDown: () => void): Drives;
}
