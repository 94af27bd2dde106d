import {
  applyDecorators,
  createParamDecorator,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ApiHeader, ApiQuery, ApiSecurity } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Side } from '../engine/errors.js';
import { AccountTurnsGuard } from '../http/account-turns.guard.js';
import { ApiProblems } from '../http/api-problems.js';
import { countFor, SessionThrottlerGuard, Unthrottled } from '../http/throttle.guard.js';
import {
  type AccessRule,
  type Caller,
  type Callers,
  CallerService,
  QUERY_TOKENS,
  refusedAccountOf,
  type Requirement,
} from './caller.service.js';

const CALLER = Symbol('caller');
const REQUIREMENT = 'cloudmover:access';
const REFUSED = Symbol('account that was refused');
type GuardedRequest = FastifyRequest & { [CALLER]?: Caller; [REFUSED]?: string | undefined };

/** Requires valid tokens for the right side. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly callers: CallerService) {}

  /** @throws what `CallerService.authenticate` throws */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<GuardedRequest>();
    const requirement = Reflect.getMetadata(REQUIREMENT, context.getHandler()) as Requirement;
    try {
      const caller = await this.callers.authenticate(request, http.getResponse<FastifyReply>(), requirement);
      request[CALLER] = caller;
      const session = caller.sessions[0];
      if (session) countFor(request, session.handle, session.account.sub);
      return true;
    } catch (error) {
      request[REFUSED] = refusedAccountOf(error);
      throw error;
    }
  }
}

/**
 * Guards an endpoint, and documents its tokens and problems.
 * @param rule which tokens it requires
 * @param options `orOperator`: a correct `X-Operator-Key` suffices instead of a token
 */
export function Access(rule: AccessRule, options: { orOperator?: boolean } = {}): MethodDecorator {
  const guard: MethodDecorator = (target, key, descriptor) => {
    const requirement: Requirement = {
      rule,
      orOperator: options.orOperator ?? false,
      queryFree: !bindsQuery(target.constructor, key),
    };
    Reflect.defineMetadata(REQUIREMENT, requirement, descriptor.value as object);
  };
  const tokenQueries = QUERY_TOKENS[rule].map((name) =>
    ApiQuery({
      name,
      required: false,
      deprecated: true,
      description: QUERY_DESCRIPTIONS[name],
      schema: { type: 'string' },
    }),
  );
  const security =
    rule === 'both'
      ? [ApiSecurity({ source: [], destination: [] })]
      : rule === 'parties'
        ? [ApiSecurity({ source: [], destination: [] }), ApiSecurity('bearer')]
        : [
            ApiSecurity('bearer'),
            ...(rule === 'destination' ? [] : [ApiSecurity('source')]),
            ...(rule === 'source' ? [] : [ApiSecurity('destination')]),
          ];
  const operator = options.orOperator
    ? [
        ApiSecurity('operator'),
        ApiHeader({
          name: 'X-Operator-Key',
          required: false,
          description: 'The operator key, or the token of an operator session, instead of a token.',
        }),
      ]
    : [];
  return applyDecorators(
    guard,
    UseGuards(SessionGuard, SessionThrottlerGuard, AccountTurnsGuard),
    Unthrottled(),
    ...tokenQueries,
    ...security,
    ...operator,
    ApiProblems(
      'invalid_request',
      'token_conflict',
      'query_token_refused',
      'token_missing',
      'session_expired',
      'account_not_allowed',
      'wrong_side',
      ...(options.orOperator ? (['operator_key_refused', 'key_scope_missing'] as const) : []),
    ),
  );
}

const QUERY_DESCRIPTIONS: Readonly<Record<string, string>> = {
  token: 'Session token, instead of a header.',
  source_token: 'Session token of the source, instead of `X-Source-Token`.',
  dest_token: 'Session token of the destination, instead of `X-Destination-Token`.',
};

/** Nest stores a handler's bound arguments as `type:index`; type 4 is the query. */
function bindsQuery(controller: object, key: string | symbol): boolean {
  const bound = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, key) ?? {}) as object;
  return Object.keys(bound).some((id) => id.startsWith('4:'));
}

function callerOf(context: ExecutionContext): Caller {
  const caller = context.switchToHttp().getRequest<GuardedRequest>()[CALLER];
  if (!caller) throw new Error(`${context.getHandler().name} reads the session and lacks @Access().`);
  return caller;
}

/** Google accounts of a request's valid tokens, after its guard has admitted it; otherwise none. */
export function subsOf(request: FastifyRequest): string[] {
  return (request as GuardedRequest)[CALLER]?.sessions.map(({ account }) => account.sub) ?? [];
}

/**
 * The account of a valid token in a request that the guard refused: the token is for the other side, the account may
 * not connect here, or the other account's token is missing or has ended.
 */
export function refusedSubOf(request: FastifyRequest): string | undefined {
  return (request as GuardedRequest)[REFUSED];
}

/** The sides of the transfer to which these accounts belong, if the handler has set them. */
export function partiesOf(request: FastifyRequest): readonly Side[] | undefined {
  return (request as GuardedRequest)[CALLER]?.parties;
}

/** The session of an endpoint with `@Access('any' | 'source' | 'destination')`; undefined for an operator. */
export const CurrentSession = createParamDecorator(
  (_: unknown, context: ExecutionContext) => callerOf(context).sessions[0],
);

/** The source's session of an endpoint with `@Access('both')`. */
export const SourceSession = createParamDecorator(
  (_: unknown, context: ExecutionContext) => callerOf(context).sent.source,
);

/** The destination's session of an endpoint with `@Access('both')`. */
export const DestinationSession = createParamDecorator(
  (_: unknown, context: ExecutionContext) => callerOf(context).sent.destination,
);

/** All valid sessions of a request to an endpoint with `@Access('either')`: one or two. */
export const CallerSessions = createParamDecorator(
  (_: unknown, context: ExecutionContext) => callerOf(context).sessions,
);

/** The same with the reasons for refused tokens, for an endpoint that needs the consent of certain accounts. */
export const CallersOf = createParamDecorator((_: unknown, context: ExecutionContext): Callers => callerOf(context));
