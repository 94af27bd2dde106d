import { signal } from '@angular/core';
import { provideRouter } from '@angular/router';
import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aTransfer } from '../../../testing/builders';
import { network, portalHttp, rest } from '../../../testing/portal-http';
import { Transfer } from '../../core/transfer-updates';
import { TransferStore } from './transfer-store';
import { Tab, TransferTabs } from './transfer-tabs';

const store = {
  offline: signal(false),
  saving: signal(false),
  save: jest.fn(),
  go: jest.fn(),
  canRequest: () => false,
  canCommand: () => false,
};

async function open(shown: Tab, transfer: Transfer) {
  const { rerender } = await render(TransferTabs, {
    inputs: { transfer, shown, filter: {} },
    providers: [...portalHttp(), provideRouter([]), { provide: TransferStore, useValue: store }],
  });
  const update = async (next: Transfer) => {
    await rerender({ inputs: { transfer: next }, partialUpdate: true });
    await rest();
  };
  return { update };
}

async function answer(list: 'items' | 'log', body: object) {
  network()
    .expectOne(({ url }) => url === `/api/transfers/tr1/${list}`)
    .flush(body);
  await rest();
}

const GROUP = { code: 'source_changed', count: 1, retryable: true, state: 'skipped', title: '', advice: '' } as const;
const SCHEDULE = { timezone: 'Europe/Vienna', every: 'day', state: 'active' } as unknown as Transfer['schedule'];

it.each<[string, Partial<Transfer>]>([
  ['its state', { state: 'paused' }],
  ['a reason to skip items', { skipGroups: [GROUP] }],
  ['its schedule', { schedule: SCHEDULE }],
  ['a withdrawal', { withdrawn: ['source'] }],
])('loads the log again after a change of %s', async (_, change) => {
  const { update } = await open('log', aTransfer());
  await answer('log', { events: [] });
  await update(aTransfer({ rate: { itemsPerSecond: 5, bytesPerSecond: 1 } }));
  network().expectNone('/api/transfers/tr1/log');
  await update(aTransfer(change));
  await answer('log', { events: [] });
});

it('offers to load the items of a running transfer again once some have another result', async () => {
  const { update } = await open('items', aTransfer({ counts: { verified: 1 } }));
  await answer('items', { items: [] });
  expect(screen.queryByRole('button', { name: 'Update the list' })).toBeNull();
  await update(aTransfer({ counts: { verified: 2 } }));
  network().expectNone(({ url }) => url === '/api/transfers/tr1/items');
  await userEvent.click(screen.getByRole('button', { name: 'Update the list' }));
  await answer('items', { items: [] });
  expect(screen.getByRole('button', { name: 'Update the list' })).toHaveAttribute('aria-disabled', 'true');
});

it.each(['failed', 'skipped'] as const)('offers to load the %s items again when there are fewer', async (kind) => {
  const { update } = await open(kind, aTransfer({ counts: { [kind]: 3 } }));
  await answer('items', { items: [] });
  await update(aTransfer({ counts: { [kind]: 2 } }));
  await userEvent.click(screen.getByRole('button', { name: 'Update the list' }));
  await answer('items', { items: [] });
});

it('cannot download the items while offline', async () => {
  await open('failed', aTransfer({ counts: { failed: 1 }, failureGroups: [{ ...GROUP, state: 'failed' }] }));
  const item = { ordinal: 1, path: 'A', name: 'A', kind: 'file', mimeType: '', size: 1, state: 'failed', attempts: 1 };
  await answer('items', { items: [item] });
  const csv = screen.getByRole('button', { name: 'Download all as CSV' });
  expect(csv).toBeEnabled();
  store.offline.set(true);
  await rest();
  expect(csv).toBeDisabled();
});
