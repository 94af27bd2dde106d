import { Analytics } from '../../api/models/analytics';
import { AnalyticsStep } from '../../api/models/analytics-step';
import { OpenTransferState } from '../../api/models/open-transfer-state';

/** A rate needs at least this much of a step. */
const LEAST_SECONDS = 15;

/** Verified items a minute in each step; the last one by the time that has passed of it. */
export function perMinute({ steps, stepSeconds, to }: Pick<Analytics, 'steps' | 'stepSeconds' | 'to'>): number[] {
  const end = Date.parse(to);
  const rates = steps.map((step, i) => {
    const passed = i === steps.length - 1 ? Math.min(stepSeconds, (end - Date.parse(step.at)) / 1000) : stepSeconds;
    return passed < LEAST_SECONDS ? undefined : (step.verified / passed) * 60;
  });
  // A step that has just begun takes the rate of the one before.
  return rates.map((rate, i) => rate ?? rates[i - 1] ?? 0);
}

/**
 * The slow-downs that affected the most accounts, in the order of time: where each began (consecutive steps are one) and
 * the most accounts in one of its steps. @param most how many
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

/** What open transfers are doing, in the operator's terms. */
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

/** How many open transfers are in each group; empty groups are left out. */
export function openGroups({ byState }: Analytics['openTransfers']): { group: OpenGroup; count: number }[] {
  return OPEN_GROUPS.map((group) => ({
    group,
    count: byState.filter(({ state }) => GROUP_OF[state] === group).reduce((sum, { count }) => sum + count, 0),
  })).filter(({ count }) => count > 0);
}

/** The relative change since the period before; undefined without a value to compare with. */
export const changeOf = ({ value, before }: { value: number; before: number }): number | undefined =>
  before === 0 ? undefined : (value - before) / before;
