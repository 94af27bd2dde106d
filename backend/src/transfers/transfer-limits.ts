import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { TransferOrder } from '../engine/ports/ledger.js';
import { TooManyPreflightsError, TooManyTransfersError } from './errors.js';
import { preflightState } from './preflight-view.js';
import { TransferStore } from './transfer-store.port.js';

/** Preflights of one source account that may count at the same time: each keeps a worker busy. */
const COUNTING_PREFLIGHTS = 5;

/** What one account may have under way, so that nobody takes the workers from everybody else. */
@Injectable()
export class TransferLimits {
  constructor(
    private readonly transfers: TransferStore,
    private readonly config: Config,
  ) {}

  /**
   * For one more transfer of this order's source account.
   * @throws TooManyTransfersError
   */
  async mustHaveRoom({ source }: TransferOrder): Promise<void> {
    const { maxOpenTransfers } = this.config;
    if ((await this.transfers.openOf(source.sub)) >= maxOpenTransfers)
      throw new TooManyTransfersError(source.email, maxOpenTransfers);
  }

  /**
   * For one more preflight of this order's source account.
   * @throws TooManyPreflightsError
   */
  async mustHaveRoomForPreflight({ source }: TransferOrder): Promise<void> {
    let counting = 0;
    for (const id of await this.transfers.open()) {
      const ledger = await this.transfers.find(id);
      if (!ledger?.order.held || ledger.order.source.sub !== source.sub) continue;
      if (preflightState(await ledger.snapshot()) === 'counting') counting++;
    }
    if (counting >= COUNTING_PREFLIGHTS) throw new TooManyPreflightsError(source.email, COUNTING_PREFLIGHTS);
  }
}
