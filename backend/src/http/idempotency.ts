import { hash } from 'node:crypto';
import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  Global,
  Injectable,
  Module,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { isCoded } from '../engine/errors.js';
import { ApiProblems } from './api-problems.js';
import { IdempotencyConflictError, IdempotencyInProgressError, InvalidRequestError } from './errors.js';
import { IdempotencyStore, type KeyedRequest } from './idempotency.port.js';
import { isProblemCode, type ProblemCode, PROBLEMS } from './problems.js';

/** Longer than any such request takes, including retries of requests to Google. */
const LEASE_MS = 60_000;

/**
 * Identifies a request by its `Idempotency-Key` header.
 * @param callers the sender; other accounts' keys are different keys
 * @param key undefined: the client sent none
 * @param content the whole request with defaults
 */
export function keyedRequest(callers: readonly string[], key: string | undefined, content: unknown) {
  if (key === undefined) return undefined;
  const digest = (value: unknown) => hash('sha256', JSON.stringify(value), 'base64url');
  return { key: digest([...callers, key]), digest: digest(content) } satisfies KeyedRequest;
}

/** Executes a request once, however often it is sent with the same key. */
@Injectable()
export class Idempotency {
  constructor(private readonly store: IdempotencyStore) {}

  /**
   * Executes a request, or returns the result of its first execution.
   * @param newId creates the id, which is recorded first
   * @param work creates the resource with that id. It must be repeatable with the same id, because a process may die in
   *   the middle. Without a key it gets no id.
   * @throws IdempotencyConflictError · IdempotencyInProgressError · what `newId` and `work` throw
   */
  async once<Result extends object>(
    request: KeyedRequest | undefined,
    newId: () => Promise<string> | string,
    work: (id?: string) => Promise<Result>,
  ): Promise<Result> {
    if (!request) return work();
    const claim = await this.store.claim(request, newId, LEASE_MS);
    if (claim.outcome === 'conflict') throw new IdempotencyConflictError();
    if (claim.outcome === 'under_way') throw new IdempotencyInProgressError();
    if (claim.outcome === 'done' && claim.result !== undefined) return JSON.parse(claim.result) as Result;
    try {
      const result = await work(claim.id);
      await this.store.settle(request, claim.id, JSON.stringify(result));
      return result;
    } catch (error) {
      // A client error means that nothing was created; after other failures that is unknown.
      await this.store.release(request, claim.id, isRefusal(error)).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Runs a request that can be repeated safely. Records no result, and only refuses another request with its key.
   * @param id of the resource
   * @throws IdempotencyConflictError · what `work` throws
   */
  async again<Result>(request: KeyedRequest | undefined, id: string, work: () => Promise<Result>): Promise<Result> {
    if (!request) return work();
    const { outcome } = await this.store.claim(request, () => id, 0);
    if (outcome === 'conflict') throw new IdempotencyConflictError();
    try {
      return await work();
    } catch (error) {
      if (outcome === 'mine' && isRefusal(error)) await this.store.release(request, id, true).catch(() => undefined);
      throw error;
    }
  }
}

/** What Google may answer to a repetition whose first attempt has arrived. */
const UNCLEAR: readonly string[] = ['rate_limited', 'quota_exceeded', 'reconnect_needed'] satisfies ProblemCode[];

const isRefusal = (error: unknown): boolean =>
  isCoded(error) && isProblemCode(error.code) && PROBLEMS[error.code].status < 500 && !UNCLEAR.includes(error.code);

/** The `Idempotency-Key` header, or undefined. @throws InvalidRequestError if it is empty or too long */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && key.length >= 1 && key.length <= 255) return key;
  throw new InvalidRequestError('The Idempotency-Key header must have 1 to 255 characters.', [
    { parameter: 'Idempotency-Key', detail: 'must have 1 to 255 characters' },
  ]);
});

/** Documents the `Idempotency-Key` header of a call. */
export function ApiIdempotencyKey(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Any text of 1 to 255 characters, such as a random UUID. For 24 hours the same key with the same request returns the same result and creates nothing new, so you can repeat a request whose response was lost; with a different request it is refused.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
    ApiProblems('idempotency_conflict', 'idempotency_in_progress'),
  );
}

@Global()
@Module({ providers: [Idempotency], exports: [Idempotency] })
export class IdempotencyModule {}
