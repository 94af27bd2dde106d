import type { ClientContext, Result } from 'ioredis';
import {
  type Claimant,
  type Credential,
  CredentialStore,
  type RefreshFailure,
  type RefreshTurn,
  type Released,
  type StoredCredential,
} from '../../session/credentials.port.js';
import { keys } from './keys.js';
import type { RedisCipher } from './redis-cipher.js';
import { REDIS_CLOCK } from './lua.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';
import { type Replicate, unreplicated } from './replicated-writes.js';
import { SealedRecords } from './sealed-records.js';

/** A consent that no session claims was given for nothing: the process that got it has died. */
const UNCLAIMED_MS = 60_000;
/** How long a credential is kept for the process that revokes it. */
const SLACK_MS = 24 * 3600 * 1_000;
/** How long one process has to revoke a credential before another one gets it. */
const WITHDRAWING_MS = 30_000;
/** How long a claim of a session may be on its way after the session has let go. */
const LEFT_MS = 60_000;
/** Looked at in one go. */
const MAX_DUE = 100;

/** The claim of a sign-in, until its session claims the credential. */
const CONNECTING = 'connecting';

/** Long enough that all who waited for a refresh hear of its failure. */
const FAILURE_KEPT_MS = 1_000;

const CREDENTIAL_KEYS = 'local credential, claims, stays, ending, left = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]';

/** The end of the last claim; the credential's keys live on a day longer. */
const LAST = `
local function last()
  local found = redis.call('ZREVRANGE', claims, 0, 0, 'WITHSCORES')
  if not found[2] then return nil end
  for _, key in ipairs({ credential, claims, stays }) do redis.call('PEXPIREAT', key, found[2] + ${SLACK_MS}) end
  return found[2]
end`;

const SCRIPTS = {
  /** Sealed credential, end of the sign-in's claim, 1 for a lent one. */
  cmCredentialSave: {
    numberOfKeys: 5,
    lua: `${CREDENTIAL_KEYS}${LAST}
if ARGV[3] == '1' then redis.call('SET', stays, 'lent')
elseif redis.call('EXISTS', credential) == 0 or redis.call('GET', stays) ~= 'lent' then redis.call('DEL', stays) end
redis.call('SET', credential, ARGV[1])
redis.call('DEL', ending)
redis.call('ZADD', claims, ARGV[2], '${CONNECTING}')
last()`,
  },
  /** Claimant, end of its claim; 1 where there is such a credential, and the claim does not come late. */
  cmCredentialClaim: {
    numberOfKeys: 5,
    lua: `${CREDENTIAL_KEYS}${LAST}
if redis.call('EXISTS', credential) == 0 or redis.call('ZSCORE', left, ARGV[1]) then return 0 end
redis.call('ZADD', claims, 'GT', ARGV[2], ARGV[1])
redis.call('ZREM', claims, '${CONNECTING}')
last()
return 1`,
  },
  /** Claimant or nothing or `everybody`, `keep` or `withdraw` or nothing. */
  cmCredentialRelease: {
    numberOfKeys: 5,
    lua: `${CREDENTIAL_KEYS}${LAST}${REDIS_CLOCK}
if ARGV[1] == 'everybody' then redis.call('DEL', claims, stays)
elseif ARGV[1] ~= '' then redis.call('ZREM', claims, ARGV[1]) end
local now = math.floor(redis_ms())
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
if redis.call('EXISTS', credential) == 0 then
  redis.call('DEL', claims, stays)
  if ARGV[1] ~= '' and ARGV[1] ~= 'everybody' then return { 'gone' } end
  return { 'ending', redis.call('GET', ending) }
end
local till = last()
if till then return { 'claimed', till } end
local stay = redis.call('GET', stays)
redis.call('DEL', claims, stays)
if stay then
  redis.call('DEL', credential)
  return { 'dropped' }
end
redis.call('RENAME', credential, ending)
redis.call('PEXPIRE', ending, ${SLACK_MS})
return { 'ending', redis.call('GET', ending) }`,
  },
  /** Record as it was and as it is to be; 1 where it was so. */
  cmCredentialUpdate: {
    numberOfKeys: 1,
    lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1`,
  },
  /** Holder, lease in ms, 1 where a failure counts; who has the turn instead, or how the last one failed. */
  cmCredentialTakeRefresh: {
    numberOfKeys: 1,
    lua: `
local holder = redis.call('GET', KEYS[1])
if holder and (holder:sub(1, 1) ~= '!' or ARGV[3] == '1') then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`,
  },
  /** Holder, how it failed or nothing. */
  cmCredentialEndRefresh: {
    numberOfKeys: 1,
    lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], '!' .. ARGV[2], 'PX', ${FAILURE_KEPT_MS}) end`,
  },
  /** Removes an ID from the due ones, unless its time is later than this. */
  cmCredentialSettled: {
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
    cmCredentialSave(...args: string[]): Result<null, Context>;
    cmCredentialClaim(...args: string[]): Result<number, Context>;
    cmCredentialRelease(...args: string[]): Result<[string, string | null], Context>;
    cmCredentialUpdate(...args: string[]): Result<number, Context>;
    cmCredentialTakeRefresh(...args: string[]): Result<string | null, Context>;
    cmCredentialEndRefresh(...args: string[]): Result<null, Context>;
    cmCredentialSettled(...args: string[]): Result<null, Context>;
  }
}

/**
 * One encrypted record per account and OAuth client: a refresh is one write, however many sessions refer to it. Its
 * claims are stored beside it. One index of all credentials holds when to check each again; it is written before the
 * claim, so that no claim is missing from it.
 */
export class RedisCredentialStore extends CredentialStore {
  private readonly records: SealedRecords;

  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
    /** For writes that a session relies on: Google's tokens, and the claim that keeps them. */
    private readonly replicate: Replicate = unreplicated,
  ) {
    super();
    this.records = new SealedRecords(redis, cipher);
    for (const name of Object.keys(SCRIPTS) as Script[]) redis.defineCommand(name, SCRIPTS[name]);
  }

  override async save(credential: Credential): Promise<void> {
    const until = Date.now() + UNCLAIMED_MS;
    const sealed = this.cipher.seal(keys.credential(credential.id), credential);
    await this.lookAt(credential.id, until);
    const args = [sealed, String(until), credential.lent ? '1' : '0'];
    await this.replicate(keys.credential(credential.id), () =>
      answered(this.redis.cmCredentialSave(...keysOf(credential.id), ...args)),
    );
  }

  override async update(credential: Credential, version: string): Promise<boolean> {
    const key = keys.credential(credential.id);
    const sealed = this.cipher.seal(key, credential);
    return (await this.replicate(key, () => answered(this.redis.cmCredentialUpdate(key, version, sealed)))) === 1;
  }

  override async find(credentialId: string): Promise<StoredCredential | undefined> {
    const key = keys.credential(credentialId);
    const sealed = await answered(this.redis.get(key));
    const credential = sealed === null ? undefined : this.records.open<Credential>({ key }, sealed);
    return credential && { ...credential, version: sealed! };
  }

  override async takeRefresh(
    credentialId: string,
    holder: string,
    leaseMs: number,
    hasWaited: boolean,
  ): Promise<RefreshTurn> {
    const args = [holder, String(leaseMs), hasWaited ? '1' : '0'] as const;
    const other = await answered(this.redis.cmCredentialTakeRefresh(keys.credentialRefresh(credentialId), ...args));
    if (other === null) return 'mine';
    return other.startsWith('!') ? { failed: other.slice(1) as RefreshFailure } : 'taken';
  }

  override async endRefresh(credentialId: string, holder: string, failed?: RefreshFailure): Promise<void> {
    await answered(this.redis.cmCredentialEndRefresh(keys.credentialRefresh(credentialId), holder, failed ?? ''));
  }

  override async claim(credentialId: string, claimant: Claimant, until: number): Promise<boolean> {
    await this.lookAt(credentialId, until);
    const args = [...keysOf(credentialId), claimant, String(until)];
    return (
      (await this.replicate(keys.credential(credentialId), () => answered(this.redis.cmCredentialClaim(...args)))) === 1
    );
  }

  override async release(
    credentialId: string,
    claimant: Claimant | 'everybody' | undefined,
    keepCredential?: boolean,
  ): Promise<Released> {
    const now = Date.now();
    const wish = keepCredential === undefined ? '' : keepCredential ? 'keep' : 'withdraw';
    const [state, rest] = await answered(this.redis.cmCredentialRelease(...keysOf(credentialId), claimant ?? '', wish));
    if (state === 'gone') return { state: 'dropped' }; // another process sets the time of its next check
    if (state === 'claimed') {
      const until = Number(rest);
      // Also where it was due before: so it is not looked at in each sweep.
      await answered(this.redis.zadd(keys.credentialsDue(), until, credentialId));
      return { state, until };
    }
    // What cannot be read with today's keys can be withdrawn by nobody.
    const credential = rest ? this.cipher.open<Credential>(keys.credential(credentialId), rest) : undefined;
    if (credential) {
      await answered(this.redis.zadd(keys.credentialsDue(), now + WITHDRAWING_MS, credentialId));
      return { state: 'ending', credential };
    }
    await this.settled(credentialId, now);
    return { state: 'dropped' };
  }

  override async claimants(credentialId: string): Promise<Claimant[]> {
    const found = await answered(this.redis.zrangebyscore(keys.credentialClaims(credentialId), Date.now(), '+inf'));
    return found.filter((claimant): claimant is Claimant => claimant !== CONNECTING);
  }

  override due(): Promise<string[]> {
    return answered(this.redis.zrangebyscore(keys.credentialsDue(), '-inf', Date.now(), 'LIMIT', 0, MAX_DUE));
  }

  override async forget({ id }: Credential): Promise<void> {
    await answered(this.redis.del(keys.credentialEnding(id)));
    await this.settled(id, Date.now() + WITHDRAWING_MS); // a consent that came meanwhile is checked later
  }

  override async postpone(credentialId: string, until: number): Promise<void> {
    await answered(this.redis.zadd(keys.credentialsDue(), 'XX', until, credentialId));
  }

  private async lookAt(credentialId: string, at: number): Promise<void> {
    await answered(this.redis.zadd(keys.credentialsDue(), 'GT', at, credentialId));
  }

  private async settled(credentialId: string, now: number): Promise<void> {
    await answered(this.redis.cmCredentialSettled(keys.credentialsDue(), credentialId, String(now)));
  }
}

const keysOf = (credentialId: string) =>
  [
    keys.credential(credentialId),
    keys.credentialClaims(credentialId),
    keys.credentialStays(credentialId),
    keys.credentialEnding(credentialId),
    keys.credentialLeft(credentialId),
  ] as const;
