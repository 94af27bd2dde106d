import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { network, portalHttp, refuse, storeTokens } from '../../testing/portal-http';
import { asSide } from './api-client';
import { SessionStore } from './sessions';

beforeEach(() => {
  storeTokens('source', 'destination');
  TestBed.configureTestingModule({ providers: portalHttp() });
});
afterEach(() => localStorage.clear());

const http = () => TestBed.inject(HttpClient);
const sent = (url: string) => network().expectOne((request) => request.url === url).request.headers;

it('attaches only the token of the requested side', () => {
  http()
    .get('/list-files', { context: asSide('source') })
    .subscribe();
  const headers = sent('/list-files');
  expect(headers.get('X-Source-Token')).toBe('source-token');
  expect(headers.has('X-Destination-Token')).toBe(false);
});

it('attaches both tokens if both sides are requested', () => {
  http()
    .get('/api/transfers', { context: asSide('both') })
    .subscribe();
  expect(sent('/api/transfers').keys().sort()).toEqual(['X-Destination-Token', 'X-Source-Token']);
});

it('attaches none by default', () => {
  http().get('/api/about').subscribe();
  expect(sent('/api/about').keys()).toEqual([]);
});

it.each(['https://evil.example/api/transfers', '//evil.example/api/transfers', '/assets/list.json', '/apiary'])(
  'never sends a token to %s',
  (url) => {
    http()
      .get(url, { context: asSide('both') })
      .subscribe();
    expect(sent(url).keys()).toEqual([]);
  },
);

it('marks the side whose session ended, and no longer sends its token', () => {
  http()
    .get('/list-files', { context: asSide('source') })
    .subscribe({ error: () => undefined });
  refuse('/list-files', 'session_expired', 401);
  const sessions = TestBed.inject(SessionStore);
  expect(sessions.source()).toMatchObject({ state: 'ended', code: 'session_expired' });
  expect(sessions.destination().state).not.toBe('ended');
  http()
    .get('/api/transfers', { context: asSide('both') })
    .subscribe();
  expect(sent('/api/transfers').keys()).toEqual(['X-Destination-Token']);
});

it('distinguishes withdrawn access from an ended session', () => {
  http()
    .get('/drive-info', { context: asSide('destination') })
    .subscribe({ error: () => undefined });
  refuse('/drive-info', 'reconnect_needed', 401, { side: 'destination' });
  expect(TestBed.inject(SessionStore).destination()).toMatchObject({ state: 'ended', code: 'reconnect_needed' });
});

it('uses the side that the server names when both were sent', () => {
  let failure: unknown;
  http()
    .post('/api/transfers', {}, { context: asSide('both') })
    .subscribe({ error: (error: unknown) => (failure = error) });
  refuse('/api/transfers', 'session_expired', 401, { side: 'destination' });
  expect(failure).toBeInstanceOf(HttpErrorResponse);
  const sessions = TestBed.inject(SessionStore);
  expect(sessions.destination().state).toBe('ended');
  expect(sessions.source().state).not.toBe('ended');
});

it('does not mark a new token as ended if an old one is rejected', () => {
  http()
    .get('/list-files', { context: asSide('source') })
    .subscribe({ error: () => undefined });
  void TestBed.inject(SessionStore).connect('source', 'newer-token');
  refuse('/list-files', 'session_expired', 401);
  expect(TestBed.inject(SessionStore).source().state).toBe('checking');
  network().expectOne('/session/validate');
});
