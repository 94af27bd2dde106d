/** Full access to a Drive: to share, to trash and to write. */
export const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';

/** To read a Drive, and no more: enough for the source of a copy. */
export const DRIVE_READONLY_SCOPE = 'https://www.googleapis.com/auth/drive.readonly';

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

/** What a session was opened with, just precise enough to recognise it. */
export interface Device {
  /** @example "Firefox"; absent for a program that is no browser */
  readonly browser?: string;
  /** @example "Windows"; absent where it is unknown */
  readonly os?: string;
}

/**
 * What a token stands for. A session has one token at a time: when it is replaced, the record under the old one stays to
 * the end of the session's life, so that a later use of it is noticed.
 */
export interface Session {
  /** base64url(SHA-256(token)); the token itself is stored nowhere. */
  readonly id: string;
  /** Random name of the session for people and lists. It stays when the token is replaced, and opens nothing. */
  readonly handle: string;
  readonly type: SessionType;
  readonly account: Account;
  readonly credentialId: string;
  /** OAuth scopes the person granted. */
  readonly scopes: readonly string[];
  readonly device: Device;
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
  /** Set if a program opened it with the operator key: nobody can sign in again. */
  readonly unattended?: true;
  /** When it ends however much it is used. */
  readonly expiresAt: number;
  /**
   * When it ends if it is not used until then: the earliest of `expiresAt`, the idle limit and, of a token that came in an
   * address and was never used, ten minutes. What responses return as `expiresAt`.
   */
  readonly endsAt: number;
  /**
   * When Google ends the access by itself, as known when the session was opened; see Credential's
   * `refreshTokenExpiresAt`.
   */
  readonly accessEndsAt?: number;
  /** Absent until the token was used; exact to a minute. */
  readonly lastUsedAt?: number;
  /** There when another token has taken this one's place: its id. */
  readonly replacedBy?: string;
  /** Id of the token that this one took the place of. */
  readonly replaces?: string;
}

/** Where a page of sessions begins; it names no session, as an id is nobody's to see. */
export interface SessionPosition {
  /** End of life (ms) of its first session. */
  readonly expiresAt: number;
  /** How many of those that end in this millisecond were on earlier pages. */
  readonly skipped: number;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  readonly next?: SessionPosition;
}

/**
 * Keeps sessions until they expire.
 * Every method throws StoreUnavailableError when the store cannot be reached.
 */
export abstract class SessionStore {
  /** Stores a session until its `endsAt`, and makes it the newest of its type. */
  abstract save(session: Session): Promise<void>;

  /**
   * The session under a token's id, also under one that was replaced; undefined when it is unknown, has ended or cannot
   * be read with today's keys. One round trip.
   */
  abstract find(id: string): Promise<Session | undefined>;

  /**
   * Notes the use of a session, and makes `endsAt` (ms) its end if it is not used again. One that has ended, or whose
   * token was replaced meanwhile, stays as it is.
   */
  abstract touch(session: Session, usedAt: number, endsAt: number): Promise<void>;

  /**
   * Puts a successor, with a token of its own, in a session's place. The record of the old token stays to the
   * successor's `expiresAt`.
   * @param successor names the old one in `replaces`
   * @param graceMs see `graceLeft`
   * @returns false when it has ended or was replaced before: of several concurrent calls one gets true
   */
  abstract replace(session: Session, successor: Session, graceMs: number): Promise<boolean>;

  /**
   * Milliseconds for which a replaced token still works: what is left of its `graceMs`, by the store's clock, because
   * those of processes may differ. 0: it no longer works, or was never replaced.
   */
  abstract graceLeft(replaced: Session): Promise<number>;

  /**
   * Ends a session under all tokens that it has and had, whichever of them is given.
   * @returns false when it was not there (any more): of several concurrent calls one gets true
   */
  abstract end(session: Session): Promise<boolean>;

  /** Live sessions of one credential, each under its present token; newest first. */
  abstract list(credentialId: string): Promise<Session[]>;

  /**
   * Live sessions of everybody, each under its present token; those whose life ends last come first. A page may hold
   * fewer than `limit`, also when `next` leads on.
   */
  abstract page(from: SessionPosition | undefined, limit: number): Promise<SessionPage>;
}
