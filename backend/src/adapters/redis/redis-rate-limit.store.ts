import { type Quota, RateLimitStore, type RateReading } from '../../http/rate-limit.port.js';
import { StoreUnavailableError } from '../../http/errors.js';
import { keys } from './keys.js';
import { defineScripts, fields, REDIS_CLOCK, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

/** How long (ms) Redis is not asked after a failure, so that not every request waits for its time-out. */
const RETRY_AFTER_MS = 1_000;

interface Taken {
  readonly taken: 0 | 1;
  /** Until the quota is whole again. */
  readonly fullInMs: number;
  readonly waitMs: number;
}

/**
 * Takes `take` of `units` in a window. `full`: when the quota is whole again (ms); `clock`: the time in place of Redis'
 * own, for tests; empty: Redis' own.
 */
const TAKE = script('cmRateTake', {
  keys: ['full'],
  args: { units: 'number', windowMs: 'number', take: 'number', clock: 'text' },
  parts: [REDIS_CLOCK],
  reply: fields<Taken>('taken', 'fullInMs', 'waitMs'),
  lua: `
local now = tonumber(clock) or redis_ms()
local before = math.max(tonumber(redis.call('GET', full)) or 0, now)
local after = math.max(before + take * windowMs / units, now)
-- A microsecond: adding up thirds must not refuse the last of them.
local over = after - now - windowMs - 0.001
local taken, fullInMs, waitMs = 1, math.ceil(after - now), 0
if over > 0 then
  taken, fullInMs, waitMs = 0, math.ceil(before - now), math.ceil(over)
elseif after > now then
  redis.call('SET', full, string.format('%.6f', after), 'PX', fullInMs)
else
  redis.call('DEL', full)
end`,
});

/** Rate limits in Redis. Each is one number, which expires when the quota is whole. Uses Redis' clock. */
export class RedisRateLimitStore extends RateLimitStore {
  /** By the process's own clock, which a correction of the time does not move. */
  private unreachableUntil = -Infinity;

  /** @param clock replaces Redis' own, for tests */
  constructor(
    private readonly redis: RedisClient,
    private readonly clock?: () => number,
  ) {
    super();
    defineScripts(redis, [TAKE]);
  }

  override async take(limit: string, who: string, quota: Quota, units: number): Promise<RateReading> {
    if (performance.now() < this.unreachableUntil) throw new StoreUnavailableError();
    const { units: whole, windowMs } = quota;
    try {
      const args = { units: whole, windowMs, take: Math.min(units, whole), clock: this.clock?.() ?? '' };
      const { taken, fullInMs, waitMs } = await answered(
        run(this.redis, TAKE, { full: keys.rateLimit(limit, who) }, args),
      );
      const remaining = Math.max(0, Math.floor(((windowMs - fullInMs) * whole) / windowMs));
      return { allowed: taken === 1, remaining, fullInMs, waitMs };
    } catch (error) {
      this.unreachableUntil = performance.now() + RETRY_AFTER_MS;
      throw error;
    }
  }
}
