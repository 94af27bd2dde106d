import { SIDES, type Side } from '../errors.js';

/** What a person can command a transfer to do. */
export const COMMANDS = ['start', 'pause', 'resume', 'cancel', 'retry', 'rerun', 'links', 'undo'] as const;
export type Command = (typeof COMMANDS)[number];

interface StateRule {
  /**
   * `working`: it runs or is about to, and can pause, park or fail · `stopping`: steps in progress are ending ·
   * `paused` · `parked`: stopped by Google or an account, resumes where it was · `ended`: only a command changes it.
   */
  readonly phase: 'working' | 'stopping' | 'paused' | 'parked' | 'ended';
  /**
   * Items are being transferred: this time counts as the transfer's duration. Waiting, an undo, and links that are
   * listed or rewritten after the end do not count.
   */
  readonly active?: true;
  /** Work on the copies of a transfer that has ended: results of its copying that arrive now are late. */
  readonly afterEnd?: true;
  /** The job that does the work of this state. */
  readonly step?: 'plan' | 'finish';
  /** Accepted commands, in the order in which they are offered. */
  readonly accepts: readonly Command[];
  /** States that the engine moves it to when the work of this state is done. */
  readonly then?: readonly string[];
  /** Commands that are already in effect; repeating one changes nothing. */
  readonly inEffect: readonly Command[];
}

/**
 * The state that each command leads to. `before`: the state in which it was paused or parked. A retry plans again if the
 * plan was not complete: it leads to planning, or after a delta run to updating.
 */
export const LEADS_TO = {
  start: 'running',
  pause: 'pausing',
  resume: 'before',
  cancel: 'canceling',
  retry: 'running',
  rerun: 'updating',
  links: 'linking',
  undo: 'undoing',
} as const satisfies Record<Command, string>;

/**
 * The table of a transfer's states. A first run goes planning → ready → running → finishing → completed or
 * completed_with_failures; a delta run starts updating → ready → running; an undo goes undoing → undone. `linking` lists
 * or rewrites the links of a completed transfer, which completes again; a cancel of it undoes nothing.
 */
const RULES = {
  planning: {
    phase: 'working',
    step: 'plan',
    then: ['ready'],
    accepts: ['pause', 'cancel'],
    inEffect: ['start', 'resume', 'retry'],
  },
  ready: {
    phase: 'working',
    step: 'plan',
    then: ['running'],
    accepts: ['start', 'pause', 'cancel'],
    inEffect: ['resume', 'retry', 'rerun'],
  },
  running: {
    phase: 'working',
    active: true,
    step: 'plan',
    then: ['finishing'],
    accepts: ['pause', 'cancel'],
    inEffect: ['start', 'resume', 'retry', 'rerun'],
  },
  finishing: {
    phase: 'working',
    active: true,
    step: 'finish',
    then: ['completed', 'completed_with_failures'],
    accepts: [],
    inEffect: ['start', 'resume', 'retry', 'rerun'],
  },
  updating: {
    phase: 'working',
    active: true,
    step: 'plan',
    then: ['ready'],
    accepts: ['pause', 'cancel'],
    inEffect: ['resume', 'retry', 'rerun'],
  },
  linking: {
    phase: 'working',
    afterEnd: true,
    step: 'finish',
    then: ['completed', 'completed_with_failures'],
    accepts: ['pause'],
    inEffect: ['resume', 'links'],
  },
  undoing: {
    phase: 'working',
    afterEnd: true,
    step: 'finish',
    then: ['undone'],
    accepts: [],
    inEffect: ['resume', 'undo'],
  },
  pausing: {
    phase: 'stopping',
    active: true,
    step: 'finish',
    then: ['paused'],
    accepts: ['resume', 'cancel'],
    inEffect: ['start', 'pause'],
  },
  paused: { phase: 'paused', accepts: ['resume', 'cancel'], inEffect: ['start', 'pause'] },
  canceling: {
    phase: 'stopping',
    active: true,
    step: 'finish',
    then: ['canceled', 'completed', 'completed_with_failures'],
    accepts: [],
    inEffect: ['cancel'],
  },
  waiting_quota: { phase: 'parked', accepts: ['resume', 'cancel'], inEffect: ['start'] },
  needs_reconnect: { phase: 'parked', accepts: ['resume', 'cancel'], inEffect: ['start'] },
  completed: { phase: 'ended', accepts: ['retry', 'rerun', 'links', 'undo'], inEffect: [] },
  completed_with_failures: { phase: 'ended', accepts: ['retry', 'rerun', 'links', 'undo'], inEffect: [] },
  canceled: { phase: 'ended', accepts: ['retry', 'rerun', 'undo'], inEffect: ['cancel'] },
  failed: { phase: 'ended', accepts: ['retry', 'rerun', 'undo'], inEffect: [] },
  undone: { phase: 'ended', accepts: [], inEffect: ['undo'] },
} as const satisfies Record<string, StateRule>;

export type TransferState = keyof typeof RULES;
export const STATE_RULES: Readonly<Record<TransferState, StateRule>> = RULES;

export const TRANSFER_STATES = Object.keys(RULES) as TransferState[];
const statesWhere = (matches: (rule: StateRule) => boolean): readonly TransferState[] =>
  TRANSFER_STATES.filter((state) => matches(STATE_RULES[state]));

/** States of a transfer that has not ended. */
export const OPEN_STATES = statesWhere(({ phase }) => phase !== 'ended');
/** States in which nothing happens without a command (retry, delta run or undo). */
export const TERMINAL_STATES = statesWhere(({ phase }) => phase === 'ended');
/** `waiting_quota` ends automatically; `needs_reconnect` ends when the account's user confirms. */
export const PARKED_STATES = statesWhere(({ phase }) => phase === 'parked');
/** States in which it can pause, park or fail. */
export const WORKING_STATES = statesWhere(({ phase }) => phase === 'working');
/** States of work on the copies of a transfer that has ended. */
export const AFTER_END_STATES = statesWhere(({ afterEnd }) => afterEnd === true);
export const ACTIVE_STATES = statesWhere(({ active }) => active === true);
/** States that accept `resume`; the ledger remembers the previous state. */
export const RESUMABLE_STATES = statesWhere(({ accepts }) => accepts.includes('resume'));
/** States whose plan grows, and those whose items are copied. */
export const PLANNING_STATES: readonly TransferState[] = ['planning', 'updating'];
export const COPYING_STATES: readonly TransferState[] = ['running', 'finishing'];

/** The states from which the engine moves a transfer to a state. */
export const statesBefore = (to: TransferState): readonly TransferState[] =>
  statesWhere(({ then }) => then?.includes(to) === true);

/** The states in which a command has an effect. */
export const statesFor = (command: Command): readonly TransferState[] =>
  statesWhere(({ accepts }) => accepts.includes(command));

/**
 * The sides whose Drives the work of a state reads or writes: links, and the undo of a copy, need the destination alone.
 * @param state the state that is resumed, for a transfer that is paused or parked
 */
export const sidesAtWork = (mode: 'copy' | 'move', state: TransferState): readonly Side[] =>
  state === 'linking' || (mode === 'copy' && state === 'undoing') ? ['destination'] : SIDES;
