import { ReadOnce } from './ledger-pages.js';

describe('ReadOnce', () => {
  /** Reads that the test resolves. */
  function reads() {
    const waiting: ((value: number | undefined) => void)[] = [];
    return { waiting, read: () => new Promise<number | undefined>((resolve) => waiting.push(resolve)) };
  }
  const isAtLeast = (least: number) => (value: number) => value >= least;

  it('reads a page once for simultaneous callers, and then caches it', async () => {
    const pages = new ReadOnce<number>(2);
    const { waiting, read } = reads();
    const wanted = [1, 2, 3].map(() => pages.get('a', isAtLeast(5), read));
    expect(waiting).toHaveLength(1);
    waiting[0]!(5);
    expect(await Promise.all(wanted)).toEqual([5, 5, 5]);
    expect(await pages.get('a', isAtLeast(5), read)).toBe(5);
    expect(waiting).toHaveLength(1);
  });

  it('reads it again for a caller that needs more of it, whether it is cached or being read', async () => {
    const pages = new ReadOnce<number>(2);
    const { waiting, read } = reads();
    const early = pages.get('a', isAtLeast(1), read);
    const late = pages.get('a', isAtLeast(2), read);
    waiting[0]!(1);
    expect(await early).toBe(1);
    await new Promise(setImmediate);
    waiting[1]!(2);
    expect(await late).toBe(2);
    const later = pages.get('a', isAtLeast(3), read);
    waiting[2]!(3);
    expect(await later).toBe(3);
    expect(await pages.get('a', isAtLeast(3), read)).toBe(3);
  });

  it('reads it again after a failure, and if nothing was there', async () => {
    const pages = new ReadOnce<number>(2);
    await expect(pages.get('a', isAtLeast(0), () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await pages.get('a', isAtLeast(0), () => Promise.resolve(undefined))).toBeUndefined();
    expect(await pages.get('a', isAtLeast(0), () => Promise.resolve(7))).toBe(7);
  });

  it('drops the page that was not used for the longest time', async () => {
    const pages = new ReadOnce<number>(2);
    const value = (key: string, now: number) => pages.get(key, isAtLeast(0), () => Promise.resolve(now));
    await value('a', 1);
    await value('b', 1);
    await value('a', 2);
    await value('c', 1);
    expect([await value('a', 3), await value('b', 3)]).toEqual([1, 3]);
  });
});
