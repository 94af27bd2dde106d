import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long the rest of a refused body is read and dropped (ms): five megabytes over a line of 10 Mbit/s. */
const LINGER_MS = 5_000;

/**
 * Lets clients read a response that refuses a request before its body has arrived (RFC 9112 §9.6). Closing a connection
 * with unread bytes resets it, and a client that is still sending loses the response: nginx then returns 502.
 */
export function lingerAfterRefusedBodies(fastify: FastifyInstance, lingerMs = LINGER_MS): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { complete, socket } = request.raw;
    if (!complete && reply.getHeader('connection') === 'close') lingerOnClose(socket, lingerMs);
    done(null, payload);
  });
}

function lingerOnClose(socket: Socket, lingerMs: number): void {
  // Node calls it when the response is written, and drops what still arrives of the body.
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  };
}
