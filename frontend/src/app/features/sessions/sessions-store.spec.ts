import { TestBed } from '@angular/core/testing';
import { MatDialog } from '@angular/material/dialog';
import { provideRouter } from '@angular/router';
import { of } from 'rxjs';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { SessionStore } from '../../core/sessions';
import { SessionsStore } from './sessions-store';

const session = (id: string, current = false) => ({ id, current, type: 'source', device: {}, expiresAt: '2099-01-01' });

async function open(...sides: ('source' | 'destination')[]) {
  storeTokens(...sides);
  const dialog = { openDialogs: [], open: () => ({ afterClosed: () => of(true) }) };
  TestBed.configureTestingModule({
    providers: [...portalHttp(), provideRouter([]), { provide: MatDialog, useValue: dialog }, SessionsStore],
  });
  const store = TestBed.inject(SessionsStore);
  void TestBed.inject(SessionStore).check();
  for (const side of sides) await confirmSession(side);
  return store;
}

async function list(...sessions: ReturnType<typeof session>[]) {
  network()
    .expectOne(({ url }) => url === '/session/active')
    .flush({ sessions });
  await rest();
}

afterEach(() => localStorage.clear());

it('distinguishes this browser’s session from the others', async () => {
  const store = await open('source');
  expect(store.others()).toEqual({ state: 'loading' });
  await list(session('mine', true), session('other'));
  expect(store.others()).toMatchObject({ state: 'ready', sessions: [{ id: 'other' }] });
  expect(store.current('source')?.id).toBe('mine');
  expect(store.accounts()).toEqual([{ email: 'ana@example.com', side: 'source' }]);
});

it('reports why the list could not be read, and reads it again', async () => {
  const store = await open('source');
  refuse('/session/active', 'service_unavailable', 503);
  await rest();
  expect(store.others()).toMatchObject({ state: 'error', problem: { code: 'service_unavailable' } });
  store.reload();
  await rest();
  await list(session('mine', true));
  expect(store.others()).toEqual({ state: 'ready', sessions: [] });
});

it('marks a session as ending until it has ended', async () => {
  const store = await open('source');
  await list(session('mine', true), session('other'));
  const ended = store.end({ ...session('other'), side: 'source' } as Parameters<typeof store.end>[0]);
  expect([...store.ending()]).toEqual(['other']);
  // It has already ended, so the command has succeeded.
  refuse('/session/other', 'session_not_found', 404);
  await ended;
  expect([...store.ending()]).toEqual([]);
});
