import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** How long a client may read nothing of a streamed response (ms). */
const STALL_MS = 30_000;

/**
 * Disconnects clients that stop reading, because a streamed response keeps one of its account's turns until it is sent.
 */
export function disconnectStalledClients(fastify: FastifyInstance, stallMs = STALL_MS): void {
  fastify.addHook('onSend', (_request, { raw }, payload, done) => {
    if (typeof (payload as { pipe?: unknown } | null)?.pipe === 'function') endIfStalled(raw, stallMs);
    done(null, payload);
  });
}

function endIfStalled(raw: ServerResponse, stallMs: number): void {
  // Node counts bytes that the client has read as activity. If no data is waiting, the source is slow.
  raw.setTimeout(stallMs, () => {
    if (raw.writableLength > 0) raw.destroy();
  });
}
