/** A thousand item ids in JSON take half of it; nothing here needs more. */
export const BODY_LIMIT_BYTES = 100 * 1024;

/** Levels of objects and lists in a body; no request has more than three. What recurses over a body stays shallow. */
export const BODY_DEPTH = 8;

/**
 * Time for a request to arrive in full, headers and body. Fastify sets none by itself, so that whoever sends a byte a
 * minute could hold a connection for ever. Answers, event streams among them, may take as long as they like.
 */
export const REQUEST_TIMEOUT_MS = 30_000;
