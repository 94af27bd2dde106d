import type { Result } from 'ioredis';
import { type Claim, IdempotencyStore, type KeyedRequest } from '../../http/idempotency.port.js';
import { keys } from './keys.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

export const IDEMPOTENCY_SECONDS = 24 * 3600;

/** What lies under a key. The id is no secret; the result may hold one. */
interface StoredClaim {
  readonly id: string;
  readonly digest: string;
  /** Until then (ms) other requests are reported as in progress. */
  readonly until?: number;
  /** Encrypted. */
  readonly result?: string;
}

/** Record as it was and as it is to be, or nothing; 1 where it was so. Its life stays. */
const CHANGE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') end
return 1`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cmIdempotencyChange(key: string, old: string, next: string): Result<0 | 1, Context>;
  }
}

export class RedisIdempotencyStore extends IdempotencyStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
  ) {
    super();
    redis.defineCommand('cmIdempotencyChange', { numberOfKeys: 1, lua: CHANGE });
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
      if (opened) return { outcome: 'done', id, result: opened.result };
    }
    if (leaseMs === 0) return { outcome: 'done', id };
    if (until > Date.now()) return { outcome: 'under_way', id };
    const taken = recordOf({ id, digest, ...leaseOf(leaseMs) });
    const isMine = (await answered(this.redis.cmIdempotencyChange(key, found, taken))) === 1;
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
    await answered(this.redis.cmIdempotencyChange(key, found, nothingDone ? '' : recordOf({ id, digest })));
  }
}

const leaseOf = (leaseMs: number) => (leaseMs > 0 ? { until: Date.now() + leaseMs } : {});

/** What lies in Redis for a claim. */
export const recordOf = (claim: StoredClaim): string => JSON.stringify(claim);

const claimIn = (record: string): StoredClaim => JSON.parse(record) as StoredClaim;
