import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Params } from 'nestjs-pino';
import { pino } from 'pino';
import type { Config } from '../config/config.js';

/** Asked for every few seconds by machines, or many times a page: not worth a line each. */
const QUIET = /^\/(health\/|metrics$|docs\/)|\.(js|css|svg|png|ico|txt|woff2?)$/;

/**
 * The log: JSON lines on standard output. Of an error only its type, words and stack are written, because libraries
 * hang whole requests, secrets included, on theirs.
 */
export function logging({ logLevel }: Pick<Config['general'], 'logLevel'>): Params {
  // Requests are logged by the hook below: pino-http's middleware costs two child loggers a request.
  const options = { level: logLevel, autoLogging: false, serializers: { err: describeError } };
  // Not synchronous: no request waits for the reader of the log. What is buffered is written out when the process ends.
  return { forRoutes: [], pinoHttp: [options, pino.destination({ dest: 1, sync: false })] };
}

/**
 * One line for each request that changed something or was refused; answered reads are at the level `debug`, because a
 * line for each costs as much as answering it. No header and no query is ever logged, because either may hold a token.
 */
export function useRequestLog(fastify: FastifyInstance, { logLevel }: Pick<Config['general'], 'logLevel'>): void {
  const logger = new Logger('Request');
  const logsReads = logLevel === 'debug';
  fastify.addHook('onResponse', (request, reply, done) => {
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
    done();
  });
}

interface DescribedError {
  type: string;
  message: string;
  stack?: string;
  cause?: DescribedError;
}

/** @param error an error, or pino-http's description of one, which keeps the error itself in `raw` */
export function describeError(error: unknown): DescribedError {
  const original = (error as { raw?: unknown } | null)?.raw ?? error;
  if (!(original instanceof Error)) return { type: typeof original, message: 'thrown, but no error' };
  return {
    type: original.name,
    message: original.message,
    ...(original.stack && { stack: original.stack }),
    ...(original.cause instanceof Error && { cause: describeError(original.cause) }),
  };
}

/** 32 bytes as base64url, as session tokens are; ids of Google's and of ours have other lengths. */
const TOKEN = /(?<![\w-])[\w-]{43}(?![\w-])/g;

/** A text without the tokens in it, such as one that a client put into a path. */
export const withoutTokens = (text: string): string => text.replace(TOKEN, '[token]');
