import {
  HttpErrorResponse,
  HttpInterceptorFn,
  HttpRequest,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Observable, Subject } from 'rxjs';
import { aTransfer } from '../../../testing/builders';
import { Connection } from '../../core/connection';
import { EVENT_STREAM, StreamMessage } from '../../core/event-stream';
import { TransferFeed } from './transfer-feed';
import { Transfer } from './transfer-state';

/** The server's side: each request is kept with a subject that answers it. */
interface Call {
  readonly request: HttpRequest<unknown>;
  readonly stream: boolean;
  readonly answer: Subject<HttpResponse<unknown>>;
  closed: boolean;
}

let calls: Call[];
const server: HttpInterceptorFn = (request) =>
  new Observable((out) => {
    const call: Call = { request, stream: request.context.get(EVENT_STREAM), answer: new Subject(), closed: false };
    calls.push(call);
    const subscription = call.answer.subscribe(out);
    return () => {
      call.closed = true;
      subscription.unsubscribe();
    };
  });

const last = () => calls.at(-1) as Call;
const send = (message: StreamMessage) => last().answer.next(new HttpResponse({ body: message }));
const event = (transfer: Transfer) =>
  send({ kind: 'event', type: 'transfer', data: JSON.stringify(transfer), id: String(transfer.revision) });
const refuse = (status: number) =>
  last().answer.error(new HttpErrorResponse({ status, error: '{"code":"x","title":"x"}' }));

function follow() {
  const id = signal('tr 1');
  const feed = TestBed.runInInjectionContext(() => new TransferFeed(id));
  TestBed.tick();
  const connection = TestBed.inject(Connection);
  return { id, feed, state: () => connection.state() };
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  calls = [];
  jest.useFakeTimers();
  TestBed.configureTestingModule({ providers: [provideHttpClient(withInterceptors([server]))] });
});
afterEach(() => jest.useRealTimers());

it('follows the stream and lets the connection be known as live', () => {
  const { feed, state } = follow();
  expect(last().request.url).toBe('/api/transfers/tr%201/events');
  event(aTransfer({ revision: 3 }));
  expect(feed.transfer()?.revision).toBe(3);
  expect(state()).toEqual({ state: 'live' });
});

it('goes on after the last event seen when the stream breaks, after 1, 2, 4 … s', async () => {
  const { state } = follow();
  event(aTransfer({ revision: 3 }));
  refuse(0);
  await pass(0);
  expect(state()).toEqual({ state: 'reconnecting', inSeconds: 1 });
  await pass(1000);
  expect(calls).toHaveLength(2);
  expect(last().request.headers.get('Last-Event-ID')).toBe('3');
  refuse(0);
  await pass(1000);
  expect(calls).toHaveLength(3);
  refuse(0);
  await pass(0);
  expect(state()).toEqual({ state: 'reconnecting', inSeconds: 2 });
  await pass(2000);
  expect(calls).toHaveLength(4);
  for (const seconds of [4, 8, 16, 30, 30]) {
    refuse(0);
    await pass(0);
    expect(state()).toEqual({ state: 'reconnecting', inSeconds: seconds });
    await pass(seconds * 1000);
  }
});

it('takes 25 s of silence for a broken connection, and a heartbeat for life', async () => {
  follow();
  event(aTransfer());
  await pass(20_000);
  send({ kind: 'heartbeat' });
  await pass(20_000);
  expect(calls).toHaveLength(1);
  await pass(6000);
  expect(calls[0]?.closed).toBe(true);
  await pass(1000);
  expect(calls).toHaveLength(2);
});

it('does not wait when the browser comes online', async () => {
  follow();
  for (let failures = 0; failures < 4; failures++) {
    refuse(0);
    await pass(2 ** failures * 1000);
  }
  refuse(0);
  await pass(500);
  const before = calls.length;
  dispatchEvent(new Event('online'));
  await pass(0);
  expect(calls).toHaveLength(before + 1);
});

it('asks every 15 s where streams are refused twice, and offers the stream again after a minute', async () => {
  const { feed, state } = follow();
  refuse(502);
  await pass(1000);
  refuse(502);
  await pass(0);
  expect(last().stream).toBe(false);
  last().answer.next(new HttpResponse({ body: aTransfer({ revision: 9 }) }));
  last().answer.complete();
  await pass(0);
  expect(feed.transfer()?.revision).toBe(9);
  expect(state()).toMatchObject({ state: 'polling' });
  for (let asked = 1; asked < 4; asked++) {
    await pass(15_000);
    expect(last().stream).toBe(false);
    last().answer.next(new HttpResponse({ body: aTransfer({ revision: 9 + asked }) }));
    last().answer.complete();
    await pass(0);
  }
  await pass(15_000);
  expect(last().stream).toBe(true);
});

it('ends with the transfer and asks no more', async () => {
  const { state } = follow();
  event(aTransfer({ state: 'completed', revision: 4 }));
  last().answer.complete();
  await pass(120_000);
  expect(calls).toHaveLength(1);
  expect(state()).toEqual({ state: 'idle' });
});

it('stops at an answer that asking again cannot better, keeps what was seen, and tries again on demand', async () => {
  const { feed } = follow();
  event(aTransfer({ revision: 3 }));
  refuse(401);
  await pass(60_000);
  expect(calls).toHaveLength(1);
  expect(feed.problem()).toMatchObject({ status: 401 });
  expect(feed.transfer()?.revision).toBe(3);
  feed.retry();
  await pass(0);
  expect(calls).toHaveLength(2);
  expect(feed.problem()).toBeUndefined();
});

it('never goes back to an older picture', () => {
  const { feed } = follow();
  event(aTransfer({ revision: 5 }));
  feed.take(aTransfer({ revision: 4, state: 'canceling' }));
  expect(feed.transfer()?.state).toBe('running');
  feed.take(aTransfer({ revision: 6, state: 'canceling' }));
  expect(feed.transfer()?.state).toBe('canceling');
});

it('lets go of one transfer when another is asked for', () => {
  const { id, feed } = follow();
  event(aTransfer());
  id.set('tr2');
  TestBed.tick();
  expect(calls[0]?.closed).toBe(true);
  expect(last().request.url).toBe('/api/transfers/tr2/events');
  expect(feed.transfer()).toBeUndefined();
});
