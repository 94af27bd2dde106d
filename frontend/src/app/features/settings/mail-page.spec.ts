import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { network, portalHttp, refuse, rest } from '../../../testing/portal-http';
import { routes } from '../../app.routes';
import { OperatorKey } from '../../core/operator-key';
import { Texts } from '../../texts/texts';

async function open() {
  TestBed.configureTestingModule({ providers: [...portalHttp(), provideRouter(routes)] });
  TestBed.inject(OperatorKey).accept('a-key');
  await RouterTestingHarness.create('/settings/mail');
  await rest();
}
async function show(mailAvailable = true) {
  await open();
  network().expectOne('/api/about').flush({ mailAvailable });
  await rest();
}
const send = () => userEvent.click(screen.getByRole('button', { name: 'Send a test' }));

it('says how to turn mail on', async () => {
  await show(false);
  expect(screen.getByText('Set SMTP_URL to send mail')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Send a test' })).toBeNull();
});

it('sends a test with the operator key, and reports that it was accepted', async () => {
  await show();
  expect(screen.getByRole('button', { name: 'Send a test' })).toBeDisabled();
  await userEvent.type(screen.getByLabelText('Address'), 'admin@example.org');
  await send();
  const request = network().expectOne('/api/mail/test');
  expect(request.request.body).toEqual({ to: 'admin@example.org', language: 'en' });
  expect(request.request.headers.get('X-Operator-Key')).toBe('a-key');
  request.flush({ messageId: 'abc@example.com' });
  await rest();
  expect(screen.getByRole('status')).toHaveTextContent('The mail server accepted the test to admin@example.org.');
});

it('reports why a test failed', async () => {
  await show();
  await userEvent.type(screen.getByLabelText('Address'), 'admin@example.org');
  await send();
  refuse('/api/mail/test', 'invalid_request', 400);
  await rest();
  expect(screen.getByRole('status')).toHaveTextContent('Enter an e-mail address.');
  await send();
  const failure = { status: 502, statusText: 'Bad Gateway' };
  const body = { code: 'mail_failed', detail: 'authentication failed (535)' };
  const mail = { failure: 'authentication_failed', replyCode: 535 };
  network()
    .expectOne('/api/mail/test')
    .flush({ ...body, mail }, failure);
  await rest();
  expect(screen.getByText('The mail server refused the user name or password. Reply code: 535.')).toBeVisible();
  expect(screen.getByRole('status')).toHaveTextContent('The mail server did not accept the mail.');
  expect(screen.getByLabelText('Address')).toHaveAttribute('aria-invalid', 'true');
  await TestBed.inject(Texts).choose('de');
  await rest();
  expect(screen.getByText(/Benutzername oder Passwort abgelehnt. Antwortcode: 535/)).toBeVisible();
  expect(screen.queryByText(/authentication failed/)).toBeNull();
});

it('says that it is unknown whether mail is on, and finds out once the server answers again', async () => {
  await open();
  const lose = async () => {
    network().expectOne('/api/about').error(new ProgressEvent('error'));
    await rest();
  };
  await lose();
  expect(screen.getByRole('alert')).toHaveTextContent('CloudMover cannot be reached');
  expect(screen.queryByText('Set SMTP_URL to send mail')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await lose();
  dispatchEvent(new Event('offline'));
  dispatchEvent(new Event('online'));
  await rest();
  network().expectOne('/api/about').flush({ mailAvailable: true });
  await rest();
  expect(screen.queryByRole('alert')).toBeNull();
  await userEvent.type(screen.getByLabelText('Address'), 'admin@example.org');
  const button = screen.getByRole('button', { name: 'Send a test' });
  expect(button).toBeEnabled();
  dispatchEvent(new Event('offline'));
  await rest();
  expect(button).toBeDisabled();
  dispatchEvent(new Event('online'));
  await rest();
  network().expectNone('/api/about');
});
