import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { SessionExpiredError } from './errors.js';
import { GrantKeeper } from './grant.port.js';
import { type Account, type Session, SessionStore, type SessionType } from './session.port.js';
import { digest, newToken } from './token.js';

/** A token that was handed over in an address dies by itself when nobody uses it for this long. */
const UNUSED_TOKEN_MS = 10 * 60_000;

/** A session together with its token, which is known at this moment only. */
export interface IssuedSession {
  readonly token: string;
  readonly session: Session;
}

/** Opens, replaces and ends sessions. */
@Injectable()
export class SessionService {
  constructor(
    private readonly sessions: SessionStore,
    private readonly grants: GrantKeeper,
    private readonly config: Config,
  ) {}

  /** Opens a session whose token travels in an address: shorter-lived until it is used or replaced. */
  async open(connection: {
    type: SessionType;
    account: Account;
    grantId: string;
    scopes: readonly string[];
  }): Promise<IssuedSession> {
    const now = Date.now();
    return this.issue(
      { ...connection, createdAt: now, expiresAt: now + this.config.session.urlTokenTtlSeconds * 1000 },
      now + UNUSED_TOKEN_MS,
    );
  }

  /**
   * Replaces a session's token. The old one is dead when this resolves; the end of the session's life stays where a
   * session opened at that time has it.
   * @throws SessionExpiredError when it has ended meanwhile: of two concurrent calls one wins
   */
  async rotate(session: Session): Promise<IssuedSession> {
    const expiresAt = session.createdAt + this.config.session.ttlSeconds * 1000;
    if (!(await this.sessions.delete(session))) throw new SessionExpiredError(sideOf(session));
    const { type, account, grantId, scopes, createdAt } = session;
    const issued = await this.issue({ type, account, grantId, scopes, createdAt, expiresAt }, expiresAt);
    // After the new one claims the grant.
    await this.grants.release(grantId, claimOf(session));
    return issued;
  }

  /**
   * Ends a session. The grant at Google is withdrawn with the last session and transfer that needs it.
   * @param keepGrant the grant shall stay at Google all the same
   * @throws SessionExpiredError when it has ended meanwhile
   */
  async end(session: Session, keepGrant = false): Promise<void> {
    if (!(await this.sessions.delete(session))) throw new SessionExpiredError(sideOf(session));
    await this.grants.release(session.grantId, claimOf(session), keepGrant);
  }

  /** Live sessions of the caller's account or, without a caller, of everybody; newest first. */
  async active(caller: Session | undefined): Promise<Session[]> {
    return this.sessions.list(caller?.grantId);
  }

  /** Whether one of these sessions has neither ended nor expired since it was found. */
  async isAnyLive(sessions: readonly Session[]): Promise<boolean> {
    const found = await Promise.all(sessions.map(({ id }) => this.sessions.find(id)));
    return found.some((session) => session !== undefined);
  }

  private async issue(values: Omit<Session, 'id'>, dropUnusedAt: number): Promise<IssuedSession> {
    const token = newToken();
    const session: Session = { id: digest(token), ...values };
    await this.grants.claim(session.grantId, claimOf(session), session.expiresAt);
    await this.sessions.save(session, Math.min(dropUnusedAt, session.expiresAt));
    return { token, session };
  }
}

const claimOf = ({ id }: Session) => `session:${id}` as const;

/** The side a session belongs to; a general one belongs to neither. */
export function sideOf(session: Session): 'source' | 'destination' | undefined {
  return session.type === 'general' ? undefined : session.type;
}
