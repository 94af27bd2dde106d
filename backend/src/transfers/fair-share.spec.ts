import { DelayedError } from 'bullmq';
import { FairShare } from './fair-share.js';

/** A share with a clock of its own, and what happened to its jobs. */
function start(places: number) {
  let now = 1_000;
  const promoted: string[] = [];
  const errors: unknown[] = [];
  const share = new FairShare(
    places,
    (error) => errors.push(error),
    () => now,
  );
  /** Starts a job. @returns how to end it, or when it returns (ms) */
  const begin = async (owner: string, name = '') => {
    let returnsAt = 0;
    const job = {
      moveToDelayed: (timestamp: number) => Promise.resolve(void (returnsAt = timestamp)),
      promote: () => (name === 'lost' ? Promise.reject(new Error('lost')) : Promise.resolve(void promoted.push(name))),
    };
    let end = () => {};
    const hold = new Promise<void>((resolve) => (end = resolve));
    let started = () => {};
    const begun = new Promise<void>((resolve) => (started = resolve));
    const run = share.run(owner, job, 'token', async () => {
      started();
      await hold;
    });
    const error = await Promise.race([begun, run.catch((error: unknown) => error)]);
    if (error === undefined) return async () => (end(), await run);
    expect(error).toBeInstanceOf(DelayedError);
    return returnsAt;
  };
  /** Starts as many jobs of an owner as may start. */
  const fill = async (owner: string) => {
    const ends: (() => Promise<void>)[] = [];
    for (;;) {
      const end = await begin(owner);
      if (typeof end === 'number') return ends;
      ends.push(end);
    }
  };
  return { begin, fill, promoted, errors, at: (ms: number) => void (now = ms) };
}

it('leaves room for one more owner than there are', async () => {
  const { fill } = start(64);
  expect((await fill('ana')).length).toBe(32);
  expect((await fill('ben')).length).toBe(21);
  expect((await fill('carol')).length).toBe(16);
  expect((await fill('ana')).length).toBe(0);
});

it('gives an owner more once others have ended, and at least one place', async () => {
  const { fill } = start(4);
  const ends: (() => Promise<void>)[] = [];
  for (const owner of ['a', 'b', 'c', 'd', 'e']) {
    const own = await fill(owner);
    expect(own.length).toBeGreaterThanOrEqual(1);
    ends.push(...own);
  }
  for (const end of ends) await end();
  expect((await fill('f')).length).toBe(2);
});

it('spreads the times at which delayed jobs return', async () => {
  const { begin, fill, at } = start(4);
  await fill('ana'); // the job that found no place returns first
  expect([await begin('ana'), await begin('ana'), await begin('ana')]).toEqual([1_550, 1_600, 1_650]);
  at(9_000);
  expect(await begin('ana')).toBe(9_500);
});

it('starts a delayed job at once when a place of its owner becomes free', async () => {
  const { begin, promoted, at } = start(4);
  const ends = [await begin('ana'), await begin('ana')].filter((end) => typeof end !== 'number');
  expect(ends.length).toBe(2);
  for (const name of ['1', '2', '3']) await begin('ana', name);
  at(1_100);
  await ends[0]?.();
  expect(promoted).toEqual(['1']);
  at(1_590); // the second has returned at its time
  await ends[1]?.();
  expect(promoted).toEqual(['1', '3']);
});

it('reports a job that could not be promoted', async () => {
  const { begin, errors } = start(2);
  const end = await begin('ana');
  await begin('ana', 'lost');
  if (typeof end !== 'number') await end();
  await Promise.resolve();
  expect(errors).toEqual([new Error('lost')]);
});
