import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { finalize, type Observable, tap } from 'rxjs';
import { AccountTurns, unitsFor } from './account-turns.js';
import { EventStreams } from './event-streams.js';
import { accountOf, waitsForOthers, weightOf } from './throttle.guard.js';

/** How the patterns of event streams end. */
const EVENTS = /\/events$/;
const TURN = Symbol('gives the turn of a request back');

/** Gives the turn of a request back early: it has done its work, and only waits. */
export const endTurn = (request: FastifyRequest): void => (request as { [TURN]?: () => void })[TURN]?.();

/**
 * Lets requests of one account wait for each other (see AccountTurns). An event stream has its turn only until it is
 * open, but an account has a bounded number of them; a file that is streamed has it until it has ended.
 */
@Injectable()
export class AccountTurnsInterceptor implements NestInterceptor {
  private readonly turns = new AccountTurns();

  constructor(private readonly streams: EventStreams) {}

  /** @throws TooManyRequestsError */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const account = accountOf(request);
    if (account === undefined) return next.handle();
    const release = await this.turns.take(account, unitsFor(weightOf(context)));
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    Object.assign(request, { [TURN]: release });
    const isStream = EVENTS.test(request.routeOptions.url ?? '');
    try {
      if (isStream || waitsForOthers(context)) this.streams.admit(raw, account, isStream);
    } catch (error) {
      release();
      throw error;
    }
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
