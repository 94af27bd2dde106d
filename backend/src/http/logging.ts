import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Params } from 'nestjs-pino';
import { pino } from 'pino';
import type { Config } from '../config/config.js';
import { afterResponse } from './after-response.js';

/** Requested every few seconds by machines, or many times per page, so not logged. */
const QUIET = /^\/(health\/|metrics$|docs\/)|\.(js|css|svg|png|ico|txt|woff2?)$/;

/**
 * The log: JSON lines on standard output. Logs only the type, message and stack of an error, because libraries add
 * whole requests, including secrets, to their errors.
 */
export function logging({ logLevel }: Pick<Config['general'], 'logLevel'>): Params {
  // The hook below logs requests, because pino-http's middleware creates two child loggers per request.
  const options = { level: logLevel, autoLogging: false, serializers: { err: describeError } };
  // Asynchronous, so that no request waits for the reader of the log. Buffered lines are written when the process ends.
  return { forRoutes: [], pinoHttp: [options, pino.destination({ dest: 1, sync: false })] };
}

/**
 * Logs one line for each request that changed something or was refused; successful reads have the level `debug`,
 * because a line costs noticeable processor time. Headers and queries are never logged, because they may contain
 * tokens.
 */
export function useRequestLog(fastify: FastifyInstance, { logLevel }: Pick<Config['general'], 'logLevel'>): void {
  const logger = new Logger('Request');
  const logsReads = logLevel === 'debug';
  afterResponse(fastify, (request, reply) => {
    const isAnsweredRead = reply.statusCode < 400 && (request.method === 'GET' || request.method === 'HEAD');
    const path = isAnsweredRead && !logsReads ? undefined : (request.url.split('?', 1)[0] ?? '');
    if (path !== undefined && !QUIET.test(path)) {
      const { method, id: traceId } = request;
      const line = {
        method,
        path: withoutTokens(path),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        traceId,
      };
      if (reply.statusCode >= 500) logger.error(line);
      else if (isAnsweredRead) logger.debug(line);
      else logger.log(line);
    }
  });
}

interface DescribedError {
  type: string;
  message: string;
  stack?: string;
  cause?: DescribedError;
}

/** @param error an error, or pino-http's description of one, which has the error in `raw` */
export function describeError(error: unknown): DescribedError {
  const original = (error as { raw?: unknown } | null)?.raw ?? error;
  if (!(original instanceof Error)) return { type: typeof original, message: 'thrown, but not an error' };
  return {
    type: original.name,
    message: original.message,
    ...(original.stack && { stack: original.stack }),
    ...(original.cause instanceof Error && { cause: describeError(original.cause) }),
  };
}

/** 32 bytes as base64url, like session tokens, or more, like those of unsubscribe links; all ids have other lengths. */
const TOKEN = /(?<![\w-])(?:[\w-]{43}|[\w-]{72,})(?![\w-])/g;

/** Removes tokens from a text, for example from a path. */
export const withoutTokens = (text: string): string => text.replace(TOKEN, '[token]');
