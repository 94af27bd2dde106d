import { RetryBudget } from './retry-budget.js';

let now: number;
let budget: RetryBudget;
/** Takes retries until none is left. @returns how many there were */
const drain = () => {
  let taken = 0;
  while (budget.take()) taken++;
  return taken;
};

beforeEach(() => {
  now = 1_000_000;
  budget = new RetryBudget(() => now);
});

it('starts with a few, and adds one for each success', () => {
  const first = drain();
  expect(first).toBeGreaterThan(10);
  expect(first).toBeLessThan(100);
  for (let i = 0; i < 7; i++) budget.succeeded();
  expect(drain()).toBe(7);
});

it('allows a third of all calls to fail forever', () => {
  for (let call = 0; call < 10_000; call++) {
    now += 10;
    if (call % 3 === 0) expect(budget.take()).toBe(true);
    else budget.succeeded();
  }
});

it('forgets failures and successes after two minutes', () => {
  for (let i = 0; i < 1_000; i++) budget.succeeded();
  now += 61_000;
  const first = drain();
  expect(first).toBeGreaterThan(1_000);
  now += 61_000;
  expect(drain()).toBe(0);
  now += 61_000;
  expect(drain()).toBe(first - 1_000);
});
