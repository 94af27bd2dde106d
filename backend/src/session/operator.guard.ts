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
import { OperatorKey, type OperatorRule } from './operator-key.js';

const RULE = 'cloudmover:operator-rule';

/** Requires the operator key, or what the endpoint's rule accepts instead. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(
    private readonly key: OperatorKey,
    private readonly reflector: Reflector,
  ) {}

  /** @throws what `OperatorKey` throws */
  canActivate(context: ExecutionContext): Promise<boolean> {
    return this.key.admit(context.switchToHttp().getRequest(), this.reflector.get(RULE, context.getHandler()));
  }
}

/** Guards an operator's endpoint, and documents what it accepts. Each read is audited. */
export function OperatorOnly(rule: OperatorRule = {}): MethodDecorator {
  const { scope, keyOnly } = rule;
  const accepted = [
    'The operator key (`OPERATOR_KEY`)',
    ...(keyOnly ? [] : ['the token of an operator session']),
    ...(scope ? [`a machine key with the scope \`${scope}\``] : []),
  ];
  return applyDecorators(
    // Counted after the key is checked, so that others at the operator's address can't lock the operator out.
    UseGuards(OperatorGuard, SessionThrottlerGuard),
    Unthrottled(),
    SetMetadata(RULE, rule),
    ApiSecurity('operator'),
    ApiHeader({ name: 'X-Operator-Key', required: true, description: `${accepted.join(', or ')}.` }),
    ApiProblems(
      'invalid_request',
      'operator_key_refused',
      'key_scope_missing',
      ...(keyOnly ? (['operator_key_needed'] as const) : []),
    ),
  );
}
