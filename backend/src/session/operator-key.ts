import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { RateLimits } from '../http/rate-limits.js';
import { countFor } from '../http/throttle.guard.js';
import { AuditLog } from '../insight/audit.port.js';
import { OperatorKeyRefusedError } from './errors.js';
import { isSameSecret } from './same-secret.js';

/**
 * How often reads of a page that polls are audited: otherwise they would push all other entries out of the audit log.
 */
const POLLED_MS = 10 * 60_000;

/** The key for the operator's endpoints. */
@Injectable()
export class OperatorKey {
  private readonly notedAt = new Map<string, number>();

  constructor(
    @InjectConfig('general') private readonly general: Config['general'],
    private readonly limits: RateLimits,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Checks a key. The correct key always works, however many wrong ones the same address sent, and needs no store.
   * Wrong keys are counted and audited; those beyond the limit are refused without an audit entry. A key has at least
   * 32 characters, so it can't be guessed.
   * @param address the client's
   * @param route the requested endpoint, such as `GET /session/active`
   * @throws OperatorKeyRefusedError if the key is wrong, or none is configured; TooManyRequestsError after too many
   *   wrong ones; StoreUnavailableError if they can't be counted
   */
  async check(presented: unknown, address: string, route: string): Promise<void> {
    const { operatorKey } = this.general;
    if (operatorKey && isSameSecret(presented, operatorKey)) return;
    await this.limits.take('operator-key', address);
    const refusal = new OperatorKeyRefusedError();
    this.audit.record({ actor: 'unknown', action: 'operator.key_refused', object: route, outcome: refusal.code });
    throw refusal;
  }

  /**
   * Checks a request's key, counts the request, and audits reads.
   * @param isPolled a page polls it, so it is audited once in ten minutes
   * @throws what `check` throws
   */
  async admit(request: FastifyRequest, isPolled = false): Promise<true> {
    const { method, ip, headers, routeOptions } = request;
    // The route's pattern, without ids.
    const object = `${method} ${routeOptions.url ?? ''}`;
    await this.check(headers['x-operator-key'], ip, object);
    countFor(request, `operator ${ip}`);
    const now = Date.now();
    if (method !== 'GET' || (isPolled && now - (this.notedAt.get(object) ?? 0) < POLLED_MS)) return true;
    this.notedAt.set(object, now);
    this.audit.record({ actor: 'operator', action: 'operator.read', object, outcome: 'done' });
    return true;
  }
}
