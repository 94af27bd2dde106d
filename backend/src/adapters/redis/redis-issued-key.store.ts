import { type IssuedKinds, IssuedKeyStore, type KeyKind } from '../../session/issued-keys.port.js';
import { keys } from './keys.js';
import { defineScripts, oneOf, plain, run, script } from './lua.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { type Replicate, unreplicated } from './replicated-writes.js';
import { SealedRecords } from './sealed-records.js';

const SCRIPTS = {
  add: script('cmKeyAdd', {
    keys: ['records'],
    args: { id: 'text', record: 'text', most: 'number' },
    reply: oneOf('full', 'added'),
    lua: `
if redis.call('HLEN', records) >= most and redis.call('HEXISTS', records, id) == 0 then return full end
redis.call('HSET', records, id, record)
return added`,
  }),
  touch: script('cmKeyTouch', {
    keys: ['records', 'uses'],
    args: { id: 'text', at: 'text' },
    reply: plain<unknown>(),
    lua: `if redis.call('HEXISTS', records, id) == 1 then redis.call('HSET', uses, id, at) end`,
  }),
  end: script('cmKeyEnd', {
    keys: ['records', 'uses'],
    args: { id: 'text' },
    reply: plain<number>(),
    lua: `
redis.call('HDEL', uses, id)
return redis.call('HDEL', records, id)`,
  }),
};

/**
 * Issued keys in Redis. They are encrypted although they contain no secret, so that nobody who can write to Redis can
 * add one.
 */
export class RedisIssuedKeyStore extends IssuedKeyStore {
  private readonly sealed: SealedRecords;

  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
    private readonly replicate: Replicate = unreplicated,
  ) {
    super();
    this.sealed = new SealedRecords(redis, cipher);
    defineScripts(redis, Object.values(SCRIPTS));
  }

  override async add(key: IssuedKinds[KeyKind], most: number): Promise<boolean> {
    const { kind, id } = key;
    const record = this.cipher.seal(keys.issuedKey(kind, id), key);
    const found = await this.readAll(kind);
    // What no encryption key opens is in no list, so nobody could end it to make room.
    const unreadable = found.filter((each) => each === undefined).length;
    const add = () => run(this.redis, SCRIPTS.add, keysOf(kind), { id, record, most: most + unreadable });
    return (await this.replicate(keys.issuedKeys(kind), add)) === 'added';
  }

  override async find<Kind extends KeyKind>(kind: Kind, id: string): Promise<IssuedKinds[Kind] | undefined> {
    const [sealed, used] = await Promise.all([
      this.redis.hget(keys.issuedKeys(kind), id),
      this.redis.hget(keys.issuedKeyUses(kind), id),
    ]);
    return sealed === null ? undefined : this.open(kind, id, sealed, used ?? undefined);
  }

  override async list<Kind extends KeyKind>(kind: Kind): Promise<IssuedKinds[Kind][]> {
    const found = await this.readAll(kind);
    return found.filter((key) => key !== undefined).sort((a, b) => b.createdAt - a.createdAt);
  }

  private async readAll<Kind extends KeyKind>(kind: Kind): Promise<(IssuedKinds[Kind] | undefined)[]> {
    const [records, uses] = await Promise.all([
      this.redis.hgetall(keys.issuedKeys(kind)),
      this.redis.hgetall(keys.issuedKeyUses(kind)),
    ]);
    return Object.entries(records).map(([id, sealed]) => this.open(kind, id, sealed, uses[id]));
  }

  override async touch(kind: KeyKind, id: string, usedAt: number): Promise<void> {
    await run(this.redis, SCRIPTS.touch, keysOf(kind), { id, at: usedAt });
  }

  override async end(kind: KeyKind, id: string): Promise<boolean> {
    const end = () => run(this.redis, SCRIPTS.end, keysOf(kind), { id });
    return (await this.replicate(keys.issuedKeys(kind), end)) > 0;
  }

  private open<Kind extends KeyKind>(
    kind: Kind,
    id: string,
    sealed: string,
    used: string | undefined,
  ): IssuedKinds[Kind] | undefined {
    const place = { key: keys.issuedKeys(kind), field: id, boundTo: keys.issuedKey(kind, id) };
    const key = this.sealed.open<IssuedKinds[Kind]>(place, sealed);
    return key && { ...key, ...(used !== undefined && { lastUsedAt: Number(used) }) };
  }
}

const keysOf = (kind: KeyKind) => ({ records: keys.issuedKeys(kind), uses: keys.issuedKeyUses(kind) });
