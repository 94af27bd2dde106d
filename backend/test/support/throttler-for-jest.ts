import { createRequire } from 'node:module';
import '@nestjs/common';
import '@nestjs/core';

/**
 * `@nestjs/throttler` is CommonJS and requires Nest, which is ESM. Jest loads CommonJS while it links the importing
 * modules, before Nest is evaluated, and reports a cycle. This module loads Nest first.
 *
 * With `require`, because `await` at the top of a module makes Jest compile each module above it several times.
 */
const throttler = createRequire(import.meta.url)(
  '@nestjs/throttler/dist/index.js',
) as typeof import('@nestjs/throttler');
export const { normalizeIp, SkipThrottle, ThrottlerGuard, ThrottlerModule } = throttler;
