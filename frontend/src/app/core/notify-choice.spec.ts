import { TestBed } from '@angular/core/testing';
import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { network, portalHttp, rest } from '../../testing/portal-http';
import { speak } from '../texts/catalogue';
import { NotifyChoice } from './notify-choice';
import { Side } from './side';

const ACCOUNTS = { source: 'ana@example.com', destination: 'archive@example.com' };

async function open(inputs: { accounts?: Partial<Record<Side, string>>; mail?: Side[] } = {}, mailAvailable = true) {
  const mailChange = jest.fn();
  const providers = portalHttp();
  await render(NotifyChoice, { providers, inputs: { accounts: ACCOUNTS, ...inputs }, on: { mailChange } });
  network().expectOne('/api/about').flush({ mailAvailable });
  await rest();
  return mailChange;
}
const mails = () => screen.queryAllByRole('checkbox', { name: /^E-mail to/ });

afterEach(() => speak('en'));

it('offers an e-mail to each account, and reports the whole choice', async () => {
  const mailChange = await open({ mail: ['destination'] });
  expect(screen.getByRole('group', { name: 'Notify me when it’s done' })).toBeVisible();
  expect(mails().map((box) => (box as HTMLInputElement).checked)).toEqual([false, true]);
  await userEvent.click(screen.getByRole('checkbox', { name: 'E-mail to ana@example.com' }));
  expect(mailChange).toHaveBeenLastCalledWith(['source', 'destination']);
  await userEvent.click(screen.getByRole('checkbox', { name: 'E-mail to archive@example.com' }));
  expect(mailChange).toHaveBeenLastCalledWith([]);
});

it('offers no e-mail where the server sends none', async () => {
  await open({}, false);
  expect(mails()).toEqual([]);
});

it('offers an account that is both sides once', async () => {
  const mailChange = await open({
    accounts: { source: 'a@example.com', destination: 'a@example.com' },
    mail: ['destination'],
  });
  expect(mails()).toHaveLength(1);
  await userEvent.click(mails()[0]!);
  expect(mailChange).toHaveBeenLastCalledWith([]);
});

it('speaks German', async () => {
  await open();
  await speak('de');
  TestBed.tick();
  expect(await screen.findByRole('checkbox', { name: 'E-Mail an ana@example.com' })).toBeInTheDocument();
});
