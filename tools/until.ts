import { setTimeout as delay } from 'node:timers/promises';

/** Long enough for a busy machine; only a failing test waits this long. */
const PATIENCE_MS = 120_000;
const POLL_MS = 50;

/**
 * Polls until a condition holds that causes no event. The only place in the tests that sleeps: see `.oxlintrc.json`.
 * @param what for the error, such as `the server has started`
 * @param check returns the awaited value, or something falsy until it exists
 * @throws Error after `timeoutMs`, also if a check never ends
 */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs = PATIENCE_MS,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const stop = new AbortController();
  const late = async (): Promise<never> => {
    await delay(timeoutMs, undefined, stop);
    throw new Error(`Not within ${timeoutMs / 1_000} s: ${what}.`);
  };
  const poll = async () => {
    for (; !stop.signal.aborted; await delay(POLL_MS)) {
      const found = await check();
      if (found) return found as Exclude<T, undefined | null | false | 0 | ''>;
    }
    throw new Error(`No longer awaited: ${what}.`);
  };
  try {
    return await Promise.race([poll(), late()]);
  } finally {
    stop.abort();
  }
}
