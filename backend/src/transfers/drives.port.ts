import type { Drives } from '../engine/ports/drive.js';
import type { TransferOrder } from '../engine/model/order.js';

/** Opens the two drives of a transfer with the credentials it holds. */
export abstract class DriveOpener {
  /** @param onSlowDown called each time Google slows one of the accounts down for these requests */
  abstract open(order: TransferOrder, onSlowDown: () => void): Drives;
}
