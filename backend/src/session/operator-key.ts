import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { RateLimits } from '../http/rate-limits.js';
import { countFor } from '../http/throttle.guard.js';
import { AuditLog } from '../insight/audit.port.js';
import { OperatorKeyRefusedError } from './errors.js';
import { isSameSecret } from './same-secret.js';

/** A page that asks every few seconds is one reader, and would push everything else out of the audit log. */
const POLLED_MS = 10 * 60_000;

/** The key that opens the operator's endpoints. */
@Injectable()
export class OperatorKey {
  private readonly notedAt = new Map<string, number>();

  constructor(
    @InjectConfig('general') private readonly general: Config['general'],
    private readonly limits: RateLimits,
    private readonly audit: AuditLog,
  ) {}

  /**
   * The correct key always works, however many wrong ones came from the same address, and needs no store. Wrong ones are
   * counted and audited; those beyond the limit are refused without a trace in the audit log. They cannot be guessed: a
   * key has at least 32 characters.
   * @param address the client's
   * @param route what it was to open, such as `GET /session/active`
   * @throws OperatorKeyRefusedError when the key is wrong, or none is configured; TooManyRequestsError after too many
   *   wrong ones; StoreUnavailableError when they cannot be counted
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
   * Lets a request pass that presents the key, counts it, and audits reads.
   * @param isPolled a page repeats it: it is audited once in ten minutes
   * @throws what `check` throws
   */
  async admit(request: FastifyRequest, isPolled = false): Promise<true> {
    const { method, ip, headers, routeOptions } = request;
    // By its pattern, without ids.
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
