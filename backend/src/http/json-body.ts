import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidRequestError } from './errors.js';
import { BODY_LIMIT_BYTES } from './limits.js';

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Bodies are JSON in UTF-8, uncompressed, and nothing else: a form, which a page of any site can send, is refused, and bytes
 * of another encoding would silently become other letters. `__proto__` and `constructor.prototype` are refused.
 */
export function useJsonBodies(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error') as (
    request: FastifyRequest,
    text: string,
    done: Done,
  ) => void;
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (request: FastifyRequest, bytes: Buffer, done: Done) => {
      const text = textOf(request, bytes);
      if (text instanceof Error) done(text);
      else parse(request, text, done);
    },
  );
}

function textOf({ headers }: FastifyRequest, bytes: Buffer): string | InvalidRequestError {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && !/^identity$/i.test(encoding.trim()))
    return new InvalidRequestError('The body must not be compressed: leave out `Content-Encoding`.');
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset))
    return new InvalidRequestError('The body must be JSON in UTF-8: send `Content-Type: application/json`.');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return new InvalidRequestError('The body is not valid UTF-8. Encode it as UTF-8.');
  }
}
