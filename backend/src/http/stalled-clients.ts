import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** How long a client may take nothing of a response that is streamed to it (ms). */
const STALL_MS = 30_000;

/** Disconnects clients that stop reading: a streamed response holds one of its account's turns until it has been sent. */
export function disconnectStalledClients(fastify: FastifyInstance, stallMs = STALL_MS): void {
  fastify.addHook('onSend', (_request, { raw }, payload, done) => {
    if (typeof (payload as { pipe?: unknown } | null)?.pipe === 'function') endIfStalled(raw, stallMs);
    done(null, payload);
  });
}

function endIfStalled(raw: ServerResponse, stallMs: number): void {
  // Node counts as activity whatever the client has taken. Without data that waits for it, the source is slow.
  raw.setTimeout(stallMs, () => {
    if (raw.writableLength > 0) raw.destroy();
  });
}
