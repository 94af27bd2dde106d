import { randomUUID } from 'node:crypto';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Logger } from 'nestjs-pino';
import type { Config } from './config/config.js';
import { configOf } from './config/config.module.js';
import { giveTurnsBack } from './http/account-turns.guard.js';
import { useDocumentation } from './http/documentation.js';
import { useCors, useSecurityHeaders } from './http/headers.js';
import { useRequestLog } from './http/logging.js';
import { answerBareRefusals, answerClientError, requireHost } from './http/client-errors.js';
import {
  BODY_LIMIT_BYTES,
  HEADERS_LIMIT_BYTES,
  HEADERS_TIMEOUT_MS,
  PARAMETER_LIMIT,
  REQUEST_TIMEOUT_MS,
  SLOW_CHECK_MS,
} from './http/limits.js';
import { AuditLog } from './insight/audit.port.js';
import { Insight } from './insight/insight.js';
import { Tracing } from './insight/tracing.js';
import { useBodyLimits } from './http/body-limit.js';
import { useKnownRoutes } from './http/known-routes.js';
import { EventStreams } from './http/event-streams.js';
import { usePortal } from './http/portal.js';
import { ProblemFilter, sendProblem } from './http/problem.filter.js';
import { useRequestContext } from './http/request-context.js';
import { lingerAfterRefusedBodies } from './http/refused-bodies.js';
import { disconnectStalledClients } from './http/stalled-clients.js';
import { useJsonBodies, validationPipe } from './http/validation.js';
import { watchRequests } from './operations/watch-requests.js';

/** The HTTP server under the application. */
export function httpAdapter({ http }: Pick<Config, 'http'>): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: SLOW_CHECK_MS,
      maxHeaderSize: HEADERS_LIMIT_BYTES,
      requireHostHeader: false,
    },
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: PARAMETER_LIMIT },
    trustProxy: http.trustProxy,
    genReqId: () => randomUUID(),
    // Errors of Fastify before routing, for example an undecodable URL.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(error, request, reply),
  });
}

/** Creates and initialises the application with its HTTP server; shared by main.ts and the tests. */
export async function setupApp(app: NestFastifyApplication): Promise<void> {
  const general = app.get<Config['general']>(configOf('general'));
  const http = app.get<Config['http']>(configOf('http'));
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  answerBareRefusals(fastify.server);
  useKnownRoutes(fastify);
  useBodyLimits(fastify);
  useRequestContext(fastify, app.get(Tracing));
  useSecurityHeaders(fastify, { https: http.publicUrl.startsWith('https:') });
  fastify.addHook('onRequest', (request, _reply, done) => {
    requireHost(request.raw);
    done();
  });
  if (general.role !== 'worker') await setupApi(app, { general, http }, fastify);
  await app.init();
  useJsonBodies(fastify);
  // Set only now, because Nest logs forty lines about modules and routes.
  app.useLogger(app.get(Logger));
}

async function setupApi(
  app: NestFastifyApplication,
  { general, http }: Pick<Config, 'general' | 'http'>,
  fastify: FastifyInstance,
): Promise<void> {
  useCors(app, http.corsOrigins);
  useRequestLog(fastify, general);
  watchRequests(fastify, app.get(Insight), app.get(AuditLog));
  giveTurnsBack(fastify);
  disconnectStalledClients(fastify);
  lingerAfterRefusedBodies(fastify);
  fastify.addHook('preClose', (done) => {
    app.get(EventStreams).endAll();
    done();
  });
  if (http.apiDocs) useDocumentation(app);
  await usePortal(fastify, general.portalDir);
}
