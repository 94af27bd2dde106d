import { Global, Module } from '@nestjs/common';
import { OperatorKey } from './operator-key.js';
import { SessionController } from './session.controller.js';
import { SessionService } from './session.service.js';

/** Sessions, and what the guard on every endpoint needs. */
@Global()
@Module({
  controllers: [SessionController],
  providers: [SessionService, OperatorKey],
  exports: [SessionService, OperatorKey],
})
export class SessionModule {}
