import { Logger } from '@nestjs/common';
import { type Claimant, type Grant, GrantKeeper, type GrantStore, type Withdrawal } from '../../session/grant.port.js';
import type { GoogleOAuthAdapter } from './google-oauth.adapter.js';

/** Google did not answer: the next sweep after this time asks again. */
const AGAIN_MS = 60_000;

/** Withdraws at Google what the store says that nobody needs. */
export class GoogleGrantKeeper extends GrantKeeper {
  private readonly log = new Logger(GoogleGrantKeeper.name);

  constructor(
    private readonly grants: GrantStore,
    private readonly oauth: Pick<GoogleOAuthAdapter, 'revoke'>,
  ) {
    super();
  }

  override claim(grantId: string, claimant: Claimant, until: number): Promise<boolean> {
    return this.grants.claim(grantId, claimant, until);
  }

  override async release(grantId: string, claimant: Claimant, keepGrant?: boolean): Promise<void> {
    await this.let(grantId, claimant, keepGrant);
  }

  override async withdraw(grantId: string): Promise<Withdrawal> {
    const claimants = await this.grants.claimants(grantId);
    return { isConfirmed: await this.let(grantId, 'everybody'), claimants };
  }

  override async sweep(): Promise<void> {
    for (const grantId of await this.grants.due()) await this.let(grantId, undefined);
  }

  /** @returns false when there is still something to withdraw, and Google does not answer */
  private async let(grantId: string, claimant: Claimant | 'everybody' | undefined, keep?: boolean): Promise<boolean> {
    const released = await this.grants.release(grantId, claimant, keep);
    if (released.state !== 'ending') return true;
    const { grant } = released;
    if (await this.isWithdrawn(grant)) {
      await this.grants.forget(grant);
      return true;
    }
    this.log.warn('Google does not answer to the withdrawal of a grant; it is asked again.');
    await this.grants.postpone(grantId, Date.now() + AGAIN_MS);
    return false;
  }

  /** A service account has nothing at Google that lasts. */
  private async isWithdrawn({ refreshToken }: Grant): Promise<boolean> {
    return refreshToken === undefined || this.oauth.revoke(refreshToken);
  }
}
