import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { render, screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { SessionStore } from '../../core/sessions';
import { Side } from '../../core/side';
import { LEAVE } from '../../core/sign-in';
import ConnectPage from './connect-page';

const leave = jest.fn();

async function show(...sides: Side[]) {
  storeTokens(...sides);
  await render(ConnectPage, {
    providers: [...portalHttp(), provideRouter([]), { provide: LEAVE, useValue: leave }],
  });
  void TestBed.inject(SessionStore).check();
  await rest();
}

const card = (side: Side) => within(screen.getByRole('article', { name: new RegExp(side) }));
const storage = (used: number, limit: number | null, readOnly = false) =>
  network()
    .expectOne('/drive-info')
    .flush({ email: '', name: '', storage: { used, limit, usedInDrive: used, usedInTrash: 0 }, readOnly });

afterEach(() => {
  localStorage.clear();
  leave.mockClear();
});

it('offers to connect a side, with the account preselected at Google', async () => {
  await show();
  expect(card('source').getByText('Not connected')).toBeVisible();
  await userEvent.type(card('source').getByLabelText(/Account e-mail/), 'ana@example.com');
  await userEvent.click(card('source').getByRole('button', { name: 'Connect source' }));
  expect(leave).toHaveBeenCalledWith('/auth/source?login_hint=ana%40example.com');
});

it('shows who is connected, the storage and how long the sign-in lasts', async () => {
  await show('source');
  expect(card('source').getByText('Checking')).toBeVisible();
  await confirmSession('source', 86_400_000);
  storage(212 * 1024 ** 3, 2 * 1024 ** 4);
  await rest();
  expect(await card('source').findByText('212 GB used of 2 TB')).toBeVisible();
  expect(card('source').getByText('ana@example.com')).toBeVisible();
  expect(card('source').getByText('Connected')).toBeVisible();
  expect(card('source').getByText(/Signed in until/)).toHaveTextContent(/tomorrow/);
  expect(card('destination').getByText('Not connected')).toBeVisible();
});

it('connects a source as copy only if that is chosen', async () => {
  await show();
  expect(card('destination').queryByRole('checkbox')).toBeNull();
  await userEvent.click(card('source').getByRole('checkbox', { name: /^Copy only/ }));
  await userEvent.click(card('source').getByRole('button', { name: 'Connect source' }));
  expect(leave).toHaveBeenCalledWith('/auth/source?access=readonly');
});

it('shows a copy-only account, and offers to allow moving', async () => {
  await show('source');
  await confirmSession('source', 86_400_000, true);
  expect(card('source').getByText('Connected, copy only')).toBeVisible();
  await userEvent.click(card('source').getByRole('button', { name: 'Allow moving' }));
  expect(leave).toHaveBeenLastCalledWith('/auth/source?login_hint=ana%40example.com');
  await userEvent.click(card('source').getByRole('button', { name: 'Use another account' }));
  expect(leave).toHaveBeenLastCalledWith('/auth/source');
});

it('offers the next step once both accounts are connected', async () => {
  await show('source', 'destination');
  await confirmSession('source');
  const step = () => screen.getByRole('list', { name: 'Steps' }).querySelector('[aria-current=step]');
  expect(step()).toHaveTextContent('Connect');
  await confirmSession('destination');
  expect(step()).toHaveTextContent('Choose');
});

it('warns if less than an hour is left', async () => {
  await show('source');
  await confirmSession('source', 41.5 * 60_000);
  expect(await card('source').findByText('Ends in 41 min')).toHaveClass('warn');
  await userEvent.click(card('source').getByRole('button', { name: 'Sign in again' }));
  expect(leave).toHaveBeenCalledWith('/auth/source?login_hint=ana%40example.com');
});

it('asks to reconnect a side whose session has ended, and states that transfers continue', async () => {
  await show('destination');
  refuse('/session/validate', 'session_expired', 401);
  await rest();
  expect(await screen.findByText('Your sign-ins ended')).toBeVisible();
  expect(card('destination').getByText(/Transfers already started keep running/)).toBeVisible();
  await userEvent.click(card('destination').getByRole('button', { name: 'Reconnect destination' }));
  expect(leave).toHaveBeenCalledWith('/auth/destination');
});

it('offers to try again when the server cannot be reached', async () => {
  await show('source');
  network().expectOne('/session/validate').error(new ProgressEvent('error'));
  await rest();
  expect(await card('source').findByRole('alert')).toHaveTextContent('CloudMover cannot be reached');
  await userEvent.click(card('source').getByRole('button', { name: 'Try again' }));
  await confirmSession('source');
  expect(await card('source').findByText('Connected')).toBeVisible();
});

it('warns about the same account on both sides, but allows it', async () => {
  await show('source', 'destination');
  const both = network().match('/session/validate');
  for (const request of both)
    request.flush({
      valid: true,
      type: 'general',
      account: { email: 'ana@example.com', name: 'Ana' },
      expiresAt: new Date(Date.now() + 80_000_000).toISOString(),
      expiresIn: 80_000,
    });
  await rest();
  expect(await screen.findByText('Both sides are ana@example.com')).toBeVisible();
  expect(screen.getByRole('link', { name: 'Choose files' })).toHaveAttribute('href', '/move');
  await userEvent.click(
    within(screen.getByText(/Copies would be created/).closest('cm-note') as HTMLElement).getByRole('button', {
      name: 'Use another account',
    }),
  );
  expect(leave).toHaveBeenCalledWith('/auth/destination');
});

it('explains demo accounts on a sandbox, and links to the result', async () => {
  await show('destination');
  network().expectOne('/api/about').flush({ version: '1', sandbox: true, sandboxUrl: 'http://127.0.0.1:4010' });
  await confirmSession('destination');
  expect(screen.getByText('These are demo accounts')).toBeVisible();
  expect(screen.getByRole('link', { name: /^See Archive’s Drive/ })).toHaveAttribute(
    'href',
    'http://127.0.0.1:4010/browse/archive%40example.com',
  );
});

it('links to the whole sandbox before a destination is connected', async () => {
  await show();
  network().expectOne('/api/about').flush({ version: '1', sandbox: true, sandboxUrl: 'http://127.0.0.1:4010' });
  await rest();
  expect(screen.getByRole('link', { name: /^See the sandbox/ })).toHaveAttribute('href', 'http://127.0.0.1:4010');
});

it('explains the access only once nothing more can appear above it', async () => {
  const access = () => screen.queryByRole('heading', { name: 'What CloudMover does with this access' });
  await show('source');
  await confirmSession('source');
  expect(access()).toBeNull();
  network().expectOne('/api/about').flush({ version: '1', sandbox: false });
  await rest();
  expect(access()).toBeVisible();
});

it.each([
  ['real Google', () => network().expectOne('/api/about').flush({ version: '1', sandbox: false })],
  ['no answer', () => network().expectOne('/api/about').error(new ProgressEvent('error'))],
])('mentions no sandbox with %s', async (_, answer) => {
  await show();
  answer();
  await rest();
  expect(screen.queryByText('These are demo accounts')).toBeNull();
});

it('explains what is not possible with a read-only account', async () => {
  await show('destination');
  await confirmSession('destination', 86_400_000, true);
  storage(1, null, true);
  await rest();
  expect(await card('destination').findByText(/nothing can be created here/)).toBeVisible();
  expect(card('destination').getByText('1 B used, no limit')).toBeVisible();
});
