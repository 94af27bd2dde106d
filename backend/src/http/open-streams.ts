import type { FastifyInstance, FastifyReply } from 'fastify';

/** How the addresses of event streams end. Of anything else a part must never look like the whole. */
const STREAMS = /\/events$/;

/**
 * Ends the event streams when the server closes. By themselves they would never end, and the server would wait for them;
 * cut off, they would look like a broken connection. A client whose stream ends connects anew, to another process.
 */
export function useOpenStreams(fastify: FastifyInstance): void {
  const open = new Set<FastifyReply['raw']>();
  fastify.addHook('onRequest', ({ routeOptions }, { raw }, done) => {
    if (STREAMS.test(routeOptions.url ?? '')) {
      open.add(raw);
      raw.once('close', () => open.delete(raw));
    }
    done();
  });
  fastify.addHook('preClose', (done) => {
    for (const raw of open) {
      if (!raw.headersSent) continue;
      // What its source still writes, until it has learnt that the stream has ended, is lost on purpose.
      raw.on('error', () => undefined);
      // Nor is its connection kept for the next request, for which the server would wait as well.
      const { socket } = raw;
      raw.end(() => socket?.end());
    }
    done();
  });
}
