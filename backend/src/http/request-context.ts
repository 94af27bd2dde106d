import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requestContext } from '../insight/request-context.js';

/** Letters, digits and a few signs: nothing that breaks a line of a log or a header. */
const SAFE_ID = /^[\w.-]{8,64}$/;

/**
 * Gives each request its id, and lets everything that is done for it know that id. Where a proxy that is believed has
 * given it one (`X-Request-Id`), that stays, if it has a safe form; anybody else's is not taken.
 */
export function useRequestContext(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.id = givenId(request) ?? request.id;
    requestContext.run({ requestId: request.id }, done);
  });
}

function givenId({ headers, ips }: FastifyRequest): string | undefined {
  const given = headers['x-request-id'];
  // The first of `ips` is who is connected; there is a second one only where TRUST_PROXY believes the first.
  const isFromProxy = (ips?.length ?? 0) > 1;
  return isFromProxy && typeof given === 'string' && SAFE_ID.test(given) ? given : undefined;
}
