import { Consents, type ConsentingAccount } from '../../src/session/consents.port.js';

/** Records what sessions tell of accounts, for specs that know no transfers. */
export class RecordedConsents extends Consents {
  readonly withdrawn: ConsentingAccount[] = [];
  readonly left: ConsentingAccount[] = [];

  override async withdraw(account: ConsentingAccount, others?: readonly string[]): Promise<void> {
    if (!others) this.withdrawn.push(account);
  }

  override async leave(account: ConsentingAccount): Promise<void> {
    this.left.push(account);
  }
}
