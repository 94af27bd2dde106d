import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { network, portalHttp, refuse, rest } from '../../../testing/portal-http';
import { AnalyticsRange } from '../../api/models/analytics-range';
import { OperatorKey } from '../../core/operator-key';
import { AnalyticsStore } from './analytics-store';

const range = signal<AnalyticsRange>('24h');

function open() {
  range.set('24h');
  TestBed.configureTestingModule({ providers: [...portalHttp(), AnalyticsStore] });
  const store = TestBed.inject(AnalyticsStore);
  store.show(range);
  TestBed.tick();
  return store;
}

async function answer(range: AnalyticsRange) {
  network().expectOne(`/session/analytics?range=${range}`).flush({ range });
  await rest();
}

it('loads the figures once there is a key, and forgets one that the server refuses later', async () => {
  const store = open();
  expect(store.state()).toEqual({ state: 'locked' });
  TestBed.inject(OperatorKey).accept('a-key');
  TestBed.tick();
  await answer('24h');
  expect(store.state()).toMatchObject({ state: 'ready', figures: { range: '24h' } });
  void store.refresh();
  refuse('/session/analytics', 'operator_key_refused', 403);
  await rest();
  expect(store.state()).toEqual({ state: 'locked' });
  expect(TestBed.inject(OperatorKey).value()).toBeUndefined();
});

it('reads another range at once, and keeps the figures while a read fails', async () => {
  const store = open();
  TestBed.inject(OperatorKey).accept('a-key');
  TestBed.tick();
  await answer('24h');
  range.set('7d');
  TestBed.tick();
  refuse('/session/analytics', 'service_unavailable', 503);
  await rest();
  expect(store.state()).toMatchObject({
    state: 'ready',
    figures: { range: '24h' },
    problem: { code: 'service_unavailable' },
  });
  void store.refresh();
  await answer('7d');
  expect(store.state()).toMatchObject({ state: 'ready', figures: { range: '7d' } });
});

it('reports no problem of a range that was left', async () => {
  const store = open();
  TestBed.inject(OperatorKey).accept('a-key');
  TestBed.tick();
  refuse('/session/analytics', 'service_unavailable', 503);
  await rest();
  expect(store.state()).toMatchObject({ state: 'failed' });
  range.set('7d');
  TestBed.tick();
  expect(store.state()).toEqual({ state: 'loading' });
  const late = network().expectOne('/session/analytics?range=7d');
  range.set('30d');
  TestBed.tick();
  late.error(new ProgressEvent('error'));
  await rest();
  expect(store.state()).toEqual({ state: 'loading' });
  await answer('30d');
  expect(store.state()).toMatchObject({ state: 'ready', figures: { range: '30d' } });
});
