import { Analytics } from '../../api/models/analytics';
import { AnalyticsStep } from '../../api/models/analytics-step';
import { OpenTransferState } from '../../api/models/open-transfer-state';

/** Less of a step than this says too little for a rate. */
const LEAST_SECONDS = 15;

/** Verified items a minute in each step; the last one, under way, by the time that has passed of it. */
export function perMinute({ steps, stepSeconds, to }: Pick<Analytics, 'steps' | 'stepSeconds' | 'to'>): number[] {
  const end = Date.parse(to);
  const rates = steps.map((step, i) => {
    const passed = i === steps.length - 1 ? Math.min(stepSeconds, (end - Date.parse(step.at)) / 1000) : stepSeconds;
    return passed < LEAST_SECONDS ? undefined : (step.verified / passed) * 60;
  });
  // A step that has just begun goes on as the one before.
  return rates.map((rate, i) => rate ?? rates[i - 1] ?? 0);
}

/**
 * When accounts were slowed down, at most so many times, in the order of time: where each began (several steps on end are
 * one) and the most accounts in one of its steps. Those that met the most accounts win.
 */
export function worstSlowDowns(steps: readonly AnalyticsStep[], most: number): { index: number; accounts: number }[] {
  const times: { index: number; accounts: number }[] = [];
  for (const [index, { slowedAccounts: accounts }] of steps.entries()) {
    if (accounts === 0) continue;
    const before = times.at(-1);
    if (before && steps[index - 1]?.slowedAccounts) before.accounts = Math.max(before.accounts, accounts);
    else times.push({ index, accounts });
  }
  return times
    .sort((a, b) => b.accounts - a.accounts)
    .slice(0, most)
    .sort((a, b) => a.index - b.index);
}

/** What open transfers do, as far as an operator tells them apart. */
export const OPEN_GROUPS = ['running', 'waiting', 'reconnect', 'still'] as const;
export type OpenGroup = (typeof OPEN_GROUPS)[number];

const GROUP_OF: Record<OpenTransferState, OpenGroup> = {
  running: 'running',
  finishing: 'running',
  updating: 'running',
  undoing: 'running',
  waiting_quota: 'waiting',
  needs_reconnect: 'reconnect',
  planning: 'still',
  ready: 'still',
  pausing: 'still',
  paused: 'still',
  canceling: 'still',
};

/** How many open transfers do what; groups that are empty are left out. */
export function openGroups({ byState }: Analytics['openTransfers']): { group: OpenGroup; count: number }[] {
  return OPEN_GROUPS.map((group) => ({
    group,
    count: byState.filter(({ state }) => GROUP_OF[state] === group).reduce((sum, { count }) => sum + count, 0),
  })).filter(({ count }) => count > 0);
}

/** Change against the time before, as a part of it; undefined where there is nothing to compare with. */
export const changeOf = ({ value, before }: { value: number; before: number }): number | undefined =>
  before === 0 ? undefined : (value - before) / before;
