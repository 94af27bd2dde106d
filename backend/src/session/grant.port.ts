/** What Google gave us for one account and one OAuth client. */
export interface Grant {
  /** base64url(SHA-256(client id + sub)). */
  readonly id: string;
  readonly sub: string;
  readonly email: string;
  /** When the person last consented (ms since 1970); a refresh does not change it. */
  readonly connectedAt: number;
  readonly refreshToken?: string;
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly accessTokenExpiresAt: number;
  readonly scopes: readonly string[];
}

/** Keeps grants, encrypted. Every method throws StoreUnavailableError when the store cannot be reached. */
export abstract class GrantStore {
  /** Stores a new consent in place of an older one. It lives until `keepUntil` (ms), or longer if that was asked before. */
  abstract save(grant: Grant, keepUntil: number): Promise<void>;

  /** Stores a refreshed grant, its expiry unchanged. Does nothing when the grant has been dropped meanwhile. */
  abstract update(grant: Grant): Promise<void>;

  /** The grant, or undefined when it is unknown, dropped or cannot be read with today's keys. */
  abstract find(grantId: string): Promise<Grant | undefined>;

  /** Keeps the grant at least until then (ms); never shortens its life. False when there is no such grant. */
  abstract keepUntil(grantId: string, epochMs: number): Promise<boolean>;
}

/** Access tokens that Google accepts now. */
export abstract class AccessTokens {
  /**
   * A valid access token, refreshed once for all who wait for it.
   * @param rejected a token Google has just answered 401 to: refreshed, unless it was replaced already
   * @throws ReconnectNeededError when Google accepts the grant no longer, or it is gone
   * @throws DriveError `google_unavailable` when Google's token endpoint does not answer
   */
  abstract accessToken(grantId: string, rejected?: string): Promise<string>;
}
