import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { finalize, type Observable, tap } from 'rxjs';
import { Config } from '../config/config.js';
import { AccountTurns, unitsFor } from './account-turns.js';
import { TooManyRequestsError } from './errors.js';
import { accountOf, waitsForOthers, weightOf } from './throttle.guard.js';

/** How the patterns of event streams end. */
const EVENTS = /\/events$/;
const STREAM_WAIT_SECONDS = 30;
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
  /** Open event streams by account. */
  private readonly streams = new Map<string, number>();

  constructor(private readonly config: Config) {}

  /** @throws TooManyRequestsError */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const account = accountOf(request);
    if (account === undefined) return next.handle();
    const release = await this.turns.take(account, unitsFor(weightOf(context)));
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    Object.assign(request, { [TURN]: release });
    const isOpen = EVENTS.test(request.routeOptions.url ?? '') || waitsForOthers(context);
    if (isOpen) this.keepOpen(account, raw, release);
    let isStreamed = false;
    return next.handle().pipe(
      tap((answer) => (isStreamed = answer instanceof StreamableFile)),
      finalize(() => {
        if (isStreamed && !raw.closed) raw.once('close', release);
        else release();
      }),
    );
  }

  /** A stream costs memory for as long as it is open, whatever the limits on requests. */
  private keepOpen(account: string, raw: FastifyReply['raw'], release: () => void): void {
    // Its client left while it waited for its turn: no event would end the count, and LiveStreams opens nothing.
    if (raw.closed) return;
    const open = this.streams.get(account) ?? 0;
    if (open >= this.config.http.maxEventStreams) {
      release();
      throw new TooManyRequestsError('streams', STREAM_WAIT_SECONDS);
    }
    this.streams.set(account, open + 1);
    raw.once('close', () => {
      const left = this.streams.get(account)! - 1;
      if (left > 0) this.streams.set(account, left);
      else this.streams.delete(account);
    });
  }
}
