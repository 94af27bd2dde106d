import type { Drives } from '../engine/ports/drive.js';
import type { UsageCounter } from '../engine/model/quota-units.js';
import type { TransferOrder } from '../engine/model/order.js';

/** Called with what happens to the requests of a transfer. */
export interface RequestWatch {
  /** Google slowed a request down because of a rate limit. */
  readonly onSlowDown?: () => void;
  /** A request used quota or bytes. */
  readonly count?: (counter: UsageCounter, by: number) => void;
}

/** Opens the two drives of a transfer with its credentials. */
export abstract class DriveOpener {
  abstract open(order: TransferOrder, watch: RequestWatch): Drives;
}
