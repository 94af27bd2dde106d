import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

const SAFE = "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/** If a browser shows an API response as a page, nothing in it may load, run or be framed. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Swagger's console uses inline styles and data: pictures; its scripts are separate files. It does not work with
 * Trusted Types: its forms stay empty, and a default policy that allows all its HTML would protect nothing.
 */
const CONSOLE_POLICY = `default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; ${SAFE}`;

/** Headers of every response: those of `helmet` and of OWASP's HTTP headers cheat sheet. */
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

/** Sets security headers and the request's id on every response; API responses are never cached. */
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
 * The policy for the portal's pages, with a new nonce. Pictures may also come from Google, which hosts the accounts'
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
 * Allows pages of these origins to read the API's responses. Other sites' pages can't, because browsers ask for
 * permission first. Cookies are never allowed; tokens are sent in headers.
 */
export function useCors(app: NestFastifyApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.enableCors({
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
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
