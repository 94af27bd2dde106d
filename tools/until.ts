import { setTimeout as delay } from 'node:timers/promises';

/** With room for a busy machine: what does not happen at all is the only thing that is waited for that long. */
const PATIENCE_MS = 60_000;
const POLL_MS = 50;

/**
 * Waits for what nobody announces, by polling. The one place of the tests that sleeps: see `eslint.config.mjs`.
 * @param what for the error, such as `the server has started`
 * @param look returns what was waited for, or something falsy as long as it is not there
 * @throws Error when it does not come in time
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = PATIENCE_MS,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  for (const end = performance.now() + timeoutMs; ; await delay(POLL_MS)) {
    const found = await look();
    if (found) return found as Exclude<T, undefined | null | false | 0 | ''>;
    if (performance.now() > end) throw new Error(`Not within ${timeoutMs / 1_000} s: ${what}.`);
  }
}
