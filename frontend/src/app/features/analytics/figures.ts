import { Analytics } from '../../api/models/analytics';
import { AnalyticsStep } from '../../api/models/analytics-step';
import { OpenTransferState } from '../../api/models/open-transfer-state';

/** A rate is computed over at least this many seconds of a step. */
const MIN_SECONDS = 15;

/** The verified items per minute in each step. The last step is not over, so its rate is over the time that has passed. */
export function perMinute({ steps, stepSeconds, to }: Pick<Analytics, 'steps' | 'stepSeconds' | 'to'>): number[] {
  const end = Date.parse(to);
  const rates = steps.map((step, i) => {
    const passed = i === steps.length - 1 ? Math.min(stepSeconds, (end - Date.parse(step.at)) / 1000) : stepSeconds;
    return passed < MIN_SECONDS ? undefined : (step.verified / passed) * 60;
  });
  // A step that has just started has the rate of the previous one.
  return rates.map((rate, i) => rate ?? rates[i - 1] ?? 0);
}

/**
 * The slow-downs that affected the most accounts, in chronological order: the step where each began, and the highest
 * number of accounts. Consecutive steps count as one. @param max how many to return
 */
export function worstSlowDowns(steps: readonly AnalyticsStep[], max: number): { index: number; accounts: number }[] {
  const times: { index: number; accounts: number }[] = [];
  for (const [index, { slowedAccounts: accounts }] of steps.entries()) {
    if (accounts === 0) continue;
    const before = times.at(-1);
    if (before && steps[index - 1]?.slowedAccounts) before.accounts = Math.max(before.accounts, accounts);
    else times.push({ index, accounts });
  }
  return times
    .sort((a, b) => b.accounts - a.accounts)
    .slice(0, max)
    .sort((a, b) => a.index - b.index);
}

/** Groups of open transfers by what they are doing. */
const OPEN_GROUPS = ['running', 'waiting', 'reconnect', 'still'] as const;
export type OpenGroup = (typeof OPEN_GROUPS)[number];

const GROUP_OF: Record<OpenTransferState, OpenGroup> = {
  running: 'running',
  finishing: 'running',
  updating: 'running',
  linking: 'running',
  undoing: 'running',
  waiting_quota: 'waiting',
  needs_reconnect: 'reconnect',
  planning: 'still',
  ready: 'still',
  pausing: 'still',
  paused: 'still',
  canceling: 'still',
};

/** The number of open transfers in each group, without empty groups. */
export function openGroups({ byState }: Analytics['openTransfers']): { group: OpenGroup; count: number }[] {
  return OPEN_GROUPS.map((group) => ({
    group,
    count: byState.filter(({ state }) => GROUP_OF[state] === group).reduce((sum, { count }) => sum + count, 0),
  })).filter(({ count }) => count > 0);
}

/** The relative change since the previous period; undefined if that was empty. */
export const changeOf = ({ value, before }: { value: number; before: number }): number | undefined =>
  before === 0 ? undefined : (value - before) / before;
