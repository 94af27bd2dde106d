import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { configOf } from '../config/config.module.js';
import { AuditLog } from '../insight/audit.port.js';
import { Insight } from '../insight/insight.js';
import { WebhookAnnouncer } from './webhook-announcer.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhookStore } from './webhooks.port.js';
import { WebhooksProcessor } from './webhooks.processor.js';
import { WebhookQueue, WEBHOOKS_QUEUE } from './webhooks.queue.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [BullModule.registerQueue({ name: WEBHOOKS_QUEUE })],
  providers: [
    WebhookQueue,
    WebhookAnnouncer,
    {
      provide: WebhookSender,
      inject: [configOf('webhooks')],
      useFactory: (config: Config['webhooks']) => new WebhookSender(config),
    },
  ],
  exports: [WebhookQueue, WebhookAnnouncer, WebhookSender],
})
export class WebhookQueueModule {}

/** The endpoints. WebhookStore comes from a global adapter module. */
@Module({ imports: [WebhookQueueModule], controllers: [WebhooksController], providers: [WebhooksService] })
export class WebhooksModule {}

/** The worker. WebhookStore comes from a global adapter module. */
@Module({
  imports: [WebhookQueueModule],
  providers: [
    WebhooksProcessor,
    {
      provide: WebhookDeliveries,
      inject: [WebhookStore, WebhookSender, AuditLog, Insight],
      useFactory: (store: WebhookStore, sender: WebhookSender, audit: AuditLog, insight: Insight) =>
        new WebhookDeliveries(store, sender, audit, insight, Date),
    },
  ],
})
export class WebhookWorkerModule {}
