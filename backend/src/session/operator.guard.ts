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
import { SessionThrottlerGuard, Unthrottled } from '../http/throttle.guard.js';
import { ApiProblems } from '../http/api-problems.js';
import { OperatorKey } from './operator-key.js';

const POLLED = 'cloudmover:polled';

/** Requires the operator key. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(
    private readonly key: OperatorKey,
    private readonly reflector: Reflector,
  ) {}

  /** @throws what `OperatorKey` throws */
  canActivate(context: ExecutionContext): Promise<boolean> {
    return this.key.admit(context.switchToHttp().getRequest(), this.reflector.get(POLLED, context.getHandler()));
  }
}

/**
 * Guards an operator's endpoint, and documents it. Each read is audited.
 * @param polled a page polls it, so it is audited once in ten minutes
 */
export function OperatorOnly({ polled = false } = {}): MethodDecorator {
  return applyDecorators(
    // Counted after the key is checked, so that others at the operator's address can't lock the operator out.
    UseGuards(OperatorGuard, SessionThrottlerGuard),
    Unthrottled(),
    SetMetadata(POLLED, polled),
    ApiSecurity('operator'),
    ApiHeader({ name: 'X-Operator-Key', required: true, description: 'The value of `OPERATOR_KEY`.' }),
    ApiProblems('invalid_request', 'operator_key_refused'),
  );
}
