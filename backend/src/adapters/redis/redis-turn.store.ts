import { TurnStore } from '../../transfers/turns.port.js';
import { keys } from './keys.js';
import { type AnyScript, defineScripts, plain, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';

/** After this time without jobs, numbers start from 0 again. */
const KEPT_SECONDS = 24 * 3600;

const SCRIPTS = {
  /** Forgets flows without jobs ahead of the current number. */
  take: script('cmTurnTake', {
    keys: ['reached', 'turns'],
    args: { flow: 'text', jobs: 'number' },
    reply: plain<number>(),
    lua: `
local now = tonumber(redis.call('GET', reached)) or 0
local first = math.max(now, (tonumber(redis.call('ZSCORE', turns, flow)) or -1) + 1)
redis.call('ZREMRANGEBYSCORE', turns, '-inf', '(' .. string.format('%.0f', now))
redis.call('ZADD', turns, first + jobs - 1, flow)
redis.call('EXPIRE', turns, ${KEPT_SECONDS})
return first`,
  }),
  reach: script('cmTurnReach', {
    keys: ['reached'],
    args: { turn: 'text' },
    reply: plain<null>(),
    lua: `
if (tonumber(redis.call('GET', reached)) or 0) <= tonumber(turn) then
  redis.call('SET', reached, turn, 'EX', ${KEPT_SECONDS})
end`,
  }),
};

/** Turns in Redis, shared by all processes. */
export class RedisTurnStore extends TurnStore {
  constructor(private readonly redis: RedisClient) {
    super();
    defineScripts(redis, Object.values<AnyScript>(SCRIPTS));
  }

  override take(flow: string, jobs: number): Promise<number> {
    return run(this.redis, SCRIPTS.take, { reached: keys.turnNow(), turns: keys.turns() }, { flow, jobs });
  }

  override async reach(turn: number): Promise<void> {
    await run(this.redis, SCRIPTS.reach, { reached: keys.turnNow() }, { turn });
  }
}
