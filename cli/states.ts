import type { Preflight, Transfer } from './api/client.ts';
import { moment } from './terminal.ts';

type State = Transfer['state'];

interface Rule {
  /** `person`: nothing happens until somebody acts; `waiting`: it continues by itself. */
  phase: 'working' | 'waiting' | 'person' | 'ended';
  title: string;
}

/** Every state of a transfer; the compiler names one that the API adds. */
const STATES: Readonly<Record<State, Rule>> = {
  planning: { phase: 'working', title: 'Counting' },
  ready: { phase: 'working', title: 'Ready' },
  running: { phase: 'working', title: 'Running' },
  finishing: { phase: 'working', title: 'Wrapping up' },
  updating: { phase: 'working', title: 'Comparing the source' },
  linking: { phase: 'working', title: 'Reading links' },
  undoing: { phase: 'working', title: 'Undoing' },
  pausing: { phase: 'working', title: 'Pausing' },
  canceling: { phase: 'working', title: 'Canceling' },
  waiting_quota: { phase: 'waiting', title: 'Waiting' },
  paused: { phase: 'person', title: 'Paused' },
  needs_reconnect: { phase: 'person', title: 'Waits for a sign-in' },
  completed: { phase: 'ended', title: 'Completed' },
  completed_with_failures: { phase: 'ended', title: 'Completed, with failures' },
  canceled: { phase: 'ended', title: 'Canceled' },
  failed: { phase: 'ended', title: 'Failed' },
  undone: { phase: 'ended', title: 'Undone' },
};

/** A newer server may have a state that this program does not know: it is shown as it is, and watched further. */
const ruleOf = (state: State): Rule =>
  (STATES as Partial<typeof STATES>)[state] ?? { phase: 'working', title: state.replaceAll('_', ' ') };

export const titleOf = ({ state }: Pick<Transfer, 'state'>): string => ruleOf(state).title;

export const hasEnded = ({ state }: Pick<Transfer, 'state'>): boolean => ruleOf(state).phase === 'ended';

/** Whether nothing happens until somebody acts. */
export const needsPerson = ({ state }: Pick<Transfer, 'state'>): boolean => ruleOf(state).phase === 'person';

const REASONS: Readonly<Record<NonNullable<Transfer['limitReached']>, string>> = {
  sharing: 'Google lets the account share no more for now',
  units: 'the quota units that this server may use in a day are used up',
  hours: 'the allowed hours of its schedule are over',
};

/** Until when a transfer or its count waits, and why; undefined while it does not. */
export function waitOf({
  state,
  resumeAt,
  limitReached,
}: Pick<Transfer, 'state' | 'resumeAt' | 'limitReached'> | Preflight): string | undefined {
  const waits = state === 'counting' ? resumeAt !== undefined : state === 'waiting_quota';
  if (!waits) return undefined;
  const reason = limitReached ? REASONS[limitReached] : undefined;
  return `waits${resumeAt ? ` until ${moment(resumeAt)}` : ''}: ${reason ?? 'Google accepts no more requests for now'}`;
}
