import { ReconnectNeededError } from '../../engine/errors.js';
import { AccessTokens, type Grant, type GrantStore } from '../../session/grant.port.js';
import { driveError } from './google-errors.js';
import { type GoogleOAuthAdapter, TokenEndpointError } from './google-oauth.adapter.js';

/** Refreshed this much before its end, so that it does not die on its way to Google. */
const MARGIN_MS = 60_000;

/** Bounds the memory of a process that sees many accounts; whoever is forgotten costs one read of Redis. */
const MAX_KNOWN = 10_000;

/**
 * Access tokens from stored grants. All who wait for one grant in this process share one refresh; before it the stored
 * grant is read again, because another process may have refreshed it. (Two processes may still refresh at the same
 * moment: harmless, as Google's access tokens do not displace each other.)
 */
export class GoogleAccessTokens extends AccessTokens {
  /** Known good tokens, so that a transfer's thousands of calls do not each read Redis. */
  private readonly known = new Map<string, { token: string; expiresAt: number }>();
  private readonly refreshing = new Map<string, Promise<string>>();

  constructor(
    private readonly grants: GrantStore,
    private readonly oauth: Pick<GoogleOAuthAdapter, 'refresh' | 'assert'>,
    private readonly now: () => number = Date.now,
  ) {
    super();
  }

  override async accessToken(grantId: string, rejected?: string): Promise<string> {
    const known = this.known.get(grantId);
    if (known && known.token !== rejected && known.expiresAt - MARGIN_MS > this.now()) return known.token;
    const underWay = this.refreshing.get(grantId);
    if (underWay) return underWay;
    const refresh = this.renew(grantId, rejected).finally(() => this.refreshing.delete(grantId));
    this.refreshing.set(grantId, refresh);
    return refresh;
  }

  private async renew(grantId: string, rejected: string | undefined): Promise<string> {
    const grant = await this.grants.find(grantId);
    if (!grant) {
      this.known.delete(grantId);
      throw new ReconnectNeededError(grantId);
    }
    if (grant.accessToken !== rejected && grant.accessTokenExpiresAt - MARGIN_MS > this.now()) return this.keep(grant);
    return this.keep(await this.refreshed(grant));
  }

  private async refreshed(grant: Grant): Promise<Grant> {
    const { refreshToken, serviceAccount } = grant;
    try {
      const fresh = serviceAccount
        ? await this.oauth.assert(serviceAccount, grant.scopes)
        : refreshToken && (await this.oauth.refresh(refreshToken));
      if (!fresh) throw new ReconnectNeededError(grant.id);
      // Google answers without a refresh token as a rule: the old one stays.
      const next: Grant = { ...grant, ...fresh };
      await this.grants.update(next);
      return next;
    } catch (error) {
      if (!(error instanceof TokenEndpointError)) throw error;
      this.known.delete(grant.id);
      // A service account's delegation was withdrawn.
      const isEnded = error.reason === 'invalid_grant' || (serviceAccount && error.reason === 'unauthorized_client');
      if (isEnded) return this.afterInvalidGrant(grant, error);
      throw driveError(error.isOutage ? 'google_unavailable' : 'google_refused', {
        cause: error,
        ...(!error.isOutage && { detail: ` ${error.message} Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.` }),
      });
    }
  }

  /** The person may have connected again while the old refresh token was on its way. */
  private async afterInvalidGrant(grant: Grant, cause: TokenEndpointError): Promise<Grant> {
    const current = await this.grants.find(grant.id);
    if (current && current.refreshToken !== grant.refreshToken) return current;
    throw new ReconnectNeededError(grant.id, { cause });
  }

  private keep(grant: Grant): string {
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(grant.id, { token: grant.accessToken, expiresAt: grant.accessTokenExpiresAt });
    return grant.accessToken;
  }
}
