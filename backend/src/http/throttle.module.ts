import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import type { Config } from '../config/config.js';
import { configOf } from '../config/config.module.js';
import { AccountTurns } from './account-turns.js';
import { EventStreams } from './event-streams.js';
import { RateLimits } from './rate-limits.js';
import { AddressThrottlerGuard, throttlersFor } from './throttle.guard.js';

/** Limits on every route, and on event streams. */
@Global()
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [RateLimits, configOf('http')],
      useFactory: (storage: RateLimits, { rateLimits }: Config['http']) => ({
        throttlers: throttlersFor(rateLimits),
        storage,
      }),
    }),
  ],
  providers: [RateLimits, EventStreams, AccountTurns, { provide: APP_GUARD, useClass: AddressThrottlerGuard }],
  exports: [RateLimits, EventStreams, AccountTurns],
})
export class ThrottleModule {}
