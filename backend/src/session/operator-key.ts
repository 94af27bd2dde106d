import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { RateLimits } from '../http/rate-limits.js';
import { countFor } from '../http/throttle.guard.js';
import { AuditLog } from '../insight/audit.port.js';
import { KeyScopeMissingError, OperatorKeyNeededError, OperatorKeyRefusedError } from './errors.js';
import { IssuedKeys } from './issued-keys.js';
import type { KeyScope, MachineKey, OperatorSession } from './issued-keys.port.js';
import { isSameSecret } from './same-secret.js';

/**
 * How often reads of a page that polls are audited: otherwise they would push all other entries out of the audit log.
 */
const POLLED_MS = 10 * 60_000;

/** What an endpoint of the operator accepts besides the operator key. */
export interface OperatorRule {
  /** A page polls it, so the operator's reads are audited once in ten minutes. */
  readonly polled?: boolean;
  /** Machine keys with this scope; without it, none. */
  readonly scope?: KeyScope;
  /** Nothing else, not even an operator session: what it creates gives access for longer than the session. */
  readonly keyOnly?: boolean;
}

/** Who called an endpoint of the operator. */
export interface Operator {
  /** For the audit log. */
  readonly actor: 'operator' | `key:${string}`;
  /** The operator session that was used, if any. */
  readonly sessionId?: string;
}

const OPERATOR = Symbol('operator');
type OperatorRequest = FastifyRequest & { [OPERATOR]?: Operator };

/** Who called, at an endpoint that the operator may call; undefined for an account. */
export const CurrentOperator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Operator | undefined =>
    context.switchToHttp().getRequest<OperatorRequest>()[OPERATOR],
);

/** The operator's credentials, all in `X-Operator-Key`: the operator key, operator sessions and machine keys. */
@Injectable()
export class OperatorKey {
  private readonly notedAt = new Map<string, number>();

  constructor(
    @InjectConfig('general') private readonly general: Config['general'],
    private readonly limits: RateLimits,
    private readonly audit: AuditLog,
    private readonly issued: IssuedKeys,
  ) {}

  /**
   * Checks a request's key, counts the request, and audits reads, and uses of machine keys.
   * @throws OperatorKeyRefusedError if the key is unknown or has ended, or no operator key is configured;
   *   TooManyRequestsError after too many of these; KeyScopeMissingError; OperatorKeyNeededError;
   *   StoreUnavailableError if an issued key can't be read, or a wrong one can't be counted
   */
  async admit(request: FastifyRequest, rule: OperatorRule = {}): Promise<true> {
    const { method, ip, headers, routeOptions } = request;
    // The route's pattern, without ids.
    const object = `${method} ${routeOptions.url ?? ''}`;
    const key = await this.identify(headers['x-operator-key'], ip, object);
    if (key !== 'operator key' && key.kind === 'machine') return this.admitMachine(request, key, object, rule.scope);
    if (rule.keyOnly && key !== 'operator key') {
      await this.limits.take('address', ip);
      throw new OperatorKeyNeededError();
    }
    countFor(request, `operator ${ip}`);
    const sessionId = key === 'operator key' ? undefined : key.id;
    (request as OperatorRequest)[OPERATOR] = { actor: 'operator', ...(sessionId && { sessionId }) };
    const now = performance.now();
    if (method !== 'GET' || (rule.polled && now - (this.notedAt.get(object) ?? -Infinity) < POLLED_MS)) return true;
    this.notedAt.set(object, now);
    this.audit.record({ actor: 'operator', action: 'operator.read', object, outcome: 'done' });
    return true;
  }

  /**
   * The operator key always works, however many wrong ones the same address sent, and needs no store. Wrong keys are
   * counted and audited; those beyond the limit are refused without an audit entry. The operator key has at least 32
   * characters, the others 256 random bits, so they can't be guessed.
   */
  private async identify(
    presented: unknown,
    address: string,
    object: string,
  ): Promise<'operator key' | MachineKey | OperatorSession> {
    const { operatorKey } = this.general;
    if (operatorKey && isSameSecret(presented, operatorKey)) return 'operator key';
    // Without an operator key, the operator's endpoints are closed.
    const issued = operatorKey ? await this.issued.ofText(presented) : undefined;
    if (issued) return issued;
    await this.limits.take('operator-key', address);
    const refusal = new OperatorKeyRefusedError();
    this.audit.record({ actor: 'unknown', action: 'operator.key_refused', object, outcome: refusal.code });
    throw refusal;
  }

  private async admitMachine(
    request: FastifyRequest,
    key: MachineKey,
    object: string,
    scope?: KeyScope,
  ): Promise<true> {
    const actor = `key:${key.id}` as const;
    const refusal = scope && key.scopes.includes(scope) ? undefined : new KeyScopeMissingError(scope, key.scopes);
    // What is refused here is not counted after the check.
    if (refusal) await this.limits.take('address', request.ip);
    this.audit.record({ actor, action: 'key.used', object, outcome: refusal?.code ?? 'done' });
    if (refusal) throw refusal;
    countFor(request, actor);
    (request as OperatorRequest)[OPERATOR] = { actor };
    return true;
  }
}
