import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';
import { HealthController, OperationsController } from './operations.controller.js';

@Module({ controllers: [HealthController] })
export class HealthModule {}

@Global()
@Module({ imports: [HealthModule], controllers: [OperationsController], providers: [Metrics], exports: [Metrics] })
export class OperationsModule {}
