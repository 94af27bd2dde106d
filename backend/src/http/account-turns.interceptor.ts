import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { finalize, type Observable, tap } from 'rxjs';
import { AccountTurns, unitsFor } from './account-turns.js';
import { accountOf, waitsForOthers, weightOf } from './throttle.guard.js';

/**
 * Lets requests of one account wait for each other (see AccountTurns). An event stream has its turn only until it is
 * open; a file that is streamed, until it has ended.
 */
@Injectable()
export class AccountTurnsInterceptor implements NestInterceptor {
  private readonly turns = new AccountTurns();

  constructor(private readonly reflector: Reflector) {}

  /** @throws TooManyRequestsError */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const account = accountOf(request);
    if (account === undefined || waitsForOthers(this.reflector, context)) return next.handle();
    const release = await this.turns.take(account, unitsFor(weightOf(this.reflector, context)));
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    let isStreamed = false;
    return next.handle().pipe(
      tap((answer) => (isStreamed = answer instanceof StreamableFile)),
      finalize(() => {
        if (isStreamed && !raw.closed) raw.once('close', release);
        else release();
      }),
    );
  }
}
