import type { Result } from 'ioredis';
import { type Quota, RateLimitStore, type RateReading } from '../../http/rate-limit.port.js';
import { StoreUnavailableError } from '../../http/errors.js';
import { keys } from './keys.js';
import { REDIS_CLOCK } from './lua.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

/** After a failure nobody asks Redis for so long: not every request has to wait until it is known to be away. */
const AWAY_MS = 1_000;

/**
 * KEYS[1]: the moment at which all of the quota is there again (ms). ARGV: units of the quota, window (ms), units to
 * take, time (Redis' own when empty). Returns whether they were taken, ms until the quota is whole, ms to wait.
 */
const TAKE = `${REDIS_CLOCK}
local now = tonumber(ARGV[4]) or redis_ms()
local whole = math.max(tonumber(redis.call('GET', KEYS[1])) or 0, now)
local after = math.max(whole + ARGV[3] * ARGV[2] / ARGV[1], now)
-- A microsecond: adding up thirds must not refuse the last of them.
local over = after - now - ARGV[2] - 0.001
if over > 0 then return { 0, math.ceil(whole - now), math.ceil(over) } end
if after > now then redis.call('SET', KEYS[1], string.format('%.6f', after), 'PX', math.ceil(after - now)) end
if after == now then redis.call('DEL', KEYS[1]) end
return { 1, math.ceil(after - now), 0 }`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cmRateTake(
      key: string,
      units: number,
      windowMs: number,
      take: number,
      now: number | '',
    ): Result<[taken: 0 | 1, fullInMs: number, waitMs: number], Context>;
  }
}

/** Limits in Redis, each one number that Redis itself forgets when the quota is whole. Its clock is Redis' own. */
export class RedisRateLimitStore extends RateLimitStore {
  private awayUntil = 0;

  /** @param clock in place of Redis' own, for tests */
  constructor(
    private readonly redis: RedisClient,
    private readonly clock?: () => number,
  ) {
    super();
    redis.defineCommand('cmRateTake', { numberOfKeys: 1, lua: TAKE });
  }

  override async take(limit: string, who: string, quota: Quota, units: number): Promise<RateReading> {
    if (Date.now() < this.awayUntil) throw new StoreUnavailableError();
    const { units: whole, windowMs } = quota;
    try {
      const [taken, fullInMs, waitMs] = await answered(
        this.redis.cmRateTake(
          keys.rateLimit(limit, who),
          whole,
          windowMs,
          Math.min(units, whole),
          this.clock?.() ?? '',
        ),
      );
      const remaining = Math.max(0, Math.floor(((windowMs - fullInMs) * whole) / windowMs));
      return { allowed: taken === 1, remaining, fullInMs, waitMs };
    } catch (error) {
      this.awayUntil = Date.now() + AWAY_MS;
      throw error;
    }
  }
}
