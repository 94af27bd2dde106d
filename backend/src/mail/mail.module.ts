import { BullModule } from '@nestjs/bullmq';
import { type FactoryProvider, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { configOf } from '../config/config.module.js';
import { TransferStore } from '../transfers/transfer-store.port.js';
import { MailAnnouncer } from './mail-announcer.js';
import { MailSender } from './mail-sender.js';
import { MailController } from './mail.controller.js';
import { MailProcessor } from './mail.processor.js';
import { MailService } from './mail.service.js';
import { MAIL_QUEUE, MailQueue } from './mail.queue.js';
import { TransferMailer } from './transfer-mailer.js';
import { UnsubscribeTokens } from './unsubscribe-tokens.js';

/** Null if this installation sends no mail. */
const SENDER: FactoryProvider<MailSender | null> = {
  provide: MailSender,
  inject: [configOf('mail')],
  useFactory: ({ smtp }: Config['mail']) => (smtp ? new MailSender(smtp) : null),
};

@Module({
  imports: [BullModule.registerQueue({ name: MAIL_QUEUE })],
  providers: [
    MailQueue,
    {
      provide: MailAnnouncer,
      inject: [MailQueue, configOf('mail')],
      useFactory: (queue: MailQueue, config: Config['mail']) => new MailAnnouncer(queue, config),
    },
  ],
  exports: [MailAnnouncer, MailQueue],
})
export class MailQueueModule {}

/** The endpoints. TransferStore comes from a global adapter module. */
@Module({ controllers: [MailController], providers: [MailService, UnsubscribeTokens, SENDER] })
export class MailModule {}

/** The worker. TransferStore and MailOutbox come from a global adapter module. */
@Module({
  imports: [MailQueueModule],
  providers: [
    MailProcessor,
    UnsubscribeTokens,
    SENDER,
    {
      provide: TransferMailer,
      inject: [TransferStore, MailSender, UnsubscribeTokens, configOf('http')],
      useFactory: (
        transfers: TransferStore,
        sender: MailSender | null,
        tokens: UnsubscribeTokens,
        http: Config['http'],
      ) => new TransferMailer(transfers, sender ?? undefined, tokens, http),
    },
  ],
})
export class MailWorkerModule {}
