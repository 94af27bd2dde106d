import { type Session, type SessionPage, type SessionPosition, SessionStore } from '../../session/session.port.js';
import { keys } from './keys.js';
import { defineScripts, oneOf, run, script } from './lua.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';
import { type Replicate, unreplicated } from './replicated-writes.js';
import { SealedRecords } from './sealed-records.js';
import { fromStored, type Stored, toStored } from './stored-names.js';

/** Bounds the memory: about a megabyte. */
const MAX_OPENED = 1_000;

/** Attempts to change a record while others change it too. */
const MAX_ATTEMPTS = 10;

/** Replaces a record if it has not changed. */
const SWAP = script('cmSwap', {
  keys: ['record', 'grace'],
  args: { old: 'text', next: 'text', ends: 'text', graceMs: 'text' },
  reply: oneOf('stale', 'done'),
  lua: `
if redis.call('GET', record) ~= old then return stale end
redis.call('SET', record, next, 'PXAT', ends)
if graceMs ~= '0' then redis.call('SET', grace, '', 'PX', graceMs) end
return done`,
});

/** Sessions in Redis: each is one encrypted record with an expiry. The indexes contain only ids. */
export class RedisSessionStore extends SessionStore {
  /** Cache of decrypted records, by their encrypted form: decryption costs as much as the rest of a look-up. */
  private readonly opened = new Map<string, Session>();
  private readonly records: SealedRecords;

  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
    /** For writes that must be confirmed: that a session exists, or has ended. */
    private readonly replicate: Replicate = unreplicated,
  ) {
    super();
    this.records = new SealedRecords(redis, cipher);
    defineScripts(redis, [SWAP]);
  }

  override async save(session: Session): Promise<void> {
    const key = keys.session(session.id);
    // The record is written last, so its token works only after the indexes contain it.
    await answered(
      Promise.all([
        this.index(keys.sessions(), session),
        this.index(keys.sessionsOf(session.type), session, session.endsAt),
        this.index(keys.credentialSessions(session.credentialId), session),
        this.redis.set(keys.newestSession(session.type), session.id, 'PXAT', session.expiresAt),
      ]),
    );
    const sealed = this.cipher.seal(key, toStored(session));
    await this.replicate(key, () => answered(this.redis.set(key, sealed, 'PXAT', session.endsAt)));
  }

  override async find(id: string): Promise<Session | undefined> {
    const key = keys.session(id);
    const sealed = await answered(this.redis.get(key));
    return sealed === null ? undefined : this.open(key, sealed);
  }

  override async touch({ id, type }: Session, usedAt: number, endsAt: number): Promise<void> {
    if (!(await this.change(id, endsAt, (session) => ({ ...session, lastUsedAt: usedAt, endsAt })))) return;
    // Only where it is listed: it may have ended meanwhile.
    await answered(this.redis.zadd(keys.sessionsOf(type), 'XX', endsAt, id));
  }

  override async replace(session: Session, successor: Session, graceMs: number): Promise<boolean> {
    // Writes the successor first. A call that ends the session meanwhile either finds the successor through the old
    // record, or prevents the link to it, and then it is removed again.
    await this.save(successor);
    const replacedBy = successor.id;
    const isDone = await this.replicate(keys.session(session.id), () =>
      this.change(session.id, successor.expiresAt, (before) => ({ ...before, replacedBy }), graceMs),
    );
    await (isDone ? this.unlist(session) : this.remove(successor));
    return isDone;
  }

  override async graceLeft({ id }: Session): Promise<number> {
    // Negative if there is no such key.
    return Math.max(0, await answered(this.redis.pttl(keys.sessionGrace(id))));
  }

  override async end(session: Session): Promise<boolean> {
    let unconfirmed: Error | undefined;
    const remove = async (record: Session) => {
      // After one missing confirmation it does not wait for others.
      const removal = await this.remove(record, unconfirmed ? unreplicated : this.replicate);
      unconfirmed ??= removal.unconfirmed;
      return removal.removed;
    };
    // Ends the current token first, so that none stays valid if this process dies midway.
    const newest = await this.newest(session);
    let removed = await remove(newest);
    while (removed?.replacedBy) {
      // It was replaced since it was read, or its unused successor has expired.
      const successor = await this.find(removed.replacedBy);
      if (!successor) break;
      removed = await remove(successor);
    }
    for (let id = newest.replaces; id !== undefined;) {
      const earlier = await this.find(id);
      if (earlier) await remove(earlier);
      id = earlier?.replaces;
    }
    if (unconfirmed) throw unconfirmed;
    return removed !== undefined && !removed.replacedBy;
  }

  override async list(credentialId: string): Promise<Session[]> {
    const ids = await answered(this.redis.zrangebyscore(keys.credentialSessions(credentialId), Date.now(), '+inf'));
    return (await this.present(ids)).sort((a, b) => b.createdAt - a.createdAt);
  }

  override async page(from: SessionPosition | undefined, limit: number): Promise<SessionPage> {
    const { expiresAt = Infinity, skipped = 0 } = from ?? {};
    const most = Number.isFinite(expiresAt) ? expiresAt : '+inf';
    const read = await answered(
      this.redis.zrevrangebyscore(keys.sessions(), most, Date.now(), 'WITHSCORES', 'LIMIT', skipped, limit),
    );
    const ids = read.filter((_, index) => index % 2 === 0);
    const ends = read.filter((_, index) => index % 2 === 1).map(Number);
    const last = ends.at(-1);
    const sessions = await this.present(ids);
    if (last === undefined || ids.length < limit) return { sessions };
    const ofLast = ends.filter((end) => end === last).length;
    return { sessions, next: { expiresAt: last, skipped: ofLast + (last === expiresAt ? skipped : 0) } };
  }

  /**
   * The existing sessions, with their current token. Read one by one, because on a Cluster they are on different nodes.
   */
  private async present(ids: readonly string[]): Promise<Session[]> {
    const found = await Promise.all(ids.map((id) => this.find(id)));
    return found.flatMap((session) => (session && !session.replacedBy ? [session] : []));
  }

  /** The last existing record of a session, or the given one. */
  private async newest(session: Session): Promise<Session> {
    let last = session;
    let next = await this.find(session.id);
    while (next) {
      last = next;
      next = next.replacedBy === undefined ? undefined : await this.find(next.replacedBy);
    }
    return last;
  }

  /** Changes the record of a current token. @returns false if there is none */
  private async change(id: string, end: number, changed: (session: Session) => Session, graceMs = 0): Promise<boolean> {
    const key = keys.session(id);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const sealed = await answered(this.redis.get(key));
      const session = sealed === null ? undefined : this.open(key, sealed);
      if (sealed === null || !session || session.replacedBy) return false;
      const next = this.cipher.seal(key, toStored(changed(session)));
      const keyOf = { record: key, grace: keys.sessionGrace(id) };
      const done = await answered(run(this.redis, SWAP, keyOf, { old: sealed, next, ends: end, graceMs }));
      if (done === 'done') return true;
    }
    return false;
  }

  /**
   * Removes the record of a token.
   * @returns the removed record, and an error if it is removed but no replica confirmed that
   */
  private async remove(
    session: Session,
    replicate = this.replicate,
  ): Promise<{ removed: Session | undefined; unconfirmed?: Error }> {
    const key = keys.session(session.id);
    let sealed: string | null | undefined;
    let unconfirmed: Error | undefined;
    try {
      await replicate(key, async () => {
        sealed = await answered(this.redis.getdel(key));
      });
    } catch (error) {
      if (sealed === undefined) throw error;
      unconfirmed = error as Error;
    }
    await this.unlist(session);
    const removed = sealed == null ? undefined : (this.open(key, sealed) ?? session);
    return { removed, ...(unconfirmed && { unconfirmed }) };
  }

  private async unlist({ id, type, credentialId }: Session): Promise<void> {
    const indexes = [keys.sessions(), keys.sessionsOf(type), keys.credentialSessions(credentialId)];
    await answered(Promise.all(indexes.map((index) => this.redis.zrem(index, id))));
  }

  private open(key: string, sealed: string): Session | undefined {
    const known = this.opened.get(sealed);
    // The key is compared too, because a record that was copied to another key must not decrypt.
    if (known && keys.session(known.id) === key) return known;
    const found = this.records.open<Stored<Omit<Session, 'endsAt'> & Partial<Session>>>({ key }, sealed);
    // Records of versions without `endsAt` expire within a day.
    const session = found && { ...fromStored(found), endsAt: found.endsAt ?? found.expiresAt };
    if (session) {
      if (this.opened.size >= MAX_OPENED) this.opened.clear();
      this.opened.set(sealed, session);
    }
    return session;
  }

  /**
   * Adds a session to an index, removes expired ones, and lets the index expire with its last member.
   * @param until when it is no longer listed; a later use may extend that
   */
  private async index(key: string, session: Session, until = session.expiresAt): Promise<void> {
    await this.redis.zadd(key, until, session.id);
    await Promise.all([
      this.redis.zremrangebyscore(key, '-inf', Date.now()),
      // GT alone would have no effect on a new key, because no expiry counts as the latest.
      this.redis.pexpireat(key, session.expiresAt, 'NX'),
      this.redis.pexpireat(key, session.expiresAt, 'GT'),
    ]);
  }
}
