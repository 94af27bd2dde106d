import type { AccountPace } from '../../insight/paces.port.js';
import {
  EARLIER_MS,
  type HourOfBytes,
  type LimiterName,
  LONGEST_PAUSE_MS,
  PaceStore,
  type Reading,
  RECENT_MS,
} from '../../pacing/pace-store.js';
import { isLimited, type Pace, rateOf } from '../../pacing/calculator.js';
import { keys } from './keys.js';
import { type AnyScript, defineScripts, fields, plain, REDIS_CLOCK, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';
import { DAY_MS, HOUR_MS } from '../../engine/times.js';

/** How long the state of an account is kept after its last request. */
const KEPT_SECONDS = 3_600;

/**
 * Reads a limiter, and keeps its marks. Fields of the account's hash: `<kind>:` and `epoch`, `pace` (JSON), `admitted`
 * (units), `until` (the end of the reserved time), and the last two marks of both sorts (`r` recent, `e` earlier): time
 * and units of the last but one, then of the last. `paused` is the account's.
 */
const LIMITER = `
local limiter = kind .. ':'
local function ms(value) return string.format('%.3f', value) end
local now = tonumber(clock) or redis_ms()
local field = redis.call('HMGET', account, limiter .. 'epoch', limiter .. 'admitted', limiter .. 'until', 'paused',
  limiter .. 'pace', limiter .. 'r', limiter .. 'e')
local current, admitted = field[1] or '0', tonumber(field[2]) or 0
local till, paused = tonumber(field[3]) or 0, tonumber(field[4]) or 0
if paused - now > ${LONGEST_PAUSE_MS} then paused = 0 end
if till - now > ${2 * LONGEST_PAUSE_MS} then till = 0 end
local pace = field[5] or ''
local function marks(name, value, every)
  local last = ms(now) .. ' ' .. admitted
  local a, an, b, bn = string.match(value or (last .. ' ' .. last), '(%S+) (%S+) (%S+) (%S+)')
  if value and now - b < every then return a, an end
  if not value or now - b >= 2 * every then b, bn = ms(now), admitted end
  redis.call('HSET', account, limiter .. name, b .. ' ' .. bn .. ' ' .. last)
  return b, bn
end
local recent, recentUnits = marks('r', field[6], ${RECENT_MS})
local earlier, earlierUnits = marks('e', field[7], ${EARLIER_MS})
redis.call('EXPIRE', account, ${KEPT_SECONDS})
local at, pausedMs, starts = ms(now), ms(math.max(0, paused - now)), ''`;

interface Reply {
  readonly at: string;
  readonly admitted: number;
  readonly recent: string;
  readonly recentUnits: string | number;
  readonly earlier: string;
  readonly earlierUnits: string | number;
  readonly pace: string;
  readonly pausedMs: string;
  readonly starts: string;
}

const reading = fields<Reply>(
  ...(['at', 'admitted', 'recent', 'recentUnits', 'earlier', 'earlierUnits', 'pace', 'pausedMs', 'starts'] as const),
);

/** `clock`: the time in place of Redis' own, for tests; empty: Redis' own. */
const SCRIPTS = {
  /** Counts `units`, and reserves `spanMs` if the pace still has this `epoch`. */
  reserve: script('cmPaceReserve', {
    keys: ['account'],
    args: { kind: 'text', clock: 'text', epoch: 'text', units: 'number', spanMs: 'number' },
    parts: [REDIS_CLOCK],
    reply: reading,
    lua: `${LIMITER}
if units ~= 0 then admitted = redis.call('HINCRBY', account, limiter .. 'admitted', units) end
if epoch == current then
  local start = math.max(till, now, paused)
  if spanMs > 0 then redis.call('HSET', account, limiter .. 'until', ms(start + spanMs)) end
  starts = ms(start - now)
end`,
  }),
  /** Replaces the pace if it still has this `epoch`; the queue starts in `startsInMs`, or after reserved time if `stays`. */
  change: script('cmPaceChange', {
    keys: ['account'],
    args: {
      kind: 'text',
      clock: 'text',
      epoch: 'text',
      nextEpoch: 'text',
      next: 'text',
      startsInMs: 'number',
      stays: 'flag',
    },
    parts: [REDIS_CLOCK],
    reply: reading,
    lua: `${LIMITER}
if epoch == current then
  pace = next
  if not stays then till = 0 end
  till = ms(math.max(till, now + startsInMs))
  redis.call('HSET', account, limiter .. 'epoch', nextEpoch, limiter .. 'pace', pace, limiter .. 'until', till)
end`,
  }),
  pause: script('cmPacePause', {
    keys: ['account'],
    args: { clock: 'text', pauseMs: 'number' },
    parts: [REDIS_CLOCK],
    reply: plain<null>(),
    lua: `
local now = tonumber(clock) or redis_ms()
local paused = tonumber(redis.call('HGET', account, 'paused')) or 0
if paused - now > ${LONGEST_PAUSE_MS} then paused = 0 end
local till = math.max(paused, now + math.min(pauseMs, ${LONGEST_PAUSE_MS}))
redis.call('HSET', account, 'paused', string.format('%.3f', till))
redis.call('EXPIRE', account, ${KEPT_SECONDS} + math.ceil((till - now) / 1000))`,
  }),
};

/** The accounts' paces, shared by all processes, with Redis' own clock. */
export class RedisPaceStore extends PaceStore {
  /** @param clock replaces Redis' own, for tests */
  constructor(
    private readonly redis: RedisClient,
    private readonly clock?: () => number,
  ) {
    super();
    defineScripts(redis, Object.values<AnyScript>(SCRIPTS));
  }

  override async reserve(limiter: LimiterName, epoch: number, admitted: number, spanMs: number): Promise<Reading> {
    const args = { kind: limiter.kind, clock: this.time(), epoch, units: Math.round(admitted), spanMs };
    return readingOf(await answered(run(this.redis, SCRIPTS.reserve, { account: keys.pace(limiter.account) }, args)));
  }

  override async change(limiter: LimiterName, epoch: number, next: Pace, startsInMs: number): Promise<Reading> {
    const args = {
      kind: limiter.kind,
      clock: this.time(),
      epoch,
      nextEpoch: next.epoch,
      next: JSON.stringify(next),
      startsInMs,
      // Reserved time stays while tests are refused; the first one that passes ends it.
      stays: next.phase === 'shut' && next.tries > 0,
    };
    return readingOf(await answered(run(this.redis, SCRIPTS.change, { account: keys.pace(limiter.account) }, args)));
  }

  override async pause(account: string, ms: number): Promise<void> {
    const args = { clock: this.time(), pauseMs: ms };
    await answered(run(this.redis, SCRIPTS.pause, { account: keys.pace(account) }, args));
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
  async paceOf(account: string): Promise<Record<'read' | 'write', AccountPace>> {
    const fields = await answered(this.redis.hgetall(keys.pace(account)));
    const now = this.today();
    const paused = Number(fields['paused'] ?? 0) - now;
    const waitsMs = paused > LONGEST_PAUSE_MS ? 0 : Math.max(0, paused);
    const all = paceAt(fields, 'all', now, waitsMs);
    const of = (kind: 'read' | 'write'): AccountPace => {
      const own = paceAt(fields, kind, now, waitsMs);
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

  /** The hours of bytes need no common clock. */
  private today(): number {
    return this.clock?.() ?? Date.now();
  }
}

/** The state of a limiter for display. */
function paceAt(
  fields: Readonly<Record<string, string>>,
  kind: LimiterName['kind'],
  at: number,
  waitsMs: number,
): AccountPace {
  const now = { at, admitted: Number(fields[`${kind}:admitted`] ?? 0) };
  const pace = fields[`${kind}:pace`] ? (JSON.parse(fields[`${kind}:pace`]!) as Pace) : undefined;
  // Only requests set marks, so those of an idle account are old and its rate falls.
  const [recent, earlier] = [markOf(fields[`${kind}:r`]) ?? now, markOf(fields[`${kind}:e`]) ?? now];
  const seconds = (at - earlier.at) / 1_000;
  const unitsPerSecond = seconds > 0 ? (now.admitted - earlier.admitted) / seconds : 0;
  const rate = pace?.phase === 'shut' ? (pace.rate ?? Infinity) : rateOf(pace, { now, recent, earlier });
  const allowed = isLimited(pace) && Number.isFinite(rate) ? rate : null;
  const slowed = isLimited(pace) ? slowDownOf(pace, at, waitsMs) : undefined;
  return { unitsPerSecond, allowedUnitsPerSecond: allowed, waitsMs, ...(slowed && { slowed }) };
}

/** The last slow-down. A shut limiter is slowed down only while requests test it or wait. */
function slowDownOf({ phase, at, shutAt, gapMs }: Pace, now: number, waitsMs: number): { at: number; ms: number } {
  const end = phase !== 'shut' ? at : waitsMs > 0 ? now : Math.min(now, at + gapMs);
  return { at: shutAt, ms: Math.max(0, end - shutAt) };
}

/** The earlier of the two marks in a field. */
function markOf(field: string | undefined): { at: number; admitted: number } | undefined {
  const [at, admitted] = field?.split(' ', 2).map(Number) ?? [];
  return at === undefined || admitted === undefined ? undefined : { at, admitted };
}

function readingOf(reply: Reply): Reading {
  const { at, admitted, recent, recentUnits, earlier, earlierUnits, pace, pausedMs, starts } = reply;
  return {
    now: { at: Number(at), admitted: Number(admitted) },
    recent: { at: Number(recent), admitted: Number(recentUnits) },
    earlier: { at: Number(earlier), admitted: Number(earlierUnits) },
    pace: pace === '' ? undefined : (JSON.parse(pace) as Pace),
    pausedMs: Number(pausedMs),
    startsInMs: starts === '' ? undefined : Number(starts),
  };
}
