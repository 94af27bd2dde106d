import type { TimelineStep } from './model/conclusion.js';
import { STATE_RULES, TERMINAL_STATES, type TransferState } from './model/states.js';
import type { LedgerLog } from './ports/ledger/log.js';
import type { LedgerSummary } from './ports/ledger/summary.js';

// A transfer may run several times: retries, delta runs.

/**
 * When this run began, in epoch milliseconds of a whole second, as `triedAt` of items is. 0: it is the first; undefined:
 * an earlier version began it, and the log no longer says when.
 */
export async function beganAt(
  ledger: Pick<LedgerLog & LedgerSummary, 'events' | 'snapshot'>,
): Promise<number | undefined> {
  const { beganAt: noted } = await ledger.snapshot();
  if (noted !== undefined) return noted;
  const states = (await ledger.events()).filter(({ kind }) => kind === 'state');
  // It began where the one before it ended. Its own end may be recorded already.
  const ended = states.slice(0, -1).findLastIndex(({ state }) => TERMINAL_STATES.includes(state!));
  if (ended < 0) return states[0]?.state === 'planning' ? 0 : undefined;
  const { at } = states[ended + 1]!;
  return at - (at % 1_000);
}

/** Whether this run has come to a step before: it was parked there, or its process died. */
export const hasBegun = async (ledger: Pick<LedgerLog, 'events'>, step: TimelineStep): Promise<boolean> =>
  (await stepsOf(ledger)).includes(step);

/** The step that this run came to last after its items were copied. */
export const lastStep = async (ledger: Pick<LedgerLog, 'events'>): Promise<TimelineStep | undefined> =>
  (await stepsOf(ledger)).at(-1);

async function stepsOf(ledger: Pick<LedgerLog, 'events'>): Promise<TimelineStep[]> {
  const events = await ledger.events();
  return events
    .slice(events.findLastIndex(({ state }) => state === 'running') + 1)
    .flatMap(({ step }) => (step ? [step] : []));
}

/** The state with work in which a transfer was last paused, parked or canceled. */
export async function workBeforeStop(ledger: Pick<LedgerLog, 'events'>): Promise<TransferState | undefined> {
  const states = (await ledger.events()).flatMap(({ kind, state }) => (kind === 'state' && state ? [state] : []));
  return states.findLast((state) => STATE_RULES[state].phase === 'working');
}
