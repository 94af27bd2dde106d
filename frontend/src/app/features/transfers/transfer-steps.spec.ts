import { render, screen } from '@testing-library/angular';
import { aTransfer } from '../../../testing/builders';
import { Transfer } from '../../core/transfer-updates';
import { TransferSteps } from './transfer-steps';

const { links, sharing } = aTransfer();
const REWRITES = { ...links, mode: 'rewrite' } as const;
const CARRIES = { ...sharing, mode: 'carry', wanted: 5, waiting: 5 } as const;
const READ = { ...REWRITES, documents: { read: 3, unread: [] } };

async function stepsOf(parts: Partial<Transfer>) {
  await render(TransferSteps, { inputs: { transfer: { ...aTransfer({ state: 'finishing' }), ...parts } } });
  const steps = screen.getAllByRole('listitem');
  return {
    names: steps.map((step) => step.querySelector('span:not(.dot)')?.textContent),
    now: steps.find((step) => step.getAttribute('aria-current') === 'step')?.textContent.trim(),
  };
}

it.each([
  ['without links and access', {}, ['Set dates, clean up', 'Report'], 'Final check'],
  [
    'before the first copy is read',
    { links: REWRITES, sharing: CARRIES },
    ['Links', 'Access', 'Set dates, clean up', 'Report'],
    'Final check',
  ],
  [
    'while links are rewritten',
    { step: 'links', links: READ, sharing: CARRIES },
    ['Links', 'Access', 'Set dates, clean up', 'Report'],
    'Links',
  ],
  [
    'while access is set after that',
    { step: 'access', links: READ, sharing: { ...CARRIES, waiting: 2 } },
    ['Links', 'Access', 'Set dates, clean up', 'Report'],
    'Access',
  ],
  [
    'in a later run, whatever earlier ones have done',
    { step: 'check', links: READ, sharing: { ...CARRIES, waiting: 2 }, grants: { open: 2, withdrawn: 9 } },
    ['Links', 'Access', 'Set dates, clean up', 'Report'],
    'Final check',
  ],
  ['at the end', { step: 'finish' }, ['Set dates, clean up', 'Report'], 'Set dates, clean up'],
  [
    'of a transfer that had ended before',
    { state: 'linking', links: REWRITES, sharing: { ...CARRIES, waiting: 0 } },
    ['Access', 'Set dates, clean up', 'Links', 'Report'],
    'Links',
  ],
  [
    'that wait for Google while links are rewritten',
    { state: 'waiting_quota', links: READ, counts: { ...aTransfer().counts, waiting: 0, verified: 100 } },
    ['Links', 'Set dates, clean up', 'Report'],
    'Links',
  ],
] as const)('shows the steps in their order, and the current one: %s', async (_, parts, last, now) => {
  const steps = await stepsOf(parts);
  expect(steps.names).toEqual(['Count', 'Copy and verify', 'Final check', ...last]);
  expect(steps.now).toMatch(new RegExp(`^${now}`));
});
