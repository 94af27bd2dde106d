import type { Result } from 'ioredis';
import { TurnStore } from '../../transfers/turns.port.js';
import { keys } from './keys.js';
import type { RedisClient } from './redis-connections.js';

/** Without any work for so long, counting starts from 0 again. */
const KEPT_SECONDS = 24 * 3600;

/** KEYS: now, last numbers. ARGV: flow, jobs. Forgets flows that have nothing ahead of now. */
const TAKE = `
local now = tonumber(redis.call('GET', KEYS[1])) or 0
local first = math.max(now, (tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1])) or -1) + 1)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. string.format('%.0f', now))
redis.call('ZADD', KEYS[2], first + ARGV[2] - 1, ARGV[1])
redis.call('EXPIRE', KEYS[2], ${KEPT_SECONDS})
return first`;

/** KEYS: now. ARGV: turn. */
const REACH = `
if (tonumber(redis.call('GET', KEYS[1])) or 0) <= tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ${KEPT_SECONDS})
end
return 1`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cmTurnTake(now: string, last: string, flow: string, jobs: number): Result<number, Context>;
    cmTurnReach(now: string, turn: number): Result<number, Context>;
  }
}

/** Turns in Redis, for all processes. */
export class RedisTurnStore extends TurnStore {
  constructor(private readonly redis: RedisClient) {
    super();
    redis.defineCommand('cmTurnTake', { numberOfKeys: 2, lua: TAKE });
    redis.defineCommand('cmTurnReach', { numberOfKeys: 1, lua: REACH });
  }

  override take(flow: string, jobs: number): Promise<number> {
    return this.redis.cmTurnTake(keys.turnNow(), keys.turns(), flow, jobs);
  }

  override async reach(turn: number): Promise<void> {
    await this.redis.cmTurnReach(keys.turnNow(), turn);
  }
}
