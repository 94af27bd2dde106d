import { Global, Module } from '@nestjs/common';
import { AnalyticsController } from './analytics.controller.js';
import { AnalyticsService } from './analytics.service.js';
import { HealthController, OperationsController } from './operations.controller.js';

@Module({ controllers: [HealthController] })
export class HealthModule {}

@Global()
@Module({
  imports: [HealthModule],
  controllers: [OperationsController, AnalyticsController],
  providers: [AnalyticsService],
})
export class OperationsModule {}
