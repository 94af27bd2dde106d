import {
  type ArgumentMetadata,
  createParamDecorator,
  type ExecutionContext,
  ValidationPipe,
  type ValidationError,
} from '@nestjs/common';
import { ValidateIf } from 'class-validator';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FILE_TYPES, takesFile, takesForm } from './body-limit.js';
import { InvalidRequestError, type ParameterError } from './errors.js';
import { BODY_DEPTH, BODY_LIMIT_BYTES } from './limits.js';

/**
 * The property may be omitted and then has its default. Unlike IsOptional this refuses null, which would not be
 * replaced by the default.
 */
export const MayBeLeftOut = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** For `@Transform` of a query parameter: converts it to a boolean, or returns the text, which IsBoolean refuses. */
export const booleanOf = ({ value }: { value: unknown }) =>
  value === 'true' ? true : value === 'false' ? false : value;

/** Names of the fields in the body as it was sent; the DTO also has the defaults of the others. */
export const SentFields = createParamDecorator((_: unknown, context: ExecutionContext): string[] =>
  Object.keys((context.switchToHttp().getRequest<FastifyRequest>().body as object | undefined) ?? {}),
);

/** Refuses deeply nested bodies before class-transformer overflows the stack. */
class ShallowValidationPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // A file, which has no DTO.
    if (Buffer.isBuffer(value)) return Promise.resolve(value);
    if (metadata.type === 'body' && isDeeperThan(BODY_DEPTH, value))
      throw new InvalidRequestError(`The body is nested more than ${BODY_DEPTH} levels deep. Send a flatter one.`);
    if (metadata.type === 'body' || metadata.type === 'query') refuseInherited(value);
    // Values of our own decorators are not input; validating them would cost time for every guarded call.
    if (metadata.type === 'custom') return value as Promise<unknown>;
    return super.transform(value, metadata) as Promise<unknown>;
  }
}

/** Names that every object has, which class-validator mistakes for properties of the DTO. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

/** @throws InvalidRequestError */
function refuseInherited(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [parameter, inner] of Object.entries(value)) {
    if (INHERITED.has(parameter) && !Array.isArray(value)) {
      const detail = 'is not a parameter of this call';
      throw new InvalidRequestError(`${parameter} ${detail}.`, [{ parameter, detail }]);
    }
    refuseInherited(inner);
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

/** Checks queries, paths and bodies against their DTO; refuses unknown properties instead of ignoring them. */
export function validationPipe(): ValidationPipe {
  return new ShallowValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (failures) => {
      const errors = failures.flatMap((failure) => parameterErrors(failure, ''));
      return new InvalidRequestError(
        errors.map(({ parameter, detail }) => `${parameter} ${detail}`).join('; ') + '.',
        errors,
      );
    },
  });
}

function parameterErrors(failure: ValidationError, parent: string): ParameterError[] {
  const parameter = parent ? `${parent}.${failure.property}` : failure.property;
  const own = Object.entries(failure.constraints ?? {}).map(([rule, message]) => ({
    parameter,
    detail: rule === 'whitelistValidation' ? 'is not a parameter of this call' : withoutName(message, failure.property),
  }));
  return [...own, ...(failure.children ?? []).flatMap((child) => parameterErrors(child, parameter))];
}

/** Removes the property's name, with which class-validator begins its messages, because it is stated separately. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Bodies are JSON in UTF-8, uncompressed, and nothing else but the files of `FileBody` and the forms of `FormBody`: other
 * forms, which a page of any site can send, are refused, and bytes of another encoding would silently become other letters. `__proto__` and `constructor.prototype` are refused.
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
      const text = takesFile(request) ? fileExpected() : textOf(request, bytes);
      if (text instanceof Error) done(text);
      else parse(request, text, done);
    },
  );
  fastify.addContentTypeParser(
    [...FILE_TYPES],
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (request: FastifyRequest, bytes: Buffer, done: Done) => {
      const refusal = takesFile(request) ? compressedRefusal(request) : jsonExpected();
      if (refusal) done(refusal);
      else done(null, bytes);
    },
  );
  fastify.addContentTypeParser(
    ['application/x-www-form-urlencoded', 'multipart/form-data'],
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (request: FastifyRequest, _bytes: Buffer, done: Done) =>
      done(takesForm(request) ? null : unknownMediaType(request)),
  );
}

/** For a body of another media type. */
export const unknownMediaType = (request: FastifyRequest): InvalidRequestError =>
  takesFile(request) ? fileExpected() : jsonExpected();

const jsonExpected = () => new InvalidRequestError('The body must be JSON: send `Content-Type: application/json`.');
const fileExpected = () =>
  new InvalidRequestError(`The body must be a file: send \`Content-Type: ${FILE_TYPES.join('` or `')}\`.`);

function compressedRefusal({ headers }: FastifyRequest): InvalidRequestError | undefined {
  const encoding = headers['content-encoding'];
  return encoding === undefined || /^identity$/i.test(encoding.trim())
    ? undefined
    : new InvalidRequestError('The body must not be compressed: leave out `Content-Encoding`.');
}

function textOf(request: FastifyRequest, bytes: Buffer): string | InvalidRequestError {
  const compressed = compressedRefusal(request);
  if (compressed) return compressed;
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset))
    return new InvalidRequestError('The body must be JSON in UTF-8: send `Content-Type: application/json`.');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return new InvalidRequestError('The body is not valid UTF-8. Encode it as UTF-8.');
  }
}
