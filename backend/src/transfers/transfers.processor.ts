import type { LedgerStates } from '../engine/ports/ledger/states.js';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, type Job } from 'bullmq';
import { CodedError, SIDES } from '../engine/errors.js';
import { reasonOf } from '../engine/model/reasons.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { PARKED_STATES, STATE_RULES, TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { UNATTENDED_MS } from '../engine/ports/ledger/states.js';
import { Transfer } from '../engine/transfer.js';
import { UsageMeter } from '../engine/usage-meter.js';
import { CredentialKeeper, CredentialStore } from '../session/credentials.port.js';
import { DriveOpener } from './drives.port.js';
import { FairShare } from './fair-share.js';
import { PairCopies } from './pair-copies.js';
import { isPreflight } from './preflight-view.js';
import { isWithinHours, ScheduledRuns } from './scheduled-runs.js';
import { TransferAnnouncer } from './transfer-announcer.js';
import { sidesOf } from './transfer-actions.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferStore } from './transfer-store.port.js';
import { requestContext } from '../insight/request-context.js';
import { Tracing } from '../insight/tracing.js';
import { dueAfter, type StepJob, type TransferJob, TransferQueue, TRANSFERS_QUEUE } from './transfers.queue.js';
import { BEAT_MS, MAX_STALLS, WorkerHeartbeat } from './worker-heartbeat.js';
import { DAY_MS } from '../engine/times.js';

/** Steps that one process runs at the same time; a single account gets half of them. */
const CONCURRENCY = 64;
/** How often (ms) each worker ensures that the maintenance job is scheduled, because the queue's keys may be lost. */
const ENSURE_MAINTENANCE_MS = 10_000;
/** A transfer that has no queued step and has not changed for this long (ms) has lost its jobs. */
const LOST_AFTER_MS = 20_000;
const GOOGLE_PAUSE_MS = 5 * 60_000;
/** Maximum number of transfers whose shares a process withdraws at once, and its pause (ms) after a failure. */
const MAX_SWEEPS = 16;
const SWEEP_PAUSE_MS = 60_000;
/** A preflight that has waited this long (ms) for its account is removed, because it is out of date. */
const MAX_PREFLIGHT_WAIT_MS = 3600_000;
/** Maximum number of transfers whose folders, shares and pages a process caches between steps. */
const MAX_CACHED_TRANSFERS = 64;
/** How often a worker records that it is there, at most: a third of the time after which nobody counts as working. */
const ATTEND_MS = UNATTENDED_MS / 3;

/** Runs the steps of transfers from the queue with the engine. */
@Processor(TRANSFERS_QUEUE, {
  concurrency: CONCURRENCY,
  maxStalledCount: MAX_STALLS,
  autorun: false,
  settings: { repeatStrategy: dueAfter },
})
export class TransfersProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(TransfersProcessor.name);
  private readonly shutdown = new AbortController();
  /** Last seen revision of each open transfer, and when it was first seen (ms). */
  private readonly seen = new Map<string, { revision: number; since: number }>();
  /** When this process last recorded that it is there, by transfer; monotonic. */
  private readonly attended = new Map<string, number>();
  /** Ended transfers whose shares are being withdrawn (infinite), or when to try again (ms). */
  private readonly sweeps = new Map<string, number>();
  private isMaintaining = false;
  private readonly share = new FairShare(CONCURRENCY, (error) =>
    this.log.debug(error, 'Could not promote a step that was held back; it returns later.'),
  );
  /** The least recently used transfer comes first. */
  private readonly cached = new Map<string, Transfer>();
  private maintenanceTimer: NodeJS.Timeout | undefined;
  private heartbeats: NodeJS.Timeout | undefined;

  constructor(
    private readonly transfers: TransferStore,
    private readonly drives: DriveOpener,
    private readonly queue: TransferQueue,
    private readonly credentials: CredentialStore,
    private readonly claims: TransferClaims,
    private readonly keeper: CredentialKeeper,
    private readonly tracing: Tracing,
    private readonly heartbeat: WorkerHeartbeat,
    private readonly announcer: TransferAnnouncer,
    private readonly runs: ScheduledRuns,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    this.worker.on('error', (error) => this.log.warn(`The worker has no connection to Redis: ${error.message}`));
    this.worker.run().catch((error: unknown) => this.log.error(error, 'The worker stopped.'));
    await this.queue.scheduleMaintenance();
    this.maintenanceTimer = setInterval(() => {
      this.queue
        .scheduleMaintenance()
        .catch((error: unknown) => this.log.warn(error, 'Could not schedule the maintenance job.'));
    }, ENSURE_MAINTENANCE_MS);
    this.heartbeats = setInterval(() => {
      // If Redis is unreachable, the worker reports it.
      this.heartbeat
        .beat(this.worker.id)
        .catch((error: unknown) => this.log.debug(error, 'Could not send a heartbeat.'));
    }, BEAT_MS);
  }

  /** Stops the steps in progress; each returns to the queue for another process. */
  beforeApplicationShutdown(): void {
    clearInterval(this.maintenanceTimer);
    clearInterval(this.heartbeats);
    this.shutdown.abort(new Error('This process is shutting down.'));
  }

  async process(job: Job<TransferJob>, token?: string): Promise<void> {
    try {
      if (job.data.step === 'watch') await this.maintainAll();
      else if (job.data.step === 'due') await this.runs.due(job.data.transferId, Date.now());
      else await this.inShare(job, job.data, token);
    } catch (error) {
      if (this.shutdown.signal.aborted && !(error instanceof DelayedError)) await this.putBack(job, 0, token);
      throw error;
    }
  }

  /**
   * Runs a step, or returns it to the queue for later or another process if its account has its share of this process.
   */
  private async inShare(job: Job, data: StepJob, token?: string): Promise<void> {
    const { account } = data;
    if (account === undefined) return this.traced(job, data, token); // queued by an earlier version
    await this.share.run(account, job, token, async () => {
      await this.queue.begun(data);
      await this.traced(job, data, token);
    });
  }

  /** Traces the step as part of the request that caused it, and its requests to Google as part of the step. */
  private async traced(job: Job, data: StepJob, token?: string): Promise<void> {
    const attributes = { 'cloudmover.transfer': data.transferId, 'cloudmover.attempt': job.attemptsMade + 1 };
    const asked = data.step === 'copy' ? undefined : data.traceparent;
    const span = this.tracing.begin(`transfer ${data.step}`, 'consumer', attributes, asked ?? '');
    if (!span) return this.take(job, data, token);
    let failed = true;
    try {
      const context = { requestId: `job ${job.id}`, traceparent: span.traceparent };
      await requestContext.run(context, () => this.take(job, data, token));
      failed = false;
    } finally {
      span.end({}, failed);
    }
  }

  private async take(job: Job, data: StepJob, token?: string): Promise<void> {
    const ledger = await this.transfers.find(data.transferId);
    if (!ledger) return; // the transfer has expired, or another version queued the job
    const { id } = ledger.order;
    const { signal } = this.shutdown;
    const transfer = this.transferOf(ledger);
    try {
      await this.attend(ledger);
      if (data.step === 'plan') {
        await this.claims.hold(ledger.order);
        if (!(await this.parkOutsideHours(ledger))) await transfer.plan(signal);
        if ((await ledger.state()) === 'running') await this.queueCopies(ledger);
      } else if (data.step === 'copy') {
        await transfer.copy(data.from, signal, async () => {
          if ((await ledger.state()) === 'running')
            await this.queue.copyNext(ledger.order, data.from, data.stride, (await ledger.snapshot()).found);
        });
      } else {
        // Nothing may restart until running steps have stopped.
        const isStopping = STATE_RULES[await ledger.state()].phase === 'stopping';
        if (isStopping && (await this.queue.isWorking(id))) await this.putBack(job, 250, token);
        if (!(await this.parkOutsideHours(ledger))) await transfer.finish(signal);
        this.cached.delete(id); // a retry, a delta run or an undo makes its own shares
      }
    } catch (error) {
      if (signal.aborted || error instanceof DelayedError) throw error;
      const lastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      this.log.warn({ transferId: id, step: data.step, err: error, lastTry }, 'A step of a transfer failed.');
      if (!lastTry) throw error;
      await this.giveUp(ledger, transfer, error);
    }
    // A pass of the maintenance job may take minutes, and so may a step.
    await this.attend(ledger);
    if (data.step !== 'copy') await this.announce(ledger);
    if (data.step === 'finish') return;
    const state = await ledger.state();
    if (state === 'pausing' || (state === 'running' && (await ledger.openFiles()) <= 0))
      await this.queue.finish(ledger.order);
  }

  private async attend(ledger: Ledger): Promise<void> {
    const { id } = ledger.order;
    const now = performance.now();
    if (now - (this.attended.get(id) ?? -Infinity) < ATTEND_MS) return;
    this.attended.delete(id);
    this.attended.set(id, now);
    if (this.attended.size > MAX_CACHED_TRANSFERS) this.attended.delete(this.attended.keys().next().value!);
    await ledger.attend();
  }

  /** A preflight counts at any time, because a person waits for it. @returns whether it is parked */
  private async parkOutsideHours(ledger: Ledger, snapshot?: TransferSnapshot): Promise<boolean> {
    const current = snapshot ?? (await ledger.snapshot());
    return !isPreflight(ledger.order, current) && this.runs.parkOutsideHours(ledger, current, Date.now());
  }

  /** Reports new states; what fails here, the maintenance job repeats. */
  private async announce(ledger: Ledger): Promise<void> {
    await this.announcer.announce(ledger).catch((error: unknown) => {
      this.log.warn({ transferId: ledger.order.id, err: error }, 'Could not report the states of a transfer.');
    });
  }

  private transferOf(ledger: Ledger): Transfer {
    const { id } = ledger.order;
    const known = this.cached.get(id);
    const transfer = known?.isOf(ledger.order) ? known : this.opened(ledger);
    this.cached.delete(id);
    this.cached.set(id, transfer);
    if (this.cached.size > MAX_CACHED_TRANSFERS) this.cached.delete(this.cached.keys().next().value!);
    return transfer;
  }

  private opened(ledger: Ledger): Transfer {
    const countSlowDown = () =>
      void ledger.slowedDown().catch((error: unknown) => {
        this.log.warn({ transferId: ledger.order.id, err: error }, 'Could not count a slow-down.');
      });
    const usage = new UsageMeter(ledger, () => performance.now());
    const drives = this.drives.open(ledger.order, { onSlowDown: countSlowDown, count: usage.count });
    return new Transfer(ledger, drives, usage, new PairCopies(this.transfers, ledger.order));
  }

  /**
   * Queues batches from the first open item on. The transfers of one account share its queued batches, so that none
   * delays the others.
   */
  private async queueCopies(ledger: Ledger): Promise<void> {
    const [first] = await ledger.ordinals(['waiting', 'copying'], 0, 1);
    if (first === undefined) return;
    const openTransfers = await this.transfers.openOf(ledger.order.source.sub);
    await this.queue.copyFrom(ledger.order, first, (await ledger.snapshot()).found, openTransfers);
  }

  /** After the last attempt: parks the transfer if Google is unreachable; fails it after a bug. */
  private async giveUp(ledger: LedgerStates, transfer: Transfer, error: unknown): Promise<void> {
    if (error instanceof CodedError) {
      await ledger.park('waiting_quota', { resumeAt: Date.now() + GOOGLE_PAUSE_MS });
      return;
    }
    const detail = `${reasonOf('internal').title} Files are untouched, or copied and listed here.`;
    await transfer.fail({ code: 'internal', detail }, this.shutdown.signal);
  }

  private async putBack(job: Job, delayMs: number, token?: string): Promise<never> {
    await job.moveToDelayed(Date.now() + delayMs, token);
    throw new DelayedError();
  }

  /**
   * Maintains the open transfers: reports their states, resumes parked ones, queues lost steps again, and withdraws
   * leftover shares. Then revokes unused credentials.
   */
  private async maintainAll(): Promise<void> {
    // The queue adds one every few seconds, however long the one before takes.
    if (this.isMaintaining) return;
    this.isMaintaining = true;
    try {
      await this.maintainOnce();
    } finally {
      this.isMaintaining = false;
    }
  }

  private async maintainOnce(): Promise<void> {
    const open = await this.transfers.open();
    // Another worker may have closed a transfer, or it has expired, so its entry is removed here.
    const isOpen = new Set(open);
    for (const known of [this.seen, this.sweeps]) for (const id of known.keys()) if (!isOpen.has(id)) known.delete(id);
    for (const id of open) {
      try {
        await this.maintain(id);
      } catch (error) {
        this.log.warn({ transferId: id, err: error }, 'Could not maintain a transfer.');
      }
    }
    // Last: after days without a worker, the transfers renew their expired claims first.
    await this.keeper.sweep().catch((error: unknown) => this.log.warn(error, 'Could not revoke unused credentials.'));
  }

  private async maintain(id: string): Promise<void> {
    const ledger = await this.transfers.find(id);
    if (!ledger) return this.transfers.close(id);
    const snapshot = await ledger.snapshot();
    const now = Date.now();
    if (TERMINAL_STATES.includes(snapshot.state)) {
      const hasShares = (await ledger.shares()).length > 0;
      if (hasShares) void this.sweep(ledger, now);
      // The end must be reported first, because only open transfers are read again.
      await this.announcer.announce(ledger);
      if (snapshot.schedule?.nextRunAt !== undefined) return this.keepInSync(ledger, snapshot, now);
      if (hasShares) return this.claims.hold(ledger.order);
      this.seen.delete(id);
      this.cached.delete(id);
      await this.transfers.close(id);
      // If it was resumed or scheduled meanwhile, it is still open and keeps its claims.
      return this.claims.releaseUnneeded(ledger);
    }
    if (now - (snapshot.since ?? now) > DAY_MS) await ledger.renew();
    // A command may have changed the state without a step, or a process died after one.
    await this.announce(ledger);
    const isStarted = !isPreflight(ledger.order, snapshot);
    const isLinking = (snapshot.resumeState ?? snapshot.state) === 'linking';
    const atWork = isLinking ? sidesOf(ledger.order, snapshot) : SIDES;
    const confirmed = atWork.filter((side) => !snapshot.unconfirmed.includes(side));
    await this.claims.hold(ledger.order, isStarted, confirmed);
    const isCounted = !isStarted && snapshot.state === 'ready';
    if (!isCounted) await this.transfers.restorePlace(ledger.order, isStarted ? 'transfer' : 'preflight');
    // Both states wait for a person.
    if (snapshot.state === 'paused' || isCounted) return;
    if (PARKED_STATES.includes(snapshot.state)) {
      if (await this.resumes(ledger, snapshot, now)) await this.queueNextStep(ledger);
      else if (
        !isStarted &&
        now - (snapshot.parked?.since ?? now) > MAX_PREFLIGHT_WAIT_MS &&
        (await this.transfers.remove(id))
      )
        await this.claims.release(ledger.order);
      return;
    }
    await this.attend(ledger);
    if (await this.parkOutsideHours(ledger, snapshot)) return this.announce(ledger);
    const seen = this.seen.get(id);
    if (seen?.revision !== snapshot.revision) this.seen.set(id, { revision: snapshot.revision, since: now });
    else if (now - seen.since > LOST_AFTER_MS && !(await this.queue.hasWork(id))) await this.queueNextStep(ledger);
  }

  /**
   * Withdraws the shares that an ended transfer has left. The maintenance job does not wait for that: Google may refuse
   * the account for minutes, and the other transfers must be maintained.
   */
  private async sweep(ledger: Ledger, now: number): Promise<void> {
    const { id } = ledger.order;
    const running = [...this.sweeps.values()].filter((until) => until === Infinity).length;
    if (running >= MAX_SWEEPS || (this.sweeps.get(id) ?? 0) > now) return;
    this.sweeps.set(id, Infinity);
    let open = Infinity;
    try {
      open = await this.opened(ledger).sweep(this.shutdown.signal);
    } catch (error) {
      this.log.warn({ transferId: id, err: error }, 'Could not withdraw the shares of a transfer.');
    }
    if (open === 0) this.sweeps.delete(id);
    else this.sweeps.set(id, Date.now() + SWEEP_PAUSE_MS);
  }

  /** Keeps the claims of an ended transfer whose next run is due, and starts the run if its job was lost or too early. */
  private async keepInSync(ledger: Ledger, snapshot: TransferSnapshot, now: number): Promise<void> {
    const { id } = ledger.order;
    await this.claims.hold(ledger.order, true);
    this.seen.delete(id);
    if (!(await this.runs.start(ledger, snapshot, now))) return;
    const { schedule } = await ledger.snapshot();
    if (schedule?.nextRunAt !== undefined) await this.queue.schedule(id, schedule, schedule.nextRunAt);
  }

  /**
   * Resumes a parked transfer if no person is needed: within its allowed hours, after Google's limit, or if Google
   * accepts the same consent that it refused. A new consent may be for another purpose, so then only the account's user
   * can resume it.
   */
  private async resumes(ledger: Ledger, snapshot: TransferSnapshot, now: number): Promise<boolean> {
    const { order } = ledger;
    const { parked, resumeAt, unconfirmed } = snapshot;
    const needs = sidesOf(order, snapshot);
    if (snapshot.limit === 'hours') return isWithinHours(snapshot, now) && ledger.resume({ needs });
    if (resumeAt !== undefined) return resumeAt <= now && ledger.resume({ needs });
    if (!parked || unconfirmed.some((side) => side !== parked.side && needs.includes(side))) return false;
    const credential = await this.credentials.find(order[parked.side].credentialId);
    const isSame = credential !== undefined && credential.connectedAt <= parked.since;
    return isSame && (credential.refreshedAt ?? 0) > parked.since && ledger.resume({ needs, confirmed: [parked.side] });
  }

  private async queueNextStep(ledger: Ledger): Promise<void> {
    await this.queue.next(ledger.order, await ledger.state());
  }
}
