import type { Account } from './session.port.js';
import { digest } from './token.js';

/** A service account that acts for a person ("domain-wide delegation"); it signs requests for its own access tokens. */
export interface ServiceAccount {
  /** The service account's address, `client_email` of its key file. */
  readonly email: string;
  /** RSA key in PEM form, `private_key` of its key file. As secret as a refresh token. */
  readonly privateKey: string;
  /** E-mail address of the person that it acts for. */
  readonly subject: string;
}

/** What Google issued for one account and one OAuth client. */
export interface Credential {
  /** See `credentialIdOf`. */
  readonly id: string;
  readonly sub: string;
  readonly email: string;
  /** When the person last consented (ms since 1970); a refresh does not change it. */
  readonly connectedAt: number;
  /** When Google last issued an access token for this consent (ms since 1970); missing before the first refresh. */
  readonly refreshedAt?: number;
  /** Missing if a service account requests its own access tokens. */
  readonly refreshToken?: string;
  /**
   * When Google ends it, even if it is used (ms since 1970): after seven days if the consent screen is in Testing, or
   * when the period ends for which the person granted access. Missing if Google did not state it; then nothing is
   * known.
   */
  readonly refreshTokenExpiresAt?: number;
  readonly serviceAccount?: ServiceAccount;
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly accessTokenExpiresAt: number;
  readonly scopes: readonly string[];
  /** A program supplied the refresh token and may use it elsewhere, so it is not revoked when it has no claims here. */
  readonly lent?: boolean;
}

/** A credential as it is stored. */
export interface StoredCredential extends Credential {
  /** Changes with each write of the record. */
  readonly version: string;
}

/** Why a refresh failed, for callers that waited for it. */
export type RefreshFailure = 'ended' | 'unavailable' | 'refused';

/** Who may refresh a credential: this process, another one, or nobody because the refresh has just failed. */
export type RefreshTurn = 'mine' | 'taken' | { readonly failed: RefreshFailure };

/** Who claims a credential: a kind and an id, such as `session:…`. */
export type Claimant = `${string}:${string}`;

/** The state of a credential after a claim was released. */
export type Released =
  /** It has other claims. */
  | { readonly state: 'claimed'; readonly until: number }
  /** No claims left: deleted here and not revoked at Google. Also returned if there was none. */
  | { readonly state: 'dropped' }
  /** No claims left, but this process cannot decrypt it. It is due again in ten minutes, for one that can. */
  | { readonly state: 'unreadable' }
  /**
   * No claims left; hidden from look-ups. The caller must withdraw it at Google, then call `forget`. If that does not
   * happen within half a minute, it is due again.
   */
  | { readonly state: 'ending'; readonly credential: Credential };

/**
 * The id of an account's credential for a client: base64url(SHA-256).
 * @param client the OAuth client's id, or the service account's address
 */
export function credentialIdOf(client: string, sub: string): string {
  return digest(client + sub);
}

/** Stores credentials, encrypted. Every method throws StoreUnavailableError if the store cannot be reached. */
export abstract class CredentialStore {
  /**
   * Stores a new consent, replacing an older one, and stops a revocation in progress. It must be claimed within a
   * minute.
   */
  abstract save(credential: Credential): Promise<void>;

  /**
   * Stores a refreshed credential; claims do not change.
   * @param version of the credential that was refreshed
   * @returns false if that version was replaced or deleted meanwhile; then nothing is stored
   */
  abstract update(credential: Credential, version: string): Promise<boolean>;

  /** The credential; undefined if it is unknown, was deleted, or no current key decrypts it. */
  abstract find(credentialId: string): Promise<StoredCredential | undefined>;

  /**
   * Takes the turn to refresh a credential, which others see until it ends or expires.
   * @param holder identifies the process
   * @param hasWaited whether another process had the turn when this holder asked before; it then also gets that
   *   process's failure, which is reported for a second
   */
  abstract takeRefresh(credentialId: string, holder: string, leaseMs: number, hasWaited: boolean): Promise<RefreshTurn>;

  /** Ends the holder's turn, unless it has passed to another. @param failed how the refresh failed, if it did */
  abstract endRefresh(credentialId: string, holder: string, failed?: RefreshFailure): Promise<void>;

  /** See `CredentialKeeper.claim`. */
  abstract claim(credentialId: string, claimant: Claimant, until: number): Promise<boolean>;

  /**
   * Drops a claim and all expired claims. Has no effect on a credential that is being revoked already.
   * @param claimant undefined: only expired claims; `everybody`: all claims, even if the credential was to be kept
   * @param keepCredential see CredentialKeeper; undefined: as requested before
   */
  abstract release(
    credentialId: string,
    claimant: Claimant | 'everybody' | undefined,
    keepCredential?: boolean,
  ): Promise<Released>;

  /** The current claimants of a credential. */
  abstract claimants(credentialId: string): Promise<Claimant[]>;

  /**
   * Credentials to check: those whose last claim has ended, and those that are to be revoked. Returns some at a time.
   */
  abstract due(): Promise<string[]>;

  /** Forgets a credential that was revoked, unless it was saved again meanwhile. */
  abstract forget(credential: Credential): Promise<void>;

  /** Schedules another attempt (ms) for a credential that could not be revoked yet. */
  abstract postpone(credentialId: string, until: number): Promise<void>;
}

/** The result of a revocation. */
export interface Withdrawal {
  /** False if Google has not confirmed it yet; it is retried for a day. */
  readonly isConfirmed: boolean;
  /** Who claimed the credential before. */
  readonly claimants: readonly Claimant[];
}

/**
 * Revokes credentials at Google when they have no claims left. A credential may have many claims: of an account's
 * sessions on both sides, and its transfers. Every method throws StoreUnavailableError if the store cannot be reached.
 * If Google is unreachable that is no error: the credential is revoked later.
 */
export abstract class CredentialKeeper {
  /**
   * Claims a credential at least until then (ms). Does not shorten an earlier claim of the same claimant, because calls
   * may arrive out of order. Ignores a late claim of a session that has released the credential, because it would never
   * be released.
   * @returns false if there is no such credential, or the claim was ignored
   */
  abstract claim(credentialId: string, claimant: Claimant, until: number): Promise<boolean>;

  /**
   * Releases a claim. If no claim is left, the credential is deleted here and revoked at Google.
   * @param keepCredential true: do not revoke it at Google, also when the last claim ends later; false: revoke it,
   *   whatever was requested before; default: as requested before. A lent credential is never revoked.
   */
  abstract release(credentialId: string, claimant: Claimant, keepCredential?: boolean): Promise<void>;

  /**
   * Deletes a credential and revokes it at Google despite its claims: work that needs it stops and waits for a new
   * sign-in.
   */
  abstract withdraw(credentialId: string): Promise<Withdrawal>;

  /** Revokes credentials whose claims have ended, and those that could not be revoked before. */
  abstract sweep(): Promise<void>;
}

/** Valid access tokens. */
export abstract class AccessTokens {
  /**
   * A valid access token; simultaneous callers share one refresh.
   * @param rejected a token that Google has just rejected (401): it is refreshed, unless it was replaced already
   * @throws ReconnectNeededError if Google no longer accepts the credential, or it was deleted
   * @throws DriveError `google_unavailable` if Google's token endpoint does not respond
   */
  abstract accessToken(credentialId: string, rejected?: string): Promise<string>;
}

/** What a program supplies instead of a person's consent. */
export interface HeadlessConnection {
  /** Not stored yet: the caller must save it (`CredentialStore.save`), and the session claims it. */
  readonly credential: Credential;
  readonly account: Account;
}

/**
 * Creates credentials without a browser, for programs. Each method requests an access token and the account from
 * Google. Neither checks ALLOWED_ACCOUNTS, nor whether the scopes are enough for a side. Both throw DriveError
 * `google_unavailable` if Google does not respond, `google_refused` if it refuses the OAuth client of this
 * installation, and SignInError `scope_missing` or `account_not_allowed` like a sign-in.
 */
export abstract class CredentialImporter {
  /**
   * @param refreshToken made for the OAuth client of this installation
   * @throws RefreshTokenRejectedError if it has expired, was revoked, or belongs to another client
   */
  abstract fromRefreshToken(refreshToken: string): Promise<HeadlessConnection>;

  /**
   * Signs an assertion (RFC 7523) for full access to the subject's Drive or, if only that is delegated, for reading.
   * Sends it to the configured token URL, whatever URL the key file contains.
   * @throws ServiceAccountRejectedError if the key is not an RSA key, or Google refuses it
   */
  abstract fromServiceAccount(serviceAccount: ServiceAccount): Promise<HeadlessConnection>;
}
