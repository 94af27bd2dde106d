import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

type Listener = (request: FastifyRequest, reply: FastifyReply) => void;

/** By server. One hook calls them all, because each would listen to the response. */
const listenersOf = new WeakMap<FastifyInstance, Listener[]>();

/**
 * Calls a listener once for each request, when its response is sent. If the client leaves before, Fastify does not call
 * `onResponse`; the listener is called nevertheless, because the request has had its effect. Exception: it is not
 * called for an event stream that the client closes, as clients usually do.
 */
export function afterResponse(fastify: FastifyInstance, listener: Listener): void {
  const known = listenersOf.get(fastify);
  if (known) known.push(listener);
  else {
    listenersOf.set(fastify, [listener]);
    addHooks(fastify);
  }
}

function addHooks(fastify: FastifyInstance): void {
  const heard = new WeakSet<FastifyRequest>();
  const hear = (request: FastifyRequest, reply: FastifyReply) => {
    if (heard.has(request)) return;
    heard.add(request);
    for (const listener of listenersOf.get(fastify) ?? []) listener(request, reply);
  };
  fastify.addHook('onResponse', (request, reply, done) => {
    hear(request, reply);
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream')) return done(null, payload);
    const { raw } = reply;
    const leave = () => {
      if (!raw.writableFinished) hear(request, reply);
    };
    if (raw.destroyed) leave();
    else raw.once('close', leave);
    done(null, payload);
  });
}
