/** A Google account and the credential that it gave to one OAuth client. */
export interface ConsentingAccount {
  readonly sub: string;
  readonly credentialId: string;
}

/**
 * Records in an account's transfers that its consent has ended. Both methods throw StoreUnavailableError when the store cannot be
 * reached; repeating them is harmless.
 */
export abstract class Consents {
  /**
   * The account withdraws its access: what works with it is parked, and nothing of it resumes before the account's user
   * confirms that. Called before the request to Google, so that a crash in between leaves nothing that resumes automatically.
   * @param others ids of transfers and preflights that are not listed, and rely on the credential
   */
  abstract withdraw(account: ConsentingAccount, others?: readonly string[]): Promise<void>;

  /** The account's last session was ended: its transfers that have ended can no longer be rerun. */
  abstract leave(account: ConsentingAccount): Promise<void>;
}
