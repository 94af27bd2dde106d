import { Injectable, Logger } from '@nestjs/common';
import { TransferQueue } from './transfers.queue.js';
import { WorkerStore } from './workers.port.js';

/** How often a worker sends a heartbeat (ms). */
export const BEAT_MS = 1_500;
/**
 * A worker without a heartbeat for this long (ms) counts as dead; if it was only slow or paused, others have taken over
 * its steps.
 */
export const SILENCE_MS = 5_000;
/** How often workers may die on one step before BullMQ drops it; then the maintenance job finds that it is missing. */
export const MAX_STALLS = 10;

/**
 * Lets workers notice the death of another one, whose steps would otherwise wait up to a minute for BullMQ's locks and
 * its check for stalled jobs. A wrong verdict costs time but does no harm: the ledger, not the locks, ensures that
 * items are copied once.
 */
@Injectable()
export class WorkerHeartbeat {
  private readonly log = new Logger(WorkerHeartbeat.name);
  private lastBeat = -Infinity;
  private steadySince = -Infinity;

  constructor(
    private readonly workers: WorkerStore,
    private readonly queue: TransferQueue,
  ) {}

  /**
   * Sends a heartbeat, and returns the steps of dead workers to the queue. A worker that was silent itself, or has just
   * started, declares none dead yet: after an outage of Redis the others have had no time to send heartbeats.
   * @param worker BullMQ's id of the worker
   */
  async beat(worker: string): Promise<void> {
    const silent = await this.workers.beat(worker, SILENCE_MS);
    const now = performance.now();
    if (now - this.lastBeat >= SILENCE_MS) this.steadySince = now;
    this.lastBeat = now;
    if (now - this.steadySince < SILENCE_MS) return;
    for (const dead of silent) {
      const heir = `${worker}:heir`;
      const jobs = await this.workers.inherit(this.queue.keys, dead, heir, MAX_STALLS);
      await this.queue.putBack(jobs, heir);
      await this.workers.forget(dead);
      if (jobs.length > 0) this.log.warn(`Worker ${dead} died: ${jobs.length} of its steps are back in the queue.`);
    }
  }
}
