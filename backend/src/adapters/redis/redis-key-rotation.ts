import { KeyRotation, type Reencryption } from '../../operations/key-rotation.port.js';
import { KEY_KINDS } from '../../session/issued-keys.port.js';
import { keys } from './keys.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { type SealedPlace, SealedRecords } from './sealed-records.js';

/** Ids per page of an index, and records that are processed at the same time. */
const PAGE = 500;
const PARALLEL = 32;

/**
 * Finds the records through the indexes, so that it needs no right to scan all keys, and works on a Cluster. Leaves out
 * what expires by itself: sign-ins in progress, and results for `Idempotency-Key`.
 */
export class RedisKeyRotation extends KeyRotation {
  private readonly records: SealedRecords;

  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
  ) {
    super();
    this.records = new SealedRecords(redis, cipher);
  }

  override async reencrypt(): Promise<Reencryption> {
    const done = { renewed: 0, current: 0, unreadable: 0 };
    const renew = async (place: SealedPlace, sealed: string | null): Promise<void> => {
      if (sealed !== null) done[await this.records.renew(place, sealed)]++;
    };
    await this.forEach(members(this.redis, keys.sessions()), (id) => this.session(id, renew));
    await this.forEach(members(this.redis, keys.credentialsDue()), async (id) => {
      for (const key of [keys.credential(id), keys.credentialEnding(id)])
        await renew({ key, boundTo: keys.credential(id) }, await this.redis.get(key));
    });
    await this.forEach(await this.redis.zrange(keys.webhooks(), '0', '-1'), async (id) => {
      const place = { key: keys.webhook(id), field: 'settings' };
      await renew(place, await this.redis.hget(place.key, place.field));
    });
    for (const kind of KEY_KINDS)
      for (const [field, sealed] of Object.entries(await this.redis.hgetall(keys.issuedKeys(kind))))
        await renew({ key: keys.issuedKeys(kind), field, boundTo: keys.issuedKey(kind, field) }, sealed);
    await this.forEach(await this.redis.smembers(keys.openTransfers()), async (id) => {
      const key = keys.transferPart(id, 'uploads');
      for (const [field, sealed] of Object.entries(await this.redis.hgetall(key)))
        await renew({ key, field, boundTo: keys.upload(id, field) }, sealed);
    });
    return done;
  }

  /** The record of the current token, and those of earlier tokens, which are in no index. */
  private async session(
    newest: string,
    renew: (place: SealedPlace, sealed: string | null) => Promise<void>,
  ): Promise<void> {
    for (let id: string | undefined = newest; id !== undefined;) {
      const key = keys.session(id);
      const sealed: string | null = await this.redis.get(key);
      await renew({ key }, sealed);
      id = sealed === null ? undefined : this.cipher.open<{ replaces?: string }>(key, sealed)?.replaces;
    }
  }

  private async forEach(
    ids: Iterable<string> | AsyncIterable<string>,
    work: (id: string) => Promise<void>,
  ): Promise<void> {
    let batch: Promise<void>[] = [];
    for await (const id of ids) {
      batch.push(work(id));
      if (batch.length < PARALLEL) continue;
      await Promise.all(batch);
      batch = [];
    }
    await Promise.all(batch);
  }
}

/** Pages through a sorted set by score. A member whose score changes meanwhile may appear twice; none is missed. */
async function* members(redis: RedisClient, index: string): AsyncGenerator<string> {
  let from = '-inf';
  // The members with the last score that were returned already: several may share it.
  let seen = new Set<string>();
  for (;;) {
    const read = await redis.zrangebyscore(index, from, '+inf', 'WITHSCORES', 'LIMIT', 0, PAGE + seen.size);
    const fresh: string[] = [];
    for (let at = 0; at < read.length; at += 2) {
      const [id, score] = [read[at]!, read[at + 1]!];
      if (score !== from) seen = new Set();
      from = score;
      if (!seen.has(id)) fresh.push(id);
      seen.add(id);
    }
    if (fresh.length === 0) return;
    yield* fresh;
  }
}
