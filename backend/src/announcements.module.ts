import { Global, Module } from '@nestjs/common';
import { TransferAnnouncer } from './transfers/transfer-announcer.js';
import { WebhookAnnouncer } from './webhooks/webhook-announcer.js';
import { WebhookQueueModule } from './webhooks/webhooks.module.js';

/** Connects transfers to what reports them; neither knows the other. Global, so that the worker of transfers has it. */
@Global()
@Module({
  imports: [WebhookQueueModule],
  providers: [
    {
      provide: TransferAnnouncer,
      inject: [WebhookAnnouncer],
      useFactory: (webhooks: WebhookAnnouncer) => new TransferAnnouncer([webhooks]),
    },
  ],
  exports: [TransferAnnouncer],
})
export class AnnouncementsModule {}
