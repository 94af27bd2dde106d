/** Full access to a Drive: share, trash and write. */
export const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';

/** Read-only access to a Drive: enough for the source of a copy. */
export const DRIVE_READONLY_SCOPE = 'https://www.googleapis.com/auth/drive.readonly';

/** The side that a token can be used for; `general`: either side. */
export type SessionType = 'source' | 'destination' | 'general';
export const SESSION_TYPES: readonly SessionType[] = ['source', 'destination', 'general'];

/** A connected Google account, with what people need to recognise it. */
export interface Account {
  /** Google's stable id of the account; its e-mail address may change. */
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  readonly photo?: string;
}

/** The device that opened a session, just precise enough to recognise it. */
export interface Device {
  /** @example "Firefox"; missing if it is not a browser */
  readonly browser?: string;
  /** @example "Windows"; missing if unknown */
  readonly os?: string;
}

/**
 * The session of a token. A session has one token at a time. When it is replaced, the record under the old token stays
 * until the end of the session's lifetime, so that a later use of it is noticed.
 */
export interface Session {
  /** base64url(SHA-256(token)); the token itself is not stored. */
  readonly id: string;
  /** Random id of the session for people and lists. It stays when the token is replaced, and gives no access. */
  readonly handle: string;
  readonly type: SessionType;
  readonly account: Account;
  readonly credentialId: string;
  /** OAuth scopes the person granted. */
  readonly scopes: readonly string[];
  readonly device: Device;
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
  /** Set if a program opened it with the operator key, so nobody can sign in again. */
  readonly unattended?: true;
  /**
   * Set if its token is a code that gives no access, and only `SessionService.exchange` accepts: PKCE's S256 code
   * challenge (RFC 7636 §4.2) of the program that signed in.
   */
  readonly codeChallenge?: string;
  /** When it ends even if it is used. */
  readonly expiresAt: number;
  /**
   * When it ends if it is not used: the earliest of `expiresAt`, the idle limit and, for an unused token from a URL,
   * ten minutes. Responses return it as `expiresAt`.
   */
  readonly endsAt: number;
  /** When Google ends the access, as known when the session was opened; see Credential's `refreshTokenExpiresAt`. */
  readonly accessEndsAt?: number;
  /** Missing until the token was used; exact to a minute. */
  readonly lastUsedAt?: number;
  /** Id of the token that replaced this one, if any. */
  readonly replacedBy?: string;
  /** Id of the token that this one replaced. */
  readonly replaces?: string;
}

/** Where a page of sessions begins. Contains no session id, because nobody may see one. */
export interface SessionPosition {
  /** End of lifetime (ms) of its first session. */
  readonly expiresAt: number;
  /** How many sessions that end in this millisecond were on earlier pages. */
  readonly skipped: number;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  readonly next?: SessionPosition;
}

/** Stores sessions until they expire. Every method throws StoreUnavailableError if the store cannot be reached. */
export abstract class SessionStore {
  /** Stores a session until its `endsAt`, and makes it the newest of its type. */
  abstract save(session: Session): Promise<void>;

  /**
   * The session under the id of a token, also a replaced one; undefined if it is unknown, has ended, or no current key
   * decrypts it. One round trip.
   */
  abstract find(id: string): Promise<Session | undefined>;

  /**
   * Records the use of a session, which then ends at `endsAt` (ms) if it is not used again. Has no effect if it has
   * ended or its token was replaced meanwhile.
   */
  abstract touch(session: Session, usedAt: number, endsAt: number): Promise<void>;

  /**
   * Replaces a session by a successor with a new token. The record of the old token stays until the successor's
   * `expiresAt`.
   * @param successor must have the old token's id in `replaces`
   * @param graceMs see `graceLeft`
   * @returns false if it has ended or was replaced before; one of several concurrent calls gets true
   */
  abstract replace(session: Session, successor: Session, graceMs: number): Promise<boolean>;

  /**
   * Milliseconds for which a replaced token still works: the rest of its `graceMs`, by the store's clock, because
   * processes' clocks may differ. 0: it no longer works, or was never replaced.
   */
  abstract graceLeft(replaced: Session): Promise<number>;

  /**
   * Ends a session with all its current and earlier tokens, given any of them.
   * @returns false if it did not exist (any more); one of several concurrent calls gets true
   * @throws StoreUnavailableError also if it has ended and no replica confirmed it; `list` then lacks it
   */
  abstract end(session: Session): Promise<boolean>;

  /** Valid sessions of one credential, each with its current token; newest first. */
  abstract list(credentialId: string): Promise<Session[]>;

  /**
   * Valid sessions of all accounts, each with its current token; by their end, latest first. A page may have fewer than
   * `limit` sessions even if there is a `next`.
   */
  abstract page(from: SessionPosition | undefined, limit: number): Promise<SessionPage>;
}
