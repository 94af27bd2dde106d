import { Global, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { Config } from '../config/config.js';
import { AccountTurnsInterceptor } from './account-turns.interceptor.js';
import { RateLimits } from './rate-limits.js';
import { AddressThrottlerGuard, throttlersFor } from './throttle.guard.js';

/** Limits on every route. */
@Global()
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [RateLimits, Config],
      useFactory: (storage: RateLimits, { http }: Config) => ({ throttlers: throttlersFor(http.rateLimits), storage }),
    }),
  ],
  providers: [
    RateLimits,
    { provide: APP_GUARD, useClass: AddressThrottlerGuard },
    { provide: APP_INTERCEPTOR, useClass: AccountTurnsInterceptor },
  ],
  exports: [RateLimits],
})
export class ThrottleModule {}
