import { TestBed } from '@angular/core/testing';
import { keysList } from '../api/functions';
import { network, portalHttp, refuse, rest } from '../../testing/portal-http';
import { OperatorKey } from './operator-key';

const STORED = 'cloudmover.operator';
const TOKEN = `cmo_pA2kQ0n7cJmWl9b3XyT1uQ.${'s'.repeat(43)}`;

function start(): OperatorKey {
  TestBed.configureTestingModule({ providers: portalHttp() });
  return TestBed.inject(OperatorKey);
}

it('keeps the key in memory only, once the server has accepted it', async () => {
  const operator = start();
  void operator.unlock('a-key', false);
  expect([operator.checking(), operator.value()]).toEqual([true, undefined]);
  network().expectOne('/api/keys').flush({ keys: [] });
  await rest();
  expect([operator.value(), operator.isSession(), operator.checking()]).toEqual(['a-key', false, false]);
  expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain('a-key');
});

it('exchanges the key for a session to stay signed in, which another start finds', async () => {
  const operator = start();
  void operator.unlock('a-key', true);
  network().expectOne('/session/operator').flush({ token: TOKEN });
  await rest();
  expect([operator.value(), operator.isSession()]).toEqual([TOKEN, true]);
  expect(JSON.stringify({ ...localStorage })).not.toContain('a-key');
  TestBed.resetTestingModule();
  expect(start().value()).toBe(TOKEN);
});

it('forgets a session that the server refuses, and says that it has ended', async () => {
  localStorage.setItem(STORED, TOKEN);
  const operator = start();
  const refused = expect(operator.call(keysList, {})).rejects.toMatchObject({ status: 403 });
  refuse('/api/keys', 'operator_key_refused', 403);
  await refused;
  expect(operator.value()).toBeUndefined();
  expect(operator.problem()).toMatchObject({ ofSession: true });
  expect(localStorage.getItem(STORED)).toBeNull();
});

it('keeps it while the server is away, or refuses something else', async () => {
  localStorage.setItem(STORED, TOKEN);
  const operator = start();
  for (const [code, status] of [
    ['service_unavailable', 503],
    ['operator_key_needed', 403],
  ] as const) {
    const failed = expect(operator.call(keysList, {})).rejects.toMatchObject({ status });
    refuse('/api/keys', code, status);
    await failed;
  }
  expect(operator.value()).toBe(TOKEN);
});

it('ends the session when it is locked', async () => {
  localStorage.setItem(STORED, TOKEN);
  const operator = start();
  const locked = operator.lock();
  expect([operator.value(), localStorage.getItem(STORED)]).toEqual([undefined, null]);
  const sent = network().expectOne('/session/pA2kQ0n7cJmWl9b3XyT1uQ');
  expect([sent.request.method, sent.request.headers.get('X-Operator-Key')]).toEqual(['DELETE', TOKEN]);
  sent.flush({ ended: true });
  await locked;
});

it('forgets a session even if it cannot be ended, and reports that', async () => {
  localStorage.setItem(STORED, TOKEN);
  const operator = start();
  const locked = expect(operator.lock()).rejects.toMatchObject({ status: 503 });
  refuse('/session/pA2kQ0n7cJmWl9b3XyT1uQ', 'service_unavailable', 503);
  await locked;
  expect(operator.value()).toBeUndefined();
});

it('follows other tabs, which never take a key from memory', () => {
  const operator = start();
  const tell = (newValue: string | null) => dispatchEvent(new StorageEvent('storage', { key: STORED, newValue }));
  tell(TOKEN);
  expect(operator.value()).toBe(TOKEN);
  tell(null);
  expect(operator.value()).toBeUndefined();
  operator.accept('a-key');
  tell(null);
  expect(operator.value()).toBe('a-key');
});
