import { jest } from '@jest/globals';
import { InMemoryRateLimitStore, type TestClock } from '../../test/support/in-memory-stores.js';
import type { RateReading } from './rate-limit.port.js';
import { RateTallies, TRUSTED_MS } from './rate-tallies.js';

const QUOTA = { units: 160, windowMs: 60_000 };

describe('units taken on trust', () => {
  let clock: TestClock;
  let store: InMemoryRateLimitStore;
  let asked: jest.SpiedFunction<InMemoryRateLimitStore['take']>;
  let tallies: RateTallies;
  beforeEach(() => {
    jest.useFakeTimers();
    clock = { now: 1_800_000_000_000 };
    store = new InMemoryRateLimitStore(clock);
    asked = jest.spyOn(store, 'take');
    tallies = new RateTallies(store, 'token');
  });
  afterEach(() => jest.useRealTimers());

  const take = async (units = 1, of = tallies): Promise<RateReading> =>
    of.take('somebody', QUOTA, units, (who) => `digest of ${who}`);
  const passed = async (times: number, of = tallies) => {
    let count = 0;
    for (let i = 0; i < times; i++) if ((await take(1, of)).allowed) count++;
    return count;
  };

  it('are a sixteenth of what is left, are told within a tenth of a second, and each answer counts them', async () => {
    expect(await take()).toMatchObject({ allowed: true, remaining: 159 });
    for (let left = 158; left >= 150; left--) expect(await take()).toMatchObject({ allowed: true, remaining: left });
    expect(asked).toHaveBeenCalledTimes(1);
    expect(await take()).toMatchObject({ allowed: true, remaining: 149 });
    expect(asked).toHaveBeenLastCalledWith('token', 'digest of somebody', QUOTA, 1, 9);
    await take(3);
    await jest.advanceTimersByTimeAsync(TRUSTED_MS);
    expect(asked).toHaveBeenLastCalledWith('token', 'digest of somebody', QUOTA, 0, 3);
    expect(await take()).toMatchObject({ remaining: 145 });
  });

  it('are none where little is left: the limit is as exact as without', async () => {
    expect(await passed(200)).toBe(160);
    expect(await take()).toMatchObject({ allowed: false, remaining: 0, waitMs: 375 });
  });

  it('are never given where more is wanted than is trusted, or something comes back', async () => {
    await take();
    expect(await take(100)).toMatchObject({ allowed: true, remaining: 59 });
    expect(await take(60)).toMatchObject({ allowed: false, remaining: 59 });
    expect(await take(-1)).toMatchObject({ remaining: 60 });
    expect(asked).toHaveBeenCalledTimes(4);
  });

  it('are paid back by whoever asks next, so that in the long run no more passes than the quota', async () => {
    const others = [new RateTallies(store, 'token'), new RateTallies(store, 'token'), new RateTallies(store, 'token')];
    let all = 0;
    for (let step = 0; step < 600; step++) {
      for (const each of [tallies, ...others]) all += await passed(10, each);
      clock.now += 100;
      await jest.advanceTimersByTimeAsync(100);
    }
    // A full bucket, what came back in a minute, and what four processes may let pass too many at once.
    expect(all).toBeLessThanOrEqual(160 + 160 + 40);
    expect(all).toBeGreaterThanOrEqual(315);
  });
});
