// The behaviour of every stream. transfer-updates.spec also tests the connection state that the bar shows.
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
import { Freshness } from './connection';
import { LiveStreamOptions, liveStream } from './live-stream';

interface Call {
  readonly request: HttpRequest<unknown>;
  readonly answer: Subject<HttpResponse<unknown>>;
  closed: boolean;
}

let calls: Call[];
const server: HttpInterceptorFn = (request) =>
  new Observable((out) => {
    const call: Call = { request, answer: new Subject(), closed: false };
    calls.push(call);
    const subscription = call.answer.subscribe(out);
    return () => {
      call.closed = true;
      subscription.unsubscribe();
    };
  });
const last = () => calls.at(-1) as Call;
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const send = (data: string, type = 'count') =>
  last().answer.next(new HttpResponse({ body: { kind: 'event', type, data } }));
const refuse = async (status: number) => {
  last().answer.error(new HttpErrorResponse({ status }));
  await pass(0);
};

function follow(options: Partial<LiveStreamOptions> = {}) {
  const key = signal<string | undefined>('a');
  const taken: string[] = [];
  const reported: Freshness['state'][] = [];
  let reads = 0;
  const stream = TestBed.runInInjectionContext(() =>
    liveStream({
      key,
      request: () => ({ url: `/api/${key()}`, lastEventId: taken.at(-1) }),
      type: 'count',
      take: (data) => taken.push(data),
      read: () => Promise.resolve(void reads++),
      report: ({ state }) => reported.push(state),
      ...options,
    }),
  );
  TestBed.tick();
  return { key, stream, taken, reported, reads: () => reads };
}

beforeEach(() => {
  calls = [];
  jest.useFakeTimers();
  TestBed.configureTestingModule({ providers: [provideHttpClient(withInterceptors([server]))] });
});
afterEach(() => jest.useRealTimers());

it('receives the events of its type, and reconnects after the last one', async () => {
  const { taken, reported } = follow();
  send('1');
  send('x', 'another type');
  expect(taken).toEqual(['1']);
  last().answer.complete();
  await pass(1000);
  expect(calls).toHaveLength(2);
  expect(last().request.headers.get('Last-Event-ID')).toBe('1');
  expect(reported).toEqual(['live', 'live', 'reconnecting']);
});

it('opens another stream for another key and none without one', async () => {
  const { key, reported } = follow();
  key.set('b');
  TestBed.tick();
  expect(calls.map(({ request, closed }) => [request.url, closed])).toEqual([
    ['/api/a', true],
    ['/api/b', false],
  ]);
  key.set(undefined);
  TestBed.tick();
  await pass(60_000);
  expect(last().closed).toBe(true);
  expect(calls).toHaveLength(2);
  expect(reported.at(-1)).toBe('idle');
});

it('reads before it opens the stream if requested, and opens none for what is finished', async () => {
  let done = false;
  const { reads } = follow({ readsFirst: true, isDone: () => done });
  await pass(0);
  expect([reads(), calls.length]).toEqual([1, 1]);
  done = true;
  last().answer.complete();
  await pass(60_000);
  expect([reads(), calls.length]).toEqual([1, 1]);
});

it('stops at a permanent error until a retry is requested', async () => {
  const { stream } = follow();
  await refuse(403);
  await pass(60_000);
  expect(calls).toHaveLength(1);
  expect(stream.problem()?.status).toBe(403);
  stream.retry();
  TestBed.tick();
  expect(stream.problem()).toBeUndefined();
  expect(calls).toHaveLength(2);
});

it('continues with another request if its owner provides one', async () => {
  const { stream } = follow({ survives: ({ status }) => status === 404 });
  await refuse(404);
  expect(calls).toHaveLength(2);
  expect(stream.problem()?.status).toBe(404);
});

it('polls if streams are refused twice, and tries a stream again after a minute', async () => {
  const { reads, reported } = follow();
  await refuse(500);
  await pass(1000);
  await refuse(500);
  expect([reads(), reported.at(-1)]).toEqual([1, 'polling']);
  await pass(60_000);
  expect([reads(), calls.length]).toEqual([4, 3]);
});

it('closes when its owner is destroyed', () => {
  follow();
  TestBed.resetTestingModule();
  expect(last().closed).toBe(true);
});
