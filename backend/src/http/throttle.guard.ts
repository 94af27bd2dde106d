import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { TooManyRequestsError } from './errors.js';

const UNTHROTTLED = 'cloudmover:unthrottled';
const WINDOW_MS = 1_000;

/** Exempts a controller or handler: health checks must not fail because somebody else calls too often. */
export const Unthrottled = () => SetMetadata(UNTHROTTLED, true);

/**
 * Answers a client address a bounded number of times a second. It counts in this process: no request waits for Redis
 * because of it, it works while Redis is away, and n processes together allow n times as many.
 */
@Injectable()
export class ThrottleGuard implements CanActivate {
  private windowEnd = 0;
  private counts = new Map<string, number>();

  constructor(
    private readonly config: Config,
    private readonly reflector: Reflector,
  ) {}

  /** @throws TooManyRequestsError */
  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(UNTHROTTLED, [context.getHandler(), context.getClass()])) return true;
    const now = Date.now();
    if (now >= this.windowEnd) {
      this.windowEnd = now + WINDOW_MS;
      this.counts = new Map();
    }
    const { ip } = context.switchToHttp().getRequest<FastifyRequest>();
    const count = (this.counts.get(ip) ?? 0) + 1;
    this.counts.set(ip, count);
    if (count > this.config.http.rateLimitPerSecond) throw new TooManyRequestsError(1);
    return true;
  }
}
