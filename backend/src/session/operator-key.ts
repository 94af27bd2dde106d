import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { RateLimits } from '../http/rate-limits.js';
import { AuditLog } from '../insight/audit.port.js';
import { OperatorKeyRefusedError } from './errors.js';
import { isSameSecret } from './same-secret.js';

/** The key that opens the operator's endpoints. */
@Injectable()
export class OperatorKey {
  constructor(
    private readonly config: Config,
    private readonly limits: RateLimits,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Each attempt is counted before it is looked at, and given back when it was right: whoever guesses too often does not
   * learn of a good guess.
   * A wrong one is audited; those beyond the limit are not, as they would push all else out of the audit log.
   * @param address the client's
   * @param route what it was to open, such as `GET /session/active`
   * @throws OperatorKeyRefusedError when the key is wrong, or none is configured; TooManyRequestsError after too many
   *   wrong ones; StoreUnavailableError when they cannot be counted
   */
  async check(presented: unknown, address: string, route: string): Promise<void> {
    await this.limits.take('operator-key', address);
    const { operatorKey } = this.config;
    if (!operatorKey || !isSameSecret(presented, operatorKey)) {
      const refusal = new OperatorKeyRefusedError();
      this.audit.record({ actor: 'unknown', action: 'operator.key_refused', object: route, outcome: refusal.code });
      throw refusal;
    }
    await this.limits.take('operator-key', address, -1);
  }
}

/** How the audit log names what an operator asks for: by its pattern, without ids. */
export function routeOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${routeOptions.url ?? ''}`;
}
