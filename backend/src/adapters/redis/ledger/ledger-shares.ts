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
    return Object.entries(grants).map(([sourceId, json]) => ({
      sourceId,
      ...(JSON.parse(json) as Omit<ShareRecord, 'sourceId'>),
    }));
  }

  async announceShare(sourceId: string): Promise<void> {
    const { stores, main, keys } = this.ledger;
    await this.claim(sourceId);
    await stores.durable.commit(main, (pipeline) =>
      pipeline.hsetnx(keys.grants, sourceId, '{}').expire(keys.grants, KEPT_SECONDS),
    );
  }

  private async claim(sourceId: string): Promise<void> {
    const users = this.usersOf(sourceId);
    const { redis, order } = this.ledger;
    resultsOf(await redis.multi().sadd(users, order.id).expire(users, KEPT_SECONDS).exec());
  }

  private usersOf(sourceId: string): string {
    return keys.shareUsers(sourceId, this.ledger.order.destination.sub);
  }

  async retractShare(sourceId: string): Promise<void> {
    if ((await this.ledger.run(SHARE_SCRIPTS.retract, { item: sourceId })) === 'retracted')
      await this.unclaim(sourceId);
  }

  private async unclaim(sourceId: string): Promise<void> {
    await this.ledger.redis.srem(this.usersOf(sourceId), this.ledger.order.id);
  }

  async recordShare(sourceId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void> {
    const { redis, order, main, keys: own } = this.ledger;
    // Repeated, because the transfer may have ended since the announcement and the watch must find the share.
    await redis.sadd(keys.openTransfers(), order.id);
    await this.claim(sourceId);
    resultsOf(
      await redis
        .multi()
        .hset(own.grants, sourceId, JSON.stringify({ permissionId, madeAt, expiresAt }))
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
