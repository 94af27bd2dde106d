import type { Claimant } from '../../src/session/credentials.port.js';
import { AccountWork, type WorkingAccount } from '../../src/session/account-work.port.js';

/** Records calls of sessions about accounts, for specs without transfers. */
export class RecordedAccountWork extends AccountWork {
  readonly parked: WorkingAccount[] = [];
  readonly left: WorkingAccount[] = [];

  override async park(account: WorkingAccount): Promise<void> {
    this.parked.push(account);
  }

  override async parkClaimants(_: WorkingAccount, claimants: readonly Claimant[]): Promise<readonly string[]> {
    return claimants.filter((claimant) => !claimant.startsWith('session:'));
  }

  override async leave(account: WorkingAccount): Promise<void> {
    this.left.push(account);
  }
}
