import type { TransferOrder } from '../engine/model/order.js';
import type { CopyRecords, PairedTransfers } from '../engine/ports/copies.js';
import type { TransferPosition, TransferStore } from './transfer-store.port.js';

/** Transfers of a page of the list. */
const LISTED = 100;

/** The transfers between the accounts of an order, in the same direction. Read once, when they are first needed. */
export class PairCopies implements PairedTransfers {
  private ledgers: Promise<readonly CopyRecords[]> | undefined;

  constructor(
    private readonly transfers: Pick<TransferStore, 'list' | 'find'>,
    private readonly order: Pick<TransferOrder, 'id' | 'source' | 'destination'>,
  ) {}

  others(): Promise<readonly CopyRecords[]> {
    return (this.ledgers ??= this.read().catch((error: unknown) => {
      this.ledgers = undefined;
      throw error;
    }));
  }

  private async read(): Promise<CopyRecords[]> {
    const { id, source, destination } = this.order;
    const ledgers: CopyRecords[] = [];
    for (let page: TransferPosition[] | undefined; !page || page.length === LISTED;) {
      page = await this.transfers.list([source.sub], page?.at(-1), LISTED);
      for (const position of page) {
        const ledger = position.id === id ? undefined : await this.transfers.find(position.id);
        if (ledger?.order.source.sub === source.sub && ledger.order.destination.sub === destination.sub)
          ledgers.push(ledger);
      }
    }
    return ledgers;
  }
}
