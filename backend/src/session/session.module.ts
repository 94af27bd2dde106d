import { Global, Module } from '@nestjs/common';
import { CallerService } from './caller.service.js';
import { IssuedKeys } from './issued-keys.js';
import { KeysController } from './keys.controller.js';
import { OperatorGuard } from './operator.guard.js';
import { OperatorKey } from './operator-key.js';
import { SessionController } from './session.controller.js';
import { SessionLists } from './session-lists.js';
import { SessionService } from './session.service.js';

/** Sessions, and the providers that the guard of every endpoint needs. */
@Global()
@Module({
  controllers: [KeysController, SessionController],
  providers: [SessionService, SessionLists, CallerService, IssuedKeys, OperatorKey, OperatorGuard],
  exports: [SessionService, CallerService, IssuedKeys, OperatorKey, OperatorGuard],
})
export class SessionModule {}
