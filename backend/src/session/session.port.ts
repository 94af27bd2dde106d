/** Full access to a Drive: to share, to trash and to write. */
export const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';

/** Which side a token is good for; `general` is good for either. */
export type SessionType = 'source' | 'destination' | 'general';
export const SESSION_TYPES: readonly SessionType[] = ['source', 'destination', 'general'];

/** A connected Google account as far as people need to recognise it. */
export interface Account {
  /** Google's stable id of the account; e-mail addresses change, this does not. */
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  readonly photo?: string;
}

/** What a token stands for. */
export interface Session {
  /** base64url(SHA-256(token)); the token itself is stored nowhere. */
  readonly id: string;
  readonly type: SessionType;
  readonly account: Account;
  readonly grantId: string;
  /** OAuth scopes the person granted. */
  readonly scopes: readonly string[];
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Absent until the token was used; exact to a minute. */
  readonly lastUsedAt?: number;
}

/**
 * Keeps sessions until they expire.
 * Every method throws StoreUnavailableError when the store cannot be reached.
 */
export abstract class SessionStore {
  /**
   * Stores a session and makes it the newest of its type.
   * @param dropUnusedAt when it ends if its token is never used (ms); not later than `expiresAt`
   */
  abstract save(session: Session, dropUnusedAt: number): Promise<void>;

  /** The live session, or undefined when it is unknown, expired or cannot be read with today's keys. One round trip. */
  abstract find(id: string): Promise<Session | undefined>;

  /** Notes the use of a session, which then lives its whole life. A session deleted meanwhile stays deleted. */
  abstract touch(session: Session, usedAt: number): Promise<void>;

  /** Ends a session. False when it was not there (any more): of several concurrent calls one gets true. */
  abstract delete(session: Session): Promise<boolean>;

  /** Live sessions of one grant or, without one, of everybody; newest first. */
  abstract list(grantId?: string): Promise<Session[]>;
}
