import { BullModule } from '@nestjs/bullmq';
import { Global, Module } from '@nestjs/common';
import { QueueProbe } from '../insight/queue-probe.port.js';
import { AccountWork } from '../session/account-work.port.js';
import { CopiesController } from './copies.controller.js';
import { CopyLookup } from './copy-lookup.js';
import { PeopleMapController } from './people-map.controller.js';
import { PreflightsController } from './preflights.controller.js';
import { PreflightsService } from './preflights.service.js';
import { PollCache } from './poll-cache.js';
import { ScheduledRuns } from './scheduled-runs.js';
import { ScheduleListController, SchedulesController } from './schedules.controller.js';
import { SchedulesService } from './schedules.service.js';
import { TransferAccountWork } from './transfer-account-work.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferCommands } from './transfer-commands.js';
import { TransferContents } from './transfer-contents.js';
import { TransferContentsController } from './transfer-contents.controller.js';
import { TransferFileController } from './transfer-file.controller.js';
import { TransferFileService } from './transfer-file.service.js';
import { TransferLimits } from './transfer-limits.js';
import { TransferLookup } from './transfer-lookup.js';
import { TransferUpdates } from './transfer-updates.js';
import { TransfersController } from './transfers.controller.js';
import { WorkerHeartbeat } from './worker-heartbeat.js';
import { TransfersProcessor } from './transfers.processor.js';
import { dueAfter, TransferQueue, TRANSFERS_QUEUE } from './transfers.queue.js';
import { TransfersService } from './transfers.service.js';

/** Global, so that QueueProbe and AccountWork are available to modules that don't know transfers. */
@Global()
@Module({
  imports: [BullModule.registerQueue({ name: TRANSFERS_QUEUE, settings: { repeatStrategy: dueAfter } })],
  providers: [
    TransferQueue,
    TransferClaims,
    TransferLimits,
    { provide: QueueProbe, useExisting: TransferQueue },
    { provide: AccountWork, useClass: TransferAccountWork },
  ],
  exports: [TransferQueue, TransferClaims, TransferLimits, QueueProbe, AccountWork],
})
class TransferQueueModule {}

/** The endpoints. TransferStore comes from a global adapter module. */
@Module({
  imports: [TransferQueueModule],
  controllers: [
    TransfersController,
    TransferContentsController,
    ScheduleListController,
    SchedulesController,
    PreflightsController,
    PeopleMapController,
    TransferFileController,
    CopiesController,
  ],
  providers: [
    TransfersService,
    TransferLookup,
    TransferContents,
    TransferUpdates,
    TransferFileService,
    TransferCommands,
    CopyLookup,
    SchedulesService,
    PreflightsService,
    PollCache,
  ],
})
export class TransfersModule {}

/** The worker. TransferStore and DriveOpener come from global adapter modules. */
@Module({ imports: [TransferQueueModule], providers: [TransfersProcessor, ScheduledRuns, WorkerHeartbeat] })
export class TransferWorkerModule {}
