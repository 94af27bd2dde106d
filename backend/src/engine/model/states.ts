/** What a person can command a transfer to do. */
export const COMMANDS = ['start', 'pause', 'resume', 'cancel', 'retry', 'rerun', 'undo'] as const;
export type Command = (typeof COMMANDS)[number];

interface StateRule {
  /**
   * `working`: it works or is about to, and can be paused, parked or failed · `stopping`: steps under way are ending ·
   * `paused` · `parked`: stopped by Google or by an account, resumes where it was · `ended`: only a command changes it.
   */
  readonly phase: 'working' | 'stopping' | 'paused' | 'parked' | 'ended';
  /** Its items are being transferred: this time counts as the transfer's own. Waiting, and an undo, do not count. */
  readonly active?: true;
  /** Commands that it accepts, in the order they are offered, and the state that each leads to. */
  readonly accepts: Readonly<Partial<Record<Command, Destination>>>;
  /** States that the engine moves it to once the work of this one is done. */
  readonly then?: readonly string[];
  /** Commands that are already in effect: repeating one changes nothing. */
  readonly inEffect: readonly Command[];
}
/** `before`: the state that it was put aside from. A retry plans again where the plan was not complete. */
type Destination = 'running' | 'pausing' | 'canceling' | 'updating' | 'undoing' | 'before';

const STOPPABLE = { pause: 'pausing', cancel: 'canceling' } as const;
const RESUMABLE = { resume: 'before', cancel: 'canceling' } as const;
const REPEATABLE = { retry: 'running', rerun: 'updating', undo: 'undoing' } as const;

/**
 * The one table of a transfer's states. A first run goes planning → ready → running → finishing → completed or
 * completed_with_failures; a delta run updating → ready → running; an undo undoing → undone.
 */
const RULES = {
  planning: { phase: 'working', then: ['ready'], accepts: STOPPABLE, inEffect: ['start', 'resume', 'retry'] },
  ready: {
    phase: 'working',
    then: ['running'],
    accepts: { start: 'running', ...STOPPABLE },
    inEffect: ['resume', 'retry', 'rerun'],
  },
  running: {
    phase: 'working',
    active: true,
    then: ['finishing'],
    accepts: STOPPABLE,
    inEffect: ['start', 'resume', 'retry', 'rerun'],
  },
  finishing: {
    phase: 'working',
    active: true,
    then: ['completed', 'completed_with_failures'],
    accepts: {},
    inEffect: ['start', 'resume', 'retry', 'rerun'],
  },
  updating: { phase: 'working', active: true, then: ['ready'], accepts: STOPPABLE, inEffect: ['resume', 'rerun'] },
  undoing: { phase: 'working', then: ['undone'], accepts: {}, inEffect: ['resume', 'undo'] },
  pausing: { phase: 'stopping', active: true, then: ['paused'], accepts: RESUMABLE, inEffect: ['start', 'pause'] },
  paused: { phase: 'paused', accepts: RESUMABLE, inEffect: ['start', 'pause'] },
  canceling: { phase: 'stopping', active: true, then: ['canceled'], accepts: {}, inEffect: ['cancel'] },
  waiting_quota: { phase: 'parked', accepts: RESUMABLE, inEffect: ['start'] },
  needs_reconnect: { phase: 'parked', accepts: RESUMABLE, inEffect: ['start'] },
  completed: { phase: 'ended', accepts: REPEATABLE, inEffect: [] },
  completed_with_failures: { phase: 'ended', accepts: REPEATABLE, inEffect: [] },
  canceled: { phase: 'ended', accepts: REPEATABLE, inEffect: ['cancel'] },
  failed: { phase: 'ended', accepts: { retry: 'running', undo: 'undoing' }, inEffect: [] },
  undone: { phase: 'ended', accepts: {}, inEffect: ['undo'] },
} as const satisfies Record<string, StateRule>;

export type TransferState = keyof typeof RULES;
export const STATE_RULES: Readonly<Record<TransferState, StateRule>> = RULES;

export const TRANSFER_STATES = Object.keys(RULES) as TransferState[];
const statesWhere = (matches: (rule: StateRule) => boolean): readonly TransferState[] =>
  TRANSFER_STATES.filter((state) => matches(STATE_RULES[state]));

/** Of a transfer that has not ended. */
export const OPEN_STATES = statesWhere(({ phase }) => phase !== 'ended');
/** Nothing happens by itself; a retry, a delta run or an undo may begin. */
export const TERMINAL_STATES = statesWhere(({ phase }) => phase === 'ended');
/** `waiting_quota` ends automatically; `needs_reconnect` when the account's user confirms it. */
export const PARKED_STATES = statesWhere(({ phase }) => phase === 'parked');
/** What can be paused, parked or failed. */
export const WORKING_STATES = statesWhere(({ phase }) => phase === 'working');
export const ACTIVE_STATES = statesWhere(({ active }) => active === true);
/** States that `resume` leads out of; the ledger remembers the state before. */
export const RESUMABLE_STATES = statesWhere(({ accepts }) => accepts.resume !== undefined);
/** States whose plan grows, and those whose items are copied. */
export const PLANNING_STATES: readonly TransferState[] = ['planning', 'updating'];
export const COPYING_STATES: readonly TransferState[] = ['running', 'finishing'];

/** The states from which the engine moves a transfer to another one. */
export const statesBefore = (to: TransferState): readonly TransferState[] =>
  statesWhere(({ then }) => then?.includes(to) === true);

/** The states in which a command does something. */
export const statesFor = (command: Command): readonly TransferState[] =>
  statesWhere(({ accepts }) => accepts[command] !== undefined);
