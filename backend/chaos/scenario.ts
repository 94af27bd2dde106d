import type { ChaosEnvironment, Transfer } from './environment.ts';
import type { Fsync } from './redis-server.ts';

/** A fault that a transfer must survive. */
export interface Scenario {
  readonly name: string;
  /** Worker processes it needs. */
  readonly workers: number;
  /** When Redis syncs its file; default `always`. */
  readonly fsync?: Fsync;
  /** Environment variables of the product that it needs. */
  readonly env?: Record<string, string>;
  /**
   * Injects the fault once; the same seed injects the same fault at the same place.
   * @returns a short description of what happened
   * @throws Error that names everything that was lost, duplicated or left behind
   */
  readonly run: (environment: ChaosEnvironment, seed: number) => Promise<string>;
}

/** A random integer from 1 to `most`. */
export const upTo = (most: number, random: () => number): number => 1 + Math.floor(random() * most);

/**
 * Waits until the fault was injected.
 * @param over resolves when the transfer, or the run of it, has ended
 * @throws Error if it ended before: such a run proves nothing
 */
export async function untilInjected<T>(
  environment: ChaosEnvironment,
  transfer: Transfer,
  injected: Promise<T>,
  over: Promise<unknown> = environment.settled(transfer),
): Promise<T> {
  const ended = over.then(() => {
    throw new Error('The transfer ended before the fault was injected.');
  });
  ended.catch(() => undefined);
  return Promise.race([injected, ended]);
}
