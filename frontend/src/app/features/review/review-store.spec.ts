// The store without its page; nothing is rendered.
import { TestBed } from '@angular/core/testing';
import { ActivatedRoute, convertToParamMap, Router } from '@angular/router';
import { of } from 'rxjs';
import { aPreflight } from '../../../testing/builders';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { SessionStore } from '../../core/sessions';
import { Preflight } from '../../api/models/preflight';
import { ReviewStore } from './review-store';

const navigate = jest.fn().mockResolvedValue(true);

async function open(preflight: Preflight): Promise<ReviewStore> {
  storeTokens('source', 'destination');
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      ReviewStore,
      { provide: ActivatedRoute, useValue: { paramMap: of(convertToParamMap({ preflightId: preflight.id })) } },
      { provide: Router, useValue: { navigate } },
    ],
  });
  void TestBed.inject(SessionStore).check();
  const store = TestBed.inject(ReviewStore);
  await confirmSession('source');
  await confirmSession('destination');
  network().expectOne(`/api/preflights/${preflight.id}`).flush(preflight);
  await rest();
  return store;
}

afterEach(() => {
  localStorage.clear();
  jest.clearAllMocks();
});

it('starts nothing while options differ from the count’s, and recounts with them', async () => {
  const store = await open(aPreflight({ options: { filter: { name: '*.pdf' } } }));
  store.options.form.conflict().value.set('skip');
  store.options.form.filter.name().value.set('');
  expect(store.options.changed()).toBe(true);
  await store.start();
  network().expectNone('/api/transfers');
  void store.applyOptions();
  expect(network().expectOne('/api/preflights/pre1/recount').request.body).toEqual({
    mode: 'copy',
    conflict: 'skip',
    shortcuts: 'rebuild',
    allowConversion: false,
    links: 'leave',
    filter: {},
  });
  expect(store.busy()).toBe('recount');
});

it('discards changes, even invalid ones', async () => {
  const store = await open(aPreflight());
  store.options.form.filter.minSize().value.set('ten');
  expect([store.options.changed(), store.options.invalid()]).toEqual([true, 'Enter a size in megabytes, such as 2.5.']);
  expect(await store.applyOptions()).toBe(false);
  store.leaveOptions();
  expect([store.options.changed(), store.options.invalid()]).toEqual([false, '']);
});

it('opens the transfer if it was started elsewhere', async () => {
  await open(aPreflight({ state: 'started' }));
  expect(navigate).toHaveBeenCalledWith(['/transfers', 'pre1'], { replaceUrl: true });
});

it('executes one command at a time', async () => {
  const store = await open(aPreflight());
  void store.recount();
  expect(await store.recount()).toBe(false);
  network().expectOne('/api/preflights/pre1/recount');
});

describe('after a sign-in in another tab', () => {
  async function signInElsewhere() {
    const key = 'cloudmover.token.source';
    dispatchEvent(new StorageEvent('storage', { key, newValue: 'another-token' }));
    await rest();
  }

  it('keeps what was chosen if the count is still the same', async () => {
    const preflight = aPreflight();
    const store = await open(preflight);
    store.options.form.conflict().value.set('skip');
    await signInElsewhere();
    expect(store.preflight()).toEqual(preflight);
    await confirmSession('source');
    network()
      .expectOne('/api/preflights/pre1')
      .flush({ ...preflight, stale: true });
    await rest();
    expect(store.preflight()?.stale).toBe(true);
    expect(store.options.form.conflict().value()).toBe('skip');
  });

  it('says that the count is gone if it is another account’s', async () => {
    const store = await open(aPreflight());
    await signInElsewhere();
    await confirmSession('source');
    refuse('/api/preflights/pre1', 'preflight_not_found', 404);
    await rest();
    expect(store.gone()).toBe(true);
  });
});
