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
    return Object.entries(grants).map(([itemId, json]) => ({
      itemId,
      ...(JSON.parse(json) as Omit<ShareRecord, 'itemId'>),
    }));
  }

  async announceShare(itemId: string): Promise<void> {
    const { stores, main, keys } = this.ledger;
    await this.claim(itemId);
    await stores.durable.commit(main, (pipeline) =>
      pipeline.hsetnx(keys.grants, itemId, '{}').expire(keys.grants, KEPT_SECONDS),
    );
  }

  private async claim(itemId: string): Promise<void> {
    const users = this.usersOf(itemId);
    const { redis, order } = this.ledger;
    resultsOf(await redis.multi().sadd(users, order.id).expire(users, KEPT_SECONDS).exec());
  }

  private usersOf(itemId: string): string {
    return keys.shareUsers(itemId, this.ledger.order.destination.sub);
  }

  async retractShare(itemId: string): Promise<void> {
    if ((await this.ledger.run(SHARE_SCRIPTS.retract, { item: itemId })) === 'retracted') await this.unclaim(itemId);
  }

  private async unclaim(itemId: string): Promise<void> {
    await this.ledger.redis.srem(this.usersOf(itemId), this.ledger.order.id);
  }

  async recordShare(itemId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void> {
    const { redis, order, main, keys: own } = this.ledger;
    // Again, because the transfer may have ended since the announcement: the watch must find the share.
    await redis.sadd(keys.openTransfers(), order.id);
    await this.claim(itemId);
    resultsOf(
      await redis
        .multi()
        .hset(own.grants, itemId, JSON.stringify({ permissionId, madeAt, expiresAt }))
        .expire(own.grants, KEPT_SECONDS)
        // For snapshots, which do not read each share: the last end, for shares are made one after the other.
        .hset(main, expiresAt === undefined ? { sharesStay: 1 } : { sharesEnd: expiresAt })
        .hincrby(main, 'revision', 1)
        .exec(),
    );
  }

  async sharedByOthers(itemId: string): Promise<boolean> {
    const users = await this.ledger.redis.smembers(this.usersOf(itemId));
    return users.some((id) => id !== this.ledger.order.id);
  }

  async isLastUser(itemId: string): Promise<boolean> {
    const users = this.usersOf(itemId);
    const { redis, order } = this.ledger;
    const [, left] = resultsOf(await redis.multi().srem(users, order.id).scard(users).exec());
    return left === 0;
  }

  async forgetShare(itemId: string, withdrawn: boolean): Promise<void> {
    const { redis, main, keys } = this.ledger;
    const forgetting = redis.multi().hdel(keys.grants, itemId).hincrby(main, 'revision', 1);
    if (withdrawn) forgetting.hincrby(main, 'grantsWithdrawn', 1);
    resultsOf(await forgetting.exec());
    await this.unclaim(itemId);
  }
}
