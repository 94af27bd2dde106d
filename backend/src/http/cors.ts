import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const HOUR_SECONDS = 3_600;

/**
 * Lets pages of these origins read the API's responses. Without one, no other site's page can: browsers ask first, and get
 * no permission. Cookies are never among it; tokens come in headers.
 */
export function useCors(app: NestFastifyApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.enableCors({
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'Last-Event-ID',
      'X-Destination-Token',
      'X-Operator-Key',
      'X-Source-Token',
    ],
    exposedHeaders: ['Allow', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'],
    maxAge: HOUR_SECONDS,
  });
}
