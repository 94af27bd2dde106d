import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { Metrics } from '../insight/metrics.js';
import { Unthrottled } from '../http/throttle.guard.js';
import { AboutService } from './about.service.js';
import { MetricsGuard } from './metrics.guard.js';
import { AboutDto, HealthDto } from './operations.dto.js';
import { Readiness } from './readiness.js';

/** Whether the process and its store work. Served by workers too. */
@ApiTags('operations')
@Unthrottled()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /**
   * Whether the process runs
   * @remarks Checks nothing else: restart it when this fails.
   */
  @Get('live')
  live(): HealthDto {
    return { status: 'ok' };
  }

  /**
   * Whether it can serve
   * @remarks 503 while Redis or the queue is not responding, and once the process is stopping; `errors` names what is
   * not ready.
   */
  @Get('ready')
  @ApiProblems()
  ready(): Promise<HealthDto> {
    return this.readiness.check();
  }
}

/** Figures of this process and, read on request, of the whole installation. Served by workers too. */
@ApiTags('operations')
@Unthrottled()
@UseGuards(MetricsGuard)
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /**
   * Figures for Prometheus
   * @remarks With `METRICS_KEY` as `Authorization: Bearer`; only outside of production they are open without one.
   */
  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiProblems('metrics_key_refused')
  @ApiProduces('text/plain')
  readMetrics(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}

@ApiTags('operations')
@Controller()
export class OperationsController {
  constructor(private readonly installation: AboutService) {}

  /** Version, limits, and whether Google is a sandbox */
  @Get('api/about')
  @ApiProblems()
  about(): AboutDto {
    return this.installation.about();
  }
}
