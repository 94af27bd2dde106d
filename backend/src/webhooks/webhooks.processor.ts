import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job } from 'bullmq';
import { FairShare } from '../transfers/fair-share.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookStore } from './webhooks.port.js';
import { type WebhookJob, WebhookQueue, WEBHOOKS_QUEUE } from './webhooks.queue.js';

/** Attempts that one process makes at the same time; a single webhook gets half of them. */
const CONCURRENCY = 64;
/** How often (ms) each worker ensures that the sweep is scheduled, because the queue's keys may be lost. */
const ENSURE_SWEEP_MS = 10_000;
/** Maximum number of deliveries of one webhook that a sweep queues. */
const MAX_SWEPT = 500;

/** Makes the attempts from the queue. Receivers do not delay each other: each webhook gets a share of the process. */
@Processor(WEBHOOKS_QUEUE, { concurrency: CONCURRENCY, autorun: false })
export class WebhooksProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(WebhooksProcessor.name);
  private readonly share = new FairShare(CONCURRENCY, (error) =>
    this.log.debug(error, 'Could not promote an attempt; it returns later.'),
  );
  private readonly shutdown = new AbortController();
  private sweepTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: WebhookStore,
    private readonly deliveries: WebhookDeliveries,
    private readonly queue: WebhookQueue,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    this.worker.on('error', (error) => this.log.warn(`The worker has no connection to Redis: ${error.message}`));
    this.worker.run().catch((error: unknown) => this.log.error(error, 'The worker stopped.'));
    await this.queue.scheduleSweep();
    this.sweepTimer = setInterval(() => {
      this.queue
        .scheduleSweep()
        .catch((error: unknown) => this.log.warn(error, 'Could not schedule the sweep of webhooks.'));
    }, ENSURE_SWEEP_MS);
  }

  /** Stops the attempts in progress; each is due again at once. */
  beforeApplicationShutdown(): void {
    clearInterval(this.sweepTimer);
    this.shutdown.abort(new Error('This process is shutting down.'));
  }

  async process(job: Job<WebhookJob>, token?: string): Promise<void> {
    const { data } = job;
    if (data.step === 'sweep') return this.sweep();
    await this.share.run(data.webhookId, job, token, () => this.attempt(data));
  }

  private async attempt(data: Exclude<WebhookJob, { step: 'sweep' }>): Promise<void> {
    try {
      const next = await this.deliveries.attempt(data, this.shutdown.signal);
      if (next) await this.queue.add([next]);
    } catch (error) {
      // The delivery is due again after its lease; the sweep queues it.
      this.log.warn({ webhookId: data.webhookId, err: error }, 'An attempt to deliver a message failed in CloudMover.');
    }
  }

  /** Finds deliveries without a job. */
  private async sweep(): Promise<void> {
    if (await this.store.isEmpty()) return;
    await this.queue.add(await this.store.due(Date.now(), MAX_SWEPT));
  }
}
