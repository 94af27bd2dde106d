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

type Weight = number | ((request: FastifyRequest) => number);
type CountedRequest = FastifyRequest & { [SESSION]?: string };

/** Exempts a controller or handler: health checks must not fail because somebody else calls too often. */
export const Unthrottled = () => SetMetadata(LIMIT, 'none');

/** Which limit a controller or handler counts against; without it: `address`. */
export const LimitedBy = (limit: RateLimit) => SetMetadata(LIMIT, limit);

/** What a call costs of its limit, as a number or by its request; without it: 1. */
export const Weighs = (weight: Weight): MethodDecorator => applyDecorators(SetMetadata(WEIGHT, weight));

/**
 * Tells whose request it is, once that is known: from then on it counts against `token`.
 * @param session its handle, which stays when the token is replaced: nobody rotates his way around the limit
 */
export function countFor(request: FastifyRequest, session: string): void {
  (request as CountedRequest)[SESSION] = session;
}

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
    const reading = await this.limits.read(limit, request[SESSION] ?? request.ip, this.weightOf(context, request));
    if (!reading) return true;
    const { allowed, remaining, fullInMs, waitMs } = reading;
    const seconds = Math.ceil((allowed ? fullInMs : Math.max(waitMs, 1)) / 1000);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    reply.header('ratelimit-policy', `"${limit}";q=${this.limits.unitsOf(limit)};w=${WINDOW_MS / 1000}`);
    reply.header('ratelimit', `"${limit}";r=${remaining};t=${seconds}`);
    if (!allowed) throw new TooManyRequestsError(limit, seconds);
    return true;
  }

  private limitOf(context: ExecutionContext): RateLimit | 'none' {
    const places = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<RateLimit | 'none' | undefined>(LIMIT, places) ?? 'address';
  }

  private weightOf(context: ExecutionContext, request: FastifyRequest): number {
    const weight = this.reflector.get<Weight | undefined>(WEIGHT, context.getHandler()) ?? 1;
    return typeof weight === 'function' ? weight(request) : weight;
  }
}

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<CountedRequest>();
