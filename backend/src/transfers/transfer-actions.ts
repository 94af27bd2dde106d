import { type ItemCode, type Side, SIDES } from '../engine/errors.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { type Command, COMMANDS, LEADS_TO, sidesAtWork, STATE_RULES, statesFor } from '../engine/model/states.js';
import { itemCodeOf, REASON_CODES, reasonOf } from '../engine/model/reasons.js';
import { DAY_MS } from '../engine/times.js';

/**
 * What the API offers: the commands, a rerun with `sharing` (`carry_access`), connecting the account that a transfer waits
 * for, and the report.
 */
export const ACTIONS = [...COMMANDS, 'carry_access', 'reconnect', 'report'] as const;
export type Action = (typeof ACTIONS)[number];

/** How long after its end a transfer can be undone: Google's trash keeps items for that long. */
export const UNDO_DAYS = 30;
/**
 * How long after its end a transfer can be rerun: as long as it is kept, and can be undone. Later the accounts may have
 * forgotten what they allowed.
 */
export const RERUN_DAYS = 30;

/** Whether a command is already in effect. */
export function isAlreadyInEffect(
  command: Command,
  { state, delta }: Pick<TransferSnapshot, 'state' | 'delta'>,
): boolean {
  // A `rerun` is in effect only in a delta run, not in the first run.
  if (command === 'rerun' && state !== 'updating' && !delta) return false;
  return STATE_RULES[state].inEffect.includes(command);
}

/** Whether a plain retry includes items in this state and can fix them; items that arrived are never included. */
export const isHelpedByRetry = (code: ItemCode, state: 'failed' | 'unverified' | 'skipped'): boolean =>
  state === 'failed' ? reasonOf(code).is.includes('retryable') : state === 'skipped' && code === 'canceled';

/** Number of items that a retry, with every option, can fix: failed, skipped or still open. */
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

/** The codes that a retry without `codes` includes: all that it can fix. */
export const helpedCodes = (allowConversion: boolean): ItemCode[] => [
  ...REASON_CODES.filter((code) => reasonOf(code).is.includes('retryable')),
  ...(allowConversion ? CONVERTIBLE_CODES : []),
];
/** Codes of items that a retry can fix only by conversion. */
export const CONVERTIBLE_CODES = REASON_CODES.filter((code) => reasonOf(code).retryWith === 'allowConversion');

/** Whether it ended before anything was copied, so that it must be planned again. */
export const endedInPlanning = ({ startedAt }: Pick<TransferSnapshot, 'startedAt'>): boolean => startedAt === undefined;

/** Whether an undo is running or waiting. Canceling it would leave some copies in the trash permanently. */
export const isBeingUndone = ({ state, resumeState }: Pick<TransferSnapshot, 'state' | 'resumeState'>): boolean =>
  (resumeState ?? state) === 'undoing';

/** Whether an undo stopped on the way: some copies are in the trash, so only another undo leads to a known state. */
export const isHalfUndone = ({ state, failedIn }: Pick<TransferSnapshot, 'state' | 'failedIn'>): boolean =>
  state === 'failed' && failedIn === 'undoing';

/**
 * Whether a rerun finds what it needs: a plan, and copies as a run leaves them, also a run that failed. Of what failed
 * before versions recorded the state, it may have been the undo.
 */
export const isRerunnable = (snapshot: Pick<TransferSnapshot, 'state' | 'startedAt' | 'failedIn'>): boolean =>
  statesFor('rerun').includes(snapshot.state) &&
  !endedInPlanning(snapshot) &&
  !isHalfUndone(snapshot) &&
  (snapshot.state !== 'failed' || snapshot.failedIn !== undefined);

/** Whether its last run ended more than `days` ago. @param now epoch milliseconds */
export const endedBefore = (
  { finishedAt, ranUntil = finishedAt }: Pick<TransferSnapshot, 'finishedAt' | 'ranUntil'>,
  days: number,
  now: number,
): boolean => ranUntil !== undefined && now - ranUntil > days * DAY_MS;

/** The sides whose account withdrew its access, or left after the end, so that the transfer can't be rerun. */
export const withdrawnSides = ({ withdrawn }: Pick<TransferSnapshot, 'withdrawn'>): Side[] =>
  SIDES.filter((side) => withdrawn[side] !== undefined);

/** The sides that a transfer works on, or will work on when it is resumed. */
export const sidesOf = (
  { mode }: Pick<TransferOrder, 'mode'>,
  { state, resumeState }: Pick<TransferSnapshot, 'state' | 'resumeState'>,
): readonly Side[] => sidesAtWork(mode, resumeState ?? state);

/**
 * The sides whose account must have signed in recently for a command: those where a move, or its undo, trashes items. A
 * copy trashes nothing in the source.
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
    case 'links':
      return [];
  }
}

/** The actions that need the consent of certain accounts. */
export const CONSENT_ACTIONS = ['start', 'resume', 'retry', 'rerun', 'carry_access', 'links', 'undo'] as const;

/**
 * The sides whose accounts' tokens a command needs; if empty, a token of either account is enough. One account alone
 * must never cause the other's Drive to be read, written or emptied. For `resume` each side may consent separately.
 */
export function consentsFor(
  action: Command | 'carry_access',
  order: Pick<TransferOrder, 'mode'>,
  snapshot: Pick<TransferSnapshot, 'state' | 'resumeState' | 'unconfirmed' | 'parked'>,
): readonly Side[] {
  switch (action) {
    case 'start':
    case 'retry':
    case 'rerun':
    case 'carry_access':
      return SIDES;
    case 'links':
    case 'undo':
      return sidesAtWork(order.mode, LEADS_TO[action]);
    case 'resume': {
      const { unconfirmed, parked } = snapshot;
      const concerned = sidesOf(order, snapshot);
      return unconfirmed.filter((side) => concerned.includes(side) || parked?.side === side);
    }
    case 'pause':
    case 'cancel':
      return [];
  }
}

/** Why a rerun cannot carry access over for what a transfer has copied; undefined: it can. */
export function carryAccessBlocker({
  sharing,
  mode,
  shortcuts,
}: Pick<TransferOrder, 'sharing' | 'mode' | 'shortcuts'>): 'carried' | 'moved' | 'followed' | undefined {
  if (sharing) return 'carried';
  if (mode === 'move') return 'moved';
  return shortcuts === 'follow' ? 'followed' : undefined;
}

/** The actions that a transfer allows now. */
export function actionsOf(
  order: Pick<TransferOrder, 'sharing' | 'mode' | 'shortcuts'>,
  snapshot: TransferSnapshot,
  now = Date.now(),
): Action[] {
  const hasCopies = snapshot.counts.verified + snapshot.counts.unverified > 0;
  const mayRerun = !endedBefore(snapshot, RERUN_DAYS, now) && withdrawnSides(snapshot).length === 0;
  const makesSense: Partial<Record<Command, boolean>> = {
    retry:
      !isHalfUndone(snapshot) &&
      (endedInPlanning(snapshot) || helpedItems(snapshot) > 0) &&
      (snapshot.failedIn !== 'updating' || mayRerun),
    rerun: isRerunnable(snapshot) && mayRerun,
    links: hasCopies,
    undo: hasCopies && !endedBefore(snapshot, UNDO_DAYS, now),
    cancel: !isBeingUndone(snapshot),
  };
  const accepted = STATE_RULES[snapshot.state].accepts;
  const offered = accepted.filter((command) => makesSense[command] ?? true);
  const isCarriable = offered.includes('rerun') && hasCopies && !carryAccessBlocker(order);
  return [
    ...(snapshot.state === 'needs_reconnect' ? (['reconnect'] as const) : []),
    ...offered.flatMap((command) =>
      command === 'rerun' && isCarriable ? [command, 'carry_access' as const] : command,
    ),
    'report',
  ];
}
