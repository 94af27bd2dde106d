import { AnalyticsStep } from '../../api/models/analytics-step';
import { changeOf, openGroups, perMinute, worstSlowDowns } from './figures';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 24, 10, minute)).toISOString();
const step = (minute: number, verified: number, slowedAccounts = 0) =>
  ({ at: at(minute), verified, slowedAccounts }) as AnalyticsStep;

it('counts items a minute, and scales the current interval by its elapsed time', () => {
  const steps = [step(0, 600), step(10, 30)];
  expect(perMinute({ steps, stepSeconds: 600, to: at(12) })).toEqual([60, 15]);
});

it('shows a new interval like the one before', () => {
  const steps = [step(0, 600), step(10, 1)];
  expect(perMinute({ steps, stepSeconds: 600, to: new Date(Date.parse(at(10)) + 2000).toISOString() })).toEqual([
    60, 60,
  ]);
  expect(perMinute({ steps: [step(10, 1)], stepSeconds: 600, to: at(10) })).toEqual([0]);
});

it('merges consecutive slow-downs, and keeps those of the most accounts', () => {
  const steps = [1, 0, 2, 5, 0, 3].map((accounts, i) => step(i, 0, accounts));
  expect(worstSlowDowns(steps, 2)).toEqual([
    { index: 2, accounts: 5 },
    { index: 5, accounts: 3 },
  ]);
});

it('groups open transfers by what they need, without empty groups', () => {
  expect(
    openGroups({
      total: 6,
      byState: [
        { state: 'running', count: 2 },
        { state: 'finishing', count: 1 },
        { state: 'paused', count: 2 },
        { state: 'planning', count: 1 },
      ],
    }),
  ).toEqual([
    { group: 'running', count: 3 },
    { group: 'still', count: 3 },
  ]);
});

it('compares with the period before, unless it was empty', () => {
  expect(changeOf({ value: 106, before: 100 })).toBeCloseTo(0.06);
  expect(changeOf({ value: 5, before: 0 })).toBeUndefined();
});
