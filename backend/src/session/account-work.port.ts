import type { Claimant } from './credentials.port.js';

/** A Google account and its credential for one OAuth client. */
export interface WorkingAccount {
  readonly sub: string;
  readonly credentialId: string;
}

/**
 * Work that uses an account's credential without a session. Every method is idempotent, and throws
 * StoreUnavailableError if the store cannot be reached.
 */
export abstract class AccountWork {
  /**
   * Parks the account's work because the account withdraws its access; nothing resumes before its user confirms. Called
   * before the request to Google, so that nothing resumes automatically after a crash in between.
   */
  abstract park(account: WorkingAccount): Promise<void>;

  /**
   * Parks work that `park` could not find, because only its claim on the credential is known.
   * @returns ids of the work among the claimants
   */
  abstract parkClaimants(account: WorkingAccount, claimants: readonly Claimant[]): Promise<readonly string[]>;

  /** Called when the account's last session was ended: its ended work can no longer be repeated. */
  abstract leave(account: WorkingAccount): Promise<void>;
}
