import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
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

  @Get('live')
  @ApiOperation({
    summary: 'Whether the process runs',
    description: 'Checks nothing else: restart it when this fails.',
  })
  live(): HealthDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Whether it can serve',
    description:
      '503 while Redis or the queue is not responding, and once the process is stopping; `errors` names what is not ready.',
  })
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

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({
    summary: 'Figures for Prometheus',
    description: 'With `METRICS_KEY` as `Authorization: Bearer`; only outside of production they are open without one.',
  })
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

  @Get('api/about')
  @ApiOperation({ summary: 'Version, limits, and whether Google is a sandbox' })
  @ApiProblems()
  about(): AboutDto {
    return this.installation.about();
  }
}
