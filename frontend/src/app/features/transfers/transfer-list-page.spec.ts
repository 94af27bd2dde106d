import { TestBed } from '@angular/core/testing';
import { provideRouter, Router, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aTransfer } from '../../../testing/builders';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { SessionStore } from '../../core/sessions';
import { TransferUpdates } from '../../core/transfer-updates';
import TransferListPage from './transfer-list-page';

async function open(connected = true) {
  if (connected) storeTokens('source');
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      provideRouter([{ path: 'transfers', component: TransferListPage }], withComponentInputBinding()),
    ],
  });
  void TestBed.inject(SessionStore).check();
  await RouterTestingHarness.create('/transfers');
  if (connected) await confirmSession('source');
}

const answer = async (body: object) => {
  network()
    .expectOne((request) => request.url === '/api/transfers')
    .flush(body);
  await rest();
};
afterEach(() => localStorage.clear());

const RUNNING = aTransfer({ id: 'a', counts: { found: 100, verified: 61 } });
const PARKED = aTransfer({ id: 'b', state: 'needs_reconnect', selection: { count: 1, names: ['HR records'] } });
const DONE = aTransfer({
  id: 'c',
  state: 'completed',
  counts: { found: 5, verified: 5 },
  selection: { count: 1, names: ['Contracts'] },
  finishedAt: '2026-11-24T09:15:00.000Z',
  activeSeconds: 60,
});

it('lists transfers with their states and counts', async () => {
  await open();
  await answer({ transfers: [RUNNING, PARKED, DONE] });
  const rows = within(screen.getByRole('table', { name: 'Transfers' })).getAllByRole('row');
  expect(rows).toHaveLength(4);
  expect(rows[1]).toHaveTextContent(/Running.*Board decks and Brand.*61 of 100/);
  expect(rows[3]).toHaveTextContent(/Completed.*Contracts.*Everything verified, took 1 min.*5 of 5/);
  expect(screen.getByRole('link', { name: 'HR records' })).toHaveAttribute('href', '/transfers/b');
});

it('filters by the state in the address', async () => {
  await open();
  await answer({ transfers: [RUNNING, PARKED, DONE] });
  await userEvent.click(screen.getByRole('button', { name: 'Needs attention 1' }));
  await rest();
  expect(screen.getByRole('button', { name: 'Needs attention 1' })).toHaveAttribute('aria-pressed', 'true');
  expect(screen.queryByText('Contracts')).toBeNull();
  expect(screen.getByText('HR records')).toBeVisible();
});

it('shows that there are none yet', async () => {
  await open();
  await answer({ transfers: [] });
  expect(screen.getByRole('heading', { name: 'No transfers yet' })).toBeVisible();
});

it('asks to connect an account if none is connected', async () => {
  await open(false);
  await rest();
  expect(screen.getByRole('link', { name: 'Connect an account' })).toHaveAttribute('href', '/connect');
  network().expectNone('/api/transfers');
});

it('does not treat accounts as disconnected that could not be checked, and loads once they were', async () => {
  storeTokens('source');
  await open(false);
  refuse('/session/validate', 'service_unavailable', 503);
  await rest();
  expect(screen.queryByText('No account is connected')).toBeNull();
  expect(screen.getByRole('alert')).toHaveTextContent(
    /Couldn’t check which accounts are connected.*cannot reach its database.*This page keeps trying/,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await confirmSession('source');
  await answer({ transfers: [DONE] });
  expect(screen.getByText('Contracts')).toBeVisible();
});

it('offers no command while offline', async () => {
  await open();
  const paused = aTransfer({ id: 'p', state: 'paused', allowedActions: ['resume'] });
  await answer({ transfers: [paused] });
  expect(screen.getByRole('button', { name: /^Resume/ })).toBeEnabled();
  dispatchEvent(new Event('offline'));
  await rest();
  expect(screen.getByRole('button', { name: /^Resume/ })).toBeDisabled();
  dispatchEvent(new Event('online'));
  await rest();
  expect(screen.getByRole('button', { name: /^Resume/ })).toBeEnabled();
});

it('reloads automatically when an outage ends', async () => {
  await open();
  refuse('/api/transfers', 'service_unavailable', 503);
  await rest();
  const connection = TestBed.inject(Connection);
  connection.report({ state: 'reconnecting', inSeconds: 1 });
  connection.report({ state: 'live' });
  await rest();
  await answer({ transfers: [DONE] });
  expect(screen.getByText('Contracts')).toBeVisible();
});

it('offers to try again after a failure', async () => {
  await open();
  refuse('/api/transfers', 'service_unavailable', 503);
  await rest();
  expect(screen.getByRole('alert')).toHaveTextContent('CloudMover cannot reach its database.');
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await answer({ transfers: [DONE] });
  expect(screen.getByText('Contracts')).toBeVisible();
});

it('loads every page, so that the counts are right', async () => {
  await open();
  await answer({ transfers: [RUNNING], nextCursor: '50' });
  const request = network().expectOne((each) => each.params.get('cursor') === '50');
  request.flush({ transfers: [DONE] });
  await rest();
  expect(screen.getByText('Board decks and Brand')).toBeVisible();
  expect(screen.getByText('Contracts')).toBeVisible();
  expect(screen.getByRole('button', { name: 'All 2' })).toBeVisible();
});

it('searches by name, stored in the address', async () => {
  await open();
  await answer({ transfers: [RUNNING, PARKED, DONE] });
  await userEvent.type(screen.getByRole('searchbox', { name: 'Search by name' }), 'contr');
  await rest();
  expect(TestBed.inject(Router).url).toBe('/transfers?q=contr');
  expect(screen.getByText('Contracts')).toBeVisible();
  expect(screen.queryByText('HR records')).toBeNull();
  await userEvent.type(screen.getByRole('searchbox', { name: 'Search by name' }), 'x');
  await rest();
  expect(screen.getByText('No transfer is called “contrx”.')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Show all' }));
  await rest();
  expect(screen.getByText('HR records')).toBeVisible();
});

it('is updated by the event stream without another request', async () => {
  await open();
  await answer({ transfers: [RUNNING, PARKED] });
  TestBed.inject(TransferUpdates).take({
    ...RUNNING,
    revision: 2,
    counts: { ...RUNNING.counts, verified: 99, waiting: 1 },
  });
  TestBed.inject(TransferUpdates).take(aTransfer({ id: 'new', selection: { count: 1, names: ['Just begun'] } }));
  await rest();
  expect(screen.getByText('99 of 100')).toBeVisible();
  expect(screen.getByText('Just begun')).toBeVisible();
});

it('offers the next step of a waiting transfer', async () => {
  await open();
  await answer({ transfers: [aTransfer({ id: 'p', state: 'paused', allowedActions: ['resume', 'cancel'] })] });
  await userEvent.click(screen.getByRole('button', { name: 'Resume: Board decks and Brand' }));
  const resume = network().expectOne('/api/transfers/p/resume');
  expect(screen.getByRole('button', { name: 'Resuming: Board decks and Brand' })).toBeDisabled();
  resume.flush(aTransfer({ id: 'p', revision: 2 }));
  await rest();
  expect(screen.getByText('Running')).toBeVisible();
});

it('offers commands for each visible transfer and the other kinds', async () => {
  await open();
  await answer({ transfers: [RUNNING, DONE] });
  const offers = TestBed.inject(Commands).all();
  expect(offers.map(({ label }) => label)).toEqual([
    'New transfer',
    'Show transfers: Active',
    'Show transfers: Needs attention',
    'Show transfers: Finished',
    'Open transfer Board decks and Brand',
    'Open transfer Contracts',
  ]);
  offers.find(({ label }) => label.endsWith('Finished'))?.run();
  await rest();
  expect(TestBed.inject(Router).url).toBe('/transfers?state=finished');
});

it('focuses the search field with the key shown in it', async () => {
  await open();
  await answer({ transfers: [RUNNING] });
  await userEvent.keyboard('/');
  expect(screen.getByRole('searchbox', { name: 'Search by name' })).toHaveFocus();
});

it('keeps a space at the end of a search, which the next word follows', async () => {
  await open();
  await answer({ transfers: [RUNNING, PARKED, DONE] });
  const box = screen.getByRole('searchbox', { name: 'Search by name' });
  await userEvent.type(box, 'hr x');
  await rest();
  await userEvent.type(box, '{Backspace}');
  await rest();
  await userEvent.type(box, 'rec');
  await rest();
  expect(box).toHaveValue('hr rec');
  expect(TestBed.inject(Router).url).toBe('/transfers?q=hr%20rec');
});
