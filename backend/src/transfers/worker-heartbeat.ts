import { Injectable, Logger } from '@nestjs/common';
import { TransferQueue } from './transfers.queue.js';
import { WorkerStore } from './workers.port.js';

/** How often a worker says that it lives (ms). */
export const BEAT_MS = 1_500;
/** A worker that is silent for so long is dead (ms); one that is only slow or paused finds its steps taken over. */
export const SILENCE_MS = 5_000;
/** Workers that may die on one step before it is dropped; then the watch has to find that it is missing. */
export const MAX_STALLS = 10;

/**
 * Lets workers notice the death of another one, whose steps would otherwise wait for BullMQ's locks and its check for
 * stalled jobs: up to a minute. A wrong verdict costs time and no correctness: what is copied once is the ledger's
 * business, not that of locks.
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
   * Says that a worker lives, and puts back the steps of those that died. One that was silent itself, or has just begun,
   * judges nobody yet: after an outage of Redis the others have not had time to be heard.
   * @param worker BullMQ's id of it
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
