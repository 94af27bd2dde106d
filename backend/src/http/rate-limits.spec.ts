import { jest } from '@jest/globals';
import { InMemoryRateLimitStore } from '../../test/support/in-memory-stores.js';
import type { Config } from '../config/config.js';
import { StoreUnavailableError, TooManyRequestsError } from './errors.js';
import { RateLimits } from './rate-limits.js';

const MINUTE = 60_000;
const limits = { token: 100, account: 100, address: 2, 'sign-in': 1, 'operator-key': 1 };
const config = { rateLimits: limits } as Config['http'];
const aStorage = () => new RateLimits(new InMemoryRateLimitStore(), config);

describe('the storage of the throttler', () => {
  it('counts as the package expects, in seconds', async () => {
    const storage = aStorage();
    const hit = () => storage.increment('key', MINUTE, 2, 0, 'token');
    expect(await hit()).toEqual({ totalHits: 1, timeToExpire: 30, isBlocked: false, timeToBlockExpire: 0 });
    await hit();
    expect(await hit()).toEqual({ totalHits: 3, timeToExpire: 60, isBlocked: true, timeToBlockExpire: 30 });
  });

  it('lets calls of different cost share a limit: one of five units is one of twenty', async () => {
    const storage = aStorage();
    for (let call = 0; call < 19; call++) await storage.increment('key', MINUTE, 20, 0, 'token');
    for (let call = 0; call < 5; call++)
      expect(await storage.increment('key', MINUTE, 100, 0, 'token')).toMatchObject({ isBlocked: false });
    expect(await storage.increment('key', MINUTE, 100, 0, 'token')).toMatchObject({ isBlocked: true });
  });

  it('lets calls pass uncounted while Redis does not respond, and refuses sign-ins', async () => {
    const store = new InMemoryRateLimitStore();
    store.take = () => Promise.reject(new StoreUnavailableError());
    const storage = new RateLimits(store, config);
    expect(await storage.increment('key', MINUTE, 100, 0, 'token')).toMatchObject({ totalHits: 0, isBlocked: false });
    await expect(storage.increment('key', MINUTE, 100, 0, 'sign-in')).rejects.toThrow(StoreUnavailableError);
    await expect(storage.take('operator-key', '192.0.2.1')).rejects.toThrow(StoreUnavailableError);
    await expect(storage.giveBack('sign-in', '192.0.2.1')).resolves.toBeUndefined();
  });

  it('delays the refusal of a call that no guard counts', async () => {
    const storage = aStorage();
    const delayed = jest.spyOn(storage.delays, 'wait').mockResolvedValue();
    await storage.take('sign-in', '192.0.2.1');
    expect(delayed).not.toHaveBeenCalled();
    await expect(storage.take('sign-in', '192.0.2.1')).rejects.toThrow(TooManyRequestsError);
    expect(delayed).toHaveBeenCalledTimes(1);
  });

  it('counts no client that has disconnected, whose address nobody knows any more', async () => {
    const storage = aStorage();
    for (let call = 0; call < 9; call++) await expect(storage.take('address', undefined)).resolves.toBeUndefined();
  });
});
