import { Logger } from '@nestjs/common';
import { anInsight, InMemoryActivityStore } from '../../test/support/in-memory-activity.js';
import type { Config } from '../config/config.js';
import { LEVELS } from './activity.port.js';
import { Pseudonyms } from './pseudonyms.js';

describe('Activity', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  async function lastMinute(store: InMemoryActivityStore): Promise<[string, number][]> {
    const buckets = await store.read(LEVELS.minute, Date.now(), 2);
    return buckets.flatMap(({ facts }) => Array.from(facts.entries()));
  }

  it('reports repeated events to the store as one count', async () => {
    const store = new InMemoryActivityStore();
    const { insight, activity } = anInsight(store);
    for (let n = 0; n < 1_000; n++)
      insight.answered({ method: 'GET', route: '/session/validate', status: 200, seconds: 0.001 });
    await activity.flush();
    expect(store.adds).toBe(1);
    expect(await lastMinute(store)).toEqual(expect.arrayContaining([['request', 1_000], ['validated', 1_000]])); // oxfmt-ignore
    await activity.flush(); // nothing new
    expect(store.adds).toBe(1);
  });

  it('keeps what it could not report until the store is available again', async () => {
    const store = new InMemoryActivityStore();
    const { insight, activity } = anInsight(store);
    store.failure = new Error('away');
    insight.answered({ method: 'GET', route: '/x', status: 200, seconds: 0.001 });
    insight.exchanged({
      credentialId: 'g',
      kind: 'read',
      operation: 'files.get',
      status: 403,
      seconds: 1,
      waitedSeconds: 0,
      isTooFast: true,
    });
    await activity.flush();
    insight.answered({ method: 'GET', route: '/x', status: 200, seconds: 0.001 });
    insight.exchanged({
      credentialId: 'g',
      kind: 'read',
      operation: 'files.get',
      status: 200,
      seconds: 1,
      waitedSeconds: 0,
      isTooFast: false,
    });
    store.failure = undefined;
    await activity.flush();
    expect(await lastMinute(store)).toEqual(expect.arrayContaining([['request', 2], ['slowed', 1]])); // oxfmt-ignore
    const buckets = await store.read(LEVELS.hour, Date.now(), 1);
    expect(buckets[0]?.byAccount).toEqual([{ credentialId: 'g', kind: 'read', asked: 2, slowed: 1 }]);
  });

  it('does not use user input as a name', async () => {
    const store = new InMemoryActivityStore();
    const { insight, activity } = anInsight(store);
    insight.settled({ size: 1 }, 'failed', { code: 'ana@example.com' as never });
    insight.settled({ size: 1 }, 'failed', { code: 'not_found' });
    await activity.flush();
    const counts = await lastMinute(store);
    expect(counts).toEqual(expect.arrayContaining([['reason:other', 1], ['reason:not_found', 1]])); // oxfmt-ignore
    expect(JSON.stringify(counts)).not.toContain('ana');
  });
});

describe('Pseudonyms', () => {
  const ring = (...ids: number[]) =>
    new Pseudonyms({
      credentialsKeys: ids.map((n) => ({ id: `k${n}`, key: Buffer.alloc(32, n) })),
    } as unknown as Config['general']);

  it('stay the same after a key rotation, differ with another key, and do not reveal the account', () => {
    const name = ring(1).ofAccount('1001');
    expect(name).toMatch(/^acc_[\w-]{22}$/);
    expect(name).not.toContain('1001');
    for (const both of [ring(1, 2), ring(2, 1)]) expect(both.ofAccount('1001')).toBe(name);
    expect(ring(2).ofAccount('1001')).not.toBe(name);
    expect(ring(1).ofAccount('1002')).not.toBe(name);
  });
});
