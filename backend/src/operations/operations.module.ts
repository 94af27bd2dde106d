import { Global, Module } from '@nestjs/common';
import { AboutService } from './about.service.js';
import { AnalyticsController } from './analytics.controller.js';
import { AnalyticsService } from './analytics.service.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { Gauges } from './gauges.js';
import { HealthController, MetricsController, OperationsController } from './operations.controller.js';
import { Readiness } from './readiness.js';

/** The endpoints that a worker serves too. */
@Module({ controllers: [HealthController, MetricsController], providers: [Gauges, Readiness], exports: [Readiness] })
export class HealthModule {}

@Global()
@Module({
  imports: [HealthModule],
  controllers: [OperationsController, AnalyticsController, AuditController],
  providers: [AboutService, AnalyticsService, AuditService],
})
export class OperationsModule {}
