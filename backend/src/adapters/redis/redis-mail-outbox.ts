import { type MailJob, MailOutbox } from '../../mail/mail-outbox.port.js';
import type { DurableWrites } from './durable-writes.js';
import { keys } from './keys.js';
import type { RedisClient } from './redis-connections.js';

/** The mails that wait, in Redis. */
export class RedisMailOutbox extends MailOutbox {
  constructor(
    private readonly redis: RedisClient,
    private readonly durable: Pick<DurableWrites, 'commit'>,
  ) {
    super();
  }

  override async add(mails: readonly MailJob[], checkAt: number): Promise<void> {
    const entries = mails.flatMap((mail) => [checkAt, memberOf(mail)]);
    await this.durable.commit(keys.mails(), (pipeline) => pipeline.zadd(keys.mails(), 'NX', ...entries));
  }

  override async due(now: number, limit: number): Promise<MailJob[]> {
    const found = await this.redis.zrangebyscore(keys.mails(), '-inf', now, 'LIMIT', 0, limit);
    return found.map((member) => JSON.parse(member) as MailJob);
  }

  override async postpone(mails: readonly MailJob[], checkAt: number): Promise<void> {
    if (mails.length === 0) return;
    await this.redis.zadd(keys.mails(), 'XX', ...mails.flatMap((mail) => [checkAt, memberOf(mail)]));
  }

  override async remove(mails: readonly MailJob[]): Promise<void> {
    if (mails.length > 0) await this.redis.zrem(keys.mails(), ...mails.map(memberOf));
  }
}

/** The same text for the same mail. */
const memberOf = ({ transferId, side, state, entry, changed }: MailJob): string =>
  JSON.stringify({ transferId, side, state, entry, changed });
