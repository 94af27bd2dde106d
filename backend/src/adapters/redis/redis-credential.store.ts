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
import { type AnyScript, defineScripts, listed, oneOf, plain, REDIS_CLOCK, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';
import { type Replicate, unreplicated } from './replicated-writes.js';
import { SealedRecords } from './sealed-records.js';

/**
 * How long (ms) a new credential is kept without the claim of a session: then the process that received the consent has
 * died.
 */
const UNCLAIMED_MS = 60_000;
/** How long a credential is kept for the process that revokes it. */
const SLACK_MS = 24 * 3600 * 1_000;
/** How long one process has to revoke a credential before another one tries. */
const WITHDRAWING_MS = 30_000;
/** Pause before another process tries to revoke a credential that one could not decrypt. */
const UNREADABLE_MS = 10 * 60_000;
/** How late a session's claim may arrive after the session released the credential. */
const LEFT_MS = 60_000;
/** Maximum number of credentials that one sweep checks. */
const MAX_DUE = 100;

/** The claim of a sign-in, until its session claims the credential. */
const CONNECTING = 'connecting';

/** Long enough for all waiting callers to learn of a failed refresh. */
const FAILURE_KEPT_MS = 1_000;

const CREDENTIAL_KEYS = ['credential', 'claims', 'stays', 'ending', 'left'] as const;

/** Returns the end of the last claim, and lets the credential's keys expire a day later. */
const LAST = `
local function last()
  local found = redis.call('ZREVRANGE', claims, 0, 0, 'WITHSCORES')
  if not found[2] then return nil end
  for _, key in ipairs({ credential, claims, stays }) do redis.call('PEXPIREAT', key, found[2] + ${SLACK_MS}) end
  return found[2]
end`;

const SCRIPTS = {
  /** `ends`: the end of the sign-in's claim. */
  save: script('cmCredentialSave', {
    keys: CREDENTIAL_KEYS,
    args: { sealed: 'text', ends: 'text', lent: 'flag' },
    parts: [LAST],
    reply: plain<null>(),
    lua: `
if lent then redis.call('SET', stays, 'lent')
elseif redis.call('EXISTS', credential) == 0 or redis.call('GET', stays) ~= 'lent' then redis.call('DEL', stays) end
redis.call('SET', credential, sealed)
redis.call('DEL', ending)
redis.call('ZADD', claims, ends, '${CONNECTING}')
last()`,
  }),
  /** Refused if there is no such credential, or the claim comes too late. */
  claim: script('cmCredentialClaim', {
    keys: CREDENTIAL_KEYS,
    args: { claimant: 'text', ends: 'text' },
    parts: [LAST],
    reply: oneOf('refused', 'claimed'),
    lua: `
if redis.call('EXISTS', credential) == 0 or redis.call('ZSCORE', left, claimant) then return refused end
redis.call('ZADD', claims, 'GT', ends, claimant)
redis.call('ZREM', claims, '${CONNECTING}')
last()
return claimed`,
  }),
  /** `claimant`: empty, an id, or `everybody`; `wish`: empty, `keep` or `withdraw`. */
  release: script('cmCredentialRelease', {
    keys: CREDENTIAL_KEYS,
    args: { claimant: 'text', wish: 'text' },
    parts: [LAST, REDIS_CLOCK],
    reply: listed<{ state: string; rest?: string }>('state', 'rest'),
    lua: `
if claimant == 'everybody' then redis.call('DEL', claims, stays)
elseif claimant ~= '' then redis.call('ZREM', claims, claimant) end
local now = math.floor(redis_ms())
-- A transfer may claim again, a session does not.
if string.sub(claimant, 1, 8) == 'session:' then
  redis.call('ZREMRANGEBYSCORE', left, '-inf', now)
  redis.call('ZADD', left, now + ${LEFT_MS}, claimant)
  redis.call('PEXPIRE', left, ${LEFT_MS})
end
if redis.call('GET', stays) ~= 'lent' then
  if wish == 'keep' then redis.call('SET', stays, 'asked')
  elseif wish == 'withdraw' then redis.call('DEL', stays) end
end
redis.call('ZREMRANGEBYSCORE', claims, '-inf', now)
if redis.call('EXISTS', credential) == 0 then
  redis.call('DEL', claims, stays)
  if claimant ~= '' and claimant ~= 'everybody' then return { 'gone' } end
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
  }),
  /** Replaces the record if it has not changed. */
  update: script('cmCredentialUpdate', {
    keys: ['credential'],
    args: { version: 'text', sealed: 'text' },
    reply: oneOf('stale', 'done'),
    lua: `
if redis.call('GET', credential) ~= version then return stale end
redis.call('SET', credential, sealed, 'KEEPTTL')
return done`,
  }),
  /** Takes the turn, or returns its holder. Returns the last failure only to a caller that waited (`hasWaited`). */
  takeRefresh: script('cmCredentialTakeRefresh', {
    keys: ['turn'],
    args: { holder: 'text', leaseMs: 'text', hasWaited: 'flag' },
    reply: plain<string | null>(),
    lua: `
local other = redis.call('GET', turn)
if other and (other:sub(1, 1) ~= '!' or hasWaited) then return other end
redis.call('SET', turn, holder, 'PX', leaseMs)
return false`,
  }),
  /** `failed`: the failure, or empty. */
  endRefresh: script('cmCredentialEndRefresh', {
    keys: ['turn'],
    args: { holder: 'text', failed: 'text' },
    reply: plain<null>(),
    lua: `
if redis.call('GET', turn) ~= holder then return end
if failed == '' then redis.call('DEL', turn)
else redis.call('SET', turn, '!' .. failed, 'PX', ${FAILURE_KEPT_MS}) end`,
  }),
  /** Removes an id from the due ones, unless its time is later than `now`. */
  settled: script('cmCredentialSettled', {
    keys: ['due'],
    args: { id: 'text', now: 'number' },
    reply: plain<null>(),
    lua: `
local at = redis.call('ZSCORE', due, id)
if at and tonumber(at) <= now then redis.call('ZREM', due, id) end`,
  }),
};

/**
 * One encrypted record per account and OAuth client: a refresh is one write, however many sessions refer to it. Its
 * claims are a separate key. One index of all credentials states when to check each; it is written before the claim, so
 * that every claimed credential is in it.
 */
export class RedisCredentialStore extends CredentialStore {
  private readonly records: SealedRecords;

  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
    /** For writes that a session relies on: Google's tokens, and the claim on them. */
    private readonly replicate: Replicate = unreplicated,
  ) {
    super();
    this.records = new SealedRecords(redis, cipher);
    defineScripts(redis, Object.values<AnyScript>(SCRIPTS));
  }

  override async save(credential: Credential): Promise<void> {
    const until = Date.now() + UNCLAIMED_MS;
    const sealed = this.cipher.seal(keys.credential(credential.id), credential);
    await this.scheduleCheck(credential.id, until);
    const args = { sealed, ends: until, lent: credential.lent ?? false };
    await this.replicate(keys.credential(credential.id), () =>
      answered(run(this.redis, SCRIPTS.save, keysOf(credential.id), args)),
    );
  }

  override async update(credential: Credential, version: string): Promise<boolean> {
    const key = keys.credential(credential.id);
    const sealed = this.cipher.seal(key, credential);
    const update = () => answered(run(this.redis, SCRIPTS.update, { credential: key }, { version, sealed }));
    return (await this.replicate(key, update)) === 'done';
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
    const turn = keys.credentialRefresh(credentialId);
    const other = await answered(run(this.redis, SCRIPTS.takeRefresh, { turn }, { holder, leaseMs, hasWaited }));
    if (other === null) return 'mine';
    return other.startsWith('!') ? { failed: other.slice(1) as RefreshFailure } : 'taken';
  }

  override async endRefresh(credentialId: string, holder: string, failed?: RefreshFailure): Promise<void> {
    const turn = keys.credentialRefresh(credentialId);
    await answered(run(this.redis, SCRIPTS.endRefresh, { turn }, { holder, failed: failed ?? '' }));
  }

  override async claim(credentialId: string, claimant: Claimant, until: number): Promise<boolean> {
    await this.scheduleCheck(credentialId, until);
    const claim = () => answered(run(this.redis, SCRIPTS.claim, keysOf(credentialId), { claimant, ends: until }));
    return (await this.replicate(keys.credential(credentialId), claim)) === 'claimed';
  }

  override async release(
    credentialId: string,
    claimant: Claimant | 'everybody' | undefined,
    keepCredential?: boolean,
  ): Promise<Released> {
    const now = Date.now();
    const wish = keepCredential === undefined ? '' : keepCredential ? 'keep' : 'withdraw';
    const args = { claimant: claimant ?? '', wish };
    const { state, rest } = await answered(run(this.redis, SCRIPTS.release, keysOf(credentialId), args));
    if (state === 'gone') return { state: 'dropped' }; // another process sets the time of its next check
    if (state === 'claimed') {
      const until = Number(rest);
      // Also if it was due before, so that not every sweep checks it.
      await answered(this.redis.zadd(keys.credentialsDue(), until, credentialId));
      return { state, until };
    }
    if (!rest) {
      await this.settled(credentialId, now);
      return { state: 'dropped' };
    }
    const credential = this.cipher.open<Credential>(keys.credential(credentialId), rest);
    // A process whose key ring lacks the key can't revoke it, but one that has the key may be the next to try.
    const pauseMs = credential ? WITHDRAWING_MS : UNREADABLE_MS;
    await answered(this.redis.zadd(keys.credentialsDue(), now + pauseMs, credentialId));
    return credential ? { state: 'ending', credential } : { state: 'unreadable' };
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
    await this.settled(id, Date.now() + WITHDRAWING_MS); // a newer consent is checked later
  }

  override async postpone(credentialId: string, until: number): Promise<void> {
    await answered(this.redis.zadd(keys.credentialsDue(), 'XX', until, credentialId));
  }

  private async scheduleCheck(credentialId: string, at: number): Promise<void> {
    await answered(this.redis.zadd(keys.credentialsDue(), 'GT', at, credentialId));
  }

  private async settled(credentialId: string, now: number): Promise<void> {
    await answered(run(this.redis, SCRIPTS.settled, { due: keys.credentialsDue() }, { id: credentialId, now }));
  }
}

const keysOf = (credentialId: string) => ({
  credential: keys.credential(credentialId),
  claims: keys.credentialClaims(credentialId),
  stays: keys.credentialStays(credentialId),
  ending: keys.credentialEnding(credentialId),
  left: keys.credentialLeft(credentialId),
});
