import type { Account } from './session.port.js';
import { digest } from './token.js';

/** A service account that acts in a person's name ("domain-wide delegation"); it signs for its own access tokens. */
export interface ServiceAccount {
  /** The service account's address, `client_email` of its key file. */
  readonly email: string;
  /** RSA key in PEM form, `private_key` of its key file. As secret as a refresh token. */
  readonly privateKey: string;
  /** Address of the person in whose name it acts. */
  readonly subject: string;
}

/** What Google gave us for one account and one OAuth client. */
export interface Credential {
  /** See `credentialIdOf`. */
  readonly id: string;
  readonly sub: string;
  readonly email: string;
  /** When the person last consented (ms since 1970); a refresh does not change it. */
  readonly connectedAt: number;
  /** When Google last gave an access token for this consent (ms since 1970); absent before the first refresh. */
  readonly refreshedAt?: number;
  /** Absent where a service account asks for its own access tokens. */
  readonly refreshToken?: string;
  /**
   * When Google ends it by itself, however it is used (ms since 1970): after seven days where the consent screen is in
   * Testing, or when the time is over for which the person granted access. Absent where Google did not say; then nothing
   * is known.
   */
  readonly refreshTokenExpiresAt?: number;
  readonly serviceAccount?: ServiceAccount;
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly accessTokenExpiresAt: number;
  readonly scopes: readonly string[];
  /** A program handed the refresh token in and may use it elsewhere: it is not withdrawn when it has no claims here. */
  readonly lent?: boolean;
}

/** A credential as it lies in the store. */
export interface StoredCredential extends Credential {
  /** Differs after each write of the record. */
  readonly version: string;
}

/** Why a refresh failed, for those who waited for it. */
export type RefreshFailure = 'ended' | 'unavailable' | 'refused';

/** Whose turn it is to refresh a credential: one's own, another's, or it has just failed. */
export type RefreshTurn = 'mine' | 'taken' | { readonly failed: RefreshFailure };

/** Who needs a credential: what it is and its id, such as `session:…`. */
export type Claimant = `${string}:${string}`;

/** What became of a credential whose claim was released. */
export type Released =
  /** Others need it still. */
  | { readonly state: 'claimed'; readonly until: number }
  /** Nobody needs it, and it was dropped here, but is to stay at Google; or it was not there (any more). */
  | { readonly state: 'dropped' }
  /**
   * No claims left; hidden from look-ups. The caller must withdraw it at Google, then call `forget`. If that does not
   * happen within half a minute, it is due again.
   */
  | { readonly state: 'ending'; readonly credential: Credential };

/**
 * Names the credential of an account to a client: base64url(SHA-256).
 * @param client the OAuth client's id, or the service account's address
 */
export function credentialIdOf(client: string, sub: string): string {
  return digest(client + sub);
}

/** Keeps credentials, encrypted. Every method throws StoreUnavailableError when the store cannot be reached. */
export abstract class CredentialStore {
  /**
   * Stores a new consent in place of an older one, and calls a withdrawal off that is under way. It is kept for a minute,
   * in which it must be claimed.
   */
  abstract save(credential: Credential): Promise<void>;

  /**
   * Stores a refreshed credential; claims stay as they are.
   * @param version of the credential that was refreshed
   * @returns false when that one has been replaced or dropped meanwhile; then nothing is stored
   */
  abstract update(credential: Credential, version: string): Promise<boolean>;

  /** The credential, or undefined when it is unknown, dropped or cannot be read with today's keys. */
  abstract find(credentialId: string): Promise<StoredCredential | undefined>;

  /**
   * Takes the turn to refresh a credential, which others see until it is ended or its time is over.
   * @param holder identifies the process that asks
   * @param hasWaited whether it was another's turn when this holder asked before: then it shares in a failure, which is
   *   reported for a second
   */
  abstract takeRefresh(credentialId: string, holder: string, leaseMs: number, hasWaited: boolean): Promise<RefreshTurn>;

  /** Ends one's turn, if it has not passed to another. @param failed how it failed, if it did */
  abstract endRefresh(credentialId: string, holder: string, failed?: RefreshFailure): Promise<void>;

  /** See CredentialKeeper. */
  abstract claim(credentialId: string, claimant: Claimant, until: number): Promise<boolean>;

  /**
   * Drops a claim and those that are over. A claimant of a credential that is ending already has nothing to do with that.
   * @param claimant undefined: only those that are over; `everybody`: all of them, even if the credential was to stay
   * @param keepCredential see CredentialKeeper; undefined leaves what was wished before
   */
  abstract release(
    credentialId: string,
    claimant: Claimant | 'everybody' | undefined,
    keepCredential?: boolean,
  ): Promise<Released>;

  /** Who claims a credential now. */
  abstract claimants(credentialId: string): Promise<Claimant[]>;

  /** Credentials to be checked: those whose last claim is over, and those that wait to be withdrawn. Not all at once. */
  abstract due(): Promise<string[]>;

  /** A credential that is ending has been withdrawn. One that was saved meanwhile stays. */
  abstract forget(credential: Credential): Promise<void>;

  /** A credential that is ending could not be withdrawn yet: it is due again at this time (ms). */
  abstract postpone(credentialId: string, until: number): Promise<void>;
}

/** What a withdrawal did. */
export interface Withdrawal {
  /** False when Google has not confirmed it yet: it is tried again for a day. */
  readonly isConfirmed: boolean;
  /** Who claimed the credential until then. */
  readonly claimants: readonly Claimant[];
}

/**
 * Withdraws credentials at Google when they have no claims left. One credential may serve many: the sessions of an account on
 * both sides, and its transfers. Every method throws StoreUnavailableError when the store cannot be reached; Google's
 * absence is no error, the credential is withdrawn later.
 */
export abstract class CredentialKeeper {
  /**
   * Claims a credential at least until then (ms). It does not shorten an earlier claim of the same claimant, because calls
   * may overtake each other. A late claim of a session that has released the credential is ignored: it would never be
   * released.
   * @returns false when there is no such credential, or it does not count
   */
  abstract claim(credentialId: string, claimant: Claimant, until: number): Promise<boolean>;

  /**
   * Lets go of a credential. When no claim is left, it is dropped here and withdrawn at Google.
   * @param keepCredential true: it shall stay at Google, also when the last claim ends later; false: it shall not, whatever
   *   was said before; without it, what was said before holds. A credential that was lent always stays.
   */
  abstract release(credentialId: string, claimant: Claimant, keepCredential?: boolean): Promise<void>;

  /** Drops a credential and withdraws it at Google in spite of its claims: what needs it stops and waits for a new sign-in. */
  abstract withdraw(credentialId: string): Promise<Withdrawal>;

  /** Withdraws credentials whose claims are over, and those that could not be withdrawn before. */
  abstract sweep(): Promise<void>;
}

/** Access tokens that Google accepts now. */
export abstract class AccessTokens {
  /**
   * A valid access token, refreshed once for all who wait for it.
   * @param rejected a token Google has just answered 401 to: refreshed, unless it was replaced already
   * @throws ReconnectNeededError when Google accepts the credential no longer, or it is gone
   * @throws DriveError `google_unavailable` when Google's token endpoint does not answer
   */
  abstract accessToken(credentialId: string, rejected?: string): Promise<string>;
}

/** What a program hands in where a person would go to Google's consent page. */
export interface HeadlessConnection {
  /** Not stored yet: the caller saves it first (`CredentialStore.save`), and the session claims it. */
  readonly credential: Credential;
  readonly account: Account;
}

/**
 * Makes credentials without a browser, for programs. Each method asks Google once for an access token and once whose it is.
 * Neither checks ALLOWED_ACCOUNTS, nor whether the scopes suffice for a side.
 * Both throw DriveError `google_unavailable` when Google does not answer, `google_refused` when it refuses the OAuth
 * client of this installation, and SignInError `scope_missing` or `account_not_allowed` as a sign-in does.
 */
export abstract class CredentialImporter {
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
