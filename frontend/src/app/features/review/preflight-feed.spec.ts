import {
  HttpErrorResponse,
  HttpInterceptorFn,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Observable, Subject } from 'rxjs';
import { aPreflight } from '../../../testing/builders';
import { EVENT_STREAM } from '../../core/event-stream';
import { Preflight } from '../../api/models/preflight';
import { PreflightFeed } from './preflight-feed';

/** A request that the server received, with a subject for its response. */
interface Call {
  readonly stream: boolean;
  readonly answer: Subject<HttpResponse<unknown>>;
  closed: boolean;
}

let calls: Call[];
const server: HttpInterceptorFn = (request) =>
  new Observable((out) => {
    const call: Call = { stream: request.context.get(EVENT_STREAM), answer: new Subject(), closed: false };
    calls.push(call);
    const subscription = call.answer.subscribe(out);
    return () => {
      call.closed = true;
      subscription.unsubscribe();
    };
  });

const pass = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1000);
const streams = () => calls.filter(({ stream, closed }) => stream && !closed);
const last = () => calls.at(-1) as Call;
const counting = (found: number) => aPreflight({ state: 'counting', counts: { found }, revision: found });

async function answer(preflight: Preflight) {
  const response = last().answer;
  response.next(new HttpResponse({ body: preflight }));
  response.complete();
  await pass(0);
}

async function setVisibility(visibility: DocumentVisibilityState) {
  jest.spyOn(document, 'visibilityState', 'get').mockReturnValue(visibility);
  document.dispatchEvent(new Event('visibilitychange'));
  TestBed.tick();
  await pass(0);
}

/** Passes time while the server sends heartbeats. */
async function passConnected(seconds: number) {
  for (let second = 0; second < seconds; second++) {
    for (const { answer } of streams()) answer.next(new HttpResponse({ body: { kind: 'heartbeat' } }));
    await pass(1);
    TestBed.tick();
  }
}

function follow() {
  const feed = TestBed.runInInjectionContext(() => new PreflightFeed(signal('pre1')));
  TestBed.tick();
  return feed;
}

beforeEach(() => {
  calls = [];
  jest.useFakeTimers();
  TestBed.configureTestingModule({ providers: [provideHttpClient(withInterceptors([server]))] });
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

it('closes its stream in a tab hidden for 30 s, and polls once a minute instead', async () => {
  const feed = follow();
  await answer(counting(12));
  expect(streams()).toHaveLength(1);
  await setVisibility('hidden');
  await passConnected(29);
  expect(streams()).toHaveLength(1);
  await passConnected(1);
  expect(streams()).toHaveLength(0);
  for (const found of [100, 200, 300]) {
    await answer(counting(found));
    expect(feed.preflight()?.counts.found).toBe(found);
    expect(feed.interrupted()).toBe(false);
    const before = calls.length;
    await passConnected(59);
    expect(calls).toHaveLength(before);
    await passConnected(1);
    expect(calls).toHaveLength(before + 1);
  }
  expect(streams()).toHaveLength(0);
});

it('opens the stream again once visible, and keeps its data', async () => {
  const feed = follow();
  await answer(counting(12));
  await setVisibility('hidden');
  await passConnected(30);
  await answer(counting(100));
  await passConnected(20);
  await setVisibility('visible');
  expect(feed.preflight()?.counts.found).toBe(100);
  await answer(counting(150));
  expect(streams()).toHaveLength(1);
});

it('stops polling a count that was completed while hidden', async () => {
  const feed = follow();
  await answer(counting(12));
  await setVisibility('hidden');
  await passConnected(30);
  await answer(aPreflight());
  const before = calls.length;
  await passConnected(120);
  await setVisibility('visible');
  await passConnected(1);
  expect(calls).toHaveLength(before);
  expect(feed.preflight()?.state).toBe('ready');
});

it('waits a minute after a failure while hidden, and retries at once when visible', async () => {
  const feed = follow();
  await answer(counting(12));
  await setVisibility('hidden');
  await passConnected(30);
  last().answer.error(new HttpErrorResponse({ status: 503 }));
  await pass(0);
  const before = calls.length;
  await passConnected(59);
  expect(calls).toHaveLength(before);
  await setVisibility('visible');
  expect(calls).toHaveLength(before + 1);
  await answer(counting(20));
  expect(feed.preflight()?.counts.found).toBe(20);
  expect(streams()).toHaveLength(1);
});
