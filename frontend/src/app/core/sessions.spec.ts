import { TestBed } from '@angular/core/testing';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../testing/portal-http';
import { Clock } from './clock';
import { SessionStore } from './sessions';

beforeEach(() => TestBed.configureTestingModule({ providers: portalHttp() }));
afterEach(() => {
  jest.restoreAllMocks();
  localStorage.clear();
});

it('checks only the sides that have a token', async () => {
  storeTokens('source');
  const sessions = TestBed.inject(SessionStore);
  void sessions.check();
  expect(sessions.source().state).toBe('checking');
  expect(sessions.destination().state).toBe('absent');
  await confirmSession('source');
  expect(sessions.source()).toMatchObject({ state: 'connected', account: { email: 'ana@example.com' } });
  expect(sessions.settled()).toBe(true);
});

it('keeps neither names nor addresses in localStorage', async () => {
  storeTokens('source');
  void TestBed.inject(SessionStore).check();
  await confirmSession('source');
  expect(JSON.stringify({ ...localStorage })).not.toMatch(/ana|ruiz/i);
});

describe('at the known end of a session', () => {
  /** Connects the source for a minute. @returns passes seconds, and runs what follows */
  async function connectForAMinute() {
    let now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    storeTokens('source');
    const sessions = TestBed.inject(SessionStore);
    void sessions.check();
    await confirmSession('source', 60_000);
    const pass = (seconds: number) => {
      now += seconds * 1000;
      TestBed.inject(Clock).refresh();
      TestBed.tick();
    };
    return { sessions, pass };
  }

  it('asks the server, and ends it if the server says so', async () => {
    const { sessions, pass } = await connectForAMinute();
    pass(59);
    network().expectNone('/session/validate');
    pass(2);
    expect(sessions.source().state).toBe('connected');
    refuse('/session/validate', 'session_expired', 401);
    await rest();
    expect(sessions.source()).toMatchObject({ state: 'ended', account: { email: 'ana@example.com' } });
  });

  it('stays connected if its use has moved the end', async () => {
    const { sessions, pass } = await connectForAMinute();
    pass(61);
    await confirmSession('source', 60_000);
    expect(sessions.source().state).toBe('connected');
    pass(30);
    network().expectNone('/session/validate');
    pass(31);
    await confirmSession('source', 60_000);
  });

  it('stays connected while the server does not answer, and is checked again', async () => {
    const { sessions, pass } = await connectForAMinute();
    pass(61);
    network().expectOne('/session/validate').error(new ProgressEvent('error'));
    await rest();
    expect(sessions.source().state).toBe('connected');
    pass(1);
    network().expectNone('/session/validate');
    pass(15);
    refuse('/session/validate', 'session_expired', 401);
    await rest();
    expect(sessions.source().state).toBe('ended');
  });
});

it('reports an unknown state when the server is unreachable, and keeps the token', async () => {
  storeTokens('source');
  const sessions = TestBed.inject(SessionStore);
  void sessions.check();
  network().expectOne('/session/validate').error(new ProgressEvent('error'));
  await rest();
  expect(sessions.source()).toMatchObject({ state: 'unknown', problem: { code: 'unreachable' } });
  expect(localStorage.getItem('cloudmover.token.source')).toBe('source-token');
});

it('follows changes in another tab', async () => {
  const sessions = TestBed.inject(SessionStore);
  dispatchEvent(new StorageEvent('storage', { key: 'cloudmover.token.destination', newValue: 'from-elsewhere' }));
  await confirmSession('destination');
  expect(sessions.destination().state).toBe('connected');
  dispatchEvent(new StorageEvent('storage', { key: 'cloudmover.token.destination', newValue: null }));
  expect(sessions.destination().state).toBe('absent');
});

it('disconnects by ending the session on the server first', async () => {
  storeTokens('source');
  const sessions = TestBed.inject(SessionStore);
  const done = sessions.disconnect('source');
  const request = network().expectOne('/session/logout');
  expect(request.request.method).toBe('DELETE');
  request.flush({ ended: true });
  await done;
  expect(sessions.source().state).toBe('absent');
  expect(localStorage.getItem('cloudmover.token.source')).toBeNull();
});

it('forgets a session that had already ended, but keeps one that could not be checked', async () => {
  storeTokens('source');
  const sessions = TestBed.inject(SessionStore);
  const failing = sessions.disconnect('source');
  network().expectOne('/session/logout').error(new ProgressEvent('error'));
  await expect(failing).rejects.toBeDefined();
  expect(localStorage.getItem('cloudmover.token.source')).toBe('source-token');

  const done = sessions.disconnect('source');
  refuse('/session/logout', 'session_expired', 401);
  await done;
  expect(localStorage.getItem('cloudmover.token.source')).toBeNull();
});
