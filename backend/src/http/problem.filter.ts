import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../engine/errors.js';
import { reasonOf } from '../engine/model/reasons.js';
import {
  AddressTooLongError,
  BodyTooLargeError,
  InvalidRequestError,
  MethodNotAllowedError,
  type ParameterError,
  RouteNotFoundError,
} from './errors.js';
import { methodsAt } from './known-routes.js';
import { PARAMETER_LIMIT } from './limits.js';
import type { ProblemDto } from './problem.dto.js';
import { isProblemCode, PROBLEMS } from './problems.js';
import { unknownMediaType } from './validation.js';
import { withoutTokens } from './logging.js';

const logger = new Logger('Problem');

const CODE = Symbol('problem code');
type AnsweredRequest = FastifyRequest & { [CODE]?: string };

/** The problem code of a request's response, if any. */
export const problemCodeOf = (request: FastifyRequest): string | undefined => (request as AnsweredRequest)[CODE];

/** Converts errors of handlers, guards, pipes and Fastify to RFC 9457 responses. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

/** Sends the problem of an error. Aborts a response that has begun, so that it does not look complete. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const path = pathOf(request);
  const coded = codedError(error, request, path);
  const problem = problemBody(coded, { path, id: request.id });
  (request as AnsweredRequest)[CODE] = problem.code;
  if (problem.status === 500 || problem.status === 503) logger.error({ err: error, traceId: request.id });
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  if (problem.retryAfter !== undefined) void reply.header('retry-after', problem.retryAfter);
  if (coded instanceof MethodNotAllowedError) void reply.header('allow', coded.allowed.join(', '));
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="CloudMover"');
  void reply
    .status(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(withoutTokens(JSON.stringify(problem)));
}

/**
 * The problem of an error.
 * @param coded undefined for an unexpected error, whose details are only logged
 * @param request path without the query, and id
 */
export function problemBody(coded: CodedError | undefined, request: { path: string; id: string }): ProblemDto {
  const code = coded && isProblemCode(coded.code) ? coded.code : 'internal';
  const { status, title } = PROBLEMS[code];
  const { errors, mail } = (coded ?? {}) as { errors?: readonly ParameterError[]; mail?: ProblemDto['mail'] };
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail:
      coded && code !== 'internal'
        ? coded.message
        : `${reasonOf('internal').title} Files are untouched. Quote ${request.id} when you report it.`,
    instance: request.path,
    code,
    ...(coded?.side && { side: coded.side }),
    traceId: request.id,
    ...(errors && errors.length > 0 && { errors: [...errors] }),
    ...(mail && { mail }),
    ...(coded?.retryAfter !== undefined && { retryAfter: Math.ceil(coded.retryAfter) }),
  };
}

/** Converts the framework's errors; undefined for unexpected errors. */
function codedError(error: unknown, request: FastifyRequest, path: string): CodedError | undefined {
  if (error instanceof CodedError) return error;
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  // No API route matches an id that is too long, so the portal's route, which matches everything else, returns a 404.
  const isTooLong = status === 414 || path.split('/').some((part) => part.length > PARAMETER_LIMIT);
  if (isTooLong && (status === 414 || status === 404)) return new AddressTooLongError(PARAMETER_LIMIT);
  if (status === 404) {
    const allowed = methodsAt(request, path);
    const isOtherMethod = allowed.length > 0 && !allowed.includes(request.method);
    return isOtherMethod
      ? new MethodNotAllowedError(request.method, allowed)
      : new RouteNotFoundError(request.method, path);
  }
  if (status === 413) return new BodyTooLargeError(request.routeOptions.bodyLimit);
  if (status === 415) return unknownMediaType(request);
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const message = error instanceof Error ? error.message : 'The request is malformed';
    return new InvalidRequestError(`${message.replace(/\.$/, '')}.`);
  }
  return undefined;
}

/** Without the query, which may contain a token. */
function pathOf(request: FastifyRequest): string {
  const [path] = request.url.split('?', 1);
  return path ?? '/';
}
