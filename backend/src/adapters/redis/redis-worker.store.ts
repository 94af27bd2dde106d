import { type QueueKeys, WorkerStore } from '../../transfers/workers.port.js';
import { keys } from './keys.js';
import { type AnyScript, defineScripts, plain, REDIS_CLOCK, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';

/** The heir returns jobs immediately; if it dies before, its own locks are transferred. */
const HEIRS_LOCK_MS = 30_000;

const SCRIPTS = {
  /** Records a heartbeat, and returns the workers that have been silent for `silenceMs`. */
  beat: script('cmWorkerBeat', {
    keys: ['workers'],
    args: { worker: 'text', silenceMs: 'number' },
    parts: [REDIS_CLOCK],
    reply: plain<string[]>(),
    lua: `
local now = math.floor(redis_ms())
redis.call('ZADD', workers, now, worker)
return redis.call('ZRANGEBYSCORE', workers, '-inf', now - silenceMs)`,
  }),
  /**
   * `active`: BullMQ's list of active jobs; `prefix`: of their keys; `worker`: the dead worker; `heir`: a token. BullMQ
   * keeps in `<job>:lock` the token of the job's holder, `<worker>:<number>`, and in the job's field `stc` how often it
   * has stalled.
   */
  inherit: script('cmWorkerInherit', {
    keys: ['active'],
    args: { prefix: 'text', worker: 'text', heir: 'text', lockMs: 'text', maxStalls: 'number' },
    reply: plain<string[]>(),
    lua: `
local inherited = {}
for _, id in ipairs(redis.call('LRANGE', active, 0, -1)) do
  local job = prefix .. id
  local token = redis.call('GET', job .. ':lock')
  if token == heir then inherited[#inherited + 1] = id
  elseif token and string.sub(token, 1, #worker + 1) == worker .. ':' then
    if redis.call('HINCRBY', job, 'stc', 1) <= maxStalls then
      redis.call('SET', job .. ':lock', heir, 'PX', lockMs)
      inherited[#inherited + 1] = id
    end
  end
end
return inherited`,
  }),
};

/** Heartbeats in Redis, shared by all processes. */
export class RedisWorkerStore extends WorkerStore {
  constructor(private readonly redis: RedisClient) {
    super();
    defineScripts(redis, Object.values<AnyScript>(SCRIPTS));
  }

  override beat(worker: string, silenceMs: number): Promise<string[]> {
    return run(this.redis, SCRIPTS.beat, { workers: keys.workers() }, { worker, silenceMs });
  }

  override inherit(queue: QueueKeys, worker: string, heir: string, maxStalls: number): Promise<string[]> {
    const { active, prefix } = queue;
    return run(this.redis, SCRIPTS.inherit, { active }, { prefix, worker, heir, lockMs: HEIRS_LOCK_MS, maxStalls });
  }

  override async forget(worker: string): Promise<void> {
    await this.redis.zrem(keys.workers(), worker);
  }
}
