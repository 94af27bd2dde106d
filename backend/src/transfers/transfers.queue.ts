import { setTimeout as delay } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { JobsOptions, Queue } from 'bullmq';
import type { TransferState } from '../engine/ports/ledger.js';
import { BATCH_ITEMS } from '../engine/transfer.js';
import { requestContext } from '../insight/request-context.js';
import { type QueueDepth, QueueProbe } from '../insight/queue-probe.port.js';
import { StoreUnavailableError } from '../session/errors.js';

export const TRANSFERS_QUEUE = 'transfers';

/** A step of a transfer. Small, and safe to run twice: everything else is in the ledger. */
export type TransferJob =
  /** `traceparent`: of the request that asked for it, where that is traced. */
  | { readonly step: 'plan' | 'finish'; readonly transferId: string; readonly traceparent?: string }
  /** `stride`: how far on the batch is that follows this one. */
  | { readonly step: 'copy'; readonly transferId: string; readonly from: number; readonly stride: number }
  | { readonly step: 'watch' };

/**
 * Batches of one transfer that are queued at the same time; each that ends brings the one this far ahead, to the end of
 * the queue. So a small transfer never waits behind the whole of a large one.
 */
const LANES = 256;
/** BullMQ takes jobs without a priority first: plans and closings pass the copying. */
const COPY_PRIORITY = 10;
/** Somebody waits for a step to be queued, and BullMQ waits for Redis as long as that is away. */
const PATIENCE_MS = 4_000;
/** Delayed steps that are looked at one by one. */
const MOST_LOOKED_AT = 1_000;
/** Milliseconds between two looks at the open transfers. */
export const WATCH_EVERY_MS = 5_000;

/** What the first step of a transfer begins, or takes up again. */
const BEGINNING_STATES: readonly TransferState[] = ['planning', 'ready', 'running', 'updating'];
/** What the last step of a transfer is to bring to its end. */
const ENDING_STATES: readonly TransferState[] = ['finishing', 'canceling', 'pausing', 'undoing'];

const OPTIONS: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 2_000 },
  // The ledger is the memory: a finished job is dropped at once, so that its id may be used again.
  removeOnComplete: true,
  removeOnFail: true,
};

/** The steps waiting to be taken. A job's id names its step, so that adding one twice adds it once. */
@Injectable()
export class TransferQueue extends QueueProbe {
  private readonly log = new Logger(TransferQueue.name);

  constructor(@InjectQueue(TRANSFERS_QUEUE) private readonly queue: Queue<TransferJob>) {
    super();
    // Each call reports its own failure; without a listener the connection's would go to the console.
    queue.on('error', (error) => this.log.warn(`The queue has no connection to Redis: ${error.message}`));
  }

  /** @throws StoreUnavailableError soon, when Redis is away; the watch finds a transfer whose step was not queued */
  plan(transferId: string): Promise<void> {
    return this.add('plan', transferId);
  }

  /** @throws StoreUnavailableError soon, when Redis is away */
  finish(transferId: string): Promise<void> {
    return this.add('finish', transferId);
  }

  private async add(step: 'plan' | 'finish', transferId: string): Promise<void> {
    const traceparent = requestContext.getStore()?.traceparent;
    const data: TransferJob = { step, transferId, ...(traceparent && { traceparent }) };
    const added = this.queue.add(step, data, { ...OPTIONS, jobId: `${transferId}-${step}` });
    await inTime(added);
  }

  override async ping(): Promise<void> {
    await inTime(this.queue.getActiveCount());
  }

  override depth(): Promise<QueueDepth> {
    return inTime(this.lookAtDepth());
  }

  private async lookAtDepth(): Promise<QueueDepth> {
    const [counts, [oldest], [oldestCopy], delayed] = await Promise.all([
      this.queue.getJobCounts('waiting', 'prioritized', 'active'),
      this.queue.getJobs(['waiting'], 0, 0, true),
      this.queue.getJobs(['prioritized'], 0, 0, true),
      this.queue.getJobs(['delayed'], 0, MOST_LOOKED_AT - 1),
    ]);
    const since = [oldest, oldestCopy].flatMap((job) => (job ? [job.timestamp] : []));
    return {
      waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0),
      active: counts['active'] ?? 0,
      // The watch is delayed until its time; it was not tried.
      retried: delayed.filter((job) => job && job.attemptsMade > 0).length,
      oldestMs: since.length > 0 ? Math.max(0, Date.now() - Math.min(...since)) : 0,
    };
  }

  /** Queues the step that a state asks for, if it asks for one. */
  async next(transferId: string, state: TransferState): Promise<void> {
    if (BEGINNING_STATES.includes(state)) await this.plan(transferId);
    else if (ENDING_STATES.includes(state)) await this.finish(transferId);
  }

  /**
   * Queues the first batches from an ordinal on.
   * @param rivals transfers under way of the same account, this one included: they share the account's lanes
   */
  async copyFrom(transferId: string, first: number, found: number, rivals: number): Promise<void> {
    const start = first - (first % BATCH_ITEMS);
    const lanes = Math.max(1, Math.floor(LANES / Math.max(1, rivals)));
    const batches = Math.min(Math.ceil((found - start) / BATCH_ITEMS), lanes);
    await this.queue.addBulk(
      Array.from({ length: batches }, (_, index) =>
        copyJob(transferId, start + index * BATCH_ITEMS, batches * BATCH_ITEMS),
      ),
    );
  }

  /** Queues the batch that follows a finished one in its lane, if there is one. */
  async copyNext(transferId: string, from: number, stride: number, found: number): Promise<void> {
    const next = from + stride;
    if (next >= found) return;
    const { name, data, opts } = copyJob(transferId, next, stride);
    await this.queue.add(name, data, opts);
  }

  /** Whether any step of the transfer waits or runs. */
  async hasWork(transferId: string): Promise<boolean> {
    const jobs = await this.queue.getJobs(['active', 'waiting', 'delayed', 'prioritized']);
    return jobs.some((job) => job?.data.step !== 'watch' && job?.data.transferId === transferId);
  }

  /** Whether a worker plans or copies for the transfer at this moment. */
  async isWorking(transferId: string): Promise<boolean> {
    const jobs = await this.queue.getJobs(['active']);
    return jobs.some(
      (job) => (job?.data.step === 'plan' || job?.data.step === 'copy') && job.data.transferId === transferId,
    );
  }

  /** Lets one worker at a time look after the open transfers, if that is not seen to yet. */
  async watch(): Promise<void> {
    if (await this.queue.getJobScheduler('watch')) return;
    await this.queue.upsertJobScheduler(
      'watch',
      { every: WATCH_EVERY_MS },
      { name: 'watch', data: { step: 'watch' }, opts: { removeOnComplete: true, removeOnFail: true } },
    );
  }
}

/** @throws StoreUnavailableError when it takes too long: BullMQ itself waits without end for a Redis that is away */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const patience = new AbortController();
  const givenUp = delay(PATIENCE_MS, undefined, { signal: patience.signal }).then(() => {
    throw new StoreUnavailableError();
  });
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    patience.abort();
  }
}

function copyJob(
  transferId: string,
  from: number,
  stride: number,
): { name: string; data: TransferJob; opts: JobsOptions } {
  return {
    name: 'copy',
    data: { step: 'copy', transferId, from, stride },
    // The first lane of each transfer before the second of any: a small one does not wait behind a large one.
    opts: { ...OPTIONS, priority: COPY_PRIORITY + (from % stride) / BATCH_ITEMS, jobId: `${transferId}-copy-${from}` },
  };
}
