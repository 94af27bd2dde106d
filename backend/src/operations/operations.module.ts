import { Global, Module } from '@nestjs/common';
import { AnalyticsController } from './analytics.controller.js';
import { AnalyticsService } from './analytics.service.js';
import { AuditController } from './audit.controller.js';
import { HealthController, OperationsController } from './operations.controller.js';

@Module({ controllers: [HealthController] })
export class HealthModule {}

@Global()
@Module({
  imports: [HealthModule],
  controllers: [OperationsController, AnalyticsController, AuditController],
  providers: [AnalyticsService],
})
export class OperationsModule {}
