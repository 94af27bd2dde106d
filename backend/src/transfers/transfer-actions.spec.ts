import type { ItemState } from '../engine/model/items.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { sharingOptions } from '../../test/support/sharing.js';
import { COMMANDS, statesFor, type TransferState } from '../engine/model/states.js';
import { actionsOf, consentsFor, isAlreadyInEffect, RERUN_DAYS, UNDO_DAYS } from './transfer-actions.js';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY_MS = 24 * 3600 * 1_000;

/** Only the fields that the actions depend on. */
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
    unconfirmed: [],
    withdrawn: {},
    failures: {},
    startedAt: NOW - DAY_MS,
    ...more,
  } as TransferSnapshot;
}
/** A transfer that cannot carry access over afterwards: shortcuts were followed. */
const COPY = { mode: 'copy', shortcuts: 'follow' } as const;
const at = { finishedAt: NOW - DAY_MS };

it.each<[TransferSnapshot, string[]]>([
  [aSnapshot('planning'), ['pause', 'cancel']],
  [aSnapshot('ready'), ['start', 'pause', 'cancel']],
  [aSnapshot('running'), ['pause', 'cancel']],
  [aSnapshot('updating'), ['pause', 'cancel']],
  [aSnapshot('finishing'), []],
  [aSnapshot('linking'), ['pause']],
  [aSnapshot('undoing'), []],
  [aSnapshot('pausing'), ['resume', 'cancel']],
  [aSnapshot('paused'), ['resume', 'cancel']],
  [aSnapshot('canceling'), []],
  [aSnapshot('waiting_quota'), ['resume', 'cancel']],
  [aSnapshot('needs_reconnect'), ['reconnect', 'resume', 'cancel']],
  [aSnapshot('waiting_quota', {}, { resumeState: 'undoing' }), ['resume']],
  [aSnapshot('needs_reconnect', {}, { resumeState: 'undoing' }), ['reconnect', 'resume']],
  [aSnapshot('needs_reconnect', {}, { resumeState: 'linking' }), ['reconnect', 'resume', 'cancel']],
  [aSnapshot('completed', { verified: 2 }, { ...at, withdrawn: { source: NOW } }), ['links', 'undo']],
  [aSnapshot('completed', { verified: 2 }, at), ['rerun', 'links', 'undo']],
  [aSnapshot('completed', { skipped: 2 }, at), ['rerun']],
  [aSnapshot('completed', { skipped: 2 }, { ...at, skips: { conversion_needed: 2 } }), ['retry', 'rerun']],
  [
    aSnapshot('completed_with_failures', { verified: 1, failed: 1 }, { ...at, failures: { rate_limited: 1 } }),
    ['retry', 'rerun', 'links', 'undo'],
  ],
  [
    aSnapshot('completed_with_failures', { verified: 1, failed: 1 }, { ...at, failures: { export_too_large: 1 } }),
    ['rerun', 'links', 'undo'],
  ],
  [aSnapshot('completed_with_failures', { unverified: 1 }, at), ['rerun', 'links', 'undo']],
  [aSnapshot('canceled', { verified: 1, skipped: 1 }, { ...at, skips: { canceled: 1 } }), ['retry', 'rerun', 'undo']],
  [aSnapshot('canceled', { verified: 1, skipped: 1 }, { ...at, skips: { not_newer: 1 } }), ['rerun', 'undo']],
  [aSnapshot('failed', { waiting: 3 }, { ...at, failedIn: 'running' }), ['retry', 'rerun']],
  [aSnapshot('failed', { verified: 3 }, { ...at, failedIn: 'updating' }), ['rerun', 'undo']],
  [
    aSnapshot('failed', { verified: 3, failed: 1 }, { ...at, failedIn: 'updating', failures: { rate_limited: 1 } }),
    ['retry', 'rerun', 'undo'],
  ],
  [
    aSnapshot(
      'failed',
      { verified: 3, failed: 1 },
      { ...at, failedIn: 'updating', failures: { rate_limited: 1 }, withdrawn: { source: NOW } },
    ),
    ['undo'],
  ],
  [aSnapshot('failed', { verified: 3, waiting: 1 }, { ...at, failedIn: 'undoing' }), ['undo']],
  [aSnapshot('undone', { verified: 1 }, at), []],
])('offers in $state with $counts: %j', (snapshot, expected) => {
  expect(actionsOf(COPY, snapshot, NOW)).toEqual([...expected, 'report']);
});

it('offers to carry access over for what was copied, unless that was done or cannot be', () => {
  const ended = aSnapshot('completed', { verified: 1 }, at);
  const carriable = { mode: 'copy', shortcuts: 'rebuild' } as const;
  expect(actionsOf(carriable, ended, NOW)).toEqual(['rerun', 'carry_access', 'links', 'undo', 'report']);
  for (const order of [COPY, { ...carriable, mode: 'move' }, { ...carriable, sharing: sharingOptions() }] as const)
    expect(actionsOf(order, ended, NOW)).not.toContain('carry_access');
  for (const snapshot of [
    aSnapshot('completed', { skipped: 2 }, at),
    aSnapshot('failed', { verified: 1 }, at),
    aSnapshot('running', { verified: 1 }),
    aSnapshot('completed', { verified: 1 }, { ...at, withdrawn: { source: NOW } }),
  ])
    expect(actionsOf(carriable, snapshot, NOW)).not.toContain('carry_access');
});

it('offers a retry but no rerun for a transfer that never started copying', () => {
  for (const state of ['failed', 'canceled'] as const) {
    const { startedAt: _never, ...snapshot } = aSnapshot(state, {}, at);
    expect(actionsOf(COPY, snapshot, NOW)).toEqual(['retry', 'report']);
  }
});

it(`offers an undo for ${UNDO_DAYS} days`, () => {
  const ended = (daysAgo: number) => aSnapshot('completed', { verified: 1 }, { finishedAt: NOW - daysAgo * DAY_MS });
  expect(actionsOf(COPY, ended(UNDO_DAYS), NOW)).toContain('undo');
  expect(actionsOf(COPY, ended(UNDO_DAYS + 1), NOW)).not.toContain('undo');
});

it(`offers a rerun for ${RERUN_DAYS} days`, () => {
  const ended = (daysAgo: number) => aSnapshot('completed', { verified: 1 }, { finishedAt: NOW - daysAgo * DAY_MS });
  expect(actionsOf(COPY, ended(RERUN_DAYS), NOW)).toContain('rerun');
  expect(actionsOf(COPY, ended(RERUN_DAYS + 1), NOW)).not.toContain('rerun');
});

describe('the accounts that must consent', () => {
  const both = ['source', 'destination'] as const;

  it.each([
    ['start', 'ready', both, both],
    ['retry', 'failed', both, both],
    ['rerun', 'completed', both, both],
    ['links', 'completed', ['destination'], ['destination']],
    ['undo', 'completed', ['destination'], both],
    ['pause', 'running', [], []],
    ['cancel', 'running', [], []],
    ['resume', 'paused', [], []],
    ['resume', 'waiting_quota', [], []],
  ] as const)('to %s what is %s', (command, state, ofCopy, ofMove) => {
    expect(consentsFor(command, { mode: 'copy' }, aSnapshot(state))).toEqual(ofCopy);
    expect(consentsFor(command, { mode: 'move' }, aSnapshot(state))).toEqual(ofMove);
  });

  it('to resume: those whose access ended, if the work concerns them', () => {
    const left = { unconfirmed: both, resumeState: 'running' } as const;
    expect(consentsFor('resume', { mode: 'copy' }, aSnapshot('paused', {}, left))).toEqual(both);
    const undoing = { ...left, resumeState: 'undoing' } as const;
    expect(consentsFor('resume', { mode: 'copy' }, aSnapshot('needs_reconnect', {}, undoing))).toEqual(['destination']);
    expect(consentsFor('resume', { mode: 'move' }, aSnapshot('needs_reconnect', {}, undoing))).toEqual(both);
    const linking = { ...left, resumeState: 'linking' } as const;
    for (const mode of ['copy', 'move'] as const)
      expect(consentsFor('resume', { mode }, aSnapshot('paused', {}, linking))).toEqual(['destination']);
  });
});

it.each(COMMANDS)('%s either does something or is already in effect, never both', (command) => {
  expect(statesFor(command).length).toBeGreaterThan(0);
  for (const state of statesFor(command)) expect(isAlreadyInEffect(command, aSnapshot(state))).toBe(false);
});

it('treats a running transfer as a delta run only after one started', () => {
  expect(isAlreadyInEffect('rerun', aSnapshot('running'))).toBe(false);
  const delta = { added: 0, changed: 0, renamed: 0, left: 0, unchanged: 0, at: NOW };
  expect(isAlreadyInEffect('rerun', aSnapshot('running', {}, { delta }))).toBe(true);
});
