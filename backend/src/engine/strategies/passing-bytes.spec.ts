import { constants, PerformanceObserver } from 'node:perf_hooks';
import { countPassedBytes } from './passing-bytes.js';

const MB = 1024 * 1024;

/** What Node states about a collection (`perf_hooks`, "performanceEntry.detail"). */
interface Collection {
  readonly kind: number;
  readonly flags: number;
}

/** Resolves with the next requested collection. */
async function forced(): Promise<Collection> {
  const { promise, resolve } = Promise.withResolvers<Collection>();
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as unknown as { detail: Collection }[])
      if (detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) resolve(detail);
  });
  observer.observe({ entryTypes: ['gc'] });
  return promise.finally(() => observer.disconnect());
}

it.each([16 * MB, 1 * MB])('collects the young generation after each 16 MB, in parts of %i bytes', async (part) => {
  const kinds: number[] = [];
  // While V8 marks the old generation, it may finish that instead.
  while (kinds.at(-1) !== constants.NODE_PERFORMANCE_GC_MINOR && kinds.length < 20) {
    const collected = forced();
    for (let bytes = 0; bytes < 16 * MB; bytes += part) countPassedBytes(part);
    kinds.push((await collected).kind);
  }
  expect(kinds.at(-1)).toBe(constants.NODE_PERFORMANCE_GC_MINOR);
});
