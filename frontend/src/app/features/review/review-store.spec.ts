// The store without its page; nothing is rendered.
import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ActivatedRoute, convertToParamMap, Router } from '@angular/router';
import { BehaviorSubject, map } from 'rxjs';
import { aPreflight, aTransfer } from '../../../testing/builders';
import { ACCOUNTS, confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { Selection } from '../../core/selection';
import { SessionStore } from '../../core/sessions';
import { Toasts } from '../../core/toasts';
import { Preflight } from '../../api/models/preflight';
import { ReviewStore } from './review-store';

const navigate = jest.fn().mockResolvedValue(true);
const address = new BehaviorSubject('pre1');

let leave: () => void;

async function open(preflight: Preflight): Promise<ReviewStore> {
  storeTokens('source', 'destination');
  address.next(preflight.id);
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      {
        provide: ActivatedRoute,
        useValue: { paramMap: address.pipe(map((preflightId) => convertToParamMap({ preflightId }))) },
      },
      { provide: Router, useValue: { navigate } },
    ],
  });
  void TestBed.inject(SessionStore).check();
  const page = createEnvironmentInjector([ReviewStore], TestBed.inject(EnvironmentInjector));
  leave = () => page.destroy();
  const store = page.get(ReviewStore);
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

/** Answers the recount of the count that is shown, and shows the new one. */
async function recounted(preflight: Preflight) {
  network()
    .expectOne(`/api/preflights/${address.value}/recount`)
    .flush(preflight, { status: 202, statusText: 'Accepted' });
  await rest();
  network()
    .expectOne({ method: 'DELETE', url: `/api/preflights/${address.value}` })
    .flush(null);
  address.next(preflight.id);
  await rest();
  network().expectOne(`/api/preflights/${preflight.id}`).flush(preflight);
  await rest();
}

it('starts nothing after a later count if the one before the start has failed', async () => {
  const store = await open(aPreflight({ stale: true }));
  void store.start();
  await recounted(aPreflight({ id: 'pre2', state: 'failed', checks: [] }));
  void store.countAgain();
  await recounted(aPreflight({ id: 'pre3' }));
  network().expectNone('/api/transfers');
  expect(store.changedSince()).toBe(false);
});

it('counts again with the options that are chosen now', async () => {
  const store = await open(aPreflight());
  store.options.form.conflict().value.set('skip');
  void store.countAgain();
  expect(network().expectOne('/api/preflights/pre1/recount').request.body).toMatchObject({ conflict: 'skip' });
});

it.each([
  ['source', 'The source of this count is bob@example.com, but another account is connected.'],
  ['destination', 'The destination of this count is bob@example.com, but another account is connected.'],
] as const)('neither starts nor recounts while another account is connected as the %s', async (side, why) => {
  const store = await open(aPreflight({ ...ACCOUNTS, [side]: { email: 'bob@example.com', name: 'Bob' } }));
  expect(store.accounts.lost()).toEqual([{ side, heading: why }]);
  expect([store.blockedReason(), store.canRecount()]).toEqual([why, false]);
  await store.start();
  network().expectNone('/api/transfers');
});

it('names the account that a refused start needs', async () => {
  const store = await open(aPreflight());
  const failed = jest.spyOn(TestBed.inject(Toasts), 'failed');
  void store.start();
  refuse('/api/transfers', 'wrong_account', 403, { side: 'source' });
  await rest();
  expect(failed).toHaveBeenCalledWith(expect.anything(), { account: 'ana@example.com', folder: 'Archive' });
});

it('executes one command at a time', async () => {
  const store = await open(aPreflight());
  void store.recount();
  expect(await store.recount()).toBe(false);
  network().expectOne('/api/preflights/pre1/recount');
});

describe('once the page was left', () => {
  it('opens no other one', async () => {
    const store = await open(aPreflight());
    void store.start();
    leave();
    network()
      .expectOne('/api/transfers')
      .flush(aTransfer({ id: 'pre1' }), { status: 202, statusText: 'Accepted' });
    await rest();
    expect(navigate).not.toHaveBeenCalled();
  });

  it('deletes the recount, and keeps the count that the person may return to', async () => {
    const store = await open(aPreflight());
    const noted = jest.spyOn(TestBed.inject(Selection), 'noteRecount');
    void store.recount();
    leave();
    network()
      .expectOne('/api/preflights/pre1/recount')
      .flush(aPreflight({ id: 'pre2' }), { status: 202, statusText: 'Accepted' });
    await rest();
    network().expectOne({ method: 'DELETE', url: '/api/preflights/pre2' });
    network().expectNone({ method: 'DELETE', url: '/api/preflights/pre1' });
    expect(noted).not.toHaveBeenCalled();
  });
});

it('returns to the selection with the mode of the last count, which is of the same items', async () => {
  const store = await open(aPreflight());
  const noted = jest.spyOn(TestBed.inject(Selection), 'noteRecount');
  void store.recount({ mode: 'move' });
  await recounted(aPreflight({ id: 'pre2', mode: 'move' }));
  expect(navigate).toHaveBeenLastCalledWith(
    ['/move/review', 'pre2'],
    expect.objectContaining({ queryParams: { mode: 'move' }, queryParamsHandling: 'merge' }),
  );
  expect(noted).toHaveBeenCalledWith('pre1', 'pre2');
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
