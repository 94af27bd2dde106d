import type { ClientContext, Result } from 'ioredis';
import {
  type Claimant,
  type Grant,
  GrantStore,
  type RefreshFailure,
  type RefreshTurn,
  type Released,
  type StoredGrant,
} from '../../session/grant.port.js';
import { keys } from './keys.js';
import type { RedisCipher } from './redis-cipher.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';
import { type Replicate, unreplicated } from './replicated-writes.js';
import { SealedRecords } from './sealed-records.js';

/** A consent that no session claims was given for nothing: the process that got it has died. */
const UNCLAIMED_MS = 60_000;
/** How long a grant is kept for whoever is to withdraw it. */
const SLACK_MS = 24 * 3600 * 1_000;
/** How long whoever was handed a grant to withdraw is left at it, before somebody else is. */
const WITHDRAWING_MS = 30_000;
/** How long a claim of a session may be on its way after the session has let go. */
const LEFT_MS = 60_000;
/** Looked at in one go. */
const MOST_DUE = 100;

/** The claim of a sign-in, until its session claims the grant. */
const CONNECTING = 'connecting';

/** Long enough that all who waited for a refresh hear of its failure. */
const FAILURE_TOLD_MS = 1_000;

const GRANT_KEYS = 'local grant, claims, stays, ending, left = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]';

/** The end of the last claim; the grant's keys live on a day longer. */
const LAST = `
local function last()
  local found = redis.call('ZREVRANGE', claims, 0, 0, 'WITHSCORES')
  if not found[2] then return nil end
  for _, key in ipairs({ grant, claims, stays }) do redis.call('PEXPIREAT', key, found[2] + ${SLACK_MS}) end
  return found[2]
end`;

const SCRIPTS = {
  /** Sealed grant, end of the sign-in's claim, 1 for a lent one. */
  cmGrantSave: {
    numberOfKeys: 5,
    lua: `${GRANT_KEYS}${LAST}
if ARGV[3] == '1' then redis.call('SET', stays, 'lent')
elseif redis.call('EXISTS', grant) == 0 or redis.call('GET', stays) ~= 'lent' then redis.call('DEL', stays) end
redis.call('SET', grant, ARGV[1])
redis.call('DEL', ending)
redis.call('ZADD', claims, ARGV[2], '${CONNECTING}')
last()`,
  },
  /** Claimant, end of its claim; 1 where there is such a grant, and the claim does not come late. */
  cmGrantClaim: {
    numberOfKeys: 5,
    lua: `${GRANT_KEYS}${LAST}
if redis.call('EXISTS', grant) == 0 or redis.call('ZSCORE', left, ARGV[1]) then return 0 end
redis.call('ZADD', claims, 'GT', ARGV[2], ARGV[1])
redis.call('ZREM', claims, '${CONNECTING}')
last()
return 1`,
  },
  /** Claimant or nothing or `everybody`, `keep` or `withdraw` or nothing. */
  cmGrantRelease: {
    numberOfKeys: 5,
    lua: `${GRANT_KEYS}${LAST}
if ARGV[1] == 'everybody' then redis.call('DEL', claims, stays)
elseif ARGV[1] ~= '' then redis.call('ZREM', claims, ARGV[1]) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A transfer may come back, a session does not.
if string.sub(ARGV[1], 1, 8) == 'session:' then
  redis.call('ZREMRANGEBYSCORE', left, '-inf', now)
  redis.call('ZADD', left, now + ${LEFT_MS}, ARGV[1])
  redis.call('PEXPIRE', left, ${LEFT_MS})
end
if redis.call('GET', stays) ~= 'lent' then
  if ARGV[2] == 'keep' then redis.call('SET', stays, 'asked')
  elseif ARGV[2] == 'withdraw' then redis.call('DEL', stays) end
end
redis.call('ZREMRANGEBYSCORE', claims, '-inf', now)
if redis.call('EXISTS', grant) == 0 then
  redis.call('DEL', claims, stays)
  if ARGV[1] ~= '' and ARGV[1] ~= 'everybody' then return { 'gone' } end
  return { 'ending', redis.call('GET', ending) }
end
local till = last()
if till then return { 'claimed', till } end
local stay = redis.call('GET', stays)
redis.call('DEL', claims, stays)
if stay then
  redis.call('DEL', grant)
  return { 'dropped' }
end
redis.call('RENAME', grant, ending)
redis.call('PEXPIRE', ending, ${SLACK_MS})
return { 'ending', redis.call('GET', ending) }`,
  },
  /** Record as it was and as it is to be; 1 where it was so. */
  cmGrantUpdate: {
    numberOfKeys: 1,
    lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1`,
  },
  /** Holder, lease in ms, 1 where a failure counts; who has the turn instead, or how the last one failed. */
  cmGrantTakeRefresh: {
    numberOfKeys: 1,
    lua: `
local holder = redis.call('GET', KEYS[1])
if holder and (holder:sub(1, 1) ~= '!' or ARGV[3] == '1') then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`,
  },
  /** Holder, how it failed or nothing. */
  cmGrantEndRefresh: {
    numberOfKeys: 1,
    lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], '!' .. ARGV[2], 'PX', ${FAILURE_TOLD_MS}) end`,
  },
  /** An id that is no longer to be looked at, unless it is later than this. */
  cmGrantSettled: {
    numberOfKeys: 1,
    lua: `
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at and tonumber(at) <= tonumber(ARGV[2]) then redis.call('ZREM', KEYS[1], ARGV[1]) end`,
  },
} as const;

type Script = keyof typeof SCRIPTS;

declare module 'ioredis' {
  // The parameter is ioredis' own: a declaration that is merged must name it as the original does.
  interface RedisCommander<Context extends ClientContext = { type: 'default' }> {
    cmGrantSave(...args: string[]): Result<null, Context>;
    cmGrantClaim(...args: string[]): Result<number, Context>;
    cmGrantRelease(...args: string[]): Result<[string, string | null], Context>;
    cmGrantUpdate(...args: string[]): Result<number, Context>;
    cmGrantTakeRefresh(...args: string[]): Result<string | null, Context>;
    cmGrantEndRefresh(...args: string[]): Result<null, Context>;
    cmGrantSettled(...args: string[]): Result<null, Context>;
  }
}

/**
 * One encrypted record an account and OAuth client: a refresh is one write, however many sessions refer to it. Beside it
 * lies who needs it. When to look at a grant again is in one index of all; it is written before the claim that it is
 * for, so that no claim is without it.
 */
export class RedisGrantStore extends GrantStore {
  private readonly records: SealedRecords;

  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
    /** For what a session is told to have: Google's tokens, and the claim that keeps them. */
    private readonly replicate: Replicate = unreplicated,
  ) {
    super();
    this.records = new SealedRecords(redis, cipher);
    for (const name of Object.keys(SCRIPTS) as Script[]) redis.defineCommand(name, SCRIPTS[name]);
  }

  override async save(grant: Grant): Promise<void> {
    const until = Date.now() + UNCLAIMED_MS;
    const sealed = this.cipher.seal(keys.grant(grant.id), grant);
    await this.lookAt(grant.id, until);
    const args = [sealed, String(until), grant.lent ? '1' : '0'];
    await this.replicate(keys.grant(grant.id), () => answered(this.redis.cmGrantSave(...keysOf(grant.id), ...args)));
  }

  override async update(grant: Grant, version: string): Promise<boolean> {
    const key = keys.grant(grant.id);
    const sealed = this.cipher.seal(key, grant);
    return (await this.replicate(key, () => answered(this.redis.cmGrantUpdate(key, version, sealed)))) === 1;
  }

  override async find(grantId: string): Promise<StoredGrant | undefined> {
    const key = keys.grant(grantId);
    const sealed = await answered(this.redis.get(key));
    const grant = sealed === null ? undefined : this.records.open<Grant>({ key }, sealed);
    return grant && { ...grant, version: sealed! };
  }

  override async takeRefresh(
    grantId: string,
    holder: string,
    leaseMs: number,
    hasWaited: boolean,
  ): Promise<RefreshTurn> {
    const args = [holder, String(leaseMs), hasWaited ? '1' : '0'] as const;
    const other = await answered(this.redis.cmGrantTakeRefresh(keys.grantRefresh(grantId), ...args));
    if (other === null) return 'mine';
    return other.startsWith('!') ? { failed: other.slice(1) as RefreshFailure } : 'taken';
  }

  override async endRefresh(grantId: string, holder: string, failed?: RefreshFailure): Promise<void> {
    await answered(this.redis.cmGrantEndRefresh(keys.grantRefresh(grantId), holder, failed ?? ''));
  }

  override async claim(grantId: string, claimant: Claimant, until: number): Promise<boolean> {
    await this.lookAt(grantId, until);
    const args = [...keysOf(grantId), claimant, String(until)];
    return (await this.replicate(keys.grant(grantId), () => answered(this.redis.cmGrantClaim(...args)))) === 1;
  }

  override async release(
    grantId: string,
    claimant: Claimant | 'everybody' | undefined,
    keepGrant?: boolean,
  ): Promise<Released> {
    const now = Date.now();
    const wish = keepGrant === undefined ? '' : keepGrant ? 'keep' : 'withdraw';
    const [state, rest] = await answered(this.redis.cmGrantRelease(...keysOf(grantId), claimant ?? '', wish));
    if (state === 'gone') return { state: 'dropped' }; // when it is to be looked at again is another's to say
    if (state === 'claimed') {
      const until = Number(rest);
      // Also where it was due before: so it is not looked at in each sweep.
      await answered(this.redis.zadd(keys.grantsDue(), until, grantId));
      return { state, until };
    }
    // What cannot be read with today's keys can be withdrawn by nobody.
    const grant = rest ? this.cipher.open<Grant>(keys.grant(grantId), rest) : undefined;
    if (grant) {
      await answered(this.redis.zadd(keys.grantsDue(), now + WITHDRAWING_MS, grantId));
      return { state: 'ending', grant };
    }
    await this.settled(grantId, now);
    return { state: 'dropped' };
  }

  override async claimants(grantId: string): Promise<Claimant[]> {
    const found = await answered(this.redis.zrangebyscore(keys.grantClaims(grantId), Date.now(), '+inf'));
    return found.filter((claimant): claimant is Claimant => claimant !== CONNECTING);
  }

  override due(): Promise<string[]> {
    return answered(this.redis.zrangebyscore(keys.grantsDue(), '-inf', Date.now(), 'LIMIT', 0, MOST_DUE));
  }

  override async forget({ id }: Grant): Promise<void> {
    await answered(this.redis.del(keys.grantEnding(id)));
    await this.settled(id, Date.now() + WITHDRAWING_MS); // a consent that came meanwhile is to be looked at later
  }

  override async postpone(grantId: string, until: number): Promise<void> {
    await answered(this.redis.zadd(keys.grantsDue(), 'XX', until, grantId));
  }

  private async lookAt(grantId: string, at: number): Promise<void> {
    await answered(this.redis.zadd(keys.grantsDue(), 'GT', at, grantId));
  }

  private async settled(grantId: string, now: number): Promise<void> {
    await answered(this.redis.cmGrantSettled(keys.grantsDue(), grantId, String(now)));
  }
}

const keysOf = (grantId: string) =>
  [
    keys.grant(grantId),
    keys.grantClaims(grantId),
    keys.grantStays(grantId),
    keys.grantEnding(grantId),
    keys.grantLeft(grantId),
  ] as const;
