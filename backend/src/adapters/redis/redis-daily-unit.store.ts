import { DailyUnitStore } from '../../pacing/daily-units.js';
import { keys } from './keys.js';
import { defineScripts, plain, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

const KEPT_SECONDS = 3 * 24 * 3_600;

/** `limit`: the maximum number of units of the day; empty: no limit. Returns the units that were reserved. */
const RESERVE = script('cmReserveUnits', {
  keys: ['day'],
  args: { units: 'number', limit: 'text' },
  reply: plain<number>(),
  lua: `
local used, most = tonumber(redis.call('GET', day) or 0), tonumber(limit)
local reserved = most and math.max(0, math.min(units, most - used)) or units
if reserved == 0 then return 0 end
redis.call('INCRBY', day, reserved)
redis.call('EXPIRE', day, ${KEPT_SECONDS})
return reserved`,
});

export class RedisDailyUnitStore extends DailyUnitStore {
  constructor(private readonly redis: RedisClient) {
    super();
    defineScripts(redis, [RESERVE]);
  }

  override reserve(date: string, units: number, limit?: number): Promise<number> {
    return answered(run(this.redis, RESERVE, { day: keys.dailyUnits(date) }, { units, limit: limit ?? '' }));
  }

  override async usedOn(date: string): Promise<number> {
    return Number(await answered(this.redis.get(keys.dailyUnits(date))));
  }
}
