import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccountTurns, endTurn, TURN, unitsFor } from './account-turns.js';
import { EventStreams } from './event-streams.js';
import { accountOf, waitsForOthers, weightOf } from './throttle.guard.js';

/** The last part of event streams' routes. */
const EVENTS = /\/events$/;

/**
 * Makes requests of one account wait for each other (see AccountTurns). An event stream keeps its turn only until its
 * first events are sent, but each account has a limited number of them; a streamed file keeps it until it is sent. This
 * is the last guard instead of an interceptor, because an interceptor costs each request noticeable processor time.
 */
@Injectable()
export class AccountTurnsGuard implements CanActivate {
  constructor(
    private readonly turns: AccountTurns,
    private readonly streams: EventStreams,
  ) {}

  /** @throws TooManyRequestsError */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { [TURN]?: () => void }>();
    const account = accountOf(request);
    if (account === undefined) return true;
    request[TURN] = await this.turns.take(account, unitsFor(weightOf(context)));
    const isStream = EVENTS.test(request.routeOptions.url ?? '');
    if (isStream || waitsForOthers(context))
      this.streams.admit(context.switchToHttp().getResponse<FastifyReply>().raw, account, isStream);
    return true;
  }
}

/** Releases the turn of each request when its response is ready or, if it is streamed, sent. */
export function giveTurnsBack(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, { raw }, payload, done) => {
    const isStreamed = typeof (payload as { pipe?: unknown } | null | undefined)?.pipe === 'function';
    if (isStreamed && !raw.closed) raw.once('close', () => endTurn(request));
    else endTurn(request);
    done(null, payload);
  });
}
