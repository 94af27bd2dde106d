import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { countFor, SessionThrottlerGuard, Unthrottled } from '../http/throttle.guard.js';
import { ApiProblems } from '../http/api-problems.js';
import { AuditLog } from '../insight/audit.port.js';
import { OperatorKey, routeOf } from './operator-key.js';

const POLLED = 'cloudmover:polled';
/** A page that asks every few seconds is one reader, and would push everything else out of the audit log. */
const POLLED_MS = 10 * 60_000;

/** Lets a request pass that brings the operator key, and notes that. */
@Injectable()
export class OperatorGuard implements CanActivate {
  private readonly notedAt = new Map<string, number>();

  constructor(
    private readonly key: OperatorKey,
    private readonly audit: AuditLog,
    private readonly reflector: Reflector,
  ) {}

  /** @throws what OperatorKey throws */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const object = routeOf(request);
    await this.key.check(request.headers['x-operator-key'], request.ip, object);
    countFor(request, `operator ${request.ip}`);
    const isPolled = this.reflector.get<boolean>(POLLED, context.getHandler());
    const now = Date.now();
    if (isPolled && now - (this.notedAt.get(object) ?? 0) < POLLED_MS) return true;
    this.notedAt.set(object, now);
    if (request.method === 'GET')
      this.audit.record({ actor: 'operator', action: 'operator.read', object, outcome: 'done' });
    return true;
  }
}

/**
 * Guards an operator's endpoint, and documents it. Each read is audited.
 * @param polled a page asks it again and again: it is audited once in ten minutes
 */
export function OperatorOnly({ polled = false } = {}): MethodDecorator {
  return applyDecorators(
    // Behind the key: what others do from the operator's address must not lock the operator out.
    UseGuards(OperatorGuard, SessionThrottlerGuard),
    Unthrottled(),
    SetMetadata(POLLED, polled),
    ApiSecurity('operator'),
    ApiHeader({ name: 'X-Operator-Key', required: true, description: 'The value of `OPERATOR_KEY`.' }),
    ApiProblems('invalid_request', 'operator_key_refused'),
  );
}
