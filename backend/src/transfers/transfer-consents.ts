import { Injectable } from '@nestjs/common';
import { SIDES } from '../engine/errors.js';
import { Consents, type ConsentingAccount } from '../session/consents.port.js';
import { TransferStore } from './transfer-store.port.js';

/** Transfers of an account that are read at once. */
const PAGE = 100;

/** Records in an account's transfers that its consent is over; every view of them then says so, without a look-up. */
@Injectable()
export class TransferConsents extends Consents {
  constructor(private readonly transfers: TransferStore) {
    super();
  }

  override async withdraw(account: ConsentingAccount, others?: readonly string[]): Promise<void> {
    await this.record(account, others ?? (await this.listed(account)), false);
  }

  override async leave(account: ConsentingAccount): Promise<void> {
    await this.record(account, await this.listed(account), true);
  }

  private async listed({ sub }: ConsentingAccount): Promise<string[]> {
    const ids: string[] = [];
    for (let after; ;) {
      const page = await this.transfers.list([sub], after, PAGE);
      ids.push(...page.map(({ id }) => id));
      after = page.at(-1);
      if (page.length < PAGE) return ids;
    }
  }

  private async record(
    { credentialId }: ConsentingAccount,
    ids: readonly string[],
    onlyIfEnded: boolean,
  ): Promise<void> {
    for (let start = 0; start < ids.length; start += PAGE)
      await Promise.all(
        ids.slice(start, start + PAGE).map(async (id) => {
          const ledger = await this.transfers.find(id);
          for (const side of SIDES)
            if (ledger?.order[side].credentialId === credentialId) await ledger.withdrawAccess(side, onlyIfEnded);
        }),
      );
  }
}
