import { Injectable } from '@nestjs/common';
import { SIDES } from '../engine/errors.js';
import { AccountWork, type WorkingAccount } from '../session/account-work.port.js';
import type { Claimant } from '../session/credentials.port.js';
import { transferOf } from './transfer-claims.js';
import { TransferStore } from './transfer-store.port.js';

/** Transfers of an account that are read together. */
const PAGE = 100;

/**
 * Records in an account's transfers that its consent has ended, so that every view of them shows it without a look-up.
 */
@Injectable()
export class TransferAccountWork extends AccountWork {
  constructor(private readonly transfers: TransferStore) {
    super();
  }

  override async park(account: WorkingAccount): Promise<void> {
    await this.record(account, await this.listed(account), false);
  }

  /** Preflights, and transfers that started meanwhile, are not listed. */
  override async parkClaimants(account: WorkingAccount, claimants: readonly Claimant[]): Promise<readonly string[]> {
    const ids = claimants.flatMap(transferOf);
    await this.record(account, ids, false);
    return ids;
  }

  override async leave(account: WorkingAccount): Promise<void> {
    await this.record(account, await this.listed(account), true);
  }

  private async listed({ sub }: WorkingAccount): Promise<string[]> {
    const ids: string[] = [];
    for (let after; ;) {
      const page = await this.transfers.list([sub], after, PAGE);
      ids.push(...page.map(({ id }) => id));
      after = page.at(-1);
      if (page.length < PAGE) return ids;
    }
  }

  private async record({ credentialId }: WorkingAccount, ids: readonly string[], onlyIfEnded: boolean): Promise<void> {
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
