import { TestBed } from '@angular/core/testing';
import { provideRouter, Router, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { Delivery } from '../../api/models/delivery';
import { Webhook } from '../../api/models/webhook';
import { network, portalHttp, refuse, rest } from '../../../testing/portal-http';
import { routes } from '../../app.routes';
import { OperatorKey } from '../../core/operator-key';

const AT = '2026-11-24T10:22:00.000Z';
const aWebhook = (parts: Partial<Webhook> = {}): Webhook => ({
  ...{ id: 'helpdesk', description: 'Helpdesk', url: 'https://help.example/hook', createdAt: AT, enabled: true },
  ...{ events: ['transfer.completed', 'transfer.failed'], waiting: 0 },
  ...parts,
});
const aDelivery = (parts: Partial<Delivery> = {}): Delivery => ({
  ...{ id: 'msg_1', type: 'transfer.completed', createdAt: AT, state: 'delivered' },
  attempts: [{ at: AT, latencyMs: 142, status: 200 }],
  ...parts,
});

async function show(webhooks: Webhook[], path = '/settings/webhooks') {
  TestBed.configureTestingModule({ providers: [...portalHttp(), provideRouter(routes, withComponentInputBinding())] });
  TestBed.inject(OperatorKey).accept('a-key');
  await RouterTestingHarness.create(path);
  await rest();
  await answer(webhooks);
}

async function answer(webhooks: Webhook[]) {
  network().expectOne('/api/webhooks').flush({ webhooks });
  await rest();
}

async function deliver(deliveries: Delivery[], nextCursor?: string) {
  const sent = network().expectOne(({ url }) => url === '/api/webhooks/helpdesk/deliveries');
  sent.flush({ deliveries, ...(nextCursor && { nextCursor }) });
  await rest();
  return sent.request;
}

beforeEach(() => jest.spyOn(console, 'warn').mockImplementation());
afterEach(() => jest.restoreAllMocks());

it('lists the webhooks by name or host, and says why one was turned off and what waits', async () => {
  const off = { enabled: false, disabledReason: 'no_success', disabledAt: AT, waiting: 12 } as const;
  await show([aWebhook(), aWebhook({ id: 'old', description: '', url: 'https://old.example/cm', ...off })]);
  expect(screen.getByRole('link', { name: 'Helpdesk' })).toHaveAttribute('href', '/settings/webhooks/helpdesk');
  expect(screen.getByRole('row', { name: /^old\.example .*2 events.*Turned off$/ })).toBeVisible();
  expect(screen.getByText(/old\.example returned no successful response for three days/)).toHaveTextContent(
    /12 events wait/,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Turn on old.example' }));
  const sent = network().expectOne('/api/webhooks/old');
  expect([sent.request.method, sent.request.body]).toEqual(['PATCH', { enabled: true }]);
  sent.flush(aWebhook({ id: 'old' }));
  await rest();
  await answer([aWebhook()]);
  expect(screen.queryByText(/no successful response/)).toBeNull();
});

it('adds a webhook, shows its secret once and opens it', async () => {
  await show([]);
  expect(screen.getByRole('heading', { name: 'No webhooks yet' })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Add webhook' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Add webhook' }));
  await userEvent.type(dialog.getByLabelText('Address'), 'https://10.0.0.7/hook');
  await userEvent.click(dialog.getByRole('checkbox', { name: 'is completed' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Add webhook' }));
  const lost = network().expectOne('/api/webhooks');
  lost.error(new ProgressEvent('error'));
  await rest();
  await userEvent.click(dialog.getByRole('button', { name: 'Add webhook' }));
  const again = network().expectOne('/api/webhooks');
  expect(again.request.headers.get('Idempotency-Key')).toBe(lost.request.headers.get('Idempotency-Key'));
  expect(again.request.body).toMatchObject({ events: expect.not.arrayContaining(['transfer.completed']) as unknown });
  const problem = { type: '/problems/address_refused', title: '', status: 422, code: 'address_refused' };
  again.flush(problem, { status: 422, statusText: 'x' });
  await rest();
  expect(dialog.getByRole('alert')).toHaveTextContent('This address is on the internal network');
  await userEvent.type(dialog.getByLabelText('Address'), '2');
  await userEvent.click(dialog.getByRole('button', { name: 'Add webhook' }));
  network()
    .expectOne('/api/webhooks')
    .flush({ ...aWebhook(), secret: 'whsec_it' });
  await rest();
  const shown = within(await screen.findByRole('dialog', { name: 'Copy the secret now' }));
  expect(shown.getByText('whsec_it')).toBeVisible();
  // Before the list is loaded again, and if that fails, the new one is there.
  const chosen = () => screen.getByRole('heading', { name: 'Helpdesk', hidden: true });
  expect(chosen()).toBeVisible();
  refuse('/api/webhooks', 'service_unavailable', 503);
  await rest();
  expect(chosen()).toBeVisible();
  expect(screen.queryByText(/no longer exists/)).toBeNull();
  expect(TestBed.inject(Router).url).toBe('/settings/webhooks/helpdesk');
});

it('sends nothing while the browser is offline', async () => {
  await show([aWebhook(), aWebhook({ id: 'old', enabled: false })], '/settings/webhooks/helpdesk');
  await deliver([aDelivery()]);
  const commands = [/^Add webhook/, /^Turn on/, 'Send test', 'Edit', /^Send again/];
  for (const name of commands) expect(screen.getByRole('button', { name })).toBeEnabled();
  await userEvent.click(screen.getByRole('button', { name: 'Edit' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByRole('button', { name: 'Save' })).toBeEnabled();
  dispatchEvent(new Event('offline'));
  await rest();
  const save = dialog.getByRole('button', { name: 'Save' });
  expect(save).toHaveAttribute('aria-disabled', 'true');
  expect(save).toHaveAccessibleDescription('You are offline.');
  await userEvent.click(save);
  network().expectNone('/api/webhooks/helpdesk');
  await userEvent.click(dialog.getByRole('button', { name: 'Cancel' }));
  await rest();
  for (const name of commands) expect(screen.getByRole('button', { name })).toBeDisabled();
  await userEvent.click(screen.getByRole('button', { name: /^More:/ }));
  for (const item of screen.getAllByRole('menuitem')) expect(item).toBeDisabled();
  dispatchEvent(new Event('online'));
});

it('shows a webhook with its deliveries; a row expands to its attempts and message', async () => {
  await show([aWebhook()], '/settings/webhooks/helpdesk');
  const failing = aDelivery({
    ...{ id: 'msg_2', type: 'transfer.parked', state: 'waiting', nextAttemptAt: AT },
    attempts: [
      { at: AT, latencyMs: 2100, status: 503 },
      { at: AT, latencyMs: 15_000, error: 'timeout' },
    ],
  });
  await deliver([aDelivery(), failing], '1.a');
  expect(screen.getByRole('row', { name: /^transfer\.completed .*Delivered: 200 142 ms 1 / })).toBeVisible();
  const row = screen.getByRole('button', { name: 'transfer.parked' });
  expect(row).toHaveAttribute('aria-expanded', 'false');
  await userEvent.click(row);
  await rest();
  network()
    .expectOne('/api/webhooks/helpdesk/deliveries/msg_2')
    .flush({ ...failing, body: '{"data":{"id":"tr"}}', reply: 'busy' });
  await rest();
  expect(row).toHaveAttribute('aria-expanded', 'true');
  expect(screen.getByText('503 in 2.1 s')).toBeVisible();
  expect(screen.getByText('no reply in 15 s')).toBeVisible();
  expect(screen.getByLabelText('Message')).toHaveTextContent('"id": "tr"');
  expect(screen.getByLabelText('Latest reply')).toHaveTextContent('busy');
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  expect((await deliver([aDelivery({ id: 'msg_3', type: 'webhook.test' })])).params.get('cursor')).toBe('1.a');
  expect(screen.getByRole('button', { name: 'webhook.test' })).toBeVisible();
});

it('loads the message of an expanded delivery again only when an attempt was added', async () => {
  await show([aWebhook()], '/settings/webhooks/helpdesk');
  await deliver([aDelivery()]);
  await userEvent.click(screen.getByRole('button', { name: 'transfer.completed' }));
  await rest();
  const message = '/api/webhooks/helpdesk/deliveries/msg_1';
  network()
    .expectOne(message)
    .flush({ ...aDelivery(), body: '{"first":1}' });
  await rest();
  /** Loads the list again. */
  const refresh = async (delivery: Delivery) => {
    await userEvent.click(screen.getByRole('button', { name: 'Send test' }));
    network().expectOne('/api/webhooks/helpdesk/test').flush(aDelivery());
    await rest();
    await answer([aWebhook()]);
    await deliver([delivery]);
  };
  await refresh(aDelivery());
  network().expectNone(message);
  expect(screen.getByLabelText('Message')).toHaveTextContent('"first": 1');
  const { attempts } = aDelivery();
  await refresh(aDelivery({ attempts: [...attempts, ...attempts] }));
  network().expectOne(message);
});

it('says that further deliveries could not be loaded, and tries again', async () => {
  await show([aWebhook()], '/settings/webhooks/helpdesk');
  await deliver([aDelivery()], '1.a');
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  refuse('/api/webhooks/helpdesk/deliveries', 'service_unavailable', 503);
  await rest();
  expect(screen.getByText('The deliveries could not be loaded')).toBeVisible();
  expect(screen.getByRole('button', { name: 'transfer.completed' })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect((await deliver([aDelivery({ id: 'msg_3', type: 'webhook.test' })])).params.get('cursor')).toBe('1.a');
  expect(screen.getByRole('button', { name: 'webhook.test' })).toBeVisible();
  expect(screen.queryByText('The deliveries could not be loaded')).toBeNull();
});

it('sends a test, and a delivery again, and shows what came of it', async () => {
  await show([aWebhook()], '/settings/webhooks/helpdesk');
  await deliver([]);
  expect(screen.getByText(/Nothing was sent yet/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Send test' }));
  network().expectOne('/api/webhooks/helpdesk/test').flush(aDelivery());
  await rest();
  await answer([aWebhook()]);
  await deliver([aDelivery({ type: 'webhook.test' })]);
  await userEvent.click(screen.getByRole('button', { name: /^Send again: webhook\.test, / }));
  network().expectOne('/api/webhooks/helpdesk/deliveries/msg_1/send').flush(aDelivery());
  await rest();
  await deliver([aDelivery()]);
});

it('keeps what it shows when a refresh fails, and says so until one succeeds', async () => {
  await show([aWebhook()]);
  await userEvent.click(screen.getByRole('link', { name: 'Helpdesk' }));
  await deliver([]);
  await userEvent.click(screen.getByRole('button', { name: 'Send test' }));
  network().expectOne('/api/webhooks/helpdesk/test').flush({});
  await rest();
  refuse('/api/webhooks', 'service_unavailable', 503);
  await deliver([]);
  expect(screen.getByRole('alert')).toHaveTextContent('The webhooks could not be loaded');
  expect(screen.getByRole('heading', { name: 'Helpdesk' })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(screen.getByRole('alert')).toBeVisible();
  await deliver([]);
  await answer([aWebhook({ description: 'Help' })]);
  expect(screen.queryByRole('alert')).toBeNull();
  expect(screen.getByRole('heading', { name: 'Help' })).toBeVisible();
});
