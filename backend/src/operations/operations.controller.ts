import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { Metrics } from '../insight/metrics.js';
import { Unthrottled } from '../http/throttle.guard.js';
import { AboutService } from './about.service.js';
import { MetricsGuard } from './metrics.guard.js';
import { AboutDto, HealthDto } from './operations.dto.js';
import { Readiness } from './readiness.js';

/** Health checks; workers serve them too. */
@ApiTags('operations')
@Unthrottled()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /**
   * Whether the process runs
   * @remarks Checks nothing else. Restart the process if this fails.
   */
  @Get('live')
  checkLiveness(): HealthDto {
    return { status: 'ok' };
  }

  /**
   * Whether the process can serve requests
   * @remarks Returns 503 while Redis or the queue is not responding, and when the process is stopping; `errors` lists
   *   what is not ready.
   */
  @Get('ready')
  @ApiProblems()
  checkReadiness(): Promise<HealthDto> {
    return this.readiness.check();
  }
}

/** Metrics of this process and, read on request, of the whole installation. Workers serve them too. */
@ApiTags('operations')
@Unthrottled()
@UseGuards(MetricsGuard)
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /**
   * Metrics for Prometheus
   * @remarks Send `METRICS_KEY` as `Authorization: Bearer`. Without a configured key they are open, except in
   *   production.
   */
  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiProblems('metrics_key_refused')
  @ApiProduces('text/plain')
  getMetrics(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}

@ApiTags('operations')
@Controller()
export class OperationsController {
  constructor(private readonly installation: AboutService) {}

  /**
   * Version, limits, and whether Google is a sandbox
   * @remarks Needs no token.
   */
  @Get('api/about')
  @ApiProblems()
  getAbout(): AboutDto {
    return this.installation.about();
  }
}
