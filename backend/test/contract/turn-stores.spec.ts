import type { Redis } from 'ioredis';
import { RedisTurnStore } from '../../src/adapters/redis/redis-turn.store.js';
import type { TurnStore } from '../../src/transfers/turns.port.js';
import { InMemoryTurnStore } from '../support/in-memory-stores.js';
import { connectRedis, emptyRedis } from '../support/redis.js';

let redis: Redis;
beforeAll(async () => {
  redis = await connectRedis();
});
beforeEach(emptyRedis);
afterAll(() => redis.disconnect());

describe.each([
  ['in memory', (): TurnStore => new InMemoryTurnStore()],
  ['in Redis', (): TurnStore => new RedisTurnStore(redis)],
])('turns %s', (_name, make) => {
  it('count each flow separately, from the present number', async () => {
    const turns = make();
    expect([await turns.take('ana', 81), await turns.take('ana', 1), await turns.take('ben', 1)]).toEqual([0, 81, 0]);
    await turns.reach(40);
    expect([await turns.take('ben', 3), await turns.take('ben', 1)]).toEqual([40, 43]);
    expect(await turns.take('ana', 1)).toBe(82);
    await turns.reach(7); // a job that was held back
    expect(await turns.take('carol', 1)).toBe(40);
  });

  it('let a short flow pass a long one, and neither wait forever', async () => {
    const turns = make();
    const queue = Array.from({ length: 10 }, (_, job) => ({ name: `ana ${job}`, turn: job }));
    await turns.take('ana', 10);
    const order: string[] = [];
    for (let step = 0; step < 20; step++) {
      // Ben always adds one more job.
      queue.push({ name: `ben ${step}`, turn: await turns.take('ben', 1) });
      queue.sort((a, b) => a.turn - b.turn);
      const job = queue.shift()!;
      order.push(job.name);
      await turns.reach(job.turn);
    }
    expect(order.indexOf('ben 0')).toBeLessThanOrEqual(2);
    expect(order).toContain('ana 9');
  });

  it('delete flows that have ended', async () => {
    const turns = make();
    await turns.take('ana', 5);
    await turns.reach(100);
    expect(await turns.take('ben', 1)).toBe(100);
    expect(await turns.take('ana', 1)).toBe(100);
  });
});
