import { Logger } from '@nestjs/common';
import {
  type Claimant,
  type Credential,
  CredentialKeeper,
  type CredentialStore,
  type Withdrawal,
} from '../../session/credentials.port.js';
import type { GoogleOAuthAdapter } from './google-oauth.adapter.js';

/** If Google did not respond, the next sweep after this time tries again. */
const RETRY_MS = 60_000;

/** Revokes at Google the credentials that have no claims left in the store. */
export class GoogleCredentialKeeper extends CredentialKeeper {
  private readonly log = new Logger(GoogleCredentialKeeper.name);

  constructor(
    private readonly credentials: CredentialStore,
    private readonly oauth: Pick<GoogleOAuthAdapter, 'revoke'>,
  ) {
    super();
  }

  override claim(credentialId: string, claimant: Claimant, until: number): Promise<boolean> {
    return this.credentials.claim(credentialId, claimant, until);
  }

  override async release(credentialId: string, claimant: Claimant, keepCredential?: boolean): Promise<void> {
    await this.releaseAndRevoke(credentialId, claimant, keepCredential);
  }

  override async withdraw(credentialId: string): Promise<Withdrawal> {
    const claimants = await this.credentials.claimants(credentialId);
    return { isConfirmed: await this.releaseAndRevoke(credentialId, 'everybody'), claimants };
  }

  override async sweep(): Promise<void> {
    for (const credentialId of await this.credentials.due()) await this.releaseAndRevoke(credentialId, undefined);
  }

  /** @returns false if the credential is still to be revoked: Google did not respond, or this process lacks its key */
  private async releaseAndRevoke(
    credentialId: string,
    claimant: Claimant | 'everybody' | undefined,
    keep?: boolean,
  ): Promise<boolean> {
    const released = await this.credentials.release(credentialId, claimant, keep);
    if (released.state !== 'ending') return released.state !== 'unreadable';
    const { credential } = released;
    if (await this.isWithdrawn(credential)) {
      await this.credentials.forget(credential);
      return true;
    }
    this.log.warn('Google does not respond to the revocation of a credential; it will be retried.');
    await this.credentials.postpone(credentialId, Date.now() + RETRY_MS);
    return false;
  }

  /** A service account has nothing at Google to revoke. */
  private async isWithdrawn({ refreshToken }: Credential): Promise<boolean> {
    return refreshToken === undefined || this.oauth.revoke(refreshToken);
  }
}
