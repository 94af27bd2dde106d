import { TestBed } from '@angular/core/testing';
import { anItem } from '../../testing/builders';
import { confirmSession, network, portalHttp, rest, storeTokens } from '../../testing/portal-http';
import { SessionStore } from './sessions';
import { Selection } from './selection';

beforeEach(() => {
  storeTokens('source');
  TestBed.configureTestingModule({ providers: portalHttp() });
});
afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

async function connected(): Promise<Selection> {
  const selection = TestBed.inject(Selection);
  void TestBed.inject(SessionStore).check();
  await confirmSession('source');
  return selection;
}

it('restores a cleared selection', async () => {
  const selection = await connected();
  selection.change([anItem({ id: 'a' }), anItem({ id: 'b' })], true);
  selection.change([anItem({ id: 'b' })], false);
  const restore = selection.clear();
  expect(selection.count()).toBe(0);
  restore();
  expect([...selection.ids()]).toEqual(['a']);
});

it('survives a reload as IDs, and gets names from a list', async () => {
  const before = await connected();
  before.change([anItem({ id: 'a', name: 'Secret name' })], true);
  await rest();
  expect(sessionStorage.getItem('cloudmover.selection')).toContain('"a"');
  expect(sessionStorage.getItem('cloudmover.selection')).not.toMatch(/Secret|ana@/);

  TestBed.resetTestingModule();
  TestBed.configureTestingModule({ providers: portalHttp() });
  const after = await connected();
  expect(after.items()).toEqual([{ id: 'a' }]);
  after.addDetails([anItem({ id: 'a', name: 'Known again' }), anItem({ id: 'other' })]);
  expect(after.items()).toEqual([expect.objectContaining({ id: 'a', name: 'Known again' })]);
});

it('ends when another source account is connected', async () => {
  const selection = await connected();
  selection.change([anItem({ id: 'a' })], true);
  await rest();
  void TestBed.inject(SessionStore).connect('source', 'of-somebody-else');
  network()
    .expectOne('/session/validate')
    .flush({
      valid: true,
      type: 'source',
      account: { email: 'eve@example.com', name: 'Eve' },
      expiresAt: new Date(Date.now() + 9e6).toISOString(),
      expiresIn: 9000,
    });
  await rest();
  expect(selection.count()).toBe(0);
});

describe('once a transfer has started', () => {
  it('is emptied if it still is what was counted, also after a recount', async () => {
    const selection = await connected();
    selection.change([anItem({ id: 'a' }), anItem({ id: 'b' })], true);
    selection.noteCount('pre1', ['b', 'a']);
    selection.noteRecount('pre1', 'pre2');
    selection.clearCounted('pre1');
    expect(selection.count()).toBe(2);
    selection.clearCounted('pre2');
    expect(selection.count()).toBe(0);
  });

  it('keeps what was selected since the count', async () => {
    const selection = await connected();
    selection.change([anItem({ id: 'a' })], true);
    selection.noteCount('pre1', ['a']);
    selection.change([anItem({ id: 'b' })], true);
    selection.clearCounted('pre1');
    expect([...selection.ids()]).toEqual(['a', 'b']);
  });

  it('keeps what was selected if another count has started', async () => {
    const selection = await connected();
    selection.change([anItem({ id: 'a' })], true);
    selection.noteCount('newer', ['a']);
    selection.noteRecount('older', 'again');
    selection.clearCounted('again');
    expect(selection.count()).toBe(1);
  });
});
