import { type Claim, IdempotencyStore, type KeyedRequest } from '../../http/idempotency.port.js';
import { keys } from './keys.js';
import { defineScripts, oneOf, run, script } from './lua.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

export const IDEMPOTENCY_SECONDS = 24 * 3600;

/** The stored record. The id is not a secret; the result may contain one. */
interface StoredClaim {
  readonly id: string;
  readonly digest: string;
  /** Until then (ms) the first request counts as in progress. */
  readonly until?: number;
  /** Encrypted. */
  readonly result?: string;
}

/** Replaces or removes a claim if it has not changed. */
const CHANGE = script('cmIdempotencyChange', {
  keys: ['claim'],
  args: { old: 'text', next: 'text' },
  reply: oneOf('stale', 'done'),
  lua: `
if redis.call('GET', claim) ~= old then return stale end
if next == '' then redis.call('DEL', claim) else redis.call('SET', claim, next, 'KEEPTTL') end
return done`,
});

export class RedisIdempotencyStore extends IdempotencyStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
  ) {
    super();
    defineScripts(redis, [CHANGE]);
  }

  override async claim(request: KeyedRequest, newId: () => Promise<string> | string, leaseMs: number): Promise<Claim> {
    const key = keys.idempotency(request.key);
    let found = await answered(this.redis.get(key));
    if (found === null) {
      const mine = recordOf({ id: await newId(), digest: request.digest, ...leaseOf(leaseMs) });
      found = await answered(this.redis.set(key, mine, 'EX', IDEMPOTENCY_SECONDS, 'NX', 'GET'));
      if (found === null) return { outcome: 'mine', id: claimIn(mine).id };
    }
    const { id, digest, until = 0, result } = claimIn(found);
    if (digest !== request.digest) return { outcome: 'conflict', id };
    if (result !== undefined) {
      const opened = this.cipher.open<{ result: string }>(key, result);
      // Without the key for its result, a request that was answered must not be repeated. Another process may have it.
      return opened ? { outcome: 'done', id, result: opened.result } : { outcome: 'under_way', id };
    }
    if (leaseMs === 0) return { outcome: 'done', id };
    if (until > Date.now()) return { outcome: 'under_way', id };
    const taken = recordOf({ id, digest, ...leaseOf(leaseMs) });
    const isMine = (await this.change(key, found, taken)) === 'done';
    return { outcome: isMine ? 'mine' : 'under_way', id };
  }

  override async settle({ key: name, digest }: KeyedRequest, id: string, result: string): Promise<void> {
    const key = keys.idempotency(name);
    const record = recordOf({ id, digest, result: this.cipher.seal(key, { result }) });
    await answered(this.redis.set(key, record, 'EX', IDEMPOTENCY_SECONDS));
  }

  override async release({ key: name, digest }: KeyedRequest, id: string, nothingDone: boolean): Promise<void> {
    const key = keys.idempotency(name);
    const found = await answered(this.redis.get(key));
    if (found === null || claimIn(found).id !== id) return;
    await this.change(key, found, nothingDone ? '' : recordOf({ id, digest }));
  }

  private change(claim: string, old: string, next: string): Promise<'stale' | 'done'> {
    return answered(run(this.redis, CHANGE, { claim }, { old, next }));
  }
}

const leaseOf = (leaseMs: number) => (leaseMs > 0 ? { until: Date.now() + leaseMs } : {});

/** Returns the stored form of a claim. */
export const recordOf = (claim: StoredClaim): string => JSON.stringify(claim);

const claimIn = (record: string): StoredClaim => JSON.parse(record) as StoredClaim;
