import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { RateLimits } from '../http/rate-limits.js';
import { isSameSecret } from '../session/same-secret.js';
import { MetricsKeyRefusedError } from './errors.js';

/**
 * Requires METRICS_KEY for the metrics; if it is not set they are open, but closed in production. A correct key needs
 * no Redis, because metrics matter most while Redis is unreachable.
 */
@Injectable()
export class MetricsGuard implements CanActivate {
  constructor(
    @InjectConfig('general') private readonly general: Config['general'],
    private readonly limits: RateLimits,
  ) {}

  /** @throws MetricsKeyRefusedError; TooManyRequestsError after too many wrong keys from one address */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { metricsKey, production } = this.general;
    if (!metricsKey && !production) return true;
    const { headers, ip } = context.switchToHttp().getRequest<FastifyRequest>();
    const presented = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    if (metricsKey && isSameSecret(presented, metricsKey)) return true;
    await this.limits.take('address', ip);
    throw new MetricsKeyRefusedError(metricsKey !== undefined);
  }
}
