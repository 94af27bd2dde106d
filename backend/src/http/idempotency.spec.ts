import { InMemoryIdempotencyStore, type TestClock } from '../../test/support/in-memory-stores.js';
import { DriveError, ReconnectNeededError } from '../engine/errors.js';
import { IdempotencyConflictError, IdempotencyInProgressError, InvalidRequestError } from './errors.js';
import { Idempotency, keyedRequest } from './idempotency.js';

describe('Idempotency', () => {
  let clock: TestClock;
  let idempotency: Idempotency;
  let made: string[];
  let ids: number;
  beforeEach(() => {
    clock = { now: Date.now() };
    idempotency = new Idempotency(new InMemoryIdempotencyStore(clock));
    made = [];
    ids = 0;
  });

  const request = (content: unknown = 'a', key: string | undefined = 'key', who = 'ana') =>
    keyedRequest([who], key, content);
  const newId = () => `id-${++ids}`;
  const make = (id = 'no id') => Promise.resolve({ id, number: made.push(id) });

  it('executes a repeated request once, and returns the same result', async () => {
    const first = await idempotency.once(request(), newId, make);
    expect(first).toEqual({ id: 'id-1', number: 1 });
    expect(await idempotency.once(request(), newId, make)).toEqual(first);
    expect(made).toEqual(['id-1']);
  });

  it('separates callers, and executes every request without a key', async () => {
    await idempotency.once(request(), newId, make);
    await idempotency.once(request('a', 'key', 'bob'), newId, make);
    await idempotency.once(undefined, newId, make);
    await idempotency.once(undefined, newId, make);
    expect(made).toEqual(['id-1', 'id-2', 'no id', 'no id']);
  });

  it('refuses the key for another request', async () => {
    await idempotency.once(request(), newId, make);
    await expect(idempotency.once(request('b'), newId, make)).rejects.toBeInstanceOf(IdempotencyConflictError);
    await expect(idempotency.again(request('b'), 'x', make)).rejects.toBeInstanceOf(IdempotencyConflictError);
  });

  it('refuses a simultaneous request until the first has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<object>();
    const first = idempotency.once(request(), newId, () => promise);
    await expect(idempotency.once(request(), newId, make)).rejects.toBeInstanceOf(IdempotencyInProgressError);
    resolve({ done: true });
    expect(await first).toEqual({ done: true });
    expect(await idempotency.once(request(), newId, make)).toEqual({ done: true });
    expect(made).toEqual([]);
  });

  it('reuses the id when it is unclear whether it was created, also after a crash', async () => {
    const seen: (string | undefined)[] = [];
    const fails = (id?: string) => {
      seen.push(id);
      return Promise.reject(new Error('The connection broke.'));
    };
    await expect(idempotency.once(request(), newId, fails)).rejects.toThrow('broke');
    void idempotency.once(request(), newId, (id) => {
      seen.push(id);
      return new Promise<object>(() => undefined); // this process has died
    });
    await new Promise(setImmediate);
    clock.now += 61_000;
    await idempotency.once(request(), newId, make);
    expect([...seen, ...made]).toEqual(['id-1', 'id-1', 'id-1']);
  });

  it.each([
    new DriveError('rate_limited', { retryAfter: 8 }),
    new DriveError('quota_exceeded'),
    new ReconnectNeededError('c'),
  ])('keeps the id if a repetition ends with $code, because the first attempt may have arrived', async (refusal) => {
    await expect(idempotency.once(request(), newId, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    await expect(idempotency.once(request(), newId, () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(await idempotency.once(request(), newId, make)).toEqual({ id: 'id-1', number: 1 });
  });

  it('frees a key whose request was refused, so that it can be corrected', async () => {
    const refused = () => Promise.reject(new InvalidRequestError('Not so.'));
    await expect(idempotency.once(request(), newId, refused)).rejects.toThrow('Not so');
    await expect(idempotency.again(request(), 'x', refused)).rejects.toThrow('Not so');
    expect(await idempotency.once(request('b'), newId, make)).toMatchObject({ id: 'id-2' });
  });
});
