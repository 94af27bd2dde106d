import type { Result } from 'ioredis';
import type { AccountPace } from '../../insight/paces.port.js';
import {
  DAY_MS,
  EARLIER_MS,
  HOUR_MS,
  type HourOfBytes,
  type LimiterName,
  LONGEST_PAUSE_MS,
  PaceStore,
  type Reading,
  RECENT_MS,
} from '../../pacing/pace-store.js';
import { isLimited, type Pace, rateOf } from '../../pacing/calculator.js';
import { keys } from './keys.js';
import { REDIS_CLOCK } from './lua.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

/** How long the state of an account is worth something after its last request. */
const KEPT_SECONDS = 3_600;

/**
 * KEYS[1]: the account's hash. Fields of a limiter: `<kind>:` and `epoch`, `pace` (JSON), `admitted` (units), `until` (the
 * end of the reserved time), and the last two marks of both sorts (`r` recent, `e` earlier): time and units of the last
 * but one, then of the last. `paused` is the account's. ARGV: kind, time (Redis' own when empty).
 */
const LIMITER = `${REDIS_CLOCK}
local limiter = ARGV[1] .. ':'
local function ms(value) return string.format('%.3f', value) end
local now = tonumber(ARGV[2]) or redis_ms()
local f = redis.call('HMGET', KEYS[1], limiter .. 'epoch', limiter .. 'admitted', limiter .. 'until', 'paused',
  limiter .. 'pace', limiter .. 'r', limiter .. 'e')
local epoch, admitted, till, paused = f[1] or '0', tonumber(f[2]) or 0, tonumber(f[3]) or 0, tonumber(f[4]) or 0
if paused - now > ${LONGEST_PAUSE_MS} then paused = 0 end
if till - now > ${2 * LONGEST_PAUSE_MS} then till = 0 end
local pace = f[5] or ''
local function marks(name, value, every)
  local last = ms(now) .. ' ' .. admitted
  local a, an, b, bn = string.match(value or (last .. ' ' .. last), '(%S+) (%S+) (%S+) (%S+)')
  if value and now - b < every then return a, an end
  if not value or now - b >= 2 * every then b, bn = ms(now), admitted end
  redis.call('HSET', KEYS[1], limiter .. name, b .. ' ' .. bn .. ' ' .. last)
  return b, bn
end
local recent, recentUnits = marks('r', f[6], ${RECENT_MS})
local earlier, earlierUnits = marks('e', f[7], ${EARLIER_MS})
redis.call('EXPIRE', KEYS[1], ${KEPT_SECONDS})
local function reading(starts)
  return { ms(now), admitted, recent, recentUnits, earlier, earlierUnits, pace, ms(math.max(0, paused - now)), starts }
end`;

const SCRIPTS = {
  /** ARGV[3]: epoch, units let through, milliseconds to reserve. */
  cmPaceReserve: `${LIMITER}
if ARGV[4] ~= '0' then admitted = redis.call('HINCRBY', KEYS[1], limiter .. 'admitted', ARGV[4]) end
if epoch ~= ARGV[3] then return reading('') end
local start = math.max(till, now, paused)
if tonumber(ARGV[5]) > 0 then redis.call('HSET', KEYS[1], limiter .. 'until', ms(start + ARGV[5])) end
return reading(ms(start - now))`,
  /** ARGV[3]: epoch, next epoch, next pace, milliseconds until the queue begins, whether what is reserved stays so. */
  cmPaceChange: `${LIMITER}
if epoch ~= ARGV[3] then return reading('') end
pace = ARGV[5]
if ARGV[7] == '0' then till = 0 end
redis.call('HSET', KEYS[1], limiter .. 'epoch', ARGV[4], limiter .. 'pace', pace, limiter .. 'until', ms(math.max(till, now + ARGV[6])))
return reading('')`,
  /** ARGV: time (Redis' own when empty), milliseconds. */
  cmPacePause: `${REDIS_CLOCK}
local now = tonumber(ARGV[1]) or redis_ms()
local paused = tonumber(redis.call('HGET', KEYS[1], 'paused')) or 0
if paused - now > ${LONGEST_PAUSE_MS} then paused = 0 end
local till = math.max(paused, now + math.min(ARGV[2], ${LONGEST_PAUSE_MS}))
redis.call('HSET', KEYS[1], 'paused', string.format('%.3f', till))
redis.call('EXPIRE', KEYS[1], ${KEPT_SECONDS} + math.ceil((till - now) / 1000))`,
} as const;

type Reply = [
  now: string,
  admitted: number,
  recent: string,
  recentUnits: string | number,
  earlier: string,
  earlierUnits: string | number,
  pace: string,
  pausedMs: string,
  starts: string,
];

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cmPaceReserve(key: string, ...args: (string | number)[]): Result<Reply, Context>;
    cmPaceChange(key: string, ...args: (string | number)[]): Result<Reply, Context>;
    cmPacePause(key: string, ...args: (string | number)[]): Result<null, Context>;
  }
}

/** The accounts' paces, shared by all processes, on Redis' own clock. */
export class RedisPaceStore extends PaceStore {
  /** @param clock in place of Redis' own, for tests */
  constructor(
    private readonly redis: RedisClient,
    private readonly clock?: () => number,
  ) {
    super();
    for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { numberOfKeys: 1, lua });
  }

  override async reserve(limiter: LimiterName, epoch: number, admitted: number, spanMs: number): Promise<Reading> {
    const key = keys.pace(limiter.account);
    return readingOf(
      await answered(this.redis.cmPaceReserve(key, limiter.kind, this.time(), epoch, Math.round(admitted), spanMs)),
    );
  }

  override async change(limiter: LimiterName, epoch: number, next: Pace, startsInMs: number): Promise<Reading> {
    // While tests are refused; the first one that passes ends it.
    const stays = next.phase === 'shut' && next.tries > 0 ? 1 : 0;
    const args = [limiter.kind, this.time(), epoch, next.epoch, JSON.stringify(next), startsInMs, stays];
    return readingOf(await answered(this.redis.cmPaceChange(keys.pace(limiter.account), ...args)));
  }

  override async pause(account: string, ms: number): Promise<void> {
    await answered(this.redis.cmPacePause(keys.pace(account), this.time(), ms));
  }

  override async addBytes(account: string, bytes: number): Promise<void> {
    const key = keys.paceBytes(account);
    const hour = Math.floor(this.today() / HOUR_MS);
    await answered(
      this.redis
        .multi()
        .hincrby(key, String(hour), Math.round(bytes))
        .hdel(key, ...Array.from({ length: 24 }, (_, i) => String(hour - 26 - i)))
        .pexpire(key, DAY_MS + HOUR_MS)
        .exec(),
    );
  }

  override async bytesOfDay(account: string): Promise<HourOfBytes[]> {
    const hours = await answered(this.redis.hgetall(keys.paceBytes(account)));
    return Object.entries(hours)
      .map(([hour, bytes]) => ({ at: Number(hour) * HOUR_MS, bytes: Number(bytes) }))
      .filter(({ at }) => at > this.today() - DAY_MS - HOUR_MS)
      .sort((a, b) => a.at - b.at);
  }

  /** The pace of an account. Changes nothing. */
  async look(account: string): Promise<Record<'read' | 'write', AccountPace>> {
    const fields = await answered(this.redis.hgetall(keys.pace(account)));
    const now = this.today();
    const paused = Number(fields['paused'] ?? 0) - now;
    const waitsMs = paused > LONGEST_PAUSE_MS ? 0 : Math.max(0, paused);
    const all = lookAt(fields, 'all', now, waitsMs);
    const of = (kind: 'read' | 'write'): AccountPace => {
      const own = lookAt(fields, kind, now, waitsMs);
      const allowed = [own, all].map(({ allowedUnitsPerSecond }) => allowedUnitsPerSecond ?? Infinity);
      const least = Math.min(...allowed);
      const slowed = (own.slowed?.at ?? 0) >= (all.slowed?.at ?? 0) ? own.slowed : all.slowed;
      return { ...own, allowedUnitsPerSecond: Number.isFinite(least) ? least : null, ...(slowed && { slowed }) };
    };
    return { read: of('read'), write: of('write') };
  }

  private time(): number | '' {
    return this.clock?.() ?? '';
  }

  /** Hours of bytes need no common clock. */
  private today(): number {
    return this.clock?.() ?? Date.now();
  }
}

/** A limiter as others see it. */
function lookAt(
  fields: Readonly<Record<string, string>>,
  kind: LimiterName['kind'],
  at: number,
  waitsMs: number,
): AccountPace {
  const now = { at, admitted: Number(fields[`${kind}:admitted`] ?? 0) };
  const pace = fields[`${kind}:pace`] ? (JSON.parse(fields[`${kind}:pace`]!) as Pace) : undefined;
  // Marks are set with requests: those of an idle account are old, and its rate falls.
  const [recent, earlier] = [markOf(fields[`${kind}:r`]) ?? now, markOf(fields[`${kind}:e`]) ?? now];
  const seconds = (at - earlier.at) / 1_000;
  const unitsPerSecond = seconds > 0 ? (now.admitted - earlier.admitted) / seconds : 0;
  const rate = pace?.phase === 'shut' ? (pace.rate ?? Infinity) : rateOf(pace, { now, recent, earlier });
  const allowed = isLimited(pace) && Number.isFinite(rate) ? rate : null;
  const slowed = isLimited(pace) ? slowDownOf(pace, at, waitsMs) : undefined;
  return { unitsPerSecond, allowedUnitsPerSecond: allowed, waitsMs, ...(slowed && { slowed }) };
}

/** That of a shut limiter lasts while requests test it or wait: an idle account is not slowed down. */
function slowDownOf({ phase, at, shutAt, gapMs }: Pace, now: number, waitsMs: number): { at: number; ms: number } {
  const end = phase !== 'shut' ? at : waitsMs > 0 ? now : Math.min(now, at + gapMs);
  return { at: shutAt, ms: Math.max(0, end - shutAt) };
}

/** The last but one of the two marks in a field. */
function markOf(field: string | undefined): { at: number; admitted: number } | undefined {
  const [at, admitted] = field?.split(' ', 2).map(Number) ?? [];
  return at === undefined || admitted === undefined ? undefined : { at, admitted };
}

function readingOf(reply: Reply): Reading {
  const [now, admitted, recent, recentUnits, earlier, earlierUnits, pace, pausedMs, starts] = reply;
  return {
    now: { at: Number(now), admitted: Number(admitted) },
    recent: { at: Number(recent), admitted: Number(recentUnits) },
    earlier: { at: Number(earlier), admitted: Number(earlierUnits) },
    pace: pace === '' ? undefined : (JSON.parse(pace) as Pace),
    pausedMs: Number(pausedMs),
    startsInMs: starts === '' ? undefined : Number(starts),
  };
}
