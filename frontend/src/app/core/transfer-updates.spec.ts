import {
  HttpErrorResponse,
  HttpInterceptorFn,
  HttpRequest,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { Observable, Subject } from 'rxjs';
import { aTransfer } from '../../testing/builders';
import { Connection } from './connection';
import { EVENT_STREAM, StreamMessage } from './event-stream';
import { sessionEndedInterceptor } from './session-interceptors';
import { SessionStore } from './sessions';
import { groupOf, Transfer, TransferUpdates } from './transfer-updates';

/** A request that the server received, with a subject for its response. */
interface Call {
  readonly request: HttpRequest<unknown>;
  readonly stream: boolean;
  readonly answer: Subject<HttpResponse<unknown>>;
  closed: boolean;
}

let calls: Call[];
let validated: 'alive' | 'away';
let whose: string;
const server: HttpInterceptorFn = (request) =>
  new Observable((out) => {
    if (request.url === '/session/validate')
      return validated === 'alive'
        ? out.next(new HttpResponse({ body: { account: { email: whose }, expiresAt: '2099-01-01' } }))
        : out.error(new HttpErrorResponse({ status: 503, error: '{"code":"service_unavailable"}' }));
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
  send({ kind: 'event', type: 'transfer', data: JSON.stringify(transfer), id: `${transfer.id}:${transfer.revision}` });
const answer = (body: unknown) => {
  last().answer.next(new HttpResponse({ body }));
  last().answer.complete();
};
const refuse = (status: number, code = 'x') =>
  last().answer.error(new HttpErrorResponse({ status, error: JSON.stringify({ code, title: 'x' }) }));
const PACE = { from: '2026-11-24T09:00:00.000Z', everySeconds: 60, items: [3] };

async function watch(id?: string) {
  void TestBed.inject(SessionStore).check();
  await pass(0);
  const updates = TestBed.inject(TransferUpdates);
  const unfollow = id === undefined ? () => undefined : updates.follow(id);
  TestBed.tick();
  const connection = TestBed.inject(Connection);
  return { updates, unfollow, connection, state: () => connection.state() };
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  calls = [];
  validated = 'alive';
  whose = 'ana@example.com';
  localStorage.setItem('cloudmover.token.source', 'abc');
  jest.useFakeTimers();
  TestBed.configureTestingModule({
    providers: [provideHttpClient(withInterceptors([sessionEndedInterceptor, server]))],
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
  localStorage.clear();
});

it('receives all transfers over one stream, and reports the connection as live', async () => {
  const { updates, state } = await watch();
  expect(calls).toHaveLength(1);
  expect(last().request.urlWithParams).toBe('/api/transfers/events');
  event(aTransfer({ id: 'a', revision: 3 }));
  event(aTransfer({ id: 'b', state: 'needs_reconnect' }));
  expect(updates.transfers().map(({ id }) => id)).toEqual(['a', 'b']);
  expect(updates.needsYou()).toBe(1);
  expect(state()).toEqual({ state: 'live' });
});

it('reports the cause once an outage lasts, and continues with the stream', async () => {
  const { connection } = await watch('tr1');
  event(aTransfer({ pace: PACE }));
  const code = () => connection.blockedReason()?.code;
  refuse(0);
  await pass(0);
  expect(code()).toBeUndefined();
  await pass(1000);
  for (const seconds of [1, 2, 4]) {
    // Its database is down, so polling would not help.
    expect(last().stream).toBe(true);
    refuse(503, 'service_unavailable');
    await pass(0);
    expect(connection.state()).toMatchObject({ state: 'reconnecting', inSeconds: seconds });
    await pass(seconds * 1000);
  }
  expect(code()).toBe('service_unavailable');
  event(aTransfer({ revision: 4, pace: PACE }));
  expect(code()).toBeUndefined();
  expect(connection.state()).toEqual({ state: 'live' });
});

it('requests details of the followed transfer, until its page closes', async () => {
  const { unfollow } = await watch('tr 1');
  expect(last().request.urlWithParams).toBe('/api/transfers/events?transfer=tr%201');
  unfollow();
  TestBed.tick();
  expect(calls[0]?.closed).toBe(true);
  expect(last().request.urlWithParams).toBe('/api/transfers/events');
});

it('reconnects after 1, 2, 4 … s when the stream breaks, and continues after the last event', async () => {
  const { state } = await watch('tr1');
  event(aTransfer({ revision: 3, pace: PACE }));
  refuse(0);
  await pass(0);
  expect(state()).toEqual({ state: 'reconnecting', inSeconds: 1 });
  await pass(1000);
  expect(calls).toHaveLength(2);
  expect(last().request.headers.get('Last-Event-ID')).toBe('tr1:3');
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    refuse(0);
    await pass(0);
    expect(state()).toMatchObject({ state: 'reconnecting', inSeconds: seconds });
    await pass(seconds * 1000);
  }
});

it('fetches a transfer of which it has only the list entry', async () => {
  const { updates } = await watch();
  event(aTransfer({ revision: 3 }));
  updates.follow('tr1');
  TestBed.tick();
  expect(last().request.headers.has('Last-Event-ID')).toBe(false);
});

it('fetches the details again if only a summary of a newer version has arrived since', async () => {
  const { updates, unfollow } = await watch('tr1');
  const inFlight: Transfer['inFlight'] = [{ ordinal: 1, path: 'a.pdf', kind: 'file', mimeType: 'x', size: 1 }];
  event(aTransfer({ revision: 3, pace: PACE, inFlight }));
  // The response to a command, for example: what is shown stays until its new details arrive.
  updates.take(aTransfer({ revision: 4, state: 'pausing' }));
  expect(updates.transfer('tr1')).toMatchObject({ state: 'pausing', inFlight });
  refuse(0);
  await pass(1000);
  expect(last().request.headers.get('Last-Event-ID')).toBe('tr1:3');
  unfollow();
  TestBed.tick();
  event(aTransfer({ revision: 5, state: 'paused' }));
  expect(updates.transfer('tr1')?.inFlight).toBeUndefined();
  updates.follow('tr1');
  TestBed.tick();
  expect(last().request.headers.has('Last-Event-ID')).toBe(false);
});

it('treats 25 s of silence as a broken connection, but not with a heartbeat', async () => {
  await watch();
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

it('reports its data as old if nothing arrived for a minute', async () => {
  const { connection } = await watch();
  event(aTransfer());
  refuse(0);
  await pass(45_000);
  expect(connection.stale()).toBe(false);
  await pass(31_000);
  expect(connection.stale()).toBe(true);
  send({ kind: 'heartbeat' });
  expect(connection.stale()).toBe(false);
});

it('reconnects at once when the browser comes online', async () => {
  await watch();
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

it('polls every 15 s if streams are refused twice, and tries a stream again after a minute', async () => {
  const { updates, state } = await watch('tr1');
  refuse(502);
  await pass(1000);
  refuse(502);
  await pass(0);
  for (let asked = 0; asked < 4; asked++) {
    expect(last().request.url).toBe('/api/transfers');
    answer({ transfers: [aTransfer({ revision: 9 + asked }), aTransfer({ id: 'old', state: 'completed' })] });
    await pass(0);
    expect(last().request.url).toBe('/api/transfers/tr1');
    answer(aTransfer({ revision: 9 + asked, pace: PACE }));
    await pass(0);
    expect(updates.transfer('tr1')).toMatchObject({ revision: 9 + asked, pace: PACE });
    expect(updates.transfer('old')).toBeUndefined();
    expect(state()).toMatchObject({ state: 'polling' });
    await pass(15_000);
  }
  expect(last().stream).toBe(true);
});

it('does not report current data while polls fail too', async () => {
  const { state } = await watch();
  refuse(502);
  await pass(1000);
  refuse(502);
  await pass(0);
  refuse(503);
  await pass(0);
  expect(state()).toMatchObject({ state: 'reconnecting', inSeconds: 15, why: { status: 503 } });
});

it('stops at a permanent error, keeps its data, and retries on request', async () => {
  const { updates } = await watch();
  event(aTransfer({ revision: 3 }));
  refuse(403);
  await pass(60_000);
  expect(calls).toHaveLength(1);
  expect(updates.problem()).toMatchObject({ status: 403 });
  expect(updates.transfer('tr1')?.revision).toBe(3);
  updates.retry();
  TestBed.tick();
  expect(calls).toHaveLength(2);
  expect(updates.problem()).toBeUndefined();
});

it('continues with the other side when one sign-in has ended, and stops when none is left', async () => {
  localStorage.setItem('cloudmover.token.destination', 'def');
  const { updates, state } = await watch();
  event(aTransfer());
  TestBed.inject(SessionStore).markEnded('source', 'session_expired');
  await pass(0);
  TestBed.tick();
  expect(calls).toHaveLength(2);
  expect(updates.problem()).toBeUndefined();
  TestBed.inject(SessionStore).markEnded('destination', 'session_expired');
  await pass(0);
  TestBed.tick();
  expect(calls).toHaveLength(2);
  expect(calls[1]?.closed).toBe(true);
  expect(updates.problem()?.status).toBe(401);
  expect(updates.transfer('tr1')).toBeDefined();
  expect(state()).toEqual({ state: 'idle' });
});

it('follows the others if the requested one does not exist', async () => {
  const { updates } = await watch('tr1');
  refuse(404, 'transfer_not_found');
  await pass(0);
  expect(updates.problem()).toMatchObject({ status: 404, code: 'transfer_not_found' });
  expect(last().request.urlWithParams).toBe('/api/transfers/events');
});

it('ignores older versions, and keeps the pace that a list entry lacks', async () => {
  const { updates } = await watch('tr1');
  event(aTransfer({ revision: 5, pace: PACE }));
  updates.take(aTransfer({ revision: 4, state: 'canceling' }));
  expect(updates.transfer('tr1')?.state).toBe('running');
  updates.take(aTransfer({ revision: 6, state: 'canceling' }));
  expect(updates.transfer('tr1')).toMatchObject({ state: 'canceling', pace: PACE });
  updates.take(aTransfer({ revision: 7, state: 'canceled' }));
  expect(updates.transfer('tr1')?.pace).toBeUndefined();
});

it('sends no request before the sign-ins are checked, and checks them again when the server is back', async () => {
  validated = 'away';
  const updates = TestBed.inject(TransferUpdates);
  TestBed.tick();
  expect(calls).toHaveLength(0);
  await watch();
  expect(TestBed.inject(SessionStore).source().state).toBe('unknown');
  validated = 'alive';
  event(aTransfer());
  await pass(0);
  TestBed.tick();
  expect(TestBed.inject(SessionStore).source().state).toBe('connected');
  expect(calls).toHaveLength(1);
  expect(updates.transfer('tr1')).toBeDefined();
});

describe('in a tab that is hidden', () => {
  async function turn(visibility: DocumentVisibilityState): Promise<void> {
    jest.spyOn(document, 'visibilityState', 'get').mockReturnValue(visibility);
    document.dispatchEvent(new Event('visibilitychange'));
    TestBed.tick();
    await pass(0);
  }
  const live = () => calls.filter(({ stream, closed }) => stream && !closed);
  /** Passes time while the server sends heartbeats. */
  async function stay(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      if (live().length > 0) send({ kind: 'heartbeat' });
      await pass(1000);
      TestBed.tick();
    }
  }

  it('keeps the stream for 30 s, then closes it and polls once a minute', async () => {
    const { updates, state } = await watch('tr1');
    event(aTransfer({ revision: 3, pace: PACE }));
    await turn('hidden');
    await stay(29);
    expect(live()).toHaveLength(1);
    await stay(1);
    expect(live()).toHaveLength(0);
    for (let asked = 1; asked <= 6; asked++) {
      expect(last().request.url).toBe('/api/transfers');
      answer({ transfers: [aTransfer({ revision: 3 + asked })] });
      await pass(0);
      answer(aTransfer({ revision: 3 + asked, pace: PACE }));
      await pass(0);
      expect(updates.transfer('tr1')?.revision).toBe(3 + asked);
      expect(state()).toMatchObject({ state: 'polling' });
      const before = calls.length;
      await stay(59);
      expect(calls).toHaveLength(before);
      await stay(1);
    }
    expect(live()).toHaveLength(0);
  });

  it('does not close it if the tab becomes visible earlier', async () => {
    await watch();
    event(aTransfer());
    await turn('hidden');
    await stay(20);
    await turn('visible');
    await stay(20);
    await turn('hidden');
    await stay(20);
    expect(calls).toHaveLength(1);
    expect(live()).toHaveLength(1);
  });

  it('continues after the last event once the tab is visible, and receives what has ended in between', async () => {
    const { updates, state } = await watch('tr1');
    event(aTransfer({ revision: 3, pace: PACE }));
    event(aTransfer({ id: 'other', revision: 5 }));
    await turn('hidden');
    await stay(30);
    await turn('visible');
    expect(live()).toHaveLength(1);
    expect(last().request.headers.get('Last-Event-ID')).toBe('tr1:3');
    send({ kind: 'opened' });
    expect(state()).toEqual({ state: 'live' });
    const refresh = calls.filter(({ request, closed }) => request.url === '/api/transfers' && !closed).at(-1) as Call;
    refresh.answer.next(
      new HttpResponse({ body: { transfers: [aTransfer({ id: 'other', state: 'completed', revision: 6 })] } }),
    );
    await pass(0);
    expect(updates.transfer('other')?.state).toBe('completed');
    expect(state()).toEqual({ state: 'live' });
  });

  it('opens no stream for a background tab until it is visible', async () => {
    jest.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    await watch();
    await stay(30);
    expect(live()).toHaveLength(0);
    refuse(503);
    await pass(0);
    await turn('visible');
    expect(live()).toHaveLength(1);
  });
});

it('sends no request while nobody is signed in', async () => {
  localStorage.clear();
  const { state } = await watch();
  expect(calls).toHaveLength(0);
  expect(state()).toEqual({ state: 'idle' });
});

it('distinguishes what waits for a user from what a user paused', () => {
  const problem = { code: 'destination_storage_full', title: '', detail: '' } as const;
  expect(groupOf(aTransfer({ state: 'paused' }))).toBe('active');
  expect(groupOf(aTransfer({ state: 'paused', problem }))).toBe('needs_you');
  expect(groupOf(aTransfer({ state: 'needs_reconnect' }))).toBe('needs_you');
  expect(groupOf(aTransfer({ state: 'waiting_quota' }))).toBe('active');
  expect(groupOf(aTransfer({ state: 'undone' }))).toBe('finished');
});

it('forgets an account’s transfers when another one is connected', async () => {
  const { updates } = await watch();
  event(aTransfer());
  const sessions = TestBed.inject(SessionStore);
  sessions.markEnded('source', 'session_expired');
  TestBed.tick();
  expect(updates.transfer('tr1')).toBeDefined();
  whose = 'bob@example.com';
  await sessions.connect('source', 'other-token');
  TestBed.tick();
  expect(updates.transfers()).toEqual([]);
});

it('receives a followed transfer again after it was forgotten with an account', async () => {
  const { updates } = await watch('tr1');
  event(aTransfer({ revision: 3, pace: PACE }));
  whose = 'bob@example.com';
  await TestBed.inject(SessionStore).connect('source', 'other-token');
  TestBed.tick();
  expect(updates.transfer('tr1')).toBeUndefined();
  expect(last().stream).toBe(true);
  expect(last().request.headers.has('Last-Event-ID')).toBe(false);
});

it('reads what has ended while the stream was broken', async () => {
  const { updates, state } = await watch();
  event(aTransfer({ id: 'other', revision: 5 }));
  refuse(0);
  await pass(1000);
  send({ kind: 'opened' });
  const read = () => calls.filter(({ request, closed }) => request.url === '/api/transfers' && !closed).at(-1);
  read()!.answer.error(new HttpErrorResponse({ status: 0 }));
  await pass(0);
  expect(state()).toMatchObject({ state: 'reconnecting' });
  await pass(1000);
  send({ kind: 'opened' });
  const transfers = [aTransfer({ id: 'other', state: 'completed', revision: 6 })];
  read()!.answer.next(new HttpResponse({ body: { transfers } }));
  await pass(0);
  expect(updates.transfer('other')?.state).toBe('completed');
  expect(state()).toEqual({ state: 'live' });
});
