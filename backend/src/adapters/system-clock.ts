import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../engine/ports/clock.js';
import { isLoopBusy } from '../pacing/busy-loop.js';

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
  isBusy: isLoopBusy,
};
