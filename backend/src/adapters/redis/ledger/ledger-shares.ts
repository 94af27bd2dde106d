import { createHash } from 'node:crypto';
import type { ShareRecord, LedgerShares } from '../../../engine/ports/ledger/shares.js';
import { keys } from '../keys.js';
import { oneOf, script } from '../lua.js';
import { type LedgerContext, resultsOf } from './ledger-context.js';
import { KEPT_SECONDS } from './ledger-keys.js';
import { CHANGE } from './lua-parts.js';

export const SHARE_SCRIPTS = {
  /** Removes an announcement, unless the share was recorded. */
  retract: script('cmRetract', {
    keys: ['main', 'grants'],
    args: { item: 'text' },
    reply: oneOf('kept', 'retracted'),
    lua: `
if redis.call('HGET', grants, item) ~= '{}' then return kept end
redis.call('HDEL', grants, item)
${CHANGE}
return retracted`,
  }),
};

export class RedisLedgerShares implements LedgerShares {
  constructor(private readonly ledger: LedgerContext) {}

  async shares(): Promise<ShareRecord[]> {
    const grants = await this.ledger.redis.hgetall(this.ledger.keys.grants);
    return Object.entries(grants).map(([sourceId, json]) => shareOf(sourceId, json));
  }

  async share(sourceId: string): Promise<ShareRecord | undefined> {
    const json = await this.ledger.redis.hget(this.ledger.keys.grants, sourceId);
    return json === null ? undefined : shareOf(sourceId, json);
  }

  async sharesWith(address: string): Promise<ReadonlyMap<string, ShareRecord>> {
    const shares = await this.ledger.redis.hgetall(sharesWith(address));
    return new Map(
      Object.entries(shares).map(([name, json]) => [name, shareOf(name.slice(name.indexOf(':') + 1), json)]),
    );
  }

  async announceShare(sourceId: string): Promise<void> {
    const { stores, main, keys } = this.ledger;
    await this.claim(sourceId);
    const { redis, order } = this.ledger;
    const all = sharesWith(order.destination.email);
    resultsOf(await redis.multi().hsetnx(all, this.nameOf(sourceId), '{}').expire(all, KEPT_SECONDS).exec());
    await stores.durable.commit(main, (pipeline) =>
      pipeline.hsetnx(keys.grants, sourceId, '{}').expire(keys.grants, KEPT_SECONDS),
    );
  }

  private async claim(sourceId: string): Promise<void> {
    const users = this.usersOf(sourceId);
    const { redis, order } = this.ledger;
    resultsOf(await redis.multi().sadd(users, order.id).expire(users, KEPT_SECONDS).exec());
  }

  private nameOf(sourceId: string): string {
    return `${this.ledger.order.id}:${sourceId}`;
  }

  private usersOf(sourceId: string): string {
    return keys.shareUsers(sourceId, this.ledger.order.destination.sub);
  }

  async retractShare(sourceId: string): Promise<void> {
    if ((await this.ledger.run(SHARE_SCRIPTS.retract, { item: sourceId })) === 'retracted')
      await this.unclaim(sourceId);
  }

  private async unclaim(sourceId: string): Promise<void> {
    const { redis, order } = this.ledger;
    await redis.srem(this.usersOf(sourceId), order.id);
    await redis.hdel(sharesWith(order.destination.email), this.nameOf(sourceId));
  }

  async recordShare(sourceId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void> {
    const { redis, order, main, keys: own } = this.ledger;
    // Repeated, because the transfer may have ended since the announcement and the maintenance job must find the share.
    await redis.sadd(keys.openTransfers(), order.id);
    await this.claim(sourceId);
    const share = JSON.stringify({ permissionId, madeAt, expiresAt });
    const all = sharesWith(order.destination.email);
    resultsOf(await redis.multi().hset(all, this.nameOf(sourceId), share).expire(all, KEPT_SECONDS).exec());
    resultsOf(
      await redis
        .multi()
        .hset(own.grants, sourceId, share)
        .expire(own.grants, KEPT_SECONDS)
        // For snapshots, which do not read each share. The last value is the latest expiry, because shares are made one
        // after the other.
        .hset(main, expiresAt === undefined ? { sharesStay: 1 } : { sharesEnd: expiresAt })
        .hincrby(main, 'revision', 1)
        .exec(),
    );
  }

  async sharedByOthers(sourceId: string): Promise<boolean> {
    const users = await this.ledger.redis.smembers(this.usersOf(sourceId));
    return users.some((id) => id !== this.ledger.order.id);
  }

  async isLastUser(sourceId: string): Promise<boolean> {
    const users = this.usersOf(sourceId);
    const { redis, order } = this.ledger;
    const [, left] = resultsOf(await redis.multi().srem(users, order.id).scard(users).exec());
    return left === 0;
  }

  async forgetShare(sourceId: string, withdrawn: boolean): Promise<void> {
    const { redis, main, keys } = this.ledger;
    const forgetting = redis.multi().hdel(keys.grants, sourceId).hincrby(main, 'revision', 1);
    if (withdrawn) forgetting.hincrby(main, 'grantsWithdrawn', 1);
    resultsOf(await forgetting.exec());
    await this.unclaim(sourceId);
  }
}

const shareOf = (sourceId: string, json: string): ShareRecord => ({
  sourceId,
  ...(JSON.parse(json) as Omit<ShareRecord, 'sourceId'>),
});

const sharesWith = (address: string): string =>
  keys.sharesWith(createHash('sha256').update(address.toLowerCase()).digest('base64url'));
