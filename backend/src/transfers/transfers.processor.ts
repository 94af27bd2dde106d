import type { LedgerStates } from '../engine/ports/ledger/states.js';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, type Job } from 'bullmq';
import { CodedError, SIDES } from '../engine/errors.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { PARKED_STATES, TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { Transfer } from '../engine/transfer.js';
import { CredentialKeeper, CredentialStore } from '../session/credentials.port.js';
import { DriveOpener } from './drives.port.js';
import { FairShare } from './fair-share.js';
import { isPreflight } from './preflight-view.js';
import { sidesAtWork } from './transfer-actions.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferStore } from './transfer-store.port.js';
import { requestContext } from '../insight/request-context.js';
import { Tracing } from '../insight/tracing.js';
import { type TransferJob, TransferQueue, TRANSFERS_QUEUE } from './transfers.queue.js';
import { BEAT_MS, MAX_STALLS, WorkerHeartbeat } from './worker-heartbeat.js';

/** Steps that one process works on at the same time: half of them for an account that is alone. */
const CONCURRENCY = 64;
/** The queue's own keys may be lost, the watch's among them: each worker sees to it so often (ms). */
const WATCH_KEPT_MS = 10_000;
/** A transfer without any change for so long, and without a queued step, has lost its jobs. */
const LOST_AFTER_MS = 20_000;
const GOOGLE_PAUSE_MS = 5 * 60_000;
/** A preflight that waits so long for its account is removed: it is of no use by then. */
const PREFLIGHT_WAITS_MS = 3600_000;
/** Transfers whose folders, shares and pages a process keeps at hand between two steps. */
const AT_HAND = 64;

/** Takes the steps of transfers from the queue and runs them; the engine does the work, the ledger remembers it. */
@Processor(TRANSFERS_QUEUE, { concurrency: CONCURRENCY, maxStalledCount: MAX_STALLS, autorun: false })
export class TransfersProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(TransfersProcessor.name);
  private readonly shutdown = new AbortController();
  /** Last seen revision of each open transfer, and since when (ms). */
  private readonly seen = new Map<string, { revision: number; since: number }>();
  private readonly share = new FairShare<Job>(CONCURRENCY);
  /** The least recently used one is first. */
  private readonly atHand = new Map<string, Transfer>();
  private watchKeeper: NodeJS.Timeout | undefined;
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
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    this.worker.on('error', (error) => this.log.warn(`The worker has no connection to Redis: ${error.message}`));
    this.worker.run().catch((error: unknown) => this.log.error(error, 'The worker stopped.'));
    await this.queue.watch();
    this.watchKeeper = setInterval(() => {
      this.queue.watch().catch((error: unknown) => this.log.warn(error, 'The watch could not be kept.'));
    }, WATCH_KEPT_MS);
    this.heartbeats = setInterval(() => {
      // While Redis is away the worker says so itself.
      this.heartbeat.beat(this.worker.id).catch((error: unknown) => this.log.debug(error, 'A heartbeat was lost.'));
    }, BEAT_MS);
  }

  /** Stops the steps under way; each goes back into the queue, and the next process takes it up. */
  beforeApplicationShutdown(): void {
    clearInterval(this.watchKeeper);
    clearInterval(this.heartbeats);
    this.shutdown.abort(new Error('This process shuts down.'));
  }

  async process(job: Job<TransferJob>, token?: string): Promise<void> {
    try {
      if (job.data.step === 'watch') await this.watch();
      else await this.inShare(job, job.data, token);
    } catch (error) {
      if (this.shutdown.signal.aborted && !(error instanceof DelayedError)) await this.putBack(job, 0, token);
      throw error;
    }
  }

  /** A step of an account that has its share of this process goes back, for another process or a little later. */
  private async inShare(job: Job, data: Exclude<TransferJob, { step: 'watch' }>, token?: string): Promise<void> {
    const { account } = data;
    if (account === undefined) return this.traced(job, data, token); // queued by an earlier version
    if (!this.share.begin(account)) return this.putBack(job, this.share.holdBack(account, job, Date.now()), token);
    try {
      await this.queue.begun(data);
      await this.traced(job, data, token);
    } finally {
      // Where it is too early or too late for that, the job returns, or has returned, in its time.
      void this.share
        .end(account, Date.now())
        ?.promote()
        .catch((error: unknown) => this.log.debug(error, 'A step that was held back returns later.'));
    }
  }

  /** What a step asks of Google belongs to it, and it to the request that asked for it. */
  private async traced(job: Job, data: Exclude<TransferJob, { step: 'watch' }>, token?: string): Promise<void> {
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

  private async take(job: Job, data: Exclude<TransferJob, { step: 'watch' }>, token?: string): Promise<void> {
    const ledger = await this.transfers.find(data.transferId);
    if (!ledger) return; // expired, or a job of another time
    const { id } = ledger.order;
    const { signal } = this.shutdown;
    const transfer = this.transferOf(ledger);
    try {
      if (data.step === 'plan') {
        await this.claims.hold(ledger.order);
        await transfer.plan(signal);
        if ((await ledger.state()) === 'running') await this.queueCopies(ledger);
      } else if (data.step === 'copy') {
        await transfer.copy(data.from, signal, async () => {
          if ((await ledger.state()) === 'running')
            await this.queue.copyNext(ledger.order, data.from, data.stride, (await ledger.snapshot()).found);
        });
      } else {
        // Running steps notice that they must stop; until they have, nothing may restart.
        const isStopping = ['canceling', 'pausing'].includes(await ledger.state());
        if (isStopping && (await this.queue.isWorking(id))) await this.putBack(job, 250, token);
        await transfer.finish(signal);
        this.atHand.delete(id); // a retry, a delta run or an undo begins with shares of its own
      }
    } catch (error) {
      if (signal.aborted || error instanceof DelayedError) throw error;
      const lastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      this.log.warn({ transferId: id, step: data.step, err: error, lastTry }, 'A step of a transfer failed.');
      if (!lastTry) throw error;
      await this.giveUp(ledger, transfer, error);
    }
    if (data.step === 'finish') return;
    const state = await ledger.state();
    if (state === 'pausing' || (state === 'running' && (await ledger.openFiles()) <= 0))
      await this.queue.finish(ledger.order);
  }

  private transferOf(ledger: Ledger): Transfer {
    const { id } = ledger.order;
    const transfer = this.atHand.get(id) ?? this.opened(ledger);
    this.atHand.delete(id);
    this.atHand.set(id, transfer);
    if (this.atHand.size > AT_HAND) this.atHand.delete(this.atHand.keys().next().value!);
    return transfer;
  }

  private opened(ledger: Ledger): Transfer {
    const countSlowDown = () =>
      void ledger.slowedDown().catch((error: unknown) => {
        this.log.warn({ transferId: ledger.order.id, err: error }, 'A slow-down was not counted.');
      });
    return new Transfer(ledger, this.drives.open(ledger.order, countSlowDown));
  }

  /** From the first open item on. The transfers of one account share its lanes, so that nobody crowds out others. */
  private async queueCopies(ledger: Ledger): Promise<void> {
    const [first] = await ledger.ordinals(['waiting', 'copying'], 0, 1);
    if (first === undefined) return;
    const rivals = await this.transfers.openOf(ledger.order.source.sub);
    await this.queue.copyFrom(ledger.order, first, (await ledger.snapshot()).found, rivals);
  }

  /** Google's absence is waited out; a fault of ours ends the transfer, and says so. */
  private async giveUp(ledger: LedgerStates, transfer: Transfer, error: unknown): Promise<void> {
    if (error instanceof CodedError) {
      await ledger.park('waiting_quota', { resumeAt: Date.now() + GOOGLE_PAUSE_MS });
      return;
    }
    const detail = 'CloudMover had a problem. Files are untouched, or copied and listed here.';
    await transfer.fail({ code: 'internal', detail }, this.shutdown.signal);
  }

  private async putBack(job: Job, delayMs: number, token?: string): Promise<never> {
    await job.moveToDelayed(Date.now() + delayMs, token);
    throw new DelayedError();
  }

  /**
   * Looks after the open transfers: wakes the parked, revives those whose jobs are lost, sweeps shares left behind; and
   * after the credentials that nobody needs any more.
   */
  private async watch(): Promise<void> {
    await this.keeper
      .sweep()
      .catch((error: unknown) => this.log.warn(error, 'Unused credentials could not be withdrawn.'));
    const open = await this.transfers.open();
    // Another worker may have closed a transfer, or it expired: its entry here would stay as long as the process.
    const isOpen = new Set(open);
    for (const id of this.seen.keys()) if (!isOpen.has(id)) this.seen.delete(id);
    for (const id of open) {
      try {
        await this.lookAfter(id);
      } catch (error) {
        this.log.warn({ transferId: id, err: error }, 'A transfer could not be looked after.');
      }
    }
  }

  private async lookAfter(id: string): Promise<void> {
    const ledger = await this.transfers.find(id);
    if (!ledger) return this.transfers.close(id);
    const snapshot = await ledger.snapshot();
    const now = Date.now();
    if (TERMINAL_STATES.includes(snapshot.state)) {
      const open = (await ledger.shares()).length;
      if (open > 0 && (await this.opened(ledger).sweep(this.shutdown.signal)) > 0)
        return this.claims.hold(ledger.order);
      this.seen.delete(id);
      this.atHand.delete(id);
      await this.transfers.close(id);
      // It may have been resumed since; then it is still open, and keeps its claims.
      if (TERMINAL_STATES.includes(await ledger.state())) await this.claims.release(ledger.order);
      return;
    }
    const isHeld = isPreflight(ledger.order, snapshot);
    const confirmed = SIDES.filter((side) => !snapshot.unconfirmed.includes(side));
    await this.claims.hold(ledger.order, !isHeld, confirmed);
    const isCounted = isHeld && snapshot.state === 'ready';
    if (!isCounted) await this.transfers.restorePlace(ledger.order, isHeld ? 'preflight' : 'transfer');
    // Both wait for a person.
    if (snapshot.state === 'paused' || isCounted) return;
    if (PARKED_STATES.includes(snapshot.state)) {
      if (await this.resumes(ledger, snapshot, now)) await this.queueNextStep(ledger);
      else if (
        isHeld &&
        now - (snapshot.parked?.since ?? now) > PREFLIGHT_WAITS_MS &&
        (await this.transfers.remove(id))
      )
        await this.claims.release(ledger.order);
      return;
    }
    const seen = this.seen.get(id);
    if (seen?.revision !== snapshot.revision) this.seen.set(id, { revision: snapshot.revision, since: now });
    else if (now - seen.since > LOST_AFTER_MS && !(await this.queue.hasWork(id))) await this.queueNextStep(ledger);
  }

  /**
   * Resumes what is parked, where no person is needed: Google's limit is over, or Google accepts the same consent again
   * that it refused. A new consent may be for another purpose: then only the account's user resumes it.
   */
  private async resumes(ledger: Ledger, snapshot: TransferSnapshot, now: number): Promise<boolean> {
    const { order } = ledger;
    const { parked, resumeAt, unconfirmed } = snapshot;
    const needs = sidesAtWork(order, snapshot);
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
