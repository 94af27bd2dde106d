import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

const SAFE = "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/** An API response is not a page: nothing in it may load, run or be framed, should a browser ever show it. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Swagger's console brings inline styles and pictures as data; its scripts are files of its own. It does not work under
 * Trusted Types: its forms stay empty, and a default policy that lets all of its HTML pass would guard nothing.
 */
const CONSOLE_POLICY = `default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; ${SAFE}`;

/** Headers that every answer has, page or not: those of `helmet` and of OWASP's HTTP headers cheat sheet. */
function commonHeaders(https: boolean): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
    'x-dns-prefetch-control': 'off',
    'origin-agent-cluster': '?1',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(https && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  };
}

/** Sets security headers and the request's id on every answer; API answers are never stored. */
export function useSecurityHeaders(fastify: FastifyInstance, options: { https: boolean }): void {
  const common = commonHeaders(options.https);
  const api = { ...common, 'content-security-policy': API_POLICY, 'cache-control': 'no-store' };
  const console = { ...common, 'content-security-policy': CONSOLE_POLICY };
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(/^\/docs(\/|\?|$)/.test(request.url) ? console : api);
    reply.header('x-request-id', request.id);
    done();
  });
}

/**
 * The portal's policy with a fresh nonce, for its pages. Pictures may also come from Google, which hosts the accounts'
 * photos.
 */
export function portalPolicy(): { nonce: string; policy: string } {
  const nonce = randomBytes(16).toString('base64');
  return {
    nonce,
    policy: [
      "default-src 'self'",
      `script-src 'self' 'nonce-${nonce}'`,
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data: https://*.googleusercontent.com",
      "require-trusted-types-for 'script'",
      'trusted-types angular angular#components',
      SAFE,
    ].join('; '),
  };
}

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
