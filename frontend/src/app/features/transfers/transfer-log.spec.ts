import { render, screen } from '@testing-library/angular';
import { aTransfer } from '../../../testing/builders';
import { network, portalHttp, rest } from '../../../testing/portal-http';
import { TransferEvent } from '../../api/models/transfer-event';
import { Transfer, TransferUpdates } from '../../core/transfer-updates';
import { TransferLog } from './transfer-log';

async function show(transfer: Transfer, events: TransferEvent[]) {
  await render(TransferLog, {
    inputs: { transferId: transfer.id, version: '1' },
    providers: [...portalHttp(), { provide: TransferUpdates, useValue: { transfer: () => transfer } }],
  });
  network().expectOne(`/api/transfers/${transfer.id}/log`).flush({ events });
  await rest();
}

const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const group = { code: 'source_changed', count: 12, retryable: true, state: 'failed', title: '', advice: '' } as const;
const row = (name: RegExp) => screen.getByRole('row', { name });

it('shows the items of a reason, the outcome, and times to the second', async () => {
  const transfer = aTransfer({
    state: 'completed_with_failures',
    counts: { ...aTransfer().counts, verified: 2084, unverified: 0, failed: 12, skipped: 3 },
    failureGroups: [group],
  });
  await show(transfer, [
    { at: at(9), kind: 'state', state: 'running' },
    { at: at(5), kind: 'reason', code: 'source_changed' },
    { at: at(1), kind: 'state', state: 'completed_with_failures' },
  ]);
  expect(row(/^.*Completed with failures/)).toHaveTextContent('2,084 verified, 12 failed, 3 skipped');
  expect(row(/First item/)).toHaveTextContent('12 items so far');
  for (const cell of screen.getAllByRole('cell', { name: /:/ }).filter((each) => each.classList.contains('time')))
    expect(cell).toHaveTextContent(/\d?\d:\d\d:\d\d/);
});

it('emphasises important entries, not every step', async () => {
  await show(aTransfer({ state: 'needs_reconnect' }), [
    { at: at(9), kind: 'state', state: 'planning' },
    { at: at(8), kind: 'state', state: 'running' },
    { at: at(1), kind: 'state', state: 'needs_reconnect', side: 'source' },
  ]);
  expect(screen.getByText('Reconnect needed')).toHaveClass('strong');
  expect(screen.getByText('Running')).not.toHaveClass('strong');
  expect(screen.getByText('Counting')).not.toHaveClass('strong');
});
