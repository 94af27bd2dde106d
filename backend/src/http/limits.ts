/** A thousand item ids in JSON take half of it; nothing but a people map needs more. */
export const BODY_LIMIT_BYTES = 100 * 1024;

/** Of requests with a people map: 20,000 lines of 200 bytes. Proxies must accept as much (docs/nginx.conf, docs/Caddyfile). */
export const PEOPLE_BODY_LIMIT_BYTES = 4_000_000;

/** Levels of objects and lists in a body; no request has more than three. What recurses over a body stays shallow. */
export const BODY_DEPTH = 8;

/** All headers of a request together, its address among them. Node's own limit, said here because answers name it. */
export const HEADERS_LIMIT_BYTES = 16 * 1024;

/** A path's parameter; ids of Google and of ours are far shorter. */
export const PARAMETER_LIMIT = 500;

/** Time for a request's headers to arrive. */
export const HEADERS_TIMEOUT_MS = 10_000;

/** How often connections are checked for requests that are too slow, and so how late one may be closed. */
export const SLOW_CHECK_MS = 5_000;

/**
 * Time for a request to arrive in full, headers and body. Fastify sets no limit by itself, so a client that sends a
 * byte a minute could hold a connection for ever. Responses, event streams among them, have no limit.
 */
export const REQUEST_TIMEOUT_MS = 30_000;
