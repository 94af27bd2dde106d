import { Global, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { RateLimitStore } from './rate-limit.port.js';
import { RateLimits, WINDOW_MS } from './rate-limits.js';
import { AccountTurnsInterceptor } from './account-turns.interceptor.js';
import { ThrottleGuard } from './throttle.guard.js';

/** Throttling on every route. The figures of a request's own limit take the place of the one that is named here. */
@Global()
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [RateLimitStore],
      useFactory: (storage: RateLimitStore) => ({ throttlers: [{ limit: 1, ttl: WINDOW_MS }], storage }),
    }),
  ],
  providers: [
    RateLimits,
    { provide: APP_GUARD, useClass: ThrottleGuard },
    { provide: APP_INTERCEPTOR, useClass: AccountTurnsInterceptor },
  ],
  exports: [RateLimits],
})
export class ThrottleModule {}
