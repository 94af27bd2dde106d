import { type Session, SessionStore } from '../../session/session.port.js';
import { keys } from './keys.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

/** Bounds the memory: about a megabyte. */
const MAX_OPENED = 1_000;

/** Sessions in Redis, each one encrypted record that Redis itself expires; indexes beside them hold only ids. */
export class RedisSessionStore extends SessionStore {
  /** Records opened lately, by what lay in Redis: opening one costs as much as all the rest of a look-up. */
  private readonly opened = new Map<string, Session>();

  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
  ) {
    super();
  }

  override async save(session: Session, dropUnusedAt: number): Promise<void> {
    const key = keys.session(session.id);
    // The record comes last: whoever holds the token finds it only when the indexes know it.
    await answered(
      Promise.all([
        this.index(keys.sessions(), session),
        this.index(keys.grantSessions(session.grantId), session),
        this.redis.set(keys.newestSession(session.type), session.id, 'PXAT', session.expiresAt),
      ]),
    );
    await answered(this.redis.set(key, this.cipher.seal(key, session), 'PXAT', dropUnusedAt));
  }

  override async find(id: string): Promise<Session | undefined> {
    const key = keys.session(id);
    const sealed = await answered(this.redis.get(key));
    return sealed === null ? undefined : this.open(key, sealed);
  }

  override async touch(session: Session, usedAt: number): Promise<void> {
    const key = keys.session(session.id);
    const sealed = this.cipher.seal(key, { ...session, lastUsedAt: usedAt });
    await answered(this.redis.set(key, sealed, 'PXAT', session.expiresAt, 'XX'));
  }

  override async delete(session: Session): Promise<boolean> {
    const deleted = await answered(this.redis.del(keys.session(session.id)));
    await answered(
      Promise.all([
        this.redis.zrem(keys.sessions(), session.id),
        this.redis.zrem(keys.grantSessions(session.grantId), session.id),
      ]),
    );
    return deleted === 1;
  }

  override async list(grantId?: string): Promise<Session[]> {
    const index = grantId === undefined ? keys.sessions() : keys.grantSessions(grantId);
    const ids = await answered(this.redis.zrangebyscore(index, Date.now(), '+inf'));
    // One by one and not MGET: on a Cluster the records lie on different nodes.
    const found = await Promise.all(ids.map((id) => this.find(id)));
    return found.filter((session) => session !== undefined).sort((a, b) => b.createdAt - a.createdAt);
  }

  private open(key: string, sealed: string): Session | undefined {
    const known = this.opened.get(sealed);
    // Its key is compared because the cipher's answer depends on it: a record copied from elsewhere opens nowhere.
    if (known && keys.session(known.id) === key) return known;
    const session = this.cipher.open<Session>(key, sealed);
    if (session) {
      if (this.opened.size >= MAX_OPENED) this.opened.clear();
      this.opened.set(sealed, session);
    }
    return session;
  }

  /** Adds a session to an index, drops what has expired, and lets the index live as long as its last member. */
  private async index(key: string, session: Session): Promise<void> {
    await this.redis.zadd(key, session.expiresAt, session.id);
    await Promise.all([
      this.redis.zremrangebyscore(key, '-inf', Date.now()),
      // GT alone would do nothing on a new key: no expiry counts as the latest one.
      this.redis.pexpireat(key, session.expiresAt, 'NX'),
      this.redis.pexpireat(key, session.expiresAt, 'GT'),
    ]);
  }
}
