import { render, screen } from '@testing-library/angular';
import { aTransfer } from '../../../testing/builders';
import { LedgerBar } from './ledger-bar';

const { counts } = aTransfer({
  counts: { found: 12_517, verified: 7702, checking: 38, copying: 24, failed: 5, skipped: 37 },
});

it('shows the sum, without the terms that are zero', async () => {
  const { container } = await render(LedgerBar, { inputs: { counts } });
  const terms = [...container.querySelectorAll('cm-sum > div')].map((term) => [
    term.getAttribute('data-operator'),
    term.querySelector('b')?.textContent,
    term.querySelector('span')?.textContent?.trim(),
  ]);
  expect(terms).toEqual([
    [null, '12,517', 'found'],
    ['=', '7,702', 'verified'],
    ['+', '38', 'being checked'],
    ['+', '24', 'copying'],
    ['+', '5', 'failed'],
    ['+', '37', 'skipped'],
    ['+', '4,711', 'waiting'],
  ]);
  expect(screen.getByRole('img')).toHaveAccessibleName(
    '7,702 verified, 38 being checked, 24 copying, 5 failed, 37 skipped, 4,711 waiting',
  );
});

it('is a progress bar for screen readers while it runs', async () => {
  await render(LedgerBar, { inputs: { counts, progress: 61, remark: 'About 42 min left' } });
  const bar = screen.getByRole('progressbar', { name: 'Items settled' });
  expect(bar).toHaveAttribute('aria-valuenow', '61');
  expect(bar).toHaveAttribute('aria-valuetext', '61 percent, 7,702 verified, 5 failed, About 42 min left');
});

it('shows what was undone instead of what was verified', async () => {
  const undone = { ...counts, verified: 0, undone: 7700, kept: 2 };
  const { container } = await render(LedgerBar, { inputs: { counts: undone, progress: 99 } });
  expect(container.querySelector('.bar .verified')).toBeNull();
  expect(screen.getByRole('progressbar')).toHaveAttribute(
    'aria-valuetext',
    expect.stringMatching(/^99 percent, 7,700 undone, in the trash, 2 kept, /),
  );
});

const edgesOf = async (small: boolean) => {
  const { container } = await render(LedgerBar, { inputs: { counts, small } });
  return [...container.querySelectorAll<HTMLElement>('.bar i')].map((part) =>
    [...part.style.clipPath.matchAll(/([\d.]+)%/g)].map(([, percent]) => Number(percent)),
  );
};

it('sizes each term by its share', async () => {
  // The insets to the right and left of each segment. Even the smallest segment is wide enough to be visible.
  const [verified, checking, copying, failed, skipped, waiting] = await edgesOf(false);
  expect(verified![0]).toBeGreaterThan(39);
  expect(verified![0]).toBeLessThan(41);
  for (const small of [checking!, copying!, failed!, skipped!])
    expect(100 - small[0]! - small[1]!).toBeGreaterThan(0.55);
  expect(waiting![0]).toBeGreaterThan(62);
  expect(waiting![0]).toBeLessThan(64);
});

it('enlarges small terms in a small bar, so that they are visible', async () => {
  const [, checking, copying, failed, skipped] = await edgesOf(true);
  for (const small of [checking!, copying!, failed!, skipped!])
    expect(100 - small[0]! - small[1]!).toBeGreaterThan(2.2);
});
