import type { ItemState, TransferSnapshot, TransferState } from '../engine/ports/ledger.js';
import { actionsOf, COMMANDS, isObeyed, statesFor, UNDO_DAYS } from './transfer-actions.js';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY_MS = 24 * 3600 * 1_000;

/** Only what the actions are made from. */
function aSnapshot(
  state: TransferState,
  counts: Partial<Record<ItemState, number>> = {},
  more: Partial<TransferSnapshot> = {},
): TransferSnapshot {
  const none = { waiting: 0, copying: 0, checking: 0, verified: 0, unverified: 0, skipped: 0, failed: 0 };
  return {
    state,
    counts: { ...none, ...counts },
    skips: {},
    startedAt: NOW - DAY_MS,
    ...more,
  } as TransferSnapshot;
}
const at = { finishedAt: NOW - DAY_MS };

it.each<[TransferSnapshot, string[]]>([
  [aSnapshot('planning'), ['pause', 'cancel']],
  [aSnapshot('ready'), ['start', 'pause', 'cancel']],
  [aSnapshot('running'), ['pause', 'cancel']],
  [aSnapshot('updating'), ['pause', 'cancel']],
  [aSnapshot('finishing'), []],
  [aSnapshot('undoing'), []],
  [aSnapshot('pausing'), ['resume', 'cancel']],
  [aSnapshot('paused'), ['resume', 'cancel']],
  [aSnapshot('canceling'), []],
  [aSnapshot('waiting_quota'), ['resume', 'cancel']],
  [aSnapshot('needs_reconnect'), ['reconnect', 'cancel']],
  [aSnapshot('completed', { verified: 2 }, at), ['rerun', 'undo']],
  [aSnapshot('completed', { skipped: 2 }, at), ['rerun']],
  [aSnapshot('completed_with_failures', { verified: 1, failed: 1 }, at), ['retry', 'rerun', 'undo']],
  [aSnapshot('completed_with_failures', { unverified: 1 }, at), ['rerun', 'undo']],
  [aSnapshot('canceled', { verified: 1, skipped: 1 }, { ...at, skips: { canceled: 1 } }), ['retry', 'rerun', 'undo']],
  [aSnapshot('canceled', { verified: 1, skipped: 1 }, { ...at, skips: { not_newer: 1 } }), ['rerun', 'undo']],
  [aSnapshot('failed', { waiting: 3 }, at), ['retry']],
  [aSnapshot('undone', { verified: 1 }, at), []],
])('offers in $state with $counts: %j', (snapshot, expected) => {
  expect(actionsOf(snapshot, NOW)).toEqual([...expected, 'report']);
});

it('offers what never began no rerun, but a retry', () => {
  for (const state of ['failed', 'canceled'] as const) {
    const { startedAt: _never, ...snapshot } = aSnapshot(state, {}, at);
    expect(actionsOf(snapshot, NOW)).toEqual(['retry', 'report']);
  }
});

it(`offers an undo for ${UNDO_DAYS} days`, () => {
  const ended = (daysAgo: number) => aSnapshot('completed', { verified: 1 }, { finishedAt: NOW - daysAgo * DAY_MS });
  expect(actionsOf(ended(UNDO_DAYS), NOW)).toContain('undo');
  expect(actionsOf(ended(UNDO_DAYS + 1), NOW)).not.toContain('undo');
});

it.each(COMMANDS)('%s does something, or was obeyed before, never both', (command) => {
  expect(statesFor(command).length).toBeGreaterThan(0);
  for (const state of statesFor(command)) expect(isObeyed(command, aSnapshot(state))).toBe(false);
});

it('takes a running transfer for one that is brought up to date only after it was', () => {
  expect(isObeyed('rerun', aSnapshot('running'))).toBe(false);
  const delta = { added: 0, changed: 0, renamed: 0, left: 0, unchanged: 0, at: NOW };
  expect(isObeyed('rerun', aSnapshot('running', {}, { delta }))).toBe(true);
});
