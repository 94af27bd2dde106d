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
  /** Accepted commands, in the order in which they are offered, with the state that each leads to. */
  readonly accepts: Readonly<Partial<Record<Command, Destination>>>;
  /** States that the engine moves it to when the work of this state is done. */
  readonly then?: readonly string[];
  /** Commands that are already in effect; repeating one changes nothing. */
  readonly inEffect: readonly Command[];
}
/** `before`: the state in which it was paused or parked. A retry plans again if the plan was not complete. */
type Destination = 'running' | 'pausing' | 'canceling' | 'updating' | 'linking' | 'undoing' | 'before';

const STOPPABLE = { pause: 'pausing', cancel: 'canceling' } as const;
const RESUMABLE = { resume: 'before', cancel: 'canceling' } as const;
const REPEATABLE = { retry: 'running', rerun: 'updating', undo: 'undoing' } as const;
const COMPLETED = { retry: 'running', rerun: 'updating', links: 'linking', undo: 'undoing' } as const;

/**
 * The table of a transfer's states. A first run goes planning → ready → running → finishing → completed or
 * completed_with_failures; a delta run starts updating → ready → running; an undo goes undoing → undone. `linking` lists
 * or rewrites the links of a completed transfer, which completes again; a cancel of it undoes nothing.
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
  linking: {
    phase: 'working',
    then: ['completed', 'completed_with_failures'],
    accepts: { pause: 'pausing' },
    inEffect: ['resume', 'links'],
  },
  undoing: { phase: 'working', then: ['undone'], accepts: {}, inEffect: ['resume', 'undo'] },
  pausing: { phase: 'stopping', active: true, then: ['paused'], accepts: RESUMABLE, inEffect: ['start', 'pause'] },
  paused: { phase: 'paused', accepts: RESUMABLE, inEffect: ['start', 'pause'] },
  canceling: {
    phase: 'stopping',
    active: true,
    then: ['canceled', 'completed', 'completed_with_failures'],
    accepts: {},
    inEffect: ['cancel'],
  },
  waiting_quota: { phase: 'parked', accepts: RESUMABLE, inEffect: ['start'] },
  needs_reconnect: { phase: 'parked', accepts: RESUMABLE, inEffect: ['start'] },
  completed: { phase: 'ended', accepts: COMPLETED, inEffect: [] },
  completed_with_failures: { phase: 'ended', accepts: COMPLETED, inEffect: [] },
  canceled: { phase: 'ended', accepts: REPEATABLE, inEffect: ['cancel'] },
  failed: { phase: 'ended', accepts: { retry: 'running', undo: 'undoing' }, inEffect: [] },
  undone: { phase: 'ended', accepts: {}, inEffect: ['undo'] },
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
export const ACTIVE_STATES = statesWhere(({ active }) => active === true);
/** States that accept `resume`; the ledger remembers the previous state. */
export const RESUMABLE_STATES = statesWhere(({ accepts }) => accepts.resume !== undefined);
/** States whose plan grows, and those whose items are copied. */
export const PLANNING_STATES: readonly TransferState[] = ['planning', 'updating'];
export const COPYING_STATES: readonly TransferState[] = ['running', 'finishing'];

/** The states from which the engine moves a transfer to a state. */
export const statesBefore = (to: TransferState): readonly TransferState[] =>
  statesWhere(({ then }) => then?.includes(to) === true);

/** The states in which a command has an effect. */
export const statesFor = (command: Command): readonly TransferState[] =>
  statesWhere(({ accepts }) => accepts[command] !== undefined);
