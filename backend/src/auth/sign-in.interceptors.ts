import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, map, type Observable, tap } from 'rxjs';
import { MethodNotAllowedError } from '../http/errors.js';
import { RateLimits } from '../http/rate-limits.js';
import { AuthService, type SignInStep } from './auth.service.js';

/**
 * Converts the result of a sign-in step to a redirect (`@Redirect`), and refuses HEAD, which Fastify would handle like
 * GET.
 */
@Injectable()
export class SignInInterceptor implements NestInterceptor<SignInStep> {
  /** @throws MethodNotAllowedError: a HEAD request must not consume a sign-in */
  intercept(context: ExecutionContext, next: CallHandler<SignInStep>): Observable<{ url: string }> {
    const http = context.switchToHttp();
    const { method } = http.getRequest<FastifyRequest>();
    if (method === 'HEAD') throw new MethodNotAllowedError(method, ['GET']);
    return next.handle().pipe(
      map(({ location, cookie }) => {
        if (cookie) http.getResponse<FastifyReply>().header('set-cookie', cookie);
        return { url: location };
      }),
    );
  }
}

/**
 * Counts exchanges of codes against the limit on sign-ins, unless the code is live: its sign-in was counted. One that is
 * refused counts, because the code may stay live.
 */
@Injectable()
export class ExchangeLimitInterceptor implements NestInterceptor {
  constructor(
    private readonly auth: AuthService,
    private readonly limits: RateLimits,
  ) {}

  /** @throws TooManyRequestsError, StoreUnavailableError */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { body, ip } = context.switchToHttp().getRequest<FastifyRequest>();
    const { code } = (body ?? {}) as { code?: unknown };
    if (!(await this.auth.isLiveCode(code))) {
      await this.limits.take('sign-in', ip);
      return next.handle();
    }
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        await this.limits.take('sign-in', ip);
        throw error;
      }),
    );
  }
}

/**
 * Counts callbacks against the limit on sign-ins, unless their state is valid: those were counted when they started,
 * and many people may sign in from one address. A completed sign-in no longer counts.
 */
@Injectable()
export class CallbackLimitInterceptor implements NestInterceptor<SignInStep, SignInStep> {
  constructor(
    private readonly auth: AuthService,
    private readonly limits: RateLimits,
  ) {}

  /** @throws TooManyRequestsError, StoreUnavailableError */
  async intercept(context: ExecutionContext, next: CallHandler<SignInStep>): Promise<Observable<SignInStep>> {
    const { query, ip } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!(await this.auth.isUnderWay((query as { state?: unknown }).state))) await this.limits.take('sign-in', ip);
    return next.handle().pipe(
      tap(({ connected }) => {
        if (connected) void this.limits.giveBack('sign-in', ip);
      }),
    );
  }
}
