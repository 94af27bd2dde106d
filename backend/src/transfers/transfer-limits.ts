import { Injectable, Logger } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import type { TransferOrder } from '../engine/model/order.js';
import { TooManyPreflightsError, TooManyTransfersError } from './errors.js';
import { TransferStore } from './transfer-store.port.js';

/** Preflights of one source account that may count at the same time: each keeps a worker busy. */
const COUNTING_PREFLIGHTS = 5;

/** Limits what one account may have open at the same time, so that no account occupies all workers. */
@Injectable()
export class TransferLimits {
  private readonly log = new Logger(TransferLimits.name);

  constructor(
    private readonly transfers: TransferStore,
    @InjectConfig('general') private readonly general: Config['general'],
  ) {}

  /** The places that a source account has for such an order: for preflights or for transfers. */
  placesFor({ held }: TransferOrder): number {
    return held ? COUNTING_PREFLIGHTS : this.general.maxOpenTransfers;
  }

  /** The error for an order whose account has no free place. */
  refusalOf(order: TransferOrder): TooManyPreflightsError | TooManyTransfersError {
    const { email } = order.source;
    return order.held
      ? new TooManyPreflightsError(email, COUNTING_PREFLIGHTS)
      : new TooManyTransfersError(email, this.general.maxOpenTransfers);
  }

  /**
   * Opens an existing transfer: starts a preflight or reopens an ended transfer. Takes one of its account's places
   * first, and releases it if the transfer did not open.
   * @throws TooManyTransfersError; what `open` throws
   */
  async inPlace(order: TransferOrder, open: () => Promise<void>): Promise<void> {
    const place = await this.transfers.takePlace(order, this.general.maxOpenTransfers);
    if (place === undefined) throw new TooManyTransfersError(order.source.email, this.general.maxOpenTransfers);
    try {
      await open();
    } finally {
      await this.transfers.settlePlace(order, place).catch((error: unknown) => {
        this.log.warn(
          { transferId: order.id, err: error },
          'Could not settle a reserved place; the reservation will expire.',
        );
      });
    }
  }
}
