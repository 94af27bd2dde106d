import { type SignIn, SignInStore } from '../../src/auth/auth.port.js';
import { type Quota, RateLimitStore, type RateReading } from '../../src/http/rate-limit.port.js';
import { type Grant, GrantStore } from '../../src/session/grant.port.js';
import { type Session, SessionStore } from '../../src/session/session.port.js';

/** A clock that tests move by hand; milliseconds since 1970. */
export interface TestClock {
  now: number;
}

/** Sessions as the port promises them, in memory. */
export class InMemorySessionStore extends SessionStore {
  private readonly records = new Map<string, { session: Session; dropAt: number }>();
  /** How often a session was looked up. */
  reads = 0;
  touches = 0;

  constructor(private readonly clock: TestClock = { now: Date.now() }) {
    super();
  }

  override save(session: Session, dropUnusedAt: number): Promise<void> {
    this.records.set(session.id, { session, dropAt: dropUnusedAt });
    return Promise.resolve();
  }

  override find(id: string): Promise<Session | undefined> {
    this.reads++;
    const record = this.records.get(id);
    return Promise.resolve(record && record.dropAt > this.clock.now ? record.session : undefined);
  }

  override touch(session: Session, usedAt: number): Promise<void> {
    this.touches++;
    if (this.records.has(session.id)) {
      this.records.set(session.id, { session: { ...session, lastUsedAt: usedAt }, dropAt: session.expiresAt });
    }
    return Promise.resolve();
  }

  override delete(session: Session): Promise<boolean> {
    return Promise.resolve(this.records.delete(session.id));
  }

  override list(grantId?: string): Promise<Session[]> {
    const live = [...this.records.values()]
      .filter(({ dropAt }) => dropAt > this.clock.now)
      .map(({ session }) => session);
    return Promise.resolve(
      live
        .filter((session) => grantId === undefined || session.grantId === grantId)
        .sort((a, b) => b.createdAt - a.createdAt),
    );
  }
}

/** Grants as the port promises them, in memory. */
export class InMemoryGrantStore extends GrantStore {
  private readonly records = new Map<string, { grant: Grant; keepUntil: number }>();

  constructor(private readonly clock: TestClock = { now: Date.now() }) {
    super();
  }

  override save(grant: Grant, keepUntil: number): Promise<void> {
    const before = this.live(grant.id)?.keepUntil ?? 0;
    this.records.set(grant.id, { grant, keepUntil: Math.max(before, keepUntil) });
    return Promise.resolve();
  }

  override update(grant: Grant): Promise<void> {
    const record = this.live(grant.id);
    if (record) this.records.set(grant.id, { ...record, grant });
    return Promise.resolve();
  }

  override find(grantId: string): Promise<Grant | undefined> {
    return Promise.resolve(this.live(grantId)?.grant);
  }

  override keepUntil(grantId: string, epochMs: number): Promise<boolean> {
    const record = this.live(grantId);
    if (record) record.keepUntil = Math.max(record.keepUntil, epochMs);
    return Promise.resolve(record !== undefined);
  }

  private live(grantId: string) {
    const record = this.records.get(grantId);
    return record && record.keepUntil > this.clock.now ? record : undefined;
  }
}

/** Sign-ins under way as the port promises them, in memory. */
export class InMemorySignInStore extends SignInStore {
  private readonly records = new Map<string, { signIn: SignIn | 'used'; dropAt: number }>();

  constructor(private readonly clock: TestClock = { now: Date.now() }) {
    super();
  }

  override begin(stateDigest: string, signIn: SignIn): Promise<void> {
    this.records.set(stateDigest, { signIn, dropAt: this.clock.now + 600_000 });
    return Promise.resolve();
  }

  override take(stateDigest: string): Promise<SignIn | 'used' | 'unknown'> {
    const record = this.records.get(stateDigest);
    if (!record || record.dropAt <= this.clock.now) return Promise.resolve('unknown');
    const { signIn } = record;
    record.signIn = 'used';
    return Promise.resolve(signIn);
  }
}

/** Limits as the port promises them, in memory. */
export class InMemoryRateLimitStore extends RateLimitStore {
  private readonly wholeAt = new Map<string, number>();

  constructor(private readonly clock: TestClock = { now: Date.now() }) {
    super();
  }

  override take(limit: string, who: string, quota: Quota, units: number): Promise<RateReading> {
    const { now } = this.clock;
    const whole = Math.max(this.wholeAt.get(`${limit}:${who}`) ?? 0, now);
    const after = Math.max(now, whole + (Math.min(units, quota.units) * quota.windowMs) / quota.units);
    const allowed = after - now <= quota.windowMs + 0.001;
    if (allowed) this.wholeAt.set(`${limit}:${who}`, after);
    const fullInMs = Math.ceil((allowed ? after : whole) - now);
    return Promise.resolve({
      allowed,
      remaining: Math.max(0, Math.floor(((quota.windowMs - fullInMs) * quota.units) / quota.windowMs)),
      fullInMs,
      waitMs: allowed ? 0 : Math.ceil(after - now - quota.windowMs),
    });
  }
}
