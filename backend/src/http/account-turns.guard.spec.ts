import { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { AccountTurnsGuard, giveTurnsBack } from './account-turns.guard.js';
import { AccountTurns, endTurn } from './account-turns.js';
import { EventStreams } from './event-streams.js';
import { countFor, WaitsForOthers, Weighs } from './throttle.guard.js';

class Handlers {
  @Weighs(1_000) all() {}
  plain() {}
  @Weighs(1_000) @WaitsForOthers() waits() {}
}

const config = { maxEventStreams: 2 } as Config['http'];

/** A request and its response; `answering` until it is sent. */
function aProcess() {
  const guard = new AccountTurnsGuard(new AccountTurns(), new EventStreams(config));
  let send!: (...args: unknown[]) => void;
  giveTurnsBack({ addHook: (_name: string, hook: typeof send) => (send = hook) } as never);
  return async (
    handler: keyof Handlers,
    url: string,
    account: string | undefined,
    answer: unknown = 'done',
    closed = false,
    handle = (_request: FastifyRequest): Promise<unknown> => Promise.resolve(answer),
  ) => {
    const raw = Object.assign(new EventEmitter(), { closed });
    const request = { routeOptions: { url } };
    if (account !== undefined) countFor(request as never, 'session', account);
    const context = {
      getHandler: () => Reflect.get(Handlers.prototype, handler) as unknown,
      switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({ raw }) }),
    } as unknown as ExecutionContext;
    try {
      await guard.canActivate(context);
      answer = await handle(request as never);
    } finally {
      await new Promise<void>((sent) => send(request, { raw }, answer, () => sent()));
    }
    return () => raw.emit('close');
  };
}

it('limits the number of open event streams of an account', async () => {
  const ask = aProcess();
  const close = await ask('plain', '/api/transfers/:id/events', 'ana');
  await ask('plain', '/api/transfers/events', 'ana');
  await expect(ask('plain', '/api/transfers/events', 'ana')).rejects.toMatchObject({ code: 'rate_limited' });
  await ask('plain', '/api/transfers/events', 'ben');
  await ask('plain', '/api/transfers', 'ana');
  close();
  await ask('plain', '/api/transfers/events', 'ana');
});

it('adds one listener per stream, because Fastify and Nest leave no room before Node warns of a leak', () => {
  const raw = new ServerResponse(new IncomingMessage(new Socket()));
  const before = raw.listenerCount('close');
  new EventStreams(config).admit(raw, 'ana', true);
  expect(raw.listenerCount('close')).toBe(before + 1);
});

it('does not count a stream whose client left while it waited for its turn', async () => {
  const ask = aProcess();
  for (let times = 0; times < 3; times++) await ask('plain', '/api/transfers/events', 'ana', 'done', true);
  await ask('plain', '/api/transfers/events', 'ana');
});

it('releases the turn of a file when it has been sent, and others at once', async () => {
  const ask = aProcess();
  for (let times = 0; times < 3; times++) await ask('all', '/report', 'ana');
  const sent = await ask('all', '/report', 'ana', Readable.from(['x']));
  let isAnswered = false;
  const next = ask('plain', '/api/transfers', 'ana').then(() => (isAnswered = true));
  await new Promise(setImmediate);
  expect(isAnswered).toBe(false);
  await ask('all', '/report', 'ben');
  await ask('all', '/api/about', undefined);
  sent();
  await next;
});

it('lets a request that waits for work elsewhere release its turn, and limits how many wait', async () => {
  const ask = aProcess();
  const wait = (end: (request: FastifyRequest) => void) =>
    ask('waits', '/transfer-file', 'ana', undefined, false, (request) => {
      end(request);
      return new Promise(() => undefined);
    });
  // A request that has not released its turn takes them all.
  const ends: (() => void)[] = [];
  void wait((request) => ends.push(() => endTurn(request)));
  let isAnswered = false;
  const next = ask('plain', '/api/transfers', 'ana').then(() => (isAnswered = true));
  await new Promise(setImmediate);
  expect(isAnswered).toBe(false);
  ends[0]!();
  await next;
  void wait(endTurn);
  await expect(wait(endTurn)).rejects.toMatchObject({ code: 'rate_limited' });
  await ask('plain', '/api/transfers', 'ana');
});
