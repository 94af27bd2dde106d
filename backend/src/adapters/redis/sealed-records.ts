import { defineScripts, oneOf, run, script } from './lua.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';

/** Replaces a record, or a field of one, that is still what it was when it was read. */
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

/** Where an encrypted record lies. */
export interface SealedPlace {
  readonly key: string;
  /** In a hash. */
  readonly field?: string;
  /** What it is bound to, where that is not its key. */
  readonly boundTo?: string;
}

/** `renewed`: it lay under an older key of the ring, and lies under the first one now. */
export type Renewal = 'renewed' | 'current' | 'unreadable';

/**
 * Opens encrypted records, and moves those that lie under an older key of the ring to the first one. That takes no
 * lock: a record that others write meanwhile is left as they write it, which is under the first key as well.
 */
export class SealedRecords {
  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
  ) {
    defineScripts(redis, [RENEW]);
  }

  /** What `RedisCipher.open` gives; a record under an older key is re-encrypted in the background. */
  open<T extends object>(place: SealedPlace, sealed: string): T | undefined {
    const value = this.cipher.open<T>(place.boundTo ?? place.key, sealed);
    // Who reads it next tries again.
    if (value && !this.cipher.isCurrent(sealed)) this.write(place, sealed, value).catch(() => undefined);
    return value;
  }

  /** @throws what ioredis throws when Redis does not answer */
  async renew(place: SealedPlace, sealed: string): Promise<Renewal> {
    const value = this.cipher.open(place.boundTo ?? place.key, sealed);
    if (!value) return 'unreadable';
    if (this.cipher.isCurrent(sealed)) return 'current';
    return (await this.write(place, sealed, value)) ? 'renewed' : 'current';
  }

  private async write(
    { key, field = '', boundTo = key }: SealedPlace,
    sealed: string,
    value: object,
  ): Promise<boolean> {
    const args = { field, old: sealed, next: this.cipher.seal(boundTo, value) };
    return (await run(this.redis, RENEW, { record: key }, args)) === 'done';
  }
}
