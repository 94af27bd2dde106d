import type { Result } from 'ioredis';
import { type QueueKeys, WorkerStore } from '../../transfers/workers.port.js';
import { keys } from './keys.js';
import type { RedisClient } from './redis-connections.js';

/** The heir puts jobs back at once; should it die before, its own locks are handed over. */
const HEIRS_LOCK_MS = 30_000;

/** KEYS: workers. ARGV: worker, ms of silence after which one is dead. Returns the dead. */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])`;

/**
 * KEYS: BullMQ's list of active jobs. ARGV: prefix of their keys, dead worker, heir's token, ms of its lock, most stalls.
 * BullMQ keeps in \`<job>:lock\` the token of the job's holder, \`<worker>:<number>\`, and in the job's field \`stc\` how often
 * it has stalled.
 */
const INHERIT = `
local inherited = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local job = ARGV[1] .. id
  local token = redis.call('GET', job .. ':lock')
  if token == ARGV[3] then inherited[#inherited + 1] = id
  elseif token and string.sub(token, 1, #ARGV[2] + 1) == ARGV[2] .. ':' then
    if redis.call('HINCRBY', job, 'stc', 1) <= tonumber(ARGV[5]) then
      redis.call('SET', job .. ':lock', ARGV[3], 'PX', ARGV[4])
      inherited[#inherited + 1] = id
    end
  end
end
return inherited`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cmWorkerBeat(workers: string, worker: string, silenceMs: number): Result<string[], Context>;
    cmWorkerInherit(
      active: string,
      prefix: string,
      worker: string,
      heir: string,
      lockMs: number,
      maxStalls: number,
    ): Result<string[], Context>;
  }
}

/** Signs of life in Redis, for all processes. */
export class RedisWorkerStore extends WorkerStore {
  constructor(private readonly redis: RedisClient) {
    super();
    redis.defineCommand('cmWorkerBeat', { numberOfKeys: 1, lua: BEAT });
    redis.defineCommand('cmWorkerInherit', { numberOfKeys: 1, lua: INHERIT });
  }

  override beat(worker: string, silenceMs: number): Promise<string[]> {
    return this.redis.cmWorkerBeat(keys.workers(), worker, silenceMs);
  }

  override inherit(queue: QueueKeys, worker: string, heir: string, maxStalls: number): Promise<string[]> {
    return this.redis.cmWorkerInherit(queue.active, queue.prefix, worker, heir, HEIRS_LOCK_MS, maxStalls);
  }

  override async forget(worker: string): Promise<void> {
    await this.redis.zrem(keys.workers(), worker);
  }
}
