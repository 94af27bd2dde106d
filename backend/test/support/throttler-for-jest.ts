import '@nestjs/common';
import '@nestjs/core';

/**
 * `@nestjs/throttler` is CommonJS and requires Nest, which is not. Jest loads CommonJS while it still links the modules
 * that import it, when Nest has not been evaluated yet, and takes that for a cycle. Here Nest comes first.
 */
const throttler = await import('@nestjs/throttler/dist/index.js');
export const { normalizeIp, SkipThrottle, ThrottlerGuard, ThrottlerModule } = throttler;
