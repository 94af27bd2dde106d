import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { JobsOptions, Queue } from 'bullmq';
import type { DueDelivery } from './webhooks.port.js';

export const WEBHOOKS_QUEUE = 'webhooks';

/** `sweep`: look for what no other job knows of. Jobs contain no address and no secret. */
export type WebhookJob = { readonly step: 'sweep' } | ({ readonly step: 'deliver' } & DueDelivery);

/** How often one worker sweeps (ms). */
export const SWEEP_EVERY_MS = 5_000;

// The store has all results, and the sweep queues again what was lost.
const OPTIONS: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

/** The queued attempts of all deliveries. */
@Injectable()
export class WebhookQueue {
  private readonly log = new Logger(WebhookQueue.name);

  constructor(@InjectQueue(WEBHOOKS_QUEUE) private readonly queue: Queue<WebhookJob>) {
    // Each call reports its own failure; without a listener, errors of the connection would go to the console.
    queue.on('error', (error) => this.log.warn(`The queue has no connection to Redis: ${error.message}`));
  }

  /** Queues attempts for when they are due. Repeating it has no effect. */
  async add(deliveries: readonly DueDelivery[]): Promise<void> {
    const now = Date.now();
    await this.queue.addBulk(
      deliveries.map((due) => ({
        name: 'deliver',
        data: { step: 'deliver' as const, ...due },
        opts: {
          ...OPTIONS,
          delay: Math.max(0, due.dueAt - now),
          jobId: `${due.webhookId}-${due.id}-${due.dueAt}`,
        },
      })),
    );
  }

  /** The same without waiting; if it fails, the sweep does it. */
  soon(due: DueDelivery): void {
    this.add([due]).catch((error: unknown) => this.log.debug(error, 'Could not queue a delivery; the sweep will.'));
  }

  /** Schedules the sweep, if it is not scheduled. */
  async scheduleSweep(): Promise<void> {
    if (await this.queue.getJobScheduler('sweep')) return;
    await this.queue.upsertJobScheduler(
      'sweep',
      { every: SWEEP_EVERY_MS },
      { name: 'sweep', data: { step: 'sweep' }, opts: OPTIONS },
    );
  }
}
