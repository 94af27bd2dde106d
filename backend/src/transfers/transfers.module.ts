import { BullModule } from '@nestjs/bullmq';
import { Global, Module } from '@nestjs/common';
import { QueueProbe } from '../insight/queue-probe.port.js';
import { Consents } from '../session/consents.port.js';
import { PreflightsController } from './preflights.controller.js';
import { PreflightsService } from './preflights.service.js';
import { PollCache } from './poll-cache.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferCommands } from './transfer-commands.js';
import { TransferConsents } from './transfer-consents.js';
import { TransferFileController } from './transfer-file.controller.js';
import { TransferLimits } from './transfer-limits.js';
import { TransfersController } from './transfers.controller.js';
import { WorkerHeartbeat } from './worker-heartbeat.js';
import { TransfersProcessor } from './transfers.processor.js';
import { TransferQueue, TRANSFERS_QUEUE } from './transfers.queue.js';
import { TransfersService } from './transfers.service.js';

/** Global for QueueProbe and Consents: who watches the queue, or ends sessions, need not know transfers. */
@Global()
@Module({
  imports: [BullModule.registerQueue({ name: TRANSFERS_QUEUE })],
  providers: [
    TransferQueue,
    TransferClaims,
    { provide: QueueProbe, useExisting: TransferQueue },
    { provide: Consents, useClass: TransferConsents },
  ],
  exports: [TransferQueue, TransferClaims, QueueProbe, Consents],
})
class TransferQueueModule {}

/** The endpoints. TransferStore comes from a global adapter module. */
@Module({
  imports: [TransferQueueModule],
  controllers: [TransfersController, PreflightsController, TransferFileController],
  providers: [TransfersService, TransferCommands, TransferLimits, PreflightsService, PollCache],
})
export class TransfersModule {}

/** The worker. TransferStore and DriveOpener come from global adapter modules. */
@Module({ imports: [TransferQueueModule], providers: [TransfersProcessor, WorkerHeartbeat] })
export class TransferWorkerModule {}
