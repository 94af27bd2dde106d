import { jest } from '@jest/globals';
import { AccountTurns, unitsFor } from './account-turns.js';

/** Takes turns and records which have begun. */
function aCrowd() {
  const turns = new AccountTurns();
  const begun: string[] = [];
  const refused: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = async (name: string, account: string, units = 1) => {
    try {
      ends.set(name, await turns.take(account, units));
      begun.push(name);
    } catch (error) {
      refused.push(`${name} ${(error as { code: string }).code}`);
    }
  };
  return { begun, refused, ask, end: (name: string) => ends.get(name)!() };
}
const settled = () => new Promise(setImmediate);

afterEach(() => jest.useRealTimers());

it('limits what one account has in progress, in order of arrival, and serves others at once', async () => {
  const { begun, ask, end } = aCrowd();
  for (let number = 0; number < 20; number++) void ask(`a${number}`, 'ana');
  void ask('b0', 'ben');
  await settled();
  expect(begun).toEqual([...Array.from({ length: 16 }, (_, number) => `a${number}`), 'b0']);
  end('a3');
  end('a3'); // once
  await settled();
  expect(begun.slice(17)).toEqual(['a16']);
});

it('counts costly requests as more, and lets none overtake a waiting one', async () => {
  const { begun, ask, end } = aCrowd();
  for (const name of ['a', 'b']) void ask(name, 'ana', 6);
  void ask('costly', 'ana', 6);
  void ask('cheap', 'ana', 1);
  await settled();
  expect(begun).toEqual(['a', 'b']);
  end('a');
  await settled();
  expect(begun).toEqual(['a', 'b', 'costly', 'cheap']);
  expect([1, 5, 10, 21, 1_000].map(unitsFor)).toEqual([1, 2, 3, 6, 16]);
});

it('refuses a request if too many are waiting', async () => {
  const { begun, refused, ask } = aCrowd();
  for (let number = 0; number < 145; number++) void ask(`${number}`, 'ana');
  await settled();
  expect(begun).toHaveLength(16);
  expect(refused).toEqual(['144 rate_limited']);
});

it('refuses a request that has waited too long, and starts those behind it', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  const { begun, refused, ask, end } = aCrowd();
  void ask('long', 'ana', 10);
  void ask('large', 'ana', 16);
  await settled();
  jest.advanceTimersByTime(9_000);
  void ask('small', 'ana', 1);
  await settled();
  expect(begun).toEqual(['long']);
  jest.advanceTimersByTime(1_000);
  await settled();
  expect(refused).toEqual(['large rate_limited']);
  expect(begun).toEqual(['long', 'small']);
  for (const name of ['long', 'small']) end(name);
  expect(jest.getTimerCount()).toBe(0);
});
