import '@nestjs/common';
import '@nestjs/core';

/**
 * `@nestjs/throttler` is CommonJS and requires Nest, which is ESM. Jest loads CommonJS while it links the importing
 * modules, before Nest is evaluated, and reports a cycle. This module loads Nest first.
 */
const throttler = await import('@nestjs/throttler/dist/index.js');
export const { normalizeIp, SkipThrottle, ThrottlerGuard, ThrottlerModule } = throttler;
