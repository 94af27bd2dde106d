import { aTransfer } from '../../../testing/builders';
import { Transfer } from '../../core/transfer-updates';
import { barCounts } from './bar-counts';
import { describeState } from '../../core/state-look';
import { hasBegunUndo, outcomeOf, percent, secondsLeft, secondsRunning, settled, summaryOf } from './transfer-state';

const START = Date.parse('2026-11-24T09:14:00.000Z');
const TERMS = ['verified', 'unverified', 'failed', 'skipped', 'checking', 'copying', 'waiting'] as const;

it('the counts of a built transfer add up', () => {
  const { counts } = aTransfer({ counts: { found: 12_517, verified: 7702, failed: 5, copying: 24 } });
  expect(TERMS.reduce((sum, term) => sum + counts[term], 0)).toBe(counts.found);
});

it('rounds the percentage down and keeps 100 for the end', () => {
  const nearly = aTransfer({ counts: { found: 1000, verified: 996, failed: 3, checking: 1 } });
  expect(percent(nearly)).toBe(99);
  const all = { found: 10, verified: 9, skipped: 1 };
  expect(percent(aTransfer({ state: 'finishing', counts: all }))).toBe(99);
  expect(percent(aTransfer({ state: 'completed', counts: all }))).toBe(100);
  expect(percent(aTransfer({ state: 'planning', counts: { found: 0 } }))).toBe(0);
  expect(percent(aTransfer({ state: 'canceled', counts: { found: 10, verified: 4 } }))).toBe(40);
});

it('knows an undo that has only restored originals so far', () => {
  const undo = { trashed: 0, left: 0, restored: 2 };
  expect(hasBegunUndo(aTransfer({ state: 'waiting_quota', undo }))).toBe(true);
  expect(hasBegunUndo(aTransfer({ state: 'waiting_quota' }))).toBe(false);
});

it('shows how far an undo is, also while it waits', () => {
  const undo = { trashed: 3, left: 1, restored: 0 };
  for (const state of ['undoing', 'waiting_quota', 'needs_reconnect'] as const) {
    const transfer = aTransfer({ state, counts: { found: 8, verified: 8 }, undo });
    expect(percent(transfer)).toBe(50);
    expect(barCounts(transfer)).toMatchObject({ verified: 4, undone: 3, kept: 1 });
  }
});

it('counts failed, skipped and doubtful items as settled', () => {
  expect(
    settled(aTransfer({ counts: { verified: 1, unverified: 2, failed: 4, skipped: 8, copying: 16 } }).counts),
  ).toBe(15);
});

it('estimates only after two minutes of running', () => {
  const transfer = aTransfer({ etaSeconds: 600, activeSeconds: 100 });
  const taken = { ...transfer, takenAt: START };
  expect(secondsLeft(taken, START + 19_000)).toBeUndefined();
  expect(secondsLeft(taken, START + 21_000)).toBe(600);
  expect(secondsLeft(transfer, START + 999_000)).toBeUndefined();
  expect(secondsLeft(aTransfer({ etaSeconds: null }), START + 999_000)).toBeUndefined();
  expect(secondsLeft(aTransfer({ state: 'waiting_quota', etaSeconds: 600 }), START + 999_000)).toBeUndefined();
});

it('advances while it works, and stands still otherwise', () => {
  const taken = { ...aTransfer({ activeSeconds: 49 }), takenAt: START };
  expect(secondsRunning(taken, START + 5_000)).toBe(54);
  for (const state of ['paused', 'waiting_quota', 'needs_reconnect', 'completed', 'undoing', 'undone'] as const)
    expect(secondsRunning({ ...taken, state }, START + 3_600_000)).toBe(49);
});

it.each([
  [{ trashed: 5, left: 1, restored: 0 }, 'undoing', { verified: 1, unverified: 1, undone: 5, kept: 1 }, 75],
  [{ trashed: 5, left: 1, restored: 0 }, 'undone', { verified: 0, unverified: 1, undone: 5, kept: 2 }, 100],
  [{ trashed: 10, left: 0, restored: 0 }, 'undone', { verified: 0, unverified: 0, undone: 10, kept: 0 }, 100],
  [undefined, 'undoing', { verified: 7, unverified: 1, undone: 0, kept: 0 }, 0],
] as const)('counts what was undone as that, not as verified: %#', (undo, state, expected, done) => {
  const transfer = aTransfer({
    state,
    counts: { found: 10, verified: 7, unverified: 1, failed: 2 },
    ...(undo && { undo }),
  });
  const shown = barCounts(transfer);
  expect(shown).toMatchObject(expected);
  const { found, ...terms } = shown;
  expect(Object.values(terms).reduce((sum, count) => sum + count, 0)).toBe(found);
  expect(percent(transfer)).toBe(done);
});

it('covers every state', () => {
  const label = (state: Parameters<typeof describeState>[0]) => describeState(state).label;
  expect(label('waiting_quota')).toBe('Waiting for Google');
});

it.each([
  [
    aTransfer({ state: 'completed', counts: { found: 32, verified: 32 } }),
    'Finished: all 32 items arrived and were verified',
  ],
  [aTransfer({ state: 'completed', counts: { found: 1, verified: 1 } }), 'Finished: the item arrived and was verified'],
  [
    aTransfer({ state: 'completed', counts: { found: 3, verified: 2, skipped: 1 } }),
    'Finished: 2 items arrived and were verified, 1 skipped',
  ],
  [
    aTransfer({ state: 'completed_with_failures', counts: { found: 40, verified: 11, unverified: 3, failed: 26 } }),
    'Finished: 11 items arrived and were verified, 3 could not be verified, 26 failed',
  ],
  [aTransfer({ state: 'canceled', counts: { found: 9, verified: 1 } }), 'Canceled: 1 item arrived and was verified'],
  [aTransfer({ state: 'failed', counts: { found: 9 } }), 'Stopped: 0 items arrived and were verified'],
  [aTransfer({ state: 'undone', undo: { trashed: 1, left: 2, restored: 0 } }), 'Undone: 1 copy in the trash, 2 kept'],
  // An undo that stopped halfway.
  [
    aTransfer({ state: 'failed', counts: { found: 9, verified: 9 }, undo: { trashed: 4, left: 0, restored: 0 } }),
    'Stopped: 4 copies in the trash',
  ],
])('describes its outcome: %#', (transfer, words) => {
  expect(outcomeOf(transfer)).toBe(words);
});

it('shows the most important fact of a transfer in a list', () => {
  const now = START + 200_000;
  expect(summaryOf(aTransfer(), now)).toBe('About 42 min left');
  expect(summaryOf(aTransfer({ state: 'planning', counts: { found: 8214 } }), now)).toBe('8,214 items so far');
  const parked = { side: 'source' as const, account: 'ana@example.com', since: '2026-11-24T08:02:00Z' };
  expect(summaryOf(aTransfer({ state: 'needs_reconnect', parked }), now)).toContain('ana@example.com');
  expect(summaryOf(aTransfer({ state: 'paused', counts: { found: 9, verified: 4 } }), now)).toBe(
    '5 wait until you resume',
  );
  const problem = { code: 'destination_storage_full', title: 'Destination storage is full', detail: '' } as const;
  expect(summaryOf(aTransfer({ state: 'failed', problem }), now)).toBe('Destination storage is full');
  const ended = (counts: Partial<Transfer['counts']>) => summaryOf(aTransfer({ state: 'completed', counts }), now);
  expect(ended({ found: 8, verified: 8 })).toMatch(/^Everything verified, took /);
  expect(ended({ found: 9, verified: 8, skipped: 1 })).toMatch(/^8 verified, 1 skipped, took /);
  expect(ended({ found: 0 })).toMatch(/^0 verified, took /);
});

it('says what it does while it finishes, whatever earlier runs have done', () => {
  const { grants } = aTransfer();
  const finishing = (parts: Partial<Transfer>) =>
    summaryOf({ ...aTransfer({ state: 'finishing' }), grants: { ...grants, open: 5, withdrawn: 5 }, ...parts });
  expect(finishing({})).toBe('Checking the destination once more');
  expect(finishing({ step: 'check' })).toBe('Checking the destination once more');
  expect(finishing({ step: 'finish' })).toBe('Setting dates, removing 5 temporary shares');
  expect(finishing({ step: 'finish', mode: 'move', grants: { ...grants, open: 0 } })).toBe(
    'Setting dates, moving originals to the trash',
  );
  const sharing = { ...aTransfer().sharing, wanted: 9, waiting: 7 };
  expect(finishing({ step: 'access', sharing })).toMatch(/2.*9/);
});

it('shows how far links are, once the first copy has been read', () => {
  const links: Transfer['links'] = {
    ...aTransfer().links,
    mode: 'rewrite',
    found: 20,
    rewritten: 12,
    documents: { read: 3, unread: [] },
  };
  expect(summaryOf(aTransfer({ state: 'finishing', step: 'links', links }))).toBe(
    'Rewriting links: 12 in 3 documents so far',
  );
  const listed: Transfer['links'] = { ...links, mode: 'report', rewritten: 0 };
  expect(summaryOf(aTransfer({ state: 'linking', links: listed }))).toBe('Listing links: 20 in 3 documents so far');
  expect(summaryOf(aTransfer({ state: 'linking' }))).toBe('Listing or rewriting links in the copies');
});
