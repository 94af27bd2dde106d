import { defineScripts, oneOf, run, script } from './lua.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';

/** Replaces a record, or a field of one, if it has not changed. */
const RENEW = script('cmRenew', {
  keys: ['record'],
  args: { field: 'text', old: 'text', next: 'text' },
  reply: oneOf('stale', 'done'),
  lua: `
local isField = field ~= ''
local now = isField and redis.call('HGET', record, field) or not isField and redis.call('GET', record)
if now ~= old then return stale end
if isField then redis.call('HSET', record, field, next) else redis.call('SET', record, next, 'KEEPTTL') end
return done`,
});

/** Where an encrypted record is stored. */
export interface SealedPlace {
  readonly key: string;
  /** The field, if the key is a hash. */
  readonly field?: string;
  /** What it is bound to, if not its key. */
  readonly boundTo?: string;
}

/** `renewed`: it was encrypted with an older key of the ring, and is now encrypted with the first. */
export type Renewal = 'renewed' | 'current' | 'unreadable';

/**
 * Decrypts records, and encrypts those with an older key of the ring again with the first one. Needs no lock: a record
 * that others write meanwhile is left as they write it, with the first key.
 */
export class SealedRecords {
  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
  ) {
    defineScripts(redis, [RENEW]);
  }

  /** The result of `RedisCipher.open`; re-encrypts a record with an older key in the background. */
  open<T extends object>(place: SealedPlace, sealed: string): T | undefined {
    const value = this.cipher.open<T>(place.boundTo ?? place.key, sealed);
    // The next reader tries again.
    if (value && !this.cipher.isCurrent(sealed)) this.replace(place, sealed, value).catch(() => undefined);
    return value;
  }

  /** @throws the error of ioredis if Redis does not respond */
  async renew(place: SealedPlace, sealed: string): Promise<Renewal> {
    const value = this.cipher.open(place.boundTo ?? place.key, sealed);
    if (!value) return 'unreadable';
    if (this.cipher.isCurrent(sealed)) return 'current';
    return (await this.replace(place, sealed, value)) ? 'renewed' : 'current';
  }

  /**
   * Replaces a record by another value, encrypted with the first key.
   * @returns false if it is no longer `sealed`
   */
  async replace({ key, field = '', boundTo = key }: SealedPlace, sealed: string, value: object): Promise<boolean> {
    const args = { field, old: sealed, next: this.cipher.seal(boundTo, value) };
    return (await run(this.redis, RENEW, { record: key }, args)) === 'done';
  }
}
