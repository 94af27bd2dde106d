import type { Result } from 'ioredis';
import { TERMINAL_STATES, type TransferState } from '../../engine/model/states.js';
import type { PlaceKind } from '../../transfers/transfer-store.port.js';
import { keys } from './keys.js';
import { KEPT_SECONDS } from './ledger/ledger-keys.js';
import { REDIS_CLOCK } from './lua.js';
import type { RedisClient } from './redis-connections.js';

/**
 * How long a place stays reserved for a transfer that is being created or reopened (ms): far longer than that takes, also
 * with a disk or a replica that is waited for. A process that dies in between holds the place no longer.
 */
const RESERVED_MS = 60_000;

// A sorted set for each account and kind: id of a transfer → until when its place is reserved (ms), or, negative, that it
// is confirmed. A confirmed place and a reservation that has expired count for as long as the transfer's state says that
// it is open. Each score is used once, so that a script that compares it changes only what its caller has seen.

/**
 * KEYS: places. ARGV: id, number of places, ms that a reservation lasts, then id, score, … of members that are free.
 * Returns 1 and the score of the reservation; or 0, the time, and a list of all members: id, score, … (not unpacked: Lua
 * can unpack 8,000 values, and there may be 10,000 places).
 */
const TAKE = `${REDIS_CLOCK}
local places, id = KEYS[1], ARGV[1]
for i = 4, #ARGV, 2 do
  if redis.call('ZSCORE', places, ARGV[i]) == ARGV[i + 1] then redis.call('ZREM', places, ARGV[i]) end
end
local now = math.floor(redis_ms())
local held = redis.call('ZSCORE', places, id)
if not held and redis.call('ZCARD', places) >= tonumber(ARGV[2]) then
  return { 0, string.format('%.0f', now), redis.call('ZRANGE', places, 0, -1, 'WITHSCORES') }
end
local score = string.format('%.0f', math.max(now + ARGV[3], math.abs(held or 0) + 1))
redis.call('ZADD', places, score, id)
redis.call('EXPIRE', places, ${KEPT_SECONDS})
return { 1, score }`;

/** KEYS: places. ARGV: id, score of its reservation, 1 to keep the place and 0 to give it back. */
const SETTLE = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == '1' then redis.call('ZADD', KEYS[1], '-' .. ARGV[2], ARGV[1]) else redis.call('ZREM', KEYS[1], ARGV[1]) end
return 1`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cmPlaceTake(
      key: string,
      id: string,
      places: number,
      reservedMs: number,
      ...free: string[]
    ): Result<[taken: 0 | 1, scoreOrNow: string, members?: string[]], Context>;
    cmPlaceSettle(key: string, id: string, score: string, keep: 0 | 1): Result<0 | 1, Context>;
  }
}

/**
 * The places that an account has for what it may have open at the same time. One script on one key counts and takes,
 * because a transfer's own keys may be on another node of a Cluster (0032).
 */
export class AccountPlaces {
  constructor(private readonly redis: RedisClient) {
    redis.defineCommand('cmPlaceTake', { numberOfKeys: 1, lua: TAKE });
    redis.defineCommand('cmPlaceSettle', { numberOfKeys: 1, lua: SETTLE });
  }

  /**
   * Reserves a place for a transfer; one that has a place keeps it.
   * @returns what `settle` needs, or undefined when all places are taken
   */
  async take(kind: PlaceKind, sub: string, id: string, places: number): Promise<string | undefined> {
    const key = keys.accountPlaces(sub, kind);
    for (let free: string[] = []; ;) {
      const [taken, scoreOrNow, members = []] = await this.redis.cmPlaceTake(key, id, places, RESERVED_MS, ...free);
      if (taken === 1) return scoreOrNow;
      // Ended transfers stay until the set is full: only an account at its limit pays for looking at their states.
      free = await this.freeAmong(kind, pairsOf(members), Number(scoreOrNow));
      if (free.length === 0) return undefined;
    }
  }

  /** Ends a reservation: keeps the place or gives it back. Without effect when there is a newer reservation. */
  async settle(kind: PlaceKind, sub: string, id: string, score: string, keep: boolean): Promise<void> {
    await this.redis.cmPlaceSettle(keys.accountPlaces(sub, kind), id, score, keep ? 1 : 0);
  }

  /** Counts an open transfer that has no place: Redis lost it, or an earlier version created it. */
  async recount(kind: PlaceKind, sub: string, id: string): Promise<void> {
    const key = keys.accountPlaces(sub, kind);
    if ((await this.redis.zadd(key, 'NX', String(-Date.now()), id)) === 1) await this.redis.expire(key, KEPT_SECONDS);
  }

  /** Number of an account's transfers that are open, without mere reservations. */
  async open(kind: PlaceKind, sub: string): Promise<number> {
    const members = await this.redis.zrange(keys.accountPlaces(sub, kind), '0', '-1');
    const open = await Promise.all(members.map((id) => this.isOpen(kind, id)));
    return open.filter(Boolean).length;
  }

  /** Those members that hold a place they no longer need, as id, score, …. */
  private async freeAmong(kind: PlaceKind, members: readonly [string, string][], now: number): Promise<string[]> {
    const free = await Promise.all(
      members.map(async ([id, score]) => (Number(score) > now || (await this.isOpen(kind, id)) ? [] : [id, score])),
    );
    return free.flat();
  }

  private async isOpen(kind: PlaceKind, id: string): Promise<boolean> {
    const [state, held] = await this.redis.hmget(keys.transfer(id), 'state', 'held');
    if (!state || TERMINAL_STATES.includes(state as TransferState)) return false;
    return kind === 'preflight' ? held !== null && state !== 'ready' : held === null;
  }
}

function pairsOf(flat: readonly string[]): [id: string, score: string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!]);
}
