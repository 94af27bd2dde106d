import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { CodedError } from '../engine/errors.js';
import { ExpectationFailedError, HeadersTooLargeError, InvalidRequestError, RequestTimeoutError } from './errors.js';
import { HEADERS_LIMIT_BYTES } from './limits.js';
import { problemBody } from './problem.filter.js';

/** Node's error codes that have a separate status. */
const NAMED: Readonly<Record<string, () => CodedError>> = {
  HPE_HEADER_OVERFLOW: () => new HeadersTooLargeError(HEADERS_LIMIT_BYTES),
  ERR_HTTP_REQUEST_TIMEOUT: () => new RequestTimeoutError(),
};

/** Responses of each connection, in the order of their requests; sent ones are removed with the next request. */
const responses = new WeakMap<Socket, ServerResponse[]>();

/**
 * Connections that end after the response in progress. Node reports each further part that arrives as another error.
 */
const ending = new WeakSet<Socket>();

/**
 * Sends a problem for input that is not HTTP, arrives too slowly or has too large a head, which Node reports before
 * there is a request. Ends the connection, because the start of the next request is unknown.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // Completes the response to an earlier request on this connection, because the client would mistake this one for it.
  // The request that failed midway will never get one.
  const pending = responses.get(socket)?.find(({ writableFinished }) => !writableFinished);
  if (pending && (pending.req.complete || pending.headersSent)) {
    if (!ending.has(socket)) pending.once('finish', () => socket.destroySoon());
    ending.add(socket);
    return;
  }
  const refusal =
    NAMED[error.code ?? '']?.() ?? new InvalidRequestError('The request is not valid HTTP/1.1. Check the client.');
  const { status, headers, body } = bareProblem(refusal, '/');
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, `Date: ${new Date().toUTCString()}`];
  for (const [name, value] of Object.entries(headers)) head.push(`${name}: ${value}`);
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // A client that keeps sending does not keep the connection open.
  socket.destroySoon();
}

/**
 * Sends a problem where Node would respond without a body before Fastify gets the request: for an `Expect` other than
 * `100-continue`, and for CONNECT. (`requireHost` handles a missing `Host`.)
 */
export function answerBareRefusals(server: Server): void {
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const unsent = (responses.get(socket) ?? []).filter(({ writableFinished }) => !writableFinished);
    responses.set(socket, [...unsent, response]);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = bareProblem(new ExpectationFailedError(), request.url?.split('?', 1)[0] ?? '/');
    // The request's body may follow, so the start of the next request is unknown.
    response.writeHead(status, headers).end(body);
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    answerClientError(Object.assign(new Error('CONNECT'), { code: 'HPE_INVALID_METHOD' }), socket);
  });
}

/**
 * HTTP/1.1 requires `Host` (RFC 9112 §3.2). Node's own check is disabled, because its response has no body.
 * @throws InvalidRequestError
 */
export function requireHost({ httpVersion, headers }: IncomingMessage): void {
  if (httpVersion === '1.1' && headers.host === undefined)
    throw new InvalidRequestError('The request has no Host header, which HTTP/1.1 requires. Check the client.');
}

/** Sends a problem where there is no Fastify request, and ends the connection. */
function bareProblem(refusal: CodedError, path: string) {
  const id = randomUUID();
  const problem = problemBody(refusal, { path, id });
  const body = JSON.stringify(problem);
  const headers = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Request-Id': id,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
  return { status: problem.status, headers, body };
}
