import type { Result } from 'ioredis';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cmRenew(key: string, field: string, old: string, next: string): Result<0 | 1, Context>;
  }
}

/** Sets a record, or a field of a hash, that is still what it was when it was read; its life stays. */
const RENEW = `
local isField = ARGV[1] ~= ''
local now = isField and redis.call('HGET', KEYS[1], ARGV[1]) or not isField and redis.call('GET', KEYS[1])
if now ~= ARGV[2] then return 0 end
if isField then redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
else redis.call('SET', KEYS[1], ARGV[3], 'KEEPTTL') end
return 1`;

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
    redis.defineCommand('cmRenew', { numberOfKeys: 1, lua: RENEW });
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
    return (await this.redis.cmRenew(key, field, sealed, this.cipher.seal(boundTo, value))) === 1;
  }
}
