import type { Redis } from 'ioredis';
import { RedisMailOutbox } from '../../src/adapters/redis/redis-mail-outbox.js';
import type { MailOutbox } from '../../src/mail/mail-outbox.port.js';
import type { MailJob } from '../../src/mail/mail-outbox.port.js';
import { InMemoryMailOutbox } from '../support/in-memory-stores.js';
import { connectRedis, emptyRedis } from '../support/redis.js';

let redis: Redis;
beforeAll(async () => {
  redis = await connectRedis();
});
beforeEach(emptyRedis);
afterAll(() => redis.disconnect());

const aMail = (entry: string): MailJob => ({ transferId: 'a', side: 'source', state: 'completed', entry });

describe.each([
  ['in memory', (): MailOutbox => new InMemoryMailOutbox()],
  [
    'in Redis',
    (): MailOutbox =>
      new RedisMailOutbox(redis, {
        commit: async (_key, write) => {
          const pipeline = redis.pipeline();
          write(pipeline);
          return (await pipeline.exec())!.map(([, reply]) => reply);
        },
      }),
  ],
])('the outbox %s', (_name, make) => {
  it('lists mails once, until they are removed, by when to check them', async () => {
    const outbox = make();
    const [one, two, three] = [aMail('1-0'), { ...aMail('2-0'), changed: 14 }, aMail('3-0')];
    await outbox.add([two, three], 20);
    await outbox.add([one], 10);
    await outbox.add([{ ...one }, three], 99);
    expect(await outbox.due(9, 10)).toEqual([]);
    expect(await outbox.due(10, 10)).toEqual([one]);
    expect(await outbox.due(20, 2)).toEqual([one, two]);
    expect(await outbox.due(20, 10)).toEqual([one, two, three]);

    await outbox.postpone([one], 30);
    await outbox.remove([two]);
    await outbox.postpone([two], 30);
    expect(await outbox.due(99, 10)).toEqual([three, one]);
    await outbox.remove([one, three]);
    expect(await outbox.due(99, 10)).toEqual([]);
    await Promise.all([outbox.postpone([], 1), outbox.remove([])]);
  });
});
