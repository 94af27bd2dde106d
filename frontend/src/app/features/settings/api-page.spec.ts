import { TestBed } from '@angular/core/testing';
import { provideRouter, Router } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { MachineKey } from '../../api/models/machine-key';
import { network, portalHttp, refuse, rest } from '../../../testing/portal-http';
import { routes } from '../../app.routes';
import { OperatorKey } from '../../core/operator-key';

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const aKey = (parts: Partial<MachineKey> = {}): MachineKey => ({
  ...{ id: 'q5Zt0c9hT2uKjH1xV3mW8w', name: 'Nightly import', scopes: ['sessions:create'] },
  ...{ createdAt: inHours(-24), expiresAt: inHours(24 * 30), lastUsedAt: null },
  ...parts,
});
const TOKEN = `cmo_pA2kQ0n7cJmWl9b3XyT1uQ.${'s'.repeat(43)}`;

async function show(path = '/settings/api', key: string | undefined = 'a-key') {
  TestBed.configureTestingModule({ providers: [...portalHttp(), provideRouter(routes)] });
  if (key) TestBed.inject(OperatorKey).accept(key);
  const harness = await RouterTestingHarness.create(path);
  await rest();
  network()
    .match('/api/about')
    .forEach((each) => each.flush({ apiDocs: true }));
  return harness;
}

async function answer(keys: MachineKey[], operatorSessions: object[] = []) {
  network().expectOne('/api/keys').flush({ keys });
  for (const each of network().match(({ url }) => url === '/session/active'))
    each.flush({ sessions: [], operatorSessions });
  await rest();
}

beforeEach(() => jest.spyOn(console, 'warn').mockImplementation());
afterEach(() => jest.restoreAllMocks());

it('asks for the key first, and then opens the first page', async () => {
  await show('/settings', '');
  expect(screen.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  expect(screen.queryByRole('navigation', { name: 'Settings' })).toBeNull();
  await userEvent.type(screen.getByLabelText('Operator key'), 'a-key');
  await userEvent.click(screen.getByRole('button', { name: 'Unlock' }));
  network().expectOne('/api/keys').flush({ keys: [] });
  await rest();
  expect(within(screen.getByRole('navigation', { name: 'Settings' })).getAllByRole('link').length).toBeGreaterThan(0);
  expect(TestBed.inject(Router).url).toMatch(/^\/settings\/\w+$/);
});

it('lists the keys with what they open, their last use and end', async () => {
  await show();
  await answer([aKey(), aKey({ id: 'old', name: 'Old', expiresAt: inHours(-1), lastUsedAt: inHours(-2) })]);
  const row = (name: RegExp) => screen.getByRole('row', { name });
  expect(row(/^Nightly import cmk_q5Zt0c… sessions:create .*never/)).toBeVisible();
  expect(row(/^Old .*Expired/)).toBeVisible();
  expect(screen.getByText(/cloudmover\/cli login source --server http/)).toBeVisible();
});

it('says what to do while there are none, and why they could not be loaded', async () => {
  await show();
  refuse('/api/keys', 'service_unavailable', 503);
  await rest();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await answer([]);
  expect(screen.getByRole('heading', { name: 'No machine keys yet' })).toBeVisible();
});

it('creates a key and shows it once', async () => {
  await show();
  await answer([]);
  await userEvent.click(screen.getByRole('button', { name: 'Create key' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Create a machine key' }));
  const create = dialog.getByRole('button', { name: 'Create key' });
  expect(create).toBeDisabled();
  await userEvent.type(dialog.getByLabelText('Name of the program'), 'Nightly import');
  await userEvent.click(dialog.getByRole('checkbox', { name: /^sessions:create/ }));
  expect(dialog.queryByRole('checkbox', { name: /^migrations/ })).toBeNull();
  expect(dialog.queryByLabelText('Operator key')).toBeNull();
  await userEvent.selectOptions(dialog.getByRole('combobox'), '1 year');
  await userEvent.click(create);
  const sent = network().expectOne('/api/keys');
  expect(sent.request.body).toEqual({ name: 'Nightly import', scopes: ['sessions:create'], expiresInDays: 365 });
  sent.flush({ ...aKey(), key: 'cmk_the.key' });
  await rest();
  await answer([aKey()]);
  const shown = within(await screen.findByRole('dialog', { name: 'Copy the key now' }));
  expect(shown.getByText('cmk_the.key')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  expect(shown.getByText('cmk_the.key')).toBeVisible();
});

it('needs the operator key itself to create one if a session is used', async () => {
  await show('/settings/api', TOKEN);
  await answer([]);
  await userEvent.click(screen.getByRole('button', { name: 'Create key' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Create a machine key' }));
  await userEvent.type(dialog.getByLabelText('Name of the program'), 'It');
  await userEvent.click(dialog.getByRole('checkbox', { name: /^audit/ }));
  expect(dialog.getByRole('button', { name: 'Create key' })).toBeDisabled();
  await userEvent.type(dialog.getByLabelText('Operator key'), 'wrong');
  await userEvent.click(dialog.getByRole('button', { name: 'Create key' }));
  refuse('/api/keys', 'operator_key_refused', 403);
  await rest();
  expect(dialog.getByRole('alert')).toHaveTextContent('That key is not valid.');
  expect(TestBed.inject(OperatorKey).value()).toBe(TOKEN);
});

it('ends a key after a question', async () => {
  await show();
  await answer([aKey()]);
  await userEvent.click(screen.getByRole('button', { name: 'End the key Nightly import' }));
  await userEvent.click(await screen.findByRole('button', { name: 'End the key' }));
  await rest();
  const sent = network().expectOne('/api/keys/q5Zt0c9hT2uKjH1xV3mW8w');
  expect(sent.request.method).toBe('DELETE');
  sent.flush(null, { status: 204, statusText: 'No Content' });
  await rest();
  await answer([]);
  expect(screen.getByRole('heading', { name: 'No machine keys yet' })).toBeVisible();
});

it('lists the browsers in which the operator is signed in, and ends each', async () => {
  await show('/settings/api', TOKEN);
  const session = {
    id: 'a',
    device: { browser: 'Firefox', os: 'Linux' },
    createdAt: inHours(-1),
    lastUsedAt: inHours(0),
  };
  const ends = { expiresAt: inHours(8), endsAt: inHours(160) };
  await answer(
    [],
    [
      { ...session, ...ends, current: true },
      { ...session, ...ends, id: 'b', device: { browser: 'Chrome' }, current: false },
    ],
  );
  expect(screen.getByRole('row', { name: /^Firefox on Linux this browser/ })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'End the session of Chrome' }));
  network().expectOne('/session/b').flush({ ended: true });
  await rest();
  network()
    .expectOne(({ url }) => url === '/session/active')
    .flush({ sessions: [], operatorSessions: [] });
  await rest();
  expect(screen.queryByText('Chrome')).toBeNull();
});

it('sends nothing while the browser is offline', async () => {
  await show('/settings/api', TOKEN);
  const device = { browser: 'Chrome' };
  const session = { id: 'b', device, createdAt: inHours(-1), expiresAt: inHours(8), endsAt: inHours(160) };
  await answer([aKey()], [{ ...session, current: false }]);
  await userEvent.click(screen.getByRole('button', { name: 'Create key' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Create a machine key' }));
  const create = dialog.getByRole('button', { name: 'Create key' });
  await userEvent.type(dialog.getByLabelText('Name of the program'), 'It');
  await userEvent.type(dialog.getByLabelText('Operator key'), 'a-key');
  await userEvent.click(dialog.getByRole('checkbox', { name: /^audit/ }));
  expect(create).toBeEnabled();
  dispatchEvent(new Event('offline'));
  await rest();
  expect(create).toHaveAttribute('aria-disabled', 'true');
  expect(create).toHaveAccessibleDescription('You are offline.');
  await userEvent.click(create);
  network().expectNone('/api/keys');
  await userEvent.click(dialog.getByRole('button', { name: 'Cancel' }));
  await rest();
  for (const name of ['Create key', 'End the key Nightly import', 'End the session of Chrome'])
    expect(screen.getByRole('button', { name })).toBeDisabled();
  dispatchEvent(new Event('online'));
});
