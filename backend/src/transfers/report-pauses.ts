/** Pauses vary by this share, so that a receiver that returns does not get everything at once. */
const VARIATION = 0.1;

/**
 * The pause (ms) before the next attempt to report something about a transfer, such as by a webhook or a mail.
 * @param pauses after the first, the second … failed attempt; the last one repeats
 * @param failed attempts that failed, 1 or more
 * @param random from 0 to 1
 */
export function reportPause(pauses: readonly [number, ...number[]], failed: number, random: number): number {
  const pause = pauses[Math.min(failed, pauses.length) - 1] ?? pauses[0];
  return Math.round(pause * (1 - VARIATION + 2 * VARIATION * random));
}
