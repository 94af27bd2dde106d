import { aParty, aPlannedItem } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { Mail } from './mail-sender.js';
import type { MailJob } from './mail-outbox.port.js';
import { TransferMailer } from './transfer-mailer.js';

async function setUp(sourceIds: readonly string[] = ['a'], more: Partial<TransferOrder> = {}) {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), [...sourceIds], { id: 'tr1', ...more }));
  await ledger.setNotify({ mail: ['destination'], language: 'en' });
  const sent: Mail[] = [];
  const sender = { send: async (mail: Mail) => `${sent.push(mail)}` };
  const transfers = { find: async (id: string) => (id === 'tr1' ? ledger : undefined) };
  const links = { publicUrl: 'https://api.example.com', portalUrl: 'https://portal.example.com' };
  const mailer = new TransferMailer(transfers, sender, { create: () => 'token' }, links);
  const send = (parts: Partial<MailJob> = {}) =>
    mailer.send({ transferId: 'tr1', side: 'destination', state: 'needs_reconnect', entry: '1', ...parts });
  return { ledger, sent, send };
}

it('writes to the account of the side, with its links', async () => {
  const { ledger, sent, send } = await setUp();
  await ledger.park('needs_reconnect', { side: 'source' });
  expect(await send()).toBe(true);
  const unsubscribe = 'https://api.example.com/api/unsubscribe/token';
  expect(sent).toMatchObject([{ to: 'ben@example.com', subject: 'Waiting for you: 1 item', unsubscribe }]);
  expect(sent[0]!.text).toContain('https://portal.example.com/transfers/tr1\n');
  expect(sent[0]!.text).toContain('no longer has access to ana@example.com.');
});

it.each<[string, (ledger: InMemoryLedger) => Promise<unknown>, Partial<MailJob>]>([
  ['has resumed', (ledger) => ledger.resume({ confirmed: ['source'] }), {}],
  ['is no longer to send mails', (ledger) => ledger.setNotify(undefined), {}],
  ['sends them to the other account', () => Promise.resolve(), { side: 'source' }],
  ['is gone', () => Promise.resolve(), { transferId: 'tr2' }],
])('sends nothing about a transfer that %s', async (_what, change, job) => {
  const { ledger, sent, send } = await setUp();
  await ledger.park('needs_reconnect', { side: 'source' });
  await change(ledger);
  expect(await send(job)).toBe(false);
  expect(sent).toEqual([]);
});

it('reports a pause by a full destination, not one by a person', async () => {
  const { ledger, sent, send } = await setUp();
  await ledger.advance(['planning'], 'running');
  await ledger.advance(['running'], 'pausing', { problem: { code: 'destination_storage_full', detail: 'secret.pdf' } });
  await ledger.advance(['pausing'], 'paused');
  expect(await send({ state: 'paused' })).toBe(true);
  expect(sent[0]!.text).toContain('The destination is full.');
  expect(sent[0]!.text).not.toContain('secret.pdf');
  await ledger.resume();
  await ledger.advance(['running'], 'pausing');
  await ledger.advance(['pausing'], 'paused');
  expect(await send({ state: 'paused' })).toBe(false);
});

it.each([
  ['after it copied something', true],
  ['before it copied anything', false],
])('promises another run of a schedule to one that failed %s: %s', async (_when, hasStarted) => {
  const { ledger, sent, send } = await setUp();
  await ledger.setSchedule({ every: 'PT6H', timezone: 'UTC' }, Date.now() + 1_000, {
    command: 'schedule',
    sides: ['source'],
  });
  if (hasStarted) await ledger.advance(['planning'], 'running');
  await ledger.advance([hasStarted ? 'running' : 'planning'], 'failed', { problem: { code: 'internal', detail: '' } });
  expect(await send({ state: 'failed' })).toBe(true);
  expect(/next run/i.test(sent[0]!.text)).toBe(hasStarted);
});

describe('the name of what is transferred', () => {
  const nameWith = async (ids: string[], kind: 'folder' | 'file', title?: string) => {
    const { ledger, sent, send } = await setUp(ids);
    await ledger.append([{ ...aPlannedItem(0), kind, name: 'Work', path: 'Work' }], 0);
    await ledger.name({ chosen: ['Work'] });
    if (title) await ledger.entitle(title);
    await ledger.park('needs_reconnect', { side: 'source' });
    await send();
    return sent[0]!.subject.replace('Waiting for you: ', '');
  };

  it.each([
    ['of one folder', ['a'], 'folder', undefined, 'Work'],
    ['of several', ['a', 'b', 'c'], 'folder', undefined, 'Work and 2 more'],
    ['never that of a file', ['a', 'b'], 'file', undefined, '2 items'],
    ['of everything', ['root'], 'folder', undefined, 'My Drive'],
    ['that a person gave it', ['a'], 'file', 'Für\r\nBcc: x', 'Für Bcc: x'],
  ] as const)('is that %s', async (_what, ids, kind, title, name) => {
    expect(await nameWith([...ids], kind, title)).toBe(name);
  });
});
