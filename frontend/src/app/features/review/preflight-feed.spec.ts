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
import { Preflight, PreflightFeed } from './preflight-feed';

/** The server's side: each question is kept with a subject that answers it. */
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
  const asked = last().answer;
  asked.next(new HttpResponse({ body: preflight }));
  asked.complete();
  await pass(0);
}

async function turn(visibility: DocumentVisibilityState) {
  jest.spyOn(document, 'visibilityState', 'get').mockReturnValue(visibility);
  document.dispatchEvent(new Event('visibilitychange'));
  TestBed.tick();
  await pass(0);
}

/** Passes time while the server says that it lives. */
async function stay(seconds: number) {
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
  await turn('hidden');
  await stay(29);
  expect(streams()).toHaveLength(1);
  await stay(1);
  expect(streams()).toHaveLength(0);
  for (const found of [100, 200, 300]) {
    await answer(counting(found));
    expect(feed.preflight()?.counts.found).toBe(found);
    expect(feed.interrupted()).toBe(false);
    const before = calls.length;
    await stay(59);
    expect(calls).toHaveLength(before);
    await stay(1);
    expect(calls).toHaveLength(before + 1);
  }
  expect(streams()).toHaveLength(0);
});

it('opens the stream again once visible, and keeps its data', async () => {
  const feed = follow();
  await answer(counting(12));
  await turn('hidden');
  await stay(30);
  await answer(counting(100));
  await stay(20);
  await turn('visible');
  expect(feed.preflight()?.counts.found).toBe(100);
  await answer(counting(150));
  expect(streams()).toHaveLength(1);
});

it('stops polling a count that was completed while hidden', async () => {
  const feed = follow();
  await answer(counting(12));
  await turn('hidden');
  await stay(30);
  await answer(aPreflight());
  const asked = calls.length;
  await stay(120);
  await turn('visible');
  await stay(1);
  expect(calls).toHaveLength(asked);
  expect(feed.preflight()?.state).toBe('ready');
});

it('waits a minute after a failure while hidden, and retries at once when visible', async () => {
  const feed = follow();
  await answer(counting(12));
  await turn('hidden');
  await stay(30);
  last().answer.error(new HttpErrorResponse({ status: 503 }));
  await pass(0);
  const asked = calls.length;
  await stay(59);
  expect(calls).toHaveLength(asked);
  await turn('visible');
  expect(calls).toHaveLength(asked + 1);
  await answer(counting(20));
  expect(feed.preflight()?.counts.found).toBe(20);
  expect(streams()).toHaveLength(1);
});
