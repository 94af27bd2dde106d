import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { render, screen, waitFor, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aTransfer } from '../../../testing/builders';
import { ACCOUNTS, confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { SessionStore } from '../../core/sessions';
import { Side } from '../../core/side';
import { LEAVE } from '../../core/sign-in';
import SessionsPage from './sessions-page';

const leave = jest.fn();
const HOUR = 3_600_000;

const aSession = (id: string, parts: object = {}) => ({
  id: `${id}-rest`,
  type: 'source',
  account: ACCOUNTS.source,
  device: { browser: 'Firefox', os: 'Linux' },
  createdAt: new Date(Date.now() - HOUR).toISOString(),
  lastUsedAt: new Date().toISOString(),
  expiresAt: new Date(Date.now() + 23 * HOUR).toISOString(),
  current: false,
  ...parts,
});

const HERE: Record<Side, object> = {
  source: aSession('srchere', { current: true }),
  destination: aSession('dsthere', { current: true, type: 'destination', account: ACCOUNTS.destination }),
};

const asks = (url: string, side: Side) =>
  network().expectOne(
    ({ url: asked, headers }) =>
      asked === url && headers.has(side === 'source' ? 'X-Source-Token' : 'X-Destination-Token'),
  );

async function answer(side: Side, ...others: object[]) {
  asks('/session/active', side).flush({ sessions: [HERE[side], ...others] });
  await rest();
}

async function answerTransfers(...transfers: object[]) {
  for (const request of network().match(({ url }) => url === '/api/transfers')) request.flush({ transfers });
  await rest();
}

async function show(...sides: Side[]) {
  storeTokens(...sides);
  await render(SessionsPage, {
    providers: [...portalHttp(), provideRouter([]), { provide: LEAVE, useValue: leave }],
  });
  void TestBed.inject(SessionStore).check();
  for (const side of sides) await confirmSession(side, side === 'destination' ? 41.5 * 60_000 : undefined);
  await rest();
}

async function showBoth(...others: object[]) {
  await show('source', 'destination');
  await answer('source', ...others);
  await answer('destination');
  await answerTransfers();
}

async function reply(button: string) {
  const question = await screen.findByRole('alertdialog');
  await userEvent.click(within(question).getByRole('button', { name: button }));
  await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  await rest();
}

const others = () => within(screen.getByRole('table', { name: 'Your other sessions' }));

beforeEach(() => jest.spyOn(console, 'warn').mockImplementation());
afterEach(() => {
  localStorage.clear();
  leave.mockClear();
  jest.restoreAllMocks();
});

it('shows this browser’s sessions, when each ends, and the others of both accounts', async () => {
  await showBoth(aSession('other1'), aSession('other2', { type: 'general', lastUsedAt: null, device: {} }));
  const here = within(screen.getByRole('region', { name: 'Connected in this browser' }));
  expect(here.getByText('srcher…')).toBeVisible();
  expect(here.getByText(/^Ends tomorrow|^Ends today/)).toBeVisible();
  expect(here.getByText('Ends in 41 min')).toHaveClass('warning');
  expect(others().getAllByRole('row')).toHaveLength(3);
  expect(others().getByRole('row', { name: /Firefox on Linux other1… ana@example\.com From/ })).toBeVisible();
  expect(others().getByRole('row', { name: /Unknown device other2….*Either side.*never/ })).toBeVisible();
});

it('ends one other session and reloads the list', async () => {
  await showBoth(aSession('other1'));
  await userEvent.click(others().getByRole('button', { name: 'End session other1…' }));
  expect(others().getByRole('button', { name: 'Ending' })).toBeDisabled();
  const request = asks('/session/other1-rest', 'source');
  expect(request.request.method).toBe('DELETE');
  request.flush({ ended: true });
  await rest();
  expect(await screen.findByText('1 session ended. Transfers keep running.')).toBeInTheDocument();
  await answer('source');
  await answer('destination');
  expect(screen.getByText('No other session of these accounts is open.')).toBeVisible();
});

it('reports that a session could not be ended, and keeps it', async () => {
  await showBoth(aSession('other1'));
  await userEvent.click(others().getByRole('button', { name: 'End session other1…' }));
  refuse('/session/other1-rest', 'service_unavailable', 503);
  await rest();
  expect(await screen.findByText('CloudMover cannot reach its database. Nothing was changed.')).toBeInTheDocument();
  expect(others().getByRole('button', { name: 'End session other1…' })).toBeEnabled();
});

it('ends all others only after asking, with one call for each account', async () => {
  await showBoth(aSession('other1'), aSession('other2'));
  await userEvent.click(screen.getByRole('button', { name: 'End all others' }));
  await screen.findByRole('alertdialog', { name: 'End 2 other sessions?' });
  await reply('End all others');
  asks('/session/logout-others', 'source').flush({ ended: 2 });
  asks('/session/logout-others', 'destination').flush({ ended: 0 });
  await rest();
  expect(await screen.findByText('2 sessions ended. Transfers keep running.')).toBeInTheDocument();
});

it('with one account on both sides keeps both of this browser’s sessions when all others end', async () => {
  storeTokens('source', 'destination');
  await render(SessionsPage, { providers: [...portalHttp(), provideRouter([])] });
  void TestBed.inject(SessionStore).check();
  for (const request of network().match('/session/validate'))
    request.flush({
      valid: true,
      type: 'source',
      account: ACCOUNTS.source,
      expiresAt: new Date(Date.now() + HOUR).toISOString(),
      expiresIn: 3600,
    });
  await rest();
  await rest();
  const twin = aSession('dsthere', { type: 'destination' });
  asks('/session/active', 'source').flush({ sessions: [HERE.source, twin, aSession('other1')] });
  asks('/session/active', 'destination').flush({
    sessions: [aSession('srchere'), { ...twin, current: true }, aSession('other1')],
  });
  await rest();
  expect(others().getAllByRole('row')).toHaveLength(2);
  await userEvent.click(screen.getByRole('button', { name: 'End all others' }));
  await screen.findByRole('alertdialog', { name: 'End the other session?' });
  await reply('End all others');
  network().expectNone('/session/logout-others');
  network().expectOne('/session/other1-rest').flush({ ended: true });
  expect(screen.getAllByRole('button', { name: /^Withdraw access/ })).toHaveLength(1);
});

it('names the transfers that stop before it withdraws, and then shows the side as not connected', async () => {
  await show('source');
  await answer('source');
  const open = aTransfer({ id: 't1', state: 'running' });
  const over = aTransfer({ id: 't2', state: 'completed', selection: { count: 1, names: ['Long ago'] } });
  const foreign = aTransfer({
    id: 't3',
    source: { email: 'x@example.com', name: 'X' },
    selection: { count: 1, names: ['Not hers'] },
  });
  await answerTransfers(open, over, foreign);
  expect(screen.getByText(/1 unfinished transfer that uses it stops and waits until you reconnect/)).toBeVisible();

  await userEvent.click(screen.getByRole('button', { name: 'Withdraw access to ana@example.com' }));
  await rest();
  await answerTransfers(open, over, foreign);
  const question = await screen.findByRole('alertdialog', { name: 'Withdraw access to ana@example.com?' });
  expect(
    within(question)
      .getAllByRole('listitem')
      .map((each) => each.textContent),
  ).toEqual(['Board decks and Brand, from ana@example.com to archive@example.com']);
  await reply('Keep access');
  network().expectNone('/session/revoke');

  await userEvent.click(screen.getByRole('button', { name: 'Withdraw access to ana@example.com' }));
  await rest();
  await answerTransfers(open);
  await reply('Withdraw access');
  network()
    .expectOne('/session/revoke')
    .flush({ sessionsEnded: 1, transfers: ['t1'], confirmed: false });
  await rest();
  expect(localStorage.getItem('cloudmover.token.source')).toBeNull();
  expect(
    await screen.findByText(
      'Access to ana@example.com is withdrawn. Google isn’t responding; CloudMover will keep trying. 1 transfer waits until you reconnect.',
    ),
  ).toBeInTheDocument();
  expect(screen.getByRole('heading', { name: 'No account is connected' })).toBeVisible();
});

it('asks for a new sign-in where a withdrawal needs a recent one, and keeps the session', async () => {
  await show('source');
  await answer('source');
  await answerTransfers();
  await userEvent.click(screen.getByRole('button', { name: 'Withdraw access to ana@example.com' }));
  await rest();
  await answerTransfers();
  await reply('Withdraw access');
  refuse('/session/revoke', 'reauthentication_required', 403, { side: 'source' });
  await rest();
  const dialog = within(await screen.findByRole('alertdialog', { name: 'Sign in again to continue' }));
  expect(dialog.getByText(/Then the access is withdrawn/)).toBeInTheDocument();
  await userEvent.click(dialog.getByRole('button', { name: 'Continue with Google' }));
  await rest();
  expect(leave).toHaveBeenCalledWith('/auth/source?login_hint=ana%40example.com&max_age=3600');
  expect(JSON.parse(sessionStorage.getItem('cloudmover.signIn')!)).toMatchObject({
    side: 'source',
    action: { command: 'withdraw', id: '', account: 'ana@example.com' },
  });
  expect(localStorage.getItem('cloudmover.token.source')).toBe('source-token');
});

it('can still withdraw access if the transfers cannot be read, and states what is unknown', async () => {
  await show('source');
  await answer('source');
  for (const request of network().match(({ url }) => url === '/api/transfers'))
    request.error(new ProgressEvent('error'));
  await rest();
  await userEvent.click(screen.getByRole('button', { name: /^Withdraw access/ }));
  await rest();
  network()
    .expectOne(({ url }) => url === '/api/transfers')
    .error(new ProgressEvent('error'));
  const question = await screen.findByRole('alertdialog');
  expect(question).toHaveTextContent(/Couldn’t check/);
});

it('offers to reconnect a side whose sign-in ended', async () => {
  storeTokens('source');
  await render(SessionsPage, {
    providers: [...portalHttp(), provideRouter([]), { provide: LEAVE, useValue: leave }],
  });
  void TestBed.inject(SessionStore).check();
  refuse('/session/validate', 'session_expired', 401);
  await rest();
  expect(screen.getByText('Sign-in ended')).toBeVisible();
  expect(screen.queryByRole('region', { name: 'Your other sessions' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Reconnect source' }));
  expect(leave).toHaveBeenCalledWith('/auth/source');
});

it('keeps its data when the list cannot be read, and tries again', async () => {
  await show('source');
  refuse('/session/active', 'service_unavailable', 503);
  await answerTransfers();
  expect(screen.getByText('Your other sessions could not be shown')).toBeVisible();
  expect(screen.getByText('ana@example.com')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await rest();
  await answer('source');
  expect(screen.getByText('No other session of these accounts is open.')).toBeVisible();
});

it('links to the accounts if none is connected', async () => {
  await show();
  expect(screen.getByRole('link', { name: 'Connect an account' })).toHaveAttribute('href', '/connect');
  expect(screen.getByText('No Google password, no Google token, no file names')).toBeVisible();
});
