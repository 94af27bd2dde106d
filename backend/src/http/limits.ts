/** Bytes of a body. A thousand item ids in JSON need half of it; only a people map needs more. */
export const BODY_LIMIT_BYTES = 100 * 1024;

/** Of requests with a people map: 20,000 lines of 200 bytes. Proxies must accept as much (docs/nginx.conf, docs/Caddyfile). */
export const PEOPLE_BODY_LIMIT_BYTES = 4_000_000;

/** Maximum nesting of objects and lists in a body; no request needs more than three. Bounds recursion over bodies. */
export const BODY_DEPTH = 8;

/** Bytes of a request's URL and headers. This is Node's own limit; errors state it. */
export const HEADERS_LIMIT_BYTES = 16 * 1024;

/** Characters of a path parameter; all ids are far shorter. */
export const PARAMETER_LIMIT = 500;

/** Time for a request's headers to arrive. */
export const HEADERS_TIMEOUT_MS = 10_000;

/** How often connections are checked for slow requests, and therefore how late one may be closed. */
export const SLOW_CHECK_MS = 5_000;

/**
 * Time for a whole request to arrive. Fastify sets no limit, so a client that sends a byte a minute could keep a
 * connection open forever. Responses, including event streams, have no limit.
 */
export const REQUEST_TIMEOUT_MS = 30_000;
