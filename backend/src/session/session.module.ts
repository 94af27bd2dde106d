import { Global, Module } from '@nestjs/common';
import { CallerService } from './caller.service.js';
import { OperatorGuard } from './operator.guard.js';
import { OperatorKey } from './operator-key.js';
import { SessionController } from './session.controller.js';
import { SessionService } from './session.service.js';

/** Sessions, and the providers that the guard of every endpoint needs. */
@Global()
@Module({
  controllers: [SessionController],
  providers: [SessionService, CallerService, OperatorKey, OperatorGuard],
  exports: [SessionService, CallerService, OperatorKey, OperatorGuard],
})
export class SessionModule {}
