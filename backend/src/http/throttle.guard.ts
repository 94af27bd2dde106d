import { type ExecutionContext, Injectable, type OnModuleInit, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SkipThrottle, ThrottlerGuard, type ThrottlerOptions, type ThrottlerRequest } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TooManyRequestsError } from './errors.js';
import { keyOf, networkOf, type RateLimit, type RateLimits, siteOf, siteUnits, WINDOW_MS } from './rate-limits.js';

const WEIGHT = 'cloudmover:weight';
const SESSION = Symbol('session of a request');
const ACCOUNT = Symbol('account of a request');
const LEFT = Symbol('units left of the limit in the response');
const WAITS = 'cloudmover:waits-for-others';
/** Suffix of a throttler that counts an IPv6 client's /48. */
const SITE = '-site';

type Weight = number | ((request: FastifyRequest) => number);
type CountedRequest = FastifyRequest & { [SESSION]?: string; [ACCOUNT]?: string; [LEFT]?: number };

/** Excludes a handler from the guards for all routes: health checks must not fail because of other clients' calls. */
export const Unthrottled = () =>
  SkipThrottle({ address: true, [`address${SITE}`]: true, 'sign-in': true, [`sign-in${SITE}`]: true });

/** The cost of a call in units, as a number or by its request; default: 1. */
export const Weighs = (weight: Weight): MethodDecorator => SetMetadata(WEIGHT, weight);

/**
 * Sets the session and account of a request when they are known; it then counts against `token` and `account`.
 * @param session handle, which stays when the token is replaced, so that rotation does not evade the limit
 * @param account Google's `sub`; its sessions share one limit, so that signing in again does not add another
 */
export function countFor(request: FastifyRequest, session: string, account?: string): void {
  const counted = request as CountedRequest;
  counted[SESSION] = session;
  if (account !== undefined) counted[ACCOUNT] = account;
}

/** The account of a request, if its token is valid. */
export const accountOf = (request: FastifyRequest): string | undefined => (request as CountedRequest)[ACCOUNT];

/**
 * Marks a handler that waits for other work after it calls `endTurn`: it counts as an open stream until it responds.
 */
export const WaitsForOthers = () => SetMetadata(WAITS, true);

export const waitsForOthers = (context: ExecutionContext): boolean => Reflect.hasMetadata(WAITS, context.getHandler());

/** The cost of a request in units. At least one, because none would make it free of each limit. */
export function weightOf(context: ExecutionContext): number {
  const weight = (Reflect.getMetadata(WEIGHT, context.getHandler()) as Weight | undefined) ?? 1;
  return Math.max(1, typeof weight === 'function' ? weight(requestOf(context)) : weight);
}

/**
 * The weight of a list by its requested length. Invalid queries are refused later, and a negative length weighs nothing
 * less.
 * @param each number of entries that weigh as much as a plain request
 */
export const listWeight =
  (each: number, usual: number): ((request: FastifyRequest) => number) =>
  ({ query }) =>
    1 + Math.max(0, Math.floor((Number((query as { limit?: unknown }).limit) || usual) / each));

/** What reading up to 20,000 records adds to a list's weight. */
const SEARCH_WEIGHT = 20;

/**
 * The weight of a list that reads records which it does not return.
 * @param filters query parameters that cause this; without any, every request does
 * @param each see `listWeight`
 */
export const searchWeight =
  (filters: readonly string[] = [], each = 100, usual = 200): ((request: FastifyRequest) => number) =>
  (request) => {
    const query = request.query as Record<string, unknown>;
    const searches = filters.length === 0 || filters.some((filter) => query[filter]);
    return listWeight(each, usual)(request) + (searches ? SEARCH_WEIGHT : 0);
  };

/** The whole limit in units, from a call's cost and its `limit`. */
interface UnitThrottler extends ThrottlerOptions {
  readonly units: number;
}

/**
 * The throttlers of all guards. A call that costs several units is one of correspondingly fewer calls; one that costs
 * more than the whole limit is one of one.
 * @param rateLimits units per minute
 */
export function throttlersFor(rateLimits: Readonly<Record<RateLimit, number>>): UnitThrottler[] {
  const throttler = (
    name: string,
    units: number,
    trackerOf: (request: CountedRequest) => string | undefined,
  ): UnitThrottler => ({
    name,
    units,
    ttl: WINDOW_MS,
    limit: (context) => Math.max(1, units / weightOf(context)),
    skipIf: (context) => trackerOf(requestOf(context)) === undefined,
    getTracker: (request) => trackerOf(request as CountedRequest)!,
    // Unlike the package's own key not by handler, because all calls count together.
    generateKey: (_context, tracker) => keyOf(tracker),
  });
  return [
    throttler('token', rateLimits.token, (request) => request[SESSION]),
    throttler('account', rateLimits.account, (request) => request[ACCOUNT]),
    ...(['address', 'sign-in'] as const).flatMap((name) => [
      throttler(name, rateLimits[name], ({ ip }) => networkOf(ip)),
      throttler(`${name}${SITE}`, siteUnits(rateLimits[name]), ({ ip }) => siteOf(ip)),
    ]),
  ];
}

type Target = Parameters<Reflector['getAllAndOverride']>[1][number];

/**
 * Caches metadata. The package reads it six times for each throttler of each request, which costs noticeable processor
 * time; decorators' metadata never changes.
 */
class RememberingReflector extends Reflector {
  private readonly found = new Map<Target, Map<unknown, unknown>>();

  /** @param targets the handler and its class */
  override getAllAndOverride<T>(key: unknown, targets: Target[]): T {
    const [handler] = targets as [Target];
    let found = this.found.get(handler);
    if (!found) this.found.set(handler, (found = new Map()));
    if (!found.has(key)) found.set(key, super.getAllAndOverride(key, targets));
    return found.get(key) as T;
  }
}

/**
 * Counts each request against some of the throttlers, and reports the one with the least left in `RateLimit` and
 * `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11).
 */
@Injectable()
abstract class NamedThrottlerGuard extends ThrottlerGuard implements OnModuleInit {
  protected abstract readonly names: readonly string[];

  override async onModuleInit(): Promise<void> {
    await super.onModuleInit();
    Object.assign(this, { reflector: new RememberingReflector() });
    this.throttlers = this.throttlers.filter(({ name }) => this.names.includes(name!));
  }

  /** @throws TooManyRequestsError, StoreUnavailableError */
  protected override async handleRequest(props: ThrottlerRequest): Promise<boolean> {
    const { context, limit: calls, ttl, throttler, blockDuration, getTracker, generateKey } = props;
    const request = requestOf(context);
    const name = throttler.name!.replace(SITE, '') as RateLimit;
    const key = generateKey(context, await getTracker(request, context), throttler.name!);
    const record = await this.storageService.increment(key, ttl, calls, blockDuration, name);
    if (record.totalHits === 0) return true; // Redis could not count
    const { isBlocked, timeToExpire, timeToBlockExpire } = record;
    const { units } = throttler as UnitThrottler;
    const left = Math.max(0, Math.floor(units * (1 - (timeToExpire * 1_000) / ttl) + ROUNDING));
    if (!isBlocked && left >= (request[LEFT] ?? Infinity)) return true;
    request[LEFT] = left;
    const seconds = Math.max(1, Math.ceil(isBlocked ? timeToBlockExpire : timeToExpire));
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    reply.header('ratelimit-policy', `"${name}";q=${units};w=${ttl / 1_000}`);
    reply.header('ratelimit', `"${name}";r=${left};t=${seconds}`);
    if (!isBlocked) return true;
    await (this.storageService as RateLimits).delays.wait(key);
    throw new TooManyRequestsError(name, seconds);
  }
}

/** A thousandth of a unit, so that rounding of sums of fractions does not lose a whole unit. */
const ROUNDING = 0.001;

/** Counts calls by client address, on every route that is not `Unthrottled`. */
export class AddressThrottlerGuard extends NamedThrottlerGuard {
  protected override readonly names = ['address', `address${SITE}`];
}

/** Counts sign-ins by client address. */
export class SignInThrottlerGuard extends NamedThrottlerGuard {
  protected override readonly names = ['sign-in', `sign-in${SITE}`];
}

/**
 * Counts calls of a session and of its account. Runs after the guard that checks the token, because otherwise each
 * invented token would have its own limit.
 */
export class SessionThrottlerGuard extends NamedThrottlerGuard {
  protected override readonly names = ['token', 'account'];
}

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<CountedRequest>();
