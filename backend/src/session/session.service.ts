import { Injectable, Logger } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { type AuditEvent, AuditLog } from '../insight/audit.port.js';
import { AccountWork } from './account-work.port.js';
import { isAllowed } from './allowed-accounts.js';
import { AccountNotAllowedError, SessionExpiredError, SessionNotFoundError } from './errors.js';
import { CredentialKeeper } from './credentials.port.js';
import { requireRecentSignIn } from './recent-sign-in.js';
import { type Session, type SessionPage, type SessionPosition, SessionStore } from './session.port.js';
import { isSameSecret } from './same-secret.js';
import { digest, isTokenShaped, newHandle, newToken } from './token.js';

/** How long an unused token from a URL is valid. */
const UNUSED_TOKEN_MS = 10 * 60_000;

/** How long a replaced token still works, for requests in progress. */
const GRACE_MS = 10_000;

/** How often a session's use is stored at most: one write a minute instead of one per request. */
const TOUCH_EVERY_MS = 60_000;

/** Maximum number of sessions of an account, because many requests read all of them. */
export const MAX_SESSIONS = 200;

/** Sessions per page in a search of all sessions. */
const PAGE = 500;

/** A session with its token, which is known only now. */
export interface IssuedSession {
  readonly token: string;
  readonly session: Session;
}

/** The result of withdrawing access. */
export interface Revocation {
  readonly sessionsEnded: number;
  /** Ids of the work that used the credential. */
  readonly stopped: readonly string[];
  /** False if Google has not confirmed it yet: the request is retried for a day. */
  readonly isConfirmed: boolean;
}

/** The session has ended. */
interface Ended {
  readonly ended: true;
}
const ENDED: Ended = { ended: true };

/** The connection that a session is opened for. */
export type Connection = Pick<
  Session,
  'type' | 'account' | 'credentialId' | 'scopes' | 'device' | 'accessEndsAt' | 'codeChallenge'
>;

/** Opens, finds, replaces and ends sessions. */
@Injectable()
export class SessionService {
  private readonly logger = new Logger(SessionService.name);
  private readonly touchEveryMs: number;

  constructor(
    private readonly sessions: SessionStore,
    private readonly credentials: CredentialKeeper,
    private readonly audit: AuditLog,
    @InjectConfig('general') private readonly general: Config['general'],
    @InjectConfig('session') private readonly limits: Config['session'],
    private readonly work: AccountWork,
  ) {
    // Often enough that a session in use does not appear idle.
    this.touchEveryMs = Math.min(TOUCH_EVERY_MS, this.limits.idleSeconds * 250);
  }

  /**
   * Opens a session. Beyond the maximum of an account, those that were used least recently end.
   * @param returnedIn how its token is returned: in a URL after a person's sign-in, where it is short-lived until it is
   *   used or replaced; or in a response to a program
   */
  async open(connection: Connection, returnedIn: 'address' | 'answer'): Promise<IssuedSession> {
    const { ttlSeconds, urlTokenTtlSeconds } = this.limits;
    const now = Date.now();
    const inAddress = returnedIn === 'address';
    const expiresAt = now + (inAddress ? urlTokenTtlSeconds : ttlSeconds) * 1000;
    const idleEnd = this.idleEnd(expiresAt, now);
    const endsAt = inAddress ? Math.min(now + UNUSED_TOKEN_MS, idleEnd) : idleEnd;
    const token = newToken();
    const session: Session = {
      ...connection,
      ...(!inAddress && { unattended: true }),
      ...{ id: digest(token), handle: newHandle(), createdAt: now, expiresAt, endsAt },
    };
    await this.credentials.claim(session.credentialId, claimOf(session), endsAt);
    await this.makeRoom(session.credentialId);
    await this.sessions.save(session);
    return { token, session };
  }

  private async makeRoom(credentialId: string): Promise<void> {
    const all = await this.sessions.list(credentialId);
    const surplus = all.length - MAX_SESSIONS + 1;
    if (surplus <= 0) return;
    const least = all.sort((a, b) => lastUseOf(a) - lastUseOf(b)).slice(0, surplus);
    await Promise.all(least.map((session) => this.close(session, false, { detail: { surplus: true } })));
  }

  /**
   * The valid session of a token; undefined if there is none. Counts as a use. One round trip to the store, and a
   * second one at the first use, so that `endsAt` is what the store has. A replaced token is valid for ten more
   * seconds, which `endsAt` then states. A later use means that it was kept or stolen, and ends the session (RFC 9700
   * §4.14.2).
   * @throws AccountNotAllowedError if ALLOWED_ACCOUNTS lacks its account; this does not count as a use, so the session
   *   ends after the idle limit
   */
  async ofToken(token: string): Promise<Session | undefined> {
    const session = isTokenShaped(token) ? await this.sessions.find(digest(token)) : undefined;
    if (!session || session.codeChallenge !== undefined) return undefined;
    const graceLeft = session.replacedBy === undefined ? undefined : await this.sessions.graceLeft(session);
    if (graceLeft === 0) {
      const end = await this.endStored(session);
      if (end.isDone) await this.credentials.release(session.credentialId, claimOf(session));
      this.logger.warn(`A replaced token was used again, so session ${session.handle} was ended.`);
      // It is unknown who used it.
      this.record('session.token_reused', session, { actor: 'unknown', outcome: 'session_expired' });
      if (end.unconfirmed) throw end.unconfirmed;
      return undefined;
    }
    if (!isAllowed(session.account, this.general))
      throw new AccountNotAllowedError(sideOf(session), session.account.sub);
    return graceLeft === undefined ? this.use(session) : { ...session, endsAt: Date.now() + graceLeft };
  }

  /**
   * Replaces a session's token. The old one works for ten more seconds, but not for another rotation. The end of the
   * session's lifetime does not change.
   * @param earlierToken token of the client's previous session. That session ends afterwards, so that a credential
   *   which both use stays claimed. An unknown or ended one is no error.
   * @throws SessionExpiredError if it has ended or was replaced before: only one of two concurrent calls succeeds
   */
  async rotate(session: Session, earlierToken?: string): Promise<IssuedSession> {
    const now = Date.now();
    const expiresAt = session.createdAt + this.limits.ttlSeconds * 1000;
    const { id: _id, replacedBy: _replacedBy, codeChallenge: _codeChallenge, ...kept } = session;
    const token = newToken();
    const endsAt = this.idleEnd(expiresAt, now);
    const successor = { ...kept, id: digest(token), replaces: session.id, expiresAt, endsAt, lastUsedAt: now };
    if (session.replacedBy || !(await this.sessions.replace(session, successor, GRACE_MS)))
      throw new SessionExpiredError(sideOf(session));
    await this.credentials.claim(session.credentialId, claimOf(session), endsAt);
    this.record('session.rotated', session);
    if (earlierToken !== undefined) await this.endEarlier(earlierToken, successor);
    return { token, session: successor };
  }

  /**
   * Replaces a code by the session's first token, once, for the program that began the sign-in. A second use, or
   * another verifier, ends the session: the code was stolen (RFC 9700 §2.1.1).
   * @param verifier PKCE code verifier (RFC 7636)
   * @returns undefined if the code is unknown or has ended, was used before, or the verifier is another
   */
  async exchange(code: string, verifier: string): Promise<IssuedSession | undefined> {
    const session = await this.ofCode(code);
    if (session?.codeChallenge === undefined) return undefined;
    if (session.replacedBy === undefined && isSameSecret(digest(verifier), session.codeChallenge))
      return this.rotate(session);
    await this.close(session, false, { actor: 'unknown' });
    return undefined;
  }

  /** Whether a code can still be exchanged. */
  async isLiveCode(code: string): Promise<boolean> {
    const session = await this.ofCode(code);
    return session?.codeChallenge !== undefined && session.replacedBy === undefined;
  }

  private async ofCode(code: string): Promise<Session | undefined> {
    return isTokenShaped(code) ? this.sessions.find(digest(code)) : undefined;
  }

  /**
   * Ends a session. The credential is revoked at Google when its last claim ends.
   * @param keepCredential do not revoke the credential at Google
   * @throws SessionExpiredError if it has ended meanwhile
   */
  async end(session: Session, keepCredential = false): Promise<Ended> {
    if ((await this.signOut([session], keepCredential)) === 0) throw new SessionExpiredError(sideOf(session));
    return ENDED;
  }

  /** Valid sessions of the caller's account; newest first. */
  active(caller: Session): Promise<Session[]> {
    return this.sessions.list(caller.credentialId);
  }

  /** All valid sessions of the caller's account, or for the operator (no caller) a page of all accounts' sessions. */
  async listed(caller: Session | undefined, from: SessionPosition | undefined, limit: number): Promise<SessionPage> {
    return caller ? { sessions: await this.active(caller) } : this.sessions.page(from, limit);
  }

  /**
   * Ends a session of the caller's account, or for the operator (no caller) any session. @throws SessionNotFoundError
   */
  async endByHandle(caller: Session | undefined, handle: string, keepCredential = false): Promise<Ended> {
    await (caller ? this.endOne(caller, handle, keepCredential) : this.endAny(handle, keepCredential));
    return ENDED;
  }

  /**
   * Ends a session of the caller's account, which may be the caller's own.
   * @throws SessionNotFoundError also for other accounts' sessions
   */
  async endOne(caller: Session, handle: string, keepCredential = false): Promise<void> {
    const session = (await this.active(caller)).find((each) => each.handle === handle);
    if (!session || (await this.signOut([session], keepCredential)) === 0) throw new SessionNotFoundError();
  }

  /**
   * Ends a session of any account, for the operator. Searches page by page: an index from ids to sessions would cost
   * memory for a rare operation.
   * @throws SessionNotFoundError if there is no valid session with this id
   */
  async endAny(handle: string, keepCredential = false): Promise<void> {
    for (let from: SessionPosition | undefined; ;) {
      const { sessions, next } = await this.sessions.page(from, PAGE);
      const session = sessions.find((each) => each.handle === handle);
      if (session && (await this.close(session, keepCredential, { actor: 'operator' }))) return;
      if (session || !next) throw new SessionNotFoundError();
      from = next;
    }
  }

  /** Ends all sessions of the caller's account except the caller's own. @returns how many */
  async endOthers(caller: Session): Promise<number> {
    return this.signOut((await this.active(caller)).filter(({ handle }) => handle !== caller.handle));
  }

  /**
   * Revokes the caller's account's access at Google, and ends all its sessions. Work that needs the credential stops,
   * and resumes when the account's user has signed in again and confirms it.
   * @throws ReauthenticationRequiredError if the caller signed in more than an hour ago
   */
  async revoke(caller: Session): Promise<Revocation> {
    requireRecentSignIn([caller], sideOf(caller));
    const { credentialId, account } = caller;
    const sessions = await this.active(caller);
    const party = { sub: account.sub, credentialId };
    await this.work.park(party);
    const { isConfirmed, claimants } = await this.credentials.withdraw(credentialId);
    // The access is withdrawn at Google: its transfers stop, and the audit log says so, although a session stays.
    const ends = await Promise.allSettled(sessions.map((session) => this.sessions.end(session)));
    const sessionsEnded = ends.filter((end) => end.status === 'fulfilled' && end.value).length;
    const [parked] = await Promise.allSettled([this.work.parkClaimants(party, claimants)]);
    const stopped = parked.status === 'fulfilled' ? parked.value : [];
    this.audit.record({
      actor: { sub: account.sub },
      action: 'access.revoked',
      object: `session:${caller.handle}`,
      outcome: 'done',
      detail: { sessions: sessionsEnded, transfers: stopped.length, confirmed: isConfirmed },
    });
    for (const each of [...ends, parked]) if (each.status === 'rejected') throw each.reason as Error;
    return { sessionsEnded, stopped, isConfirmed };
  }

  /**
   * Whether all of these sessions are still valid. A client that watches with several sessions sees the data of each,
   * so the watch must end with any of them.
   */
  async areLive(sessions: readonly Session[]): Promise<boolean> {
    const found = await Promise.all(
      sessions.map(async ({ id }) => {
        const session = await this.sessions.find(id);
        const isLive = session && (session.replacedBy === undefined || (await this.sessions.graceLeft(session)) > 0);
        return isLive ? [session] : [];
      }),
    );
    const live = found.flat();
    await Promise.all(live.map((session) => this.use(session)));
    return live.length === sessions.length;
  }

  /** Records the use of a session. @returns the session as stored. Never throws: the next use tries again. */
  private async use(session: Session): Promise<Session> {
    const now = Date.now();
    if (session.replacedBy || now - (session.lastUsedAt ?? 0) <= this.touchEveryMs) return session;
    const endsAt = this.idleEnd(session.expiresAt, now);
    // The credential comes first, so that it never expires before the session.
    const noted = this.credentials
      .claim(session.credentialId, claimOf(session), endsAt)
      .then(() => this.sessions.touch(session, now, endsAt))
      .then(
        () => ({ ...session, lastUsedAt: now, endsAt }),
        () => session,
      );
    // Waits only for the first use, which extends ten minutes to a day; later ones move the end by about a minute.
    return session.lastUsedAt === undefined ? noted : session;
  }

  /** When a session ends that is used now but not again. */
  private idleEnd(expiresAt: number, now: number): number {
    return Math.min(expiresAt, now + this.limits.idleSeconds * 1000);
  }

  /** Ends the client's previous session, unless it is the new one. */
  private async endEarlier(token: string, { handle }: Session): Promise<void> {
    const earlier = isTokenShaped(token) ? await this.sessions.find(digest(token)) : undefined;
    if (earlier && earlier.handle !== handle) await this.close(earlier);
  }

  /**
   * Ends sessions of one account because its user signs out. With its last session the account has left.
   * @returns how many of them had not ended before
   */
  private async signOut(sessions: readonly Session[], keepCredential = false): Promise<number> {
    const [first] = sessions;
    if (!first) return 0;
    const { account, credentialId } = first;
    const leaveIfLast = async (ending: readonly Session[]) => {
      const handles = new Set(ending.map(({ handle }) => handle));
      const isLast = (await this.sessions.list(credentialId)).every(({ handle }) => handles.has(handle));
      if (isLast) await this.work.leave({ sub: account.sub, credentialId });
      return isLast;
    };
    // Recorded before, so that after a failure of the store a session is left with which this can be repeated; and
    // again afterwards, because two last sessions that end at the same time each see the other.
    const hasLeft = await leaveIfLast(sessions);
    const ends = await Promise.allSettled(sessions.map((session) => this.close(session, keepCredential)));
    if (!hasLeft) await leaveIfLast([]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason as Error;
    return ends.filter((end) => end.status === 'fulfilled' && end.value).length;
  }

  /** @returns false if it had ended before */
  private async close(session: Session, keepCredential = false, by: Partial<AuditEvent> = {}): Promise<boolean> {
    const { isDone, unconfirmed } = await this.endStored(session);
    if (!isDone) return false;
    await this.credentials.release(session.credentialId, claimOf(session), keepCredential);
    this.record('session.ended', session, by);
    if (unconfirmed) throw unconfirmed;
    return true;
  }

  /**
   * Ends a session in the store.
   * @returns whether it ended now, and the error if no replica confirmed that: then nobody can repeat what follows, so
   *   the caller does it before it throws the error
   * @throws StoreUnavailableError if it has not ended
   */
  private async endStored(session: Session): Promise<{ isDone: boolean; unconfirmed?: Error }> {
    try {
      return { isDone: await this.sessions.end(session) };
    } catch (error) {
      const left = await this.sessions.list(session.credentialId).catch(() => [session]);
      if (left.some(({ handle }) => handle === session.handle)) throw error;
      return { isDone: true, unconfirmed: error as Error };
    }
  }

  private record(
    action: 'session.rotated' | 'session.token_reused' | 'session.ended',
    { account, handle }: Session,
    differing: Partial<AuditEvent> = {},
  ): void {
    const actor = { sub: account.sub };
    this.audit.record({ actor, action, object: `session:${handle}`, outcome: 'done', ...differing });
  }
}

const lastUseOf = ({ lastUsedAt, createdAt }: Session): number => lastUsedAt ?? createdAt;

/** The claim stays when the token is replaced, and ends when the session is idle for too long. */
const claimOf = ({ handle }: Session) => `session:${handle}` as const;

/** The side of a session; a general one has none. */
export function sideOf(session: Session): 'source' | 'destination' | undefined {
  return session.type === 'general' ? undefined : session.type;
}
