import type { Account } from './session.port.js';
import { digest } from './token.js';

/** A service account that acts in somebody's name ("domain-wide delegation"); it signs for its own access tokens. */
export interface ServiceAccount {
  /** The service account's address, `client_email` of its key file. */
  readonly email: string;
  /** RSA key in PEM form, `private_key` of its key file. As secret as a refresh token. */
  readonly privateKey: string;
  /** Address of the person in whose name it acts. */
  readonly subject: string;
}

/** What Google gave us for one account and one OAuth client. */
export interface Grant {
  /** See `grantIdOf`. */
  readonly id: string;
  readonly sub: string;
  readonly email: string;
  /** When the person last consented (ms since 1970); a refresh does not change it. */
  readonly connectedAt: number;
  /** Absent where a service account asks for its own access tokens. */
  readonly refreshToken?: string;
  readonly serviceAccount?: ServiceAccount;
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly accessTokenExpiresAt: number;
  readonly scopes: readonly string[];
}

/**
 * Names the grant of an account to a client: base64url(SHA-256).
 * @param client the OAuth client's id, or the service account's address
 */
export function grantIdOf(client: string, sub: string): string {
  return digest(client + sub);
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

/** What a program hands in where a person would go to Google's consent page. */
export interface HeadlessConnection {
  /** Not stored yet: whoever opens a session saves it first (`GrantStore.save`). */
  readonly grant: Grant;
  readonly account: Account;
}

/**
 * Makes grants without a browser, for programs. Each method asks Google once for an access token and once whose it is.
 * Neither looks at ALLOWED_ACCOUNTS, nor at whether the scopes suffice for a side.
 * Both throw DriveError `google_unavailable` when Google does not answer, `google_refused` when it refuses the OAuth
 * client of this installation, and SignInError `scope_missing` or `account_not_allowed` as a sign-in does.
 */
export abstract class HeadlessGrants {
  /**
   * @param refreshToken made for the OAuth client of this installation
   * @throws RefreshTokenRejectedError when it has ended, was withdrawn, or belongs to another client
   */
  abstract fromRefreshToken(refreshToken: string): Promise<HeadlessConnection>;

  /**
   * Signs an assertion (RFC 7523) for full access to the subject's Drive or, where only that is delegated, for reading.
   * It goes to the configured token address, whatever address the key file names.
   * @throws ServiceAccountRejectedError when the key is no RSA key, or Google refuses it
   */
  abstract fromServiceAccount(serviceAccount: ServiceAccount): Promise<HeadlessConnection>;
}
