import { setTimeout as delay } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Job, JobsOptions, Queue } from 'bullmq';
import type { TransferOrder } from '../engine/model/order.js';
import type { TransferState } from '../engine/model/states.js';
import { BATCH_ITEMS } from '../engine/steps/copy.js';
import { requestContext } from '../insight/request-context.js';
import { type QueueDepth, QueueProbe } from '../insight/queue-probe.port.js';
import { StoreUnavailableError } from '../http/errors.js';
import { digest } from '../session/token.js';
import { TurnStore } from './turns.port.js';
import type { QueueKeys } from './workers.port.js';

export const TRANSFERS_QUEUE = 'transfers';

/** Whose work it is, and when it is its turn; missing in jobs that an earlier version queued. */
interface Turn {
  /** Digest of the source account. */
  readonly account?: string;
  readonly turn?: number;
}

/** A step of a transfer. Small, and safe to run twice: everything else is in the ledger. */
export type TransferJob =
  /** `traceparent`: of the request that asked for it, where that is traced. */
  | ({ readonly step: 'plan' | 'finish'; readonly transferId: string; readonly traceparent?: string } & Turn)
  /** `stride`: how far on the batch is that follows this one. */
  | ({ readonly step: 'copy'; readonly transferId: string; readonly from: number; readonly stride: number } & Turn)
  | { readonly step: 'watch' };

/**
 * Batches of one transfer that are queued at the same time; each that ends brings the one this far ahead, to the end of
 * the queue. So a small transfer never waits behind the whole of a large one.
 */
const LANES = 256;
/**
 * BullMQ's priorities go to 2,097,152, and jobs with smaller ones are taken first (https://docs.bullmq.io/guide/jobs/prioritized).
 * When the turns restart there, steps with large numbers wait for a lull.
 */
const PRIORITIES = 2_000_000;
/** A client waits for a step to be queued, and BullMQ waits for Redis without a limit. */
const PATIENCE_MS = 4_000;
/** Delayed steps that are read one by one. */
const MAX_LOOKED_AT = 1_000;
/** Milliseconds between two checks of the open transfers. */
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

/** What the queue needs to know of a transfer. */
type Ordered = Pick<TransferOrder, 'id' | 'source'>;

/** The steps waiting to be taken, those of all accounts in turn. A job's id names its step, so that adding one twice adds it once. */
@Injectable()
export class TransferQueue extends QueueProbe {
  private readonly log = new Logger(TransferQueue.name);

  constructor(
    @InjectQueue(TRANSFERS_QUEUE) private readonly queue: Queue<TransferJob>,
    private readonly turns: TurnStore,
  ) {
    super();
    // Each call reports its own failure; without a listener the connection's would go to the console.
    queue.on('error', (error) => this.log.warn(`The queue has no connection to Redis: ${error.message}`));
  }

  /** @throws StoreUnavailableError soon, when Redis is away; the watch finds a transfer whose step was not queued */
  plan(order: Ordered): Promise<void> {
    return this.add('plan', order);
  }

  /** @throws StoreUnavailableError soon, when Redis is away */
  finish(order: Ordered): Promise<void> {
    return this.add('finish', order);
  }

  private async add(step: 'plan' | 'finish', { id, source }: Ordered): Promise<void> {
    const traceparent = requestContext.getStore()?.traceparent;
    const account = accountOf(source.sub);
    const queued = async () => {
      // Plans and closings have a flow of their own: they do not wait behind the account's copying.
      const turn = await this.turns.take(`${account} steps`, 1);
      const data: TransferJob = { step, transferId: id, account, turn, ...(traceparent && { traceparent }) };
      await this.queue.add(step, data, { ...OPTIONS, priority: priorityOf(turn), jobId: `${id}-${step}` });
    };
    await inTime(queued());
  }

  /** A worker has begun with a job. */
  async begun({ turn }: Turn): Promise<void> {
    if (turn !== undefined) await this.turns.reach(turn);
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
      this.queue.getJobs(['delayed'], 0, MAX_LOOKED_AT - 1),
    ]);
    const since = [oldest, oldestCopy].flatMap((job) => (job ? [job.timestamp] : []));
    return {
      // Those that were held back, because their account has its share, wait as well.
      waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0) + delayed.filter(isHeldBack).length,
      active: counts['active'] ?? 0,
      // The watch is delayed until its time; it was not tried.
      retried: delayed.filter((job) => job && job.attemptsMade > 0).length,
      oldestMs: since.length > 0 ? Math.max(0, Date.now() - Math.min(...since)) : 0,
    };
  }

  /** Queues the step that a state asks for, if it asks for one. */
  async next(order: Ordered, state: TransferState): Promise<void> {
    if (BEGINNING_STATES.includes(state)) await this.plan(order);
    else if (ENDING_STATES.includes(state)) await this.finish(order);
  }

  /**
   * Queues the first batches from an ordinal on.
   * @param rivals transfers under way of the same account, this one included: they share the account's lanes
   */
  async copyFrom({ id, source }: Ordered, first: number, found: number, rivals: number): Promise<void> {
    const start = first - (first % BATCH_ITEMS);
    const lanes = Math.max(1, Math.floor(LANES / Math.max(1, rivals)));
    const batches = Math.min(Math.ceil((found - start) / BATCH_ITEMS), lanes);
    if (batches <= 0) return;
    const account = accountOf(source.sub);
    // The first lane of each of the account's transfers is a flow of its own: a small one does not wait behind a large one.
    const [foremost, rest] = await Promise.all([
      this.turns.take(`${account} first`, 1),
      batches > 1 ? this.turns.take(`${account} rest`, batches - 1) : 0,
    ]);
    await this.queue.addBulk(
      Array.from({ length: batches }, (_, index) => {
        const turn = index === 0 ? foremost : rest + index - 1;
        return copyJob(id, start + index * BATCH_ITEMS, batches * BATCH_ITEMS, account, turn);
      }),
    );
  }

  /** Queues the batch that follows a finished one in its lane, if there is one. */
  async copyNext({ id, source }: Ordered, from: number, stride: number, found: number): Promise<void> {
    const next = from + stride;
    if (next >= found) return;
    const account = accountOf(source.sub);
    const turn = await this.turns.take(`${account} ${from % stride < BATCH_ITEMS ? 'first' : 'rest'}`, 1);
    const { name, data, opts } = copyJob(id, next, stride, account, turn);
    await this.queue.add(name, data, opts);
  }

  get keys(): QueueKeys {
    return { active: this.queue.toKey('active'), prefix: this.queue.toKey('') };
  }

  /**
   * Puts active steps back into their places in the queue.
   * @param ids of steps that are locked with the token; one that has ended meanwhile is no error
   */
  async putBack(ids: readonly string[], token: string): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        const job = await this.queue.getJob(id);
        await job
          ?.moveToDelayed(Date.now(), token)
          .catch((error: unknown) => this.log.warn(error, `Step ${id} moved on.`));
      }),
    );
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
  account: string,
  turn: number,
): { name: string; data: TransferJob; opts: JobsOptions } {
  return {
    name: 'copy',
    data: { step: 'copy', transferId, from, stride, account, turn },
    opts: { ...OPTIONS, priority: priorityOf(turn), jobId: `${transferId}-copy-${from}` },
  };
}

/** Enough to distinguish accounts; jobs contain nothing that identifies one. */
const accountOf = (sub: string): string => digest(sub).slice(0, 16);

/** BullMQ takes jobs without a priority first: only the watch has none. */
const priorityOf = (turn: number): number => 1 + (turn % PRIORITIES);

const isHeldBack = (job: Job<TransferJob> | undefined): boolean =>
  job !== undefined && job.data.step !== 'watch' && job.attemptsMade === 0;
