import { type SignIn, SignInStore } from '../../src/auth/auth.port.js';
import { type Claim, IdempotencyStore, type KeyedRequest } from '../../src/http/idempotency.port.js';
import { type MailJob, MailOutbox } from '../../src/mail/mail-outbox.port.js';
import { type Quota, RateLimitStore, type RateReading } from '../../src/http/rate-limit.port.js';
import {
  type Claimant,
  type Credential,
  CredentialStore,
  type RefreshFailure,
  type RefreshTurn,
  type Released,
  type StoredCredential,
} from '../../src/session/credentials.port.js';
import { type IssuedKinds, IssuedKeyStore, type KeyKind } from '../../src/session/issued-keys.port.js';
import { TurnStore } from '../../src/transfers/turns.port.js';
import { WorkerStore } from '../../src/transfers/workers.port.js';
import { type Session, type SessionPage, type SessionPosition, SessionStore } from '../../src/session/session.port.js';

/** An in-memory IssuedKeyStore. */
export class InMemoryIssuedKeyStore extends IssuedKeyStore {
  private readonly keys = new Map<string, IssuedKinds[KeyKind]>();

  override add(key: IssuedKinds[KeyKind], most: number): Promise<boolean> {
    const place = `${key.kind} ${key.id}`;
    const isFull =
      [...this.keys.values()].filter(({ kind }) => kind === key.kind).length >= most && !this.keys.has(place);
    if (!isFull) this.keys.set(place, key);
    return Promise.resolve(!isFull);
  }

  override find<Kind extends KeyKind>(kind: Kind, id: string): Promise<IssuedKinds[Kind] | undefined> {
    return Promise.resolve(this.keys.get(`${kind} ${id}`) as IssuedKinds[Kind] | undefined);
  }

  override list<Kind extends KeyKind>(kind: Kind): Promise<IssuedKinds[Kind][]> {
    const ofKind = [...this.keys.values()].filter((key) => key.kind === kind) as IssuedKinds[Kind][];
    return Promise.resolve(ofKind.sort((a, b) => b.createdAt - a.createdAt));
  }

  override touch(kind: KeyKind, id: string, usedAt: number): Promise<void> {
    const key = this.keys.get(`${kind} ${id}`);
    if (key) this.keys.set(`${kind} ${id}`, { ...key, lastUsedAt: usedAt });
    return Promise.resolve();
  }

  override end(kind: KeyKind, id: string): Promise<boolean> {
    return Promise.resolve(this.keys.delete(`${kind} ${id}`));
  }
}

/** A clock that tests set; milliseconds since 1970. */
export interface TestClock {
  now: number;
}

/** An in-memory SessionStore. */
export class InMemorySessionStore extends SessionStore {
  private readonly records = new Map<string, { session: Session; dropAt: number }>();
  private readonly graces = new Map<string, number>();
  /** Number of session look-ups. */
  reads = 0;
  touches = 0;

  constructor(private readonly clock: TestClock = { now: Date.now() }) {
    super();
  }

  override save(session: Session): Promise<void> {
    this.records.set(session.id, { session, dropAt: session.endsAt });
    return Promise.resolve();
  }

  override find(id: string): Promise<Session | undefined> {
    this.reads++;
    const record = this.records.get(id);
    return Promise.resolve(record && record.dropAt > this.clock.now ? record.session : undefined);
  }

  override touch({ id }: Session, usedAt: number, endsAt: number): Promise<void> {
    this.touches++;
    const session = this.present(id);
    if (session) this.records.set(id, { session: { ...session, lastUsedAt: usedAt, endsAt }, dropAt: endsAt });
    return Promise.resolve();
  }

  override replace({ id }: Session, successor: Session, graceMs: number): Promise<boolean> {
    const session = this.present(id);
    if (!session) return Promise.resolve(false);
    this.records.set(id, { session: { ...session, replacedBy: successor.id }, dropAt: successor.expiresAt });
    this.graces.set(id, this.clock.now + graceMs);
    this.records.set(successor.id, { session: successor, dropAt: successor.endsAt });
    return Promise.resolve(true);
  }

  override graceLeft({ id }: Session): Promise<number> {
    return Promise.resolve(Math.max(0, (this.graces.get(id) ?? 0) - this.clock.now));
  }

  override end({ handle }: Session): Promise<boolean> {
    const records = [...this.records.values()].filter(({ session }) => session.handle === handle);
    const wasThere = records.some(({ session }) => this.present(session.id));
    for (const { session } of records) this.records.delete(session.id);
    return Promise.resolve(wasThere);
  }

  override list(credentialId: string): Promise<Session[]> {
    const ofCredential = this.live().filter((session) => session.credentialId === credentialId);
    return Promise.resolve(ofCredential.sort((a, b) => b.createdAt - a.createdAt));
  }

  override page(from: SessionPosition | undefined, limit: number): Promise<SessionPage> {
    const all = this.live().sort((a, b) => b.expiresAt - a.expiresAt);
    const upTo = all.findIndex(({ expiresAt }) => expiresAt <= (from?.expiresAt ?? Infinity));
    const start = upTo < 0 ? all.length : upTo + (from?.skipped ?? 0);
    const sessions = all.slice(start, start + limit);
    const next = all[start + limit];
    if (!next) return Promise.resolve({ sessions });
    const skipped = all.slice(0, start + limit).filter(({ expiresAt }) => expiresAt === next.expiresAt).length;
    return Promise.resolve({ sessions, next: { expiresAt: next.expiresAt, skipped } });
  }

  private live(): Session[] {
    return [...this.records.values()]
      .filter(({ session, dropAt }) => dropAt > this.clock.now && !session.replacedBy)
      .map(({ session }) => session);
  }

  private present(id: string): Session | undefined {
    const record = this.records.get(id);
    return record && record.dropAt > this.clock.now && !record.session.replacedBy ? record.session : undefined;
  }
}

interface CredentialRecord {
  credential: Credential;
  version: string;
  /** End of each claim. */
  claims: Map<string, number>;
  stays?: 'asked' | 'lent' | undefined;
}

/** An in-memory CredentialStore. */
export class InMemoryCredentialStore extends CredentialStore {
  private readonly records = new Map<string, CredentialRecord>();
  /** Credentials to revoke, with the time. */
  private readonly ending = new Map<string, { credential: Credential; dueAt: number }>();
  private readonly left = new Set<Claimant>();
  private readonly turns = new Map<string, { holder: string; until: number; failed?: RefreshFailure }>();
  private writes = 0;

  constructor(private readonly clock: TestClock = { now: Date.now() }) {
    super();
  }

  override save(credential: Credential): Promise<void> {
    const before = this.records.get(credential.id);
    const claims = (before?.claims ?? new Map<string, number>()).set('connecting', this.clock.now + 60_000);
    const stays = credential.lent || before?.stays === 'lent' ? 'lent' : undefined;
    this.records.set(credential.id, { credential, version: String(++this.writes), claims, stays });
    this.ending.delete(credential.id);
    return Promise.resolve();
  }

  override update(credential: Credential, version: string): Promise<boolean> {
    const record = this.records.get(credential.id);
    if (record?.version !== version) return Promise.resolve(false);
    Object.assign(record, { credential, version: String(++this.writes) });
    return Promise.resolve(true);
  }

  override find(credentialId: string): Promise<StoredCredential | undefined> {
    const record = this.records.get(credentialId);
    return Promise.resolve(record && { ...record.credential, version: record.version });
  }

  override takeRefresh(
    credentialId: string,
    holder: string,
    leaseMs: number,
    hasWaited: boolean,
  ): Promise<RefreshTurn> {
    const turn = this.turns.get(credentialId);
    if (turn && turn.until > this.clock.now) {
      if (turn.failed === undefined) return Promise.resolve('taken');
      if (hasWaited) return Promise.resolve({ failed: turn.failed });
    }
    this.turns.set(credentialId, { holder, until: this.clock.now + leaseMs });
    return Promise.resolve('mine');
  }

  override endRefresh(credentialId: string, holder: string, failed?: RefreshFailure): Promise<void> {
    if (this.turns.get(credentialId)?.holder !== holder) return Promise.resolve();
    if (failed) this.turns.set(credentialId, { holder: '', until: this.clock.now + 1_000, failed });
    else this.turns.delete(credentialId);
    return Promise.resolve();
  }

  override claim(credentialId: string, claimant: Claimant, until: number): Promise<boolean> {
    if (this.left.has(claimant)) return Promise.resolve(false);
    const record = this.records.get(credentialId);
    record?.claims.set(claimant, Math.max(until, record.claims.get(claimant) ?? 0)).delete('connecting');
    return Promise.resolve(record !== undefined);
  }

  override release(
    credentialId: string,
    claimant: Claimant | 'everybody' | undefined,
    keepCredential?: boolean,
  ): Promise<Released> {
    if (claimant?.startsWith('session:')) this.left.add(claimant as Claimant);
    const record = this.records.get(credentialId);
    if (!record && claimant !== undefined && claimant !== 'everybody') return Promise.resolve({ state: 'dropped' });
    if (record) {
      const claims = claimant === 'everybody' ? [] : [...record.claims];
      record.claims = new Map(claims.filter(([name, until]) => name !== claimant && until > this.clock.now));
      if (claimant === 'everybody') record.stays = undefined;
      if (record.stays !== 'lent' && keepCredential !== undefined) record.stays = keepCredential ? 'asked' : undefined;
      if (record.claims.size > 0)
        return Promise.resolve({ state: 'claimed', until: Math.max(...record.claims.values()) });
      this.records.delete(credentialId);
      if (!record.stays) this.ending.set(credentialId, { credential: record.credential, dueAt: 0 });
    }
    const ending = this.ending.get(credentialId);
    if (!ending) return Promise.resolve({ state: 'dropped' });
    ending.dueAt = this.clock.now + 30_000;
    return Promise.resolve({ state: 'ending', credential: ending.credential });
  }

  override claimants(credentialId: string): Promise<Claimant[]> {
    const claims = [...(this.records.get(credentialId)?.claims ?? [])];
    const live = claims.filter(([name, until]) => name !== 'connecting' && until > this.clock.now);
    return Promise.resolve(live.map(([name]) => name as Claimant));
  }

  override due(): Promise<string[]> {
    const { now } = this.clock;
    const over = [...this.records].filter(([, { claims }]) => Math.max(...claims.values()) <= now);
    const waiting = [...this.ending].filter(([, { dueAt }]) => dueAt <= now);
    return Promise.resolve([...over, ...waiting].map(([id]) => id));
  }

  override forget({ id }: Credential): Promise<void> {
    this.ending.delete(id);
    return Promise.resolve();
  }

  override postpone(credentialId: string, until: number): Promise<void> {
    const ending = this.ending.get(credentialId);
    if (ending) ending.dueAt = until;
    return Promise.resolve();
  }
}

/** An in-memory SignInStore. */
export class InMemorySignInStore extends SignInStore {
  private readonly records = new Map<string, { signIn: SignIn | 'used'; dropAt: number }>();

  constructor(private readonly clock: TestClock = { now: Date.now() }) {
    super();
  }

  override begin(stateDigest: string, signIn: SignIn): Promise<void> {
    this.records.set(stateDigest, { signIn, dropAt: this.clock.now + 600_000 });
    return Promise.resolve();
  }

  override isUnderWay(stateDigest: string): Promise<boolean> {
    const record = this.records.get(stateDigest);
    return Promise.resolve(record !== undefined && record.dropAt > this.clock.now && record.signIn !== 'used');
  }

  override take(stateDigest: string): Promise<SignIn | 'used' | 'unknown'> {
    const record = this.records.get(stateDigest);
    if (!record || record.dropAt <= this.clock.now) return Promise.resolve('unknown');
    const { signIn } = record;
    record.signIn = 'used';
    return Promise.resolve(signIn);
  }
}

/** An in-memory TurnStore. */
export class InMemoryTurnStore extends TurnStore {
  private readonly last = new Map<string, number>();
  private now = 0;

  override take(flow: string, jobs: number): Promise<number> {
    const first = Math.max(this.now, (this.last.get(flow) ?? -1) + 1);
    this.last.set(flow, first + jobs - 1);
    return Promise.resolve(first);
  }

  override reach(turn: number): Promise<void> {
    this.now = Math.max(this.now, turn);
    return Promise.resolve();
  }
}

/** An in-memory MailOutbox. */
export class InMemoryMailOutbox extends MailOutbox {
  /** When to check each mail, which is kept as JSON. */
  private readonly mails = new Map<string, number>();

  override async add(mails: readonly MailJob[], checkAt: number): Promise<void> {
    for (const mail of mails.map(textOf)) if (!this.mails.has(mail)) this.mails.set(mail, checkAt);
  }

  override async due(now: number, limit: number): Promise<MailJob[]> {
    const due = [...this.mails].filter(([, checkAt]) => checkAt <= now).sort(([, a], [, b]) => a - b);
    return due.slice(0, limit).map(([mail]) => JSON.parse(mail) as MailJob);
  }

  override async postpone(mails: readonly MailJob[], checkAt: number): Promise<void> {
    for (const mail of mails.map(textOf)) if (this.mails.has(mail)) this.mails.set(mail, checkAt);
  }

  override async remove(mails: readonly MailJob[]): Promise<void> {
    for (const mail of mails.map(textOf)) this.mails.delete(mail);
  }
}

const textOf = (mail: MailJob): string => JSON.stringify(mail);

/** Workers and the locks of their jobs, in memory. */
export class InMemoryWorkerStore extends WorkerStore {
  private readonly beats = new Map<string, number>();
  private readonly jobs = new Map<string, { token: string; stalls: number }>();

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  /** A worker takes a job. */
  hold(id: string, token: string): void {
    this.jobs.set(id, { token, stalls: this.jobs.get(id)?.stalls ?? 0 });
  }

  override beat(worker: string, silenceMs: number): Promise<string[]> {
    this.beats.set(worker, this.now());
    return Promise.resolve([...this.beats].flatMap(([id, at]) => (at <= this.now() - silenceMs ? [id] : [])));
  }

  override inherit(_queue: unknown, worker: string, heir: string, maxStalls: number): Promise<string[]> {
    for (const job of this.jobs.values())
      if (job.token.startsWith(`${worker}:`) && ++job.stalls <= maxStalls) job.token = heir;
    return Promise.resolve([...this.jobs].flatMap(([id, { token }]) => (token === heir ? [id] : [])));
  }

  override forget(worker: string): Promise<void> {
    this.beats.delete(worker);
    return Promise.resolve();
  }
}

/** An in-memory RateLimitStore. */
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

/** An in-memory IdempotencyStore. */
export class InMemoryIdempotencyStore extends IdempotencyStore {
  private readonly claims = new Map<
    string,
    { id: string; digest: string; until: number; dropAt: number; result?: string }
  >();

  constructor(private readonly clock: TestClock = { now: Date.now() }) {
    super();
  }

  override async claim(
    { key, digest }: KeyedRequest,
    newId: () => Promise<string> | string,
    leaseMs: number,
  ): Promise<Claim> {
    if (!this.at(key)) {
      const id = await newId();
      if (!this.at(key)) {
        const { now } = this.clock;
        this.claims.set(key, { id, digest, until: now + leaseMs, dropAt: now + 86_400_000 });
        return { outcome: 'mine', id };
      }
    }
    const claim = this.at(key)!;
    const { id, result } = claim;
    if (claim.digest !== digest) return { outcome: 'conflict', id };
    if (result !== undefined) return { outcome: 'done', id, result };
    if (leaseMs === 0) return { outcome: 'done', id };
    if (claim.until > this.clock.now) return { outcome: 'under_way', id };
    claim.until = this.clock.now + leaseMs;
    return { outcome: 'mine', id };
  }

  override settle({ key, digest }: KeyedRequest, id: string, result: string): Promise<void> {
    this.claims.set(key, { id, digest, until: 0, dropAt: this.clock.now + 86_400_000, result });
    return Promise.resolve();
  }

  override release({ key }: KeyedRequest, id: string, nothingDone: boolean): Promise<void> {
    const claim = this.at(key);
    if (claim?.id !== id) return Promise.resolve();
    if (nothingDone) this.claims.delete(key);
    else claim.until = 0;
    return Promise.resolve();
  }

  private at(key: string) {
    const claim = this.claims.get(key);
    return claim && claim.dropAt > this.clock.now ? claim : undefined;
  }
}
