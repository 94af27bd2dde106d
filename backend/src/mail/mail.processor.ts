import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import { Insight } from '../insight/insight.js';
import { MailError } from './mail-sender.js';
import type { MailJob } from './mail-outbox.port.js';
import { MAIL_QUEUE, MAX_ATTEMPTS, MailQueue, pauseAfter } from './mail.queue.js';
import { TransferMailer } from './transfer-mailer.js';

/** Mails that one process sends at the same time; few, so that it opens few connections to the server. */
const CONCURRENCY = 4;
/** How often workers may die over a mail before it is given up. */
const MAX_STALLS = 10;
/** How long (ms) a mail may take that is being sent when the process stops: the server may have accepted it already. */
const LAST_MS = 5_000;
/** How often (ms) each worker looks for mails that the queue has lost. */
const SWEEP_EVERY_MS = 10_000;

/** Sends the queued mails. */
@Processor(MAIL_QUEUE, {
  concurrency: CONCURRENCY,
  maxStalledCount: MAX_STALLS,
  autorun: false,
  settings: { backoffStrategy: (attempts) => pauseAfter(attempts) },
})
export class MailProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(MailProcessor.name);
  private readonly shutdown = new AbortController();
  private sweepTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly mailer: TransferMailer,
    private readonly insight: Insight,
    private readonly queue: MailQueue,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.worker.on('error', (error) => this.log.warn(`The worker has no connection to Redis: ${error.message}`));
    this.worker.run().catch((error: unknown) => this.log.error(error, 'The worker stopped.'));
    this.sweepTimer = setInterval(() => {
      this.queue
        .sweep(Date.now())
        .catch((error: unknown) => this.log.warn(error, 'Could not check for mails that the queue has lost.'));
    }, SWEEP_EVERY_MS);
  }

  /** Gives mails in progress a moment; then they return to the queue for another process. */
  beforeApplicationShutdown(): void {
    clearInterval(this.sweepTimer);
    setTimeout(() => this.shutdown.abort(new Error('This process is shutting down.')), LAST_MS).unref();
  }

  async process(job: Job<MailJob>, token?: string): Promise<void> {
    try {
      if (await this.mailer.send(job.data, this.shutdown.signal)) this.insight.mailed('sent');
    } catch (error) {
      if (this.shutdown.signal.aborted) {
        await job.moveToDelayed(Date.now(), token);
        throw new DelayedError();
      }
      this.report(job, error);
      if (error instanceof MailError && error.isFinal) throw new UnrecoverableError(error.message);
      throw error;
    }
  }

  /** Logs a failure, without the address. */
  private report({ data, attemptsMade }: Job<MailJob>, error: unknown): void {
    const { transferId } = data;
    if (!(error instanceof MailError)) {
      this.log.warn({ transferId, err: error }, 'An attempt to send a mail failed in CloudMover.');
      return;
    }
    const { failure, status, isFinal } = error;
    const givenUp = isFinal || attemptsMade + 1 >= MAX_ATTEMPTS;
    this.insight.mailed(givenUp ? 'given_up' : 'failed');
    this.log.warn({ transferId, failure, status, givenUp }, 'The mail server did not accept a mail.');
  }
}
