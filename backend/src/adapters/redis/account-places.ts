import { TERMINAL_STATES, type TransferState } from '../../engine/model/states.js';
import type { PlaceKind } from '../../transfers/transfer-store.port.js';
import { keys } from './keys.js';
import { KEPT_SECONDS } from './ledger/ledger-keys.js';
import { defineScripts, fields, oneOf, REDIS_CLOCK, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';

/**
 * How long a place stays reserved for a transfer that is being created or reopened (ms): far longer than that takes,
 * even with waits for the disk or a replica. After that, the place of a process that died is free again.
 */
const RESERVED_MS = 60_000;

// A sorted set per account and kind: id of a transfer → until when its place is reserved (ms); negative: the place is
// confirmed. Confirmed places and expired reservations count while the transfer's state is open. Each score is used
// once, so that a script that compares it changes only what its caller has seen.

const SCRIPTS = {
  /**
   * Frees the places in `rows` that have not changed, then takes a place. Returns the score of the reservation; or none,
   * and all members: id, score, … (as a list, because Lua can unpack 8,000 values, and there may be 10,000 places).
   */
  take: script('cmPlaceTake', {
    keys: ['places'],
    args: { id: 'text', most: 'number', reservedMs: 'number' },
    columns: ['member', 'seen'],
    parts: [REDIS_CLOCK],
    reply: fields<{ score: string; now: string; members: string[] }>('score', 'now', 'members'),
    lua: `
for member, seen in rows() do
  if redis.call('ZSCORE', places, member) == seen then redis.call('ZREM', places, member) end
end
local time = math.floor(redis_ms())
local score, now, members = '', string.format('%.0f', time), {}
local held = redis.call('ZSCORE', places, id)
if held or redis.call('ZCARD', places) < most then
  score = string.format('%.0f', math.max(time + reservedMs, math.abs(held or 0) + 1))
  redis.call('ZADD', places, score, id)
  redis.call('EXPIRE', places, ${KEPT_SECONDS})
else
  members = redis.call('ZRANGE', places, 0, -1, 'WITHSCORES')
end`,
  }),
  /** Keeps the place of a reservation, or releases it. */
  settle: script('cmPlaceSettle', {
    keys: ['places'],
    args: { id: 'text', score: 'text', keep: 'flag' },
    reply: oneOf('stale', 'done'),
    lua: `
if redis.call('ZSCORE', places, id) ~= score then return stale end
if keep then redis.call('ZADD', places, '-' .. score, id) else redis.call('ZREM', places, id) end
return done`,
  }),
};

/** A place that is no longer needed, with the score that was read. */
interface Seen {
  readonly member: string;
  readonly seen: string;
}

/**
 * The places that an account has for its open transfers and counting preflights. One script on one key counts and takes
 * them, because a transfer's own keys may be on another node of a Cluster (0032).
 */
export class AccountPlaces {
  constructor(private readonly redis: RedisClient) {
    defineScripts(redis, Object.values(SCRIPTS));
  }

  /**
   * Reserves a place for a transfer; a transfer that has a place keeps it.
   * @returns the value for `settle`, or undefined if all places are taken
   */
  async take(kind: PlaceKind, sub: string, id: string, places: number): Promise<string | undefined> {
    const keyOf = { places: keys.accountPlaces(sub, kind) };
    for (let rows: readonly Seen[] = []; ;) {
      const reservation = { id, most: places, reservedMs: RESERVED_MS, rows };
      const { score, now, members } = await run(this.redis, SCRIPTS.take, keyOf, reservation);
      if (score !== '') return score;
      // Ended transfers stay until the set is full, so that states are read only for accounts at their limit.
      rows = await this.freeAmong(kind, pairsOf(members), Number(now));
      if (rows.length === 0) return undefined;
    }
  }

  /** Ends a reservation: keeps the place or releases it. Has no effect if there is a newer reservation. */
  async settle(kind: PlaceKind, sub: string, id: string, score: string, keep: boolean): Promise<void> {
    await run(this.redis, SCRIPTS.settle, { places: keys.accountPlaces(sub, kind) }, { id, score, keep });
  }

  /**
   * Takes a place for an open transfer that has none, because Redis lost it or an earlier version created the transfer.
   */
  async recount(kind: PlaceKind, sub: string, id: string): Promise<void> {
    const key = keys.accountPlaces(sub, kind);
    if ((await this.redis.zadd(key, 'NX', String(-Date.now()), id)) === 1) await this.redis.expire(key, KEPT_SECONDS);
  }

  /** Number of an account's open transfers, without reservations. */
  async open(kind: PlaceKind, sub: string): Promise<number> {
    const members = await this.redis.zrange(keys.accountPlaces(sub, kind), '0', '-1');
    const open = await Promise.all(members.map((id) => this.isOpen(kind, id)));
    return open.filter(Boolean).length;
  }

  /** The members that no longer need their place, as id, score, …. */
  private async freeAmong(kind: PlaceKind, members: readonly [string, string][], now: number): Promise<Seen[]> {
    const free = await Promise.all(
      members.map(async ([id, score]) =>
        Number(score) > now || (await this.isOpen(kind, id)) ? [] : [{ member: id, seen: score }],
      ),
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
