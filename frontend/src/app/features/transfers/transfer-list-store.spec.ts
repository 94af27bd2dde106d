import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { aTransfer } from '../../../testing/builders';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { Connection } from '../../core/connection';
import { SessionStore } from '../../core/sessions';
import { Transfer, TransferUpdates } from '../../core/transfer-updates';
import { ListQuery, TransferListStore } from './transfer-list-store';

const query = signal<ListQuery>({});

async function open() {
  query.set({});
  storeTokens('source');
  TestBed.configureTestingModule({ providers: [...portalHttp(), provideRouter([]), TransferListStore] });
  const store = TestBed.inject(TransferListStore);
  store.show(query);
  void TestBed.inject(SessionStore).check();
  await confirmSession('source');
  return store;
}

async function answer(transfers: Transfer[], nextCursor?: string) {
  // The stream of updates asks for the same list where streams are refused.
  const [request] = network().match(({ url, params }) => url === '/api/transfers' && params.get('limit') === '100');
  request!.flush({ transfers, nextCursor });
  await rest();
  return request!.request.params.get('cursor');
}

const named = (id: string, name: string, parts: Partial<Transfer> = {}) =>
  aTransfer({ id, selection: { count: 1, names: [name] }, ...parts });

afterEach(() => localStorage.clear());

it('loads every page, and counts the transfers in each filter', async () => {
  const store = await open();
  await answer([named('a', 'Finance')], '1');
  expect(await answer([named('b', 'Photos', { state: 'completed' })])).toBe('1');
  expect(store.filters().map(({ key, count }) => [key, count])).toEqual([
    ['all', 2],
    ['active', 1],
    ['needs_you', 0],
    ['finished', 1],
  ]);
  query.set({ state: 'finished' });
  expect(store.shown().map(({ id }) => id)).toEqual(['b']);
  query.set({ q: 'FIN' });
  expect(store.shown().map(({ id }) => id)).toEqual(['a']);
});

it('finds a transfer by the name that it was given', async () => {
  const store = await open();
  await answer([named('a', 'Finance'), named('b', 'Finance', { name: 'Tax return' })]);
  query.set({ q: 'tax' });
  expect(store.shown().map(({ id }) => id)).toEqual(['b']);
});

it('shows the newer version of list and stream', async () => {
  const store = await open();
  await answer([named('a', 'Finance', { revision: 5 })]);
  TestBed.inject(TransferUpdates).take(named('a', 'Finance', { revision: 6, state: 'paused' }));
  expect(store.shown()[0]?.state).toBe('paused');
});

it('reloads automatically after an outage', async () => {
  const store = await open();
  refuse('/api/transfers', 'service_unavailable', 503);
  await rest();
  expect(store.list.state()).toMatchObject({ state: 'error' });
  const connection = TestBed.inject(Connection);
  connection.report({ state: 'reconnecting', inSeconds: 1 });
  connection.report({ state: 'live' });
  await rest();
  await answer([named('a', 'Finance')]);
  expect(store.shown()).toHaveLength(1);
});

it('offers the one next step that its state allows', async () => {
  const store = await open();
  const paused = aTransfer({ state: 'paused', allowedActions: ['resume', 'cancel'] });
  expect(store.nextStep(paused)).toEqual({ act: 'resume', label: 'Resume' });
  expect(store.nextStep(aTransfer({ state: 'running', allowedActions: ['pause'] }))).toBeUndefined();
  const failed = aTransfer({ state: 'failed', allowedActions: ['retry'], consents: { retry: ['destination'] } });
  expect(store.nextStep(failed)?.act).toBe('connect');
});
