import { setTimeout as delay } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Job, JobsOptions, Queue, RepeatStrategy } from 'bullmq';
import type { TransferOrder } from '../engine/model/order.js';
import type { Schedule } from '../engine/model/schedule.js';
import { STATE_RULES, type TransferState } from '../engine/model/states.js';
import { BATCH_ITEMS } from '../engine/model/items.js';
import { requestContext } from '../insight/request-context.js';
import { type QueueDepth, QueueProbe } from '../insight/queue-probe.port.js';
import { StoreUnavailableError } from '../http/errors.js';
import { digest } from '../session/token.js';
import { nextRunAfter, timingIn, timingText } from './schedule-times.js';
import { TurnStore } from './turns.port.js';
import type { QueueKeys } from './workers.port.js';

export const TRANSFERS_QUEUE = 'transfers';

/** The account of a job and its turn; missing in jobs that an earlier version queued. */
interface Turn {
  /** Digest of the source account. */
  readonly account?: string;
  readonly turn?: number;
}

/** A step of a transfer. Small, and safe to run twice; everything else is in the ledger. */
export type TransferJob =
  /** `traceparent`: of the request that caused it, if that is traced. */
  | ({ readonly step: 'plan' | 'finish'; readonly transferId: string; readonly traceparent?: string } & Turn)
  /** `stride`: the batch that follows this one starts so many items later. */
  | ({ readonly step: 'copy'; readonly transferId: string; readonly from: number; readonly stride: number } & Turn)
  /** A run of the transfer's schedule is due. */
  | { readonly step: 'due'; readonly transferId: string }
  | { readonly step: 'watch' };

/** A job that runs a step; the others start or maintain transfers. */
export type StepJob = Exclude<TransferJob, { step: 'watch' | 'due' }>;

/**
 * Maximum number of batches of one account that are queued at the same time. Each one that ends queues the batch this
 * many further on, at the end of the queue, so a small transfer never waits for a whole large one.
 */
const MAX_QUEUED_BATCHES = 256;
/**
 * BullMQ's priorities go up to 2,097,152, and smaller ones come first (https://docs.bullmq.io/guide/jobs/prioritized).
 * When turns start again at 0, steps with large numbers wait until the others are done.
 */
const PRIORITIES = 2_000_000;
/** Time-out for calls of BullMQ, which itself waits for Redis without a limit while a client waits. */
const CALL_TIMEOUT_MS = 4_000;
/** Maximum number of delayed steps that are read. */
const MAX_DELAYED_READ = 1_000;
/** Milliseconds between two checks of the open transfers. */
export const MAINTAIN_EVERY_MS = 5_000;

const OPTIONS: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 2_000 },
  // The ledger keeps all results, so a finished job is removed at once and its id can be used again.
  removeOnComplete: true,
  removeOnFail: true,
};

/**
 * When BullMQ's job scheduler adds its next job: when the next run is due. `pattern`: the interval or cron expression;
 * `startDate`: when the first run is due. BullMQ's own reading of cron skips a day where clocks go forward at midnight.
 */
export const dueAfter: RepeatStrategy = (now, { pattern = '', tz = 'UTC', startDate }) => {
  const first = startDate === undefined ? now : Number(startDate);
  if (first > now) return first;
  return nextRunAfter({ ...timingIn(pattern), timezone: tz }, now, first);
};

/** The used fields of an order. */
type Ordered = Pick<TransferOrder, 'id' | 'source'>;

/**
 * The queued steps of all transfers; accounts take turns. A job's id identifies its step, so adding a step twice adds
 * it once.
 */
@Injectable()
export class TransferQueue extends QueueProbe {
  private readonly log = new Logger(TransferQueue.name);

  constructor(
    @InjectQueue(TRANSFERS_QUEUE) private readonly queue: Queue<TransferJob>,
    private readonly turns: TurnStore,
  ) {
    super();
    // Each call reports its own failure; without a listener, errors of the connection would go to the console.
    queue.on('error', (error) => this.log.warn(`The queue has no connection to Redis: ${error.message}`));
  }

  /** @throws StoreUnavailableError soon, if Redis is unreachable; the maintenance job then finds the transfer */
  plan(order: Ordered): Promise<void> {
    return this.add('plan', order);
  }

  /** @throws StoreUnavailableError soon, if Redis is unreachable */
  finish(order: Ordered): Promise<void> {
    return this.add('finish', order);
  }

  private async add(step: 'plan' | 'finish', { id, source }: Ordered): Promise<void> {
    const traceparent = requestContext.getStore()?.traceparent;
    const account = accountOf(source.sub);
    const queued = async () => {
      // Plans and finishes are a separate flow, so they don't wait for the account's copying.
      const turn = await this.turns.take(`${account} steps`, 1);
      const data: TransferJob = { step, transferId: id, account, turn, ...(traceparent && { traceparent }) };
      await this.queue.add(step, data, { ...OPTIONS, priority: priorityOf(turn), jobId: `${id}-${step}` });
    };
    await inTime(queued());
  }

  /** Records that a worker has started a job. */
  async begun({ turn }: Turn): Promise<void> {
    if (turn !== undefined) await this.turns.reach(turn);
  }

  override async ping(): Promise<void> {
    await inTime(this.queue.getActiveCount());
  }

  override depth(): Promise<QueueDepth> {
    return inTime(this.readDepth());
  }

  private async readDepth(): Promise<QueueDepth> {
    const [counts, [oldest], [oldestCopy], delayed] = await Promise.all([
      this.queue.getJobCounts('waiting', 'prioritized', 'active'),
      this.queue.getJobs(['waiting'], 0, 0, true),
      this.queue.getJobs(['prioritized'], 0, 0, true),
      this.queue.getJobs(['delayed'], 0, MAX_DELAYED_READ - 1),
    ]);
    const since = [oldest, oldestCopy].flatMap((job) => (job ? [job.timestamp] : []));
    return {
      // Includes steps that were held back because their account has its share.
      waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0) + delayed.filter(isHeldBack).length,
      active: counts['active'] ?? 0,
      // The maintenance job is delayed too, but has no attempts.
      retried: delayed.filter((job) => job && job.attemptsMade > 0).length,
      oldestMs: since.length > 0 ? Math.max(0, Date.now() - Math.min(...since)) : 0,
    };
  }

  /** Queues the step for a state, if it has one. */
  async next(order: Ordered, state: TransferState): Promise<void> {
    const { step } = STATE_RULES[state];
    if (step === 'plan') await this.plan(order);
    else if (step === 'finish') await this.finish(order);
  }

  /**
   * Queues the first batches from an ordinal on.
   * @param openTransfers number of open transfers of the account, including this one; they share its queued batches
   */
  async copyFrom({ id, source }: Ordered, first: number, found: number, openTransfers: number): Promise<void> {
    const start = first - (first % BATCH_ITEMS);
    const perTransfer = Math.max(1, Math.floor(MAX_QUEUED_BATCHES / Math.max(1, openTransfers)));
    const batches = Math.min(Math.ceil((found - start) / BATCH_ITEMS), perTransfer);
    if (batches <= 0) return;
    const account = accountOf(source.sub);
    // The first batches of an account's transfers are a separate flow, so a small transfer does not wait for a large
    // one.
    const [firstTurn, nextTurns] = await Promise.all([
      this.turns.take(`${account} first`, 1),
      batches > 1 ? this.turns.take(`${account} rest`, batches - 1) : 0,
    ]);
    await this.queue.addBulk(
      Array.from({ length: batches }, (_, index) => {
        const turn = index === 0 ? firstTurn : nextTurns + index - 1;
        return copyJob(id, start + index * BATCH_ITEMS, batches * BATCH_ITEMS, account, turn);
      }),
    );
  }

  /** Queues the batch that is `stride` items after a finished one, if there is one. */
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
   * Returns active steps to the queue.
   * @param ids of steps that are locked with the token; a step that has ended meanwhile is no error
   */
  async putBack(ids: readonly string[], token: string): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        const job = await this.queue.getJob(id);
        await job
          ?.moveToDelayed(Date.now(), token)
          .catch((error: unknown) => this.log.warn(error, `Step ${id} has ended or moved.`));
      }),
    );
  }

  /** Whether a step of the transfer is queued or running. */
  async hasWork(transferId: string): Promise<boolean> {
    const jobs = await this.queue.getJobs(['active', 'waiting', 'delayed', 'prioritized']);
    return jobs.some((job) => job && isStep(job.data) && job.data.transferId === transferId);
  }

  /** Whether a worker is planning or copying for the transfer. */
  async isWorking(transferId: string): Promise<boolean> {
    const jobs = await this.queue.getJobs(['active']);
    return jobs.some(
      (job) => (job?.data.step === 'plan' || job?.data.step === 'copy') && job.data.transferId === transferId,
    );
  }

  /** Lets BullMQ add a job at each due run of a transfer, replacing an earlier schedule. @param first epoch milliseconds */
  async schedule(transferId: string, schedule: Schedule, first: number): Promise<void> {
    await inTime(
      this.queue.upsertJobScheduler(
        schedulerOf(transferId),
        { pattern: timingText(schedule), tz: schedule.timezone, startDate: first },
        { name: 'due', data: { step: 'due', transferId }, opts: { removeOnComplete: true, removeOnFail: true } },
      ),
    );
  }

  /** Removes the schedule of a transfer, if it has one. */
  async unschedule(transferId: string): Promise<void> {
    await inTime(this.queue.removeJobScheduler(schedulerOf(transferId)));
  }

  /**
   * Schedules the maintenance job, which lets one worker at a time maintain the open transfers, if it is not scheduled.
   * In Redis its name is `watch`.
   */
  async scheduleMaintenance(): Promise<void> {
    if (await this.queue.getJobScheduler('watch')) return;
    await this.queue.upsertJobScheduler(
      'watch',
      { every: MAINTAIN_EVERY_MS },
      { name: 'watch', data: { step: 'watch' }, opts: { removeOnComplete: true, removeOnFail: true } },
    );
  }
}

/** @throws StoreUnavailableError after a time-out, because BullMQ waits for an unreachable Redis without end */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const timeout = delay(CALL_TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
    throw new StoreUnavailableError();
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timer.abort();
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

const schedulerOf = (transferId: string): string => `due-${transferId}`;

const isStep = (data: TransferJob): data is StepJob => data.step !== 'watch' && data.step !== 'due';

/** Distinguishes accounts without identifying them. */
const accountOf = (sub: string): string => digest(sub).slice(0, 16);

/** BullMQ runs jobs without a priority first: the maintenance job and due runs have none. */
const priorityOf = (turn: number): number => 1 + (turn % PRIORITIES);

const isHeldBack = (job: Job<TransferJob> | undefined): boolean =>
  job !== undefined && isStep(job.data) && job.attemptsMade === 0;
