import { Global, Module } from '@nestjs/common';
import { MailAnnouncer } from './mail/mail-announcer.js';
import { MailQueueModule } from './mail/mail.module.js';
import { TransferAnnouncer } from './transfers/transfer-announcer.js';
import { WebhookAnnouncer } from './webhooks/webhook-announcer.js';
import { WebhookQueueModule } from './webhooks/webhooks.module.js';

/** Connects transfers to what reports them; neither knows the other. Global, so that the worker of transfers has it. */
@Global()
@Module({
  imports: [MailQueueModule, WebhookQueueModule],
  providers: [
    {
      provide: TransferAnnouncer,
      inject: [WebhookAnnouncer, MailAnnouncer],
      useFactory: (...listeners: [WebhookAnnouncer, MailAnnouncer]) => new TransferAnnouncer(listeners),
    },
  ],
  exports: [TransferAnnouncer],
})
export class AnnouncementsModule {}
