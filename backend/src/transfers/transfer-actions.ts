import { type ItemCode, type Side, SIDES } from '../engine/errors.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { type Command, COMMANDS, STATE_RULES } from '../engine/model/states.js';
import { itemCodeOf, REASON_CODES, reasonOf } from '../engine/model/reasons.js';

/** What the API offers: commands, a new sign-in of the account that a transfer waits for, and the report. */
export const ACTIONS = [...COMMANDS, 'reconnect', 'report'] as const;
export type Action = (typeof ACTIONS)[number];

/** How long after its end a transfer can be undone: as long as Google's trash keeps what it would bring back. */
export const UNDO_DAYS = 30;
/**
 * How long after its end a transfer can be rerun: as long as it is kept, and can be undone. Later the accounts no longer
 * know what they once allowed.
 */
export const RERUN_DAYS = 30;
const DAY_MS = 24 * 3600 * 1_000;

/** Whether a transfer does already, or has done, what the command asks for. */
export function isAlreadyInEffect(
  command: Command,
  { state, delta }: Pick<TransferSnapshot, 'state' | 'delta'>,
): boolean {
  // A `rerun` is in effect only in an update; the first run is none.
  if (command === 'rerun' && state !== 'updating' && !delta) return false;
  return STATE_RULES[state].inEffect.includes(command);
}

/** Whether a plain retry includes items in this state and can help them; items that arrived are never included. */
export const isHelpedByRetry = (code: ItemCode, state: 'failed' | 'unverified' | 'skipped'): boolean =>
  state === 'failed' ? reasonOf(code).is.includes('retryable') : state === 'skipped' && code === 'canceled';

/** Items that a retry, with every option, can help: failed, left out, or left open by what ended the transfer. */
export function helpedItems({
  counts,
  skips,
  failures,
}: Pick<TransferSnapshot, 'counts' | 'skips' | 'failures'>): number {
  const sum = (groups: TransferSnapshot['skips'], state: 'failed' | 'skipped') =>
    (Object.entries(groups) as [ItemCode, number][])
      .filter(([code]) => isHelpedByRetry(itemCodeOf(code), state) || reasonOf(itemCodeOf(code)).retryWith)
      .reduce((total, [, count]) => total + count, 0);
  return sum(failures, 'failed') + sum(skips, 'skipped') + counts.waiting + counts.copying;
}

/** What a retry takes that names no codes: whatever it can help. */
export const helpedCodes = (allowConversion: boolean): ItemCode[] => [
  ...REASON_CODES.filter((code) => reasonOf(code).is.includes('retryable')),
  ...(allowConversion ? CONVERTIBLE_CODES : []),
];
/** Reasons of items that a retry can help only by exporting and importing them again. */
export const CONVERTIBLE_CODES = REASON_CODES.filter((code) => reasonOf(code).retryWith === 'allowConversion');

/** Whether it ended before anything was copied: its plan is of no use. */
export const endedInPlanning = ({ startedAt }: Pick<TransferSnapshot, 'startedAt'>): boolean => startedAt === undefined;

/** Whether it ended more than `days` ago. @param now epoch milliseconds */
export const endedBefore = ({ finishedAt }: Pick<TransferSnapshot, 'finishedAt'>, days: number, now: number): boolean =>
  finishedAt !== undefined && now - finishedAt > days * DAY_MS;

/** The sides whose account withdrew its access, or left after the end: none of these transfers can be rerun. */
export const withdrawnSides = ({ withdrawn }: Pick<TransferSnapshot, 'withdrawn'>): Side[] =>
  SIDES.filter((side) => withdrawn[side] !== undefined);

/** The sides that a transfer's work concerns: the undo of a copy works on the destination alone. */
export function sidesAtWork(
  { mode }: Pick<TransferOrder, 'mode'>,
  { state, resumeState }: Pick<TransferSnapshot, 'state' | 'resumeState'>,
): readonly Side[] {
  return mode === 'copy' && (resumeState ?? state) === 'undoing' ? ['destination'] : SIDES;
}

/**
 * The sides whose account must have signed in lately for a command: those whose originals, or whose copies of them, go to
 * the trash with it. A copy trashes nothing in the source.
 */
export function recentSignInsFor(command: Command, { mode }: Pick<TransferOrder, 'mode'>): readonly Side[] {
  if (mode !== 'move') return [];
  switch (command) {
    case 'start':
    case 'retry':
    case 'rerun':
      return ['source'];
    case 'undo':
      return SIDES;
    case 'pause':
    case 'resume':
    case 'cancel':
      return [];
  }
}

/** The actions that want the consent of a certain account. */
export const CONSENT_ACTIONS = ['start', 'resume', 'retry', 'rerun', 'undo'] as const;

/**
 * The sides whose accounts' tokens must come with a command; with none, a token of either account is enough. One account
 * alone must never have the other's Drive read, written to or emptied. Of `resume` each of the sides may come on its own.
 */
export function consentsFor(
  command: Command,
  order: Pick<TransferOrder, 'mode'>,
  snapshot: Pick<TransferSnapshot, 'state' | 'resumeState' | 'unconfirmed' | 'parked'>,
): readonly Side[] {
  switch (command) {
    case 'start':
    case 'retry':
    case 'rerun':
      return SIDES;
    case 'undo':
      return order.mode === 'move' ? SIDES : ['destination'];
    case 'resume': {
      const { unconfirmed, parked } = snapshot;
      const concerned = sidesAtWork(order, snapshot);
      return unconfirmed.filter((side) => concerned.includes(side) || parked?.side === side);
    }
    case 'pause':
    case 'cancel':
      return [];
  }
}

/** The actions that a transfer allows now. */
export function actionsOf(snapshot: TransferSnapshot, now = Date.now()): Action[] {
  const makesSense: Partial<Record<Command, boolean>> = {
    retry: endedInPlanning(snapshot) || helpedItems(snapshot) > 0,
    rerun:
      !endedInPlanning(snapshot) && !endedBefore(snapshot, RERUN_DAYS, now) && withdrawnSides(snapshot).length === 0,
    undo: snapshot.counts.verified + snapshot.counts.unverified > 0 && !endedBefore(snapshot, UNDO_DAYS, now),
  };
  const accepted = Object.keys(STATE_RULES[snapshot.state].accepts) as Command[];
  const signIn = snapshot.state === 'needs_reconnect' ? (['reconnect'] as const) : [];
  return [...signIn, ...accepted.filter((command) => makesSense[command] ?? true), 'report'];
}
