import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { JobsOptions, Queue } from 'bullmq';
import { BATCH_ITEMS } from '../engine/transfer.js';

export const TRANSFERS_QUEUE = 'transfers';

/** A step of a transfer. Small, and safe to run twice: everything else is in the ledger. */
export type TransferJob =
  | { readonly step: 'plan' | 'finish'; readonly transferId: string }
  | { readonly step: 'copy'; readonly transferId: string; readonly from: number }
  | { readonly step: 'watch' };

/**
 * Batches of one transfer that are queued at the same time; each that ends brings the one this far ahead, to the end of
 * the queue. So a small transfer never waits behind the whole of a large one.
 */
const LANES = 8;
/** BullMQ takes jobs without a priority first: plans and closings pass the copying. */
const COPY_PRIORITY = 10;
/** Milliseconds between two looks at the open transfers. */
export const WATCH_EVERY_MS = 5_000;

const OPTIONS: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 2_000 },
  // The ledger is the memory: a finished job is dropped at once, so that its id may be used again.
  removeOnComplete: true,
  removeOnFail: true,
};

/** The steps waiting to be taken. A job's id names its step, so that adding one twice adds it once. */
@Injectable()
export class TransferQueue {
  private readonly log = new Logger(TransferQueue.name);

  constructor(@InjectQueue(TRANSFERS_QUEUE) private readonly queue: Queue<TransferJob>) {
    // Each call reports its own failure; without a listener the connection's would go to the console.
    queue.on('error', (error) => this.log.warn(`The queue has no connection to Redis: ${error.message}`));
  }

  async plan(transferId: string): Promise<void> {
    await this.queue.add('plan', { step: 'plan', transferId }, { ...OPTIONS, jobId: `${transferId}-plan` });
  }

  async finish(transferId: string): Promise<void> {
    await this.queue.add('finish', { step: 'finish', transferId }, { ...OPTIONS, jobId: `${transferId}-finish` });
  }

  /** Queues the first batches of a plan of `found` items. */
  async copyAll(transferId: string, found: number): Promise<void> {
    const batches = Math.min(Math.ceil(found / BATCH_ITEMS), LANES);
    await this.queue.addBulk(Array.from({ length: batches }, (_, index) => copyJob(transferId, index * BATCH_ITEMS)));
  }

  /** Queues the batch that follows a finished one in its lane, if there is one. */
  async copyNext(transferId: string, from: number, found: number): Promise<void> {
    const next = from + LANES * BATCH_ITEMS;
    if (next >= found) return;
    const { name, data, opts } = copyJob(transferId, next);
    await this.queue.add(name, data, opts);
  }

  /** Whether any step of the transfer waits or runs. */
  async hasWork(transferId: string): Promise<boolean> {
    const jobs = await this.queue.getJobs(['active', 'waiting', 'delayed', 'prioritized']);
    return jobs.some((job) => job?.data.step !== 'watch' && job?.data.transferId === transferId);
  }

  async isPlanning(transferId: string): Promise<boolean> {
    const job = await this.queue.getJob(`${transferId}-plan`);
    return (await job?.isActive()) ?? false;
  }

  /** Lets one worker at a time look after the open transfers. */
  async watch(): Promise<void> {
    await this.queue.upsertJobScheduler(
      'watch',
      { every: WATCH_EVERY_MS },
      { name: 'watch', data: { step: 'watch' }, opts: { removeOnComplete: true, removeOnFail: true } },
    );
  }
}

function copyJob(transferId: string, from: number): { name: string; data: TransferJob; opts: JobsOptions } {
  return {
    name: 'copy',
    data: { step: 'copy', transferId, from },
    opts: { ...OPTIONS, priority: COPY_PRIORITY, jobId: `${transferId}-copy-${from}` },
  };
}
