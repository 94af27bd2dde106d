import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable, tap } from 'rxjs';
import { MethodNotAllowedError } from '../http/errors.js';
import { RateLimits } from '../http/rate-limits.js';
import { AuthService, type SignInStep } from './auth.service.js';

/** Turns a step of a sign-in into a redirect (`@Redirect`), and refuses HEAD, which Fastify would answer like GET. */
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
 * Counts returns of the browser against the limit on sign-ins, unless their state is live: those were counted when they
 * began, and all who sign in behind one address come back from there. A completed sign-in no longer counts.
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
