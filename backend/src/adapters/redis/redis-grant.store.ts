import { type Grant, GrantStore } from '../../session/grant.port.js';
import { keys } from './keys.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

/** One encrypted record an account and OAuth client: a refresh is one write, however many sessions refer to it. */
export class RedisGrantStore extends GrantStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
  ) {
    super();
  }

  override async save(grant: Grant, keepUntil: number): Promise<void> {
    const key = keys.grant(grant.id);
    const sealed = this.cipher.seal(key, grant);
    const replies = await answered(
      this.redis
        .multi()
        .set(key, sealed, 'KEEPTTL')
        .pexpireat(key, keepUntil, 'NX')
        .pexpireat(key, keepUntil, 'GT')
        .exec(),
    );
    for (const [error] of replies ?? []) if (error) await answered(Promise.reject(error));
  }

  override async update(grant: Grant): Promise<void> {
    const key = keys.grant(grant.id);
    await answered(this.redis.set(key, this.cipher.seal(key, grant), 'KEEPTTL', 'XX'));
  }

  override async find(grantId: string): Promise<Grant | undefined> {
    const key = keys.grant(grantId);
    const sealed = await answered(this.redis.get(key));
    return sealed === null ? undefined : this.cipher.open<Grant>(key, sealed);
  }

  override async keepUntil(grantId: string, epochMs: number): Promise<boolean> {
    const key = keys.grant(grantId);
    if ((await answered(this.redis.pexpireat(key, epochMs, 'GT'))) === 1) return true;
    return (await answered(this.redis.exists(key))) === 1;
  }
}
