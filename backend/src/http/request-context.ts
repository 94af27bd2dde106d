import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requestContext } from '../insight/request-context.js';
import type { OpenSpan, Tracing } from '../insight/tracing.js';
import { afterResponse } from './after-response.js';

/** Letters, digits and a few signs: nothing that can break a line of a log or a header. */
const SAFE_ID = /^[\w.-]{8,64}$/;

/**
 * Gives each request an id, which all its work can read. Keeps the id of a trusted proxy (`X-Request-Id`) if it has a
 * safe form; ignores ids of others.
 */
export function useRequestContext(fastify: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.id = givenId(request) ?? request.id;
    const { method, id: requestId } = request;
    const route = request.routeOptions.url ?? 'none';
    const attributes = { 'http.request.method': method, 'http.route': route, 'cloudmover.request_id': requestId };
    // Continues a client's trace only if its request id would be accepted too.
    const given = isFromProxy(request) ? request.headers['traceparent'] : undefined;
    const span = tracing.begin(`${method} ${route}`, 'server', attributes, typeof given === 'string' ? given : '');
    if (span) spans.set(request, span);
    requestContext.run({ requestId, ...(span && { traceparent: span.traceparent }) }, done);
  });
  afterResponse(fastify, (request, { statusCode }) => {
    spans.get(request)?.end({ 'http.response.status_code': statusCode }, statusCode >= 500);
  });
}

/** The first of `ips` is the connected peer; there is a second one only if TRUST_PROXY trusts the first. */
const isFromProxy = ({ ips }: FastifyRequest): boolean => (ips?.length ?? 0) > 1;

function givenId(request: FastifyRequest): string | undefined {
  const given = request.headers['x-request-id'];
  return isFromProxy(request) && typeof given === 'string' && SAFE_ID.test(given) ? given : undefined;
}
