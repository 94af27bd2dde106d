import { applyDecorators, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  getOptionsToken,
  getStorageToken,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TooManyRequestsError } from './errors.js';
import { type RateLimit, RateLimits, WINDOW_MS } from './rate-limits.js';

const LIMIT = 'cloudmover:rate-limit';
const WEIGHT = 'cloudmover:weight';
const SESSION = Symbol('session that a request is counted for');
const ACCOUNT = Symbol('account that a request is counted for');
const WAITS = 'cloudmover:waits-for-others';

type Weight = number | ((request: FastifyRequest) => number);
type CountedRequest = FastifyRequest & { [SESSION]?: string; [ACCOUNT]?: string };

/** Exempts a controller or handler: health checks must not fail because somebody else calls too often. */
export const Unthrottled = () => SetMetadata(LIMIT, 'none');

/** Which limit a controller or handler counts against; without it: `address`. */
export const LimitedBy = (limit: RateLimit) => SetMetadata(LIMIT, limit);

/** What a call costs of its limit, as a number or by its request; without it: 1. */
export const Weighs = (weight: Weight): MethodDecorator => applyDecorators(SetMetadata(WEIGHT, weight));

/**
 * Sets whose request it is, once that is known: from then on it counts against `token`, and against `account`.
 * @param session its handle, which stays when the token is replaced: nobody rotates his way around the limit
 * @param account Google's `sub`: its sessions share one limit, so signing in again adds no second one
 */
export function countFor(request: FastifyRequest, session: string, account?: string): void {
  const counted = request as CountedRequest;
  counted[SESSION] = session;
  if (account !== undefined) counted[ACCOUNT] = account;
}

/** The account that a request is counted for, once its token is known to be live. */
export const accountOf = (request: FastifyRequest): string | undefined => (request as CountedRequest)[ACCOUNT];

/** Marks a handler that waits for work elsewhere once it has called `endTurn`: it counts as an open stream until it has answered. */
export const WaitsForOthers = () => SetMetadata(WAITS, true);

/** Whether a handler is marked so. */
export const waitsForOthers = (reflector: Reflector, context: ExecutionContext): boolean =>
  reflector.get<boolean | undefined>(WAITS, context.getHandler()) ?? false;

/** What a request costs of its limits. */
export function weightOf(reflector: Reflector, context: ExecutionContext): number {
  const weight = reflector.get<Weight | undefined>(WEIGHT, context.getHandler()) ?? 1;
  return typeof weight === 'function' ? weight(requestOf(context)) : weight;
}

/**
 * Weight of an answer with a list: by its length, as the query asks for it. What the query may not be is refused later.
 * @param each entries that weigh as much as a plain request
 */
export const listWeight =
  (each: number, usual: number): ((request: FastifyRequest) => number) =>
  ({ query }) =>
    1 + Math.floor((Number((query as { limit?: unknown }).limit) || usual) / each);

/**
 * Counts each request against its limit and says in `RateLimit` and `RateLimit-Policy` how much is left
 * (draft-ietf-httpapi-ratelimit-headers-11). Calls of a session are counted once its token is known to be live: a made-up
 * token would otherwise be a limit of its own.
 */
@Injectable()
export class ThrottleGuard extends ThrottlerGuard {
  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    @Inject(getStorageToken()) storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly limits: RateLimits,
  ) {
    super(options, storage, reflector);
  }

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    const limit = this.limitOf(context);
    // The guard stands before the session's guard, and once more behind it.
    const isTooEarly = limit === 'token' && requestOf(context)[SESSION] === undefined;
    return Promise.resolve(limit === 'none' || isTooEarly);
  }

  /** @throws TooManyRequestsError, StoreUnavailableError */
  protected override async handleRequest({ context }: ThrottlerRequest): Promise<boolean> {
    const limit = this.limitOf(context) as RateLimit;
    const request = requestOf(context);
    const weight = weightOf(this.reflector, context);
    const account = limit === 'token' ? request[ACCOUNT] : undefined;
    const [own, shared] = await Promise.all([
      this.limits.read(limit, request[SESSION] ?? request.ip, weight),
      account === undefined ? undefined : this.limits.read('account', account, weight),
    ]);
    if (!own) return true;
    // Of two limits the answer names the one that is nearer.
    const isShared =
      shared !== undefined && (own.allowed ? !shared.allowed || shared.remaining < own.remaining : false);
    const [name, { allowed, remaining, fullInMs, waitMs }] = isShared ? (['account', shared] as const) : [limit, own];
    const seconds = Math.ceil((allowed ? fullInMs : Math.max(waitMs, 1)) / 1000);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    reply.header('ratelimit-policy', `"${name}";q=${this.limits.unitsOf(name)};w=${WINDOW_MS / 1000}`);
    reply.header('ratelimit', `"${name}";r=${remaining};t=${seconds}`);
    if (!allowed) throw new TooManyRequestsError(name, seconds);
    return true;
  }

  private limitOf(context: ExecutionContext): RateLimit | 'none' {
    const places = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<RateLimit | 'none' | undefined>(LIMIT, places) ?? 'address';
  }
}

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<CountedRequest>();
