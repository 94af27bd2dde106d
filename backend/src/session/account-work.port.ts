import type { Claimant } from './credentials.port.js';

/** A Google account and the credential that it gave to one OAuth client. */
export interface WorkingAccount {
  readonly sub: string;
  readonly credentialId: string;
}

/**
 * Work that uses an account's credential without a session of it. Every method throws StoreUnavailableError when the
 * store cannot be reached; repeating them has no effect.
 */
export abstract class AccountWork {
  /**
   * Parks what works with the account: the account withdraws its access, and nothing resumes before its user confirms
   * that. Called before the request to Google, so that a crash in between leaves nothing that resumes automatically.
   */
  abstract park(account: WorkingAccount): Promise<void>;

  /**
   * Parks what `park` could not find, because only its claim on the credential is known.
   * @returns the ids of the work among the claimants
   */
  abstract parkClaimants(account: WorkingAccount, claimants: readonly Claimant[]): Promise<readonly string[]>;

  /** The account's last session was ended: its work that has ended can no longer be repeated. */
  abstract leave(account: WorkingAccount): Promise<void>;
}
