import { performance } from 'node:perf_hooks';

/** From this utilization of the event loop the process counts as busy, and how often (ms) it is measured. */
const BUSY_SHARE = 0.95;
const BUSY_MS = 100;

let since = performance.eventLoopUtilization();
let measuredAt = performance.now();
let isBusy = false;

/** Whether the event loop of this process has hardly been idle during the last tenth of a second or more. */
export function isLoopBusy(): boolean {
  if (performance.now() - measuredAt < BUSY_MS) return isBusy;
  const now = performance.eventLoopUtilization();
  isBusy = performance.eventLoopUtilization(now, since).utilization > BUSY_SHARE;
  since = now;
  measuredAt = performance.now();
  return isBusy;
}
