import { signal } from '@angular/core';
import { render, screen, within } from '@testing-library/angular';
import { aTransfer } from '../../../testing/builders';
import { network, portalHttp, rest } from '../../../testing/portal-http';
import { Transfer } from '../../core/transfer-updates';
import { AccessTab } from './access-tab';
import { TransferStore } from './transfer-store';

const store = { canSave: signal(true), saving: signal(false), offline: signal(false), save: jest.fn() };

async function open(sharing: Partial<Transfer['sharing']>) {
  const transfer = aTransfer({ state: 'completed' });
  await render(AccessTab, {
    inputs: { transfer: { ...transfer, sharing: { ...transfer.sharing, ...sharing } } },
    providers: [...portalHttp(), { provide: TransferStore, useValue: store }],
  });
  if (sharing.mode !== 'carry') return;
  network()
    .expectOne(({ url }) => url === '/api/transfers/tr1/access')
    .flush({ items: [], counts: { gains: 0, loses: 0, less: 0, keeps: 0 } });
  await rest();
}

it('says who can open the copies where access was not carried over', async () => {
  await open({});
  expect(screen.getByText(/^Access was not carried over: only the destination account/)).toBeVisible();
});

it('adds up what came of the permissions, and says why some are less than wanted and what helps', async () => {
  const reason = { title: 'API', advice: 'API', retryable: true };
  await open({
    mode: 'carry',
    wanted: 20,
    equal: 8,
    narrower: 12,
    reasons: [
      { ...reason, code: 'suspended', count: 9 },
      { ...reason, code: 'link_restricted', count: 3 },
    ],
  });
  const figures = within(screen.getByRole('group', { name: 'Permissions of the copies' }));
  expect(figures.getAllByText(/^\d+$/).map((figure) => figure.textContent)).toEqual(['20', '8', '12']);
  const [suspended, restricted] = screen.getAllByRole('listitem');
  expect(suspended).toHaveTextContent(/account is suspended\s*Ask the person’s administrator\.\s*9 permissions/);
  expect(restricted).toHaveTextContent(/You chose: reader at most\s*3 permissions/);
});
