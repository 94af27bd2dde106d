import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidRequestError } from './errors.js';

/** The `Idempotency-Key` header, or undefined. @throws InvalidRequestError when it is empty or too long */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && key.length >= 1 && key.length <= 255) return key;
  throw new InvalidRequestError('The Idempotency-Key header must have 1 to 255 characters.', [
    { parameter: 'Idempotency-Key', detail: 'must have 1 to 255 characters' },
  ]);
});
