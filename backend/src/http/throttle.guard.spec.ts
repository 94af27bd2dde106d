import type { ExecutionContext } from '@nestjs/common';
import { listWeight, throttlersFor, weightOf, Weighs } from './throttle.guard.js';

class Handlers {
  @Weighs(listWeight(5, 20)) list() {}
  @Weighs(() => -3) broken() {}
  plain() {}
}

const calling = (handler: keyof Handlers, query: object = {}) =>
  ({
    getHandler: () => Reflect.get(Handlers.prototype, handler) as unknown,
    switchToHttp: () => ({ getRequest: () => ({ query }) }),
  }) as unknown as ExecutionContext;

const limits = { token: 100, account: 100, address: 100, 'sign-in': 100, 'operator-key': 100 };
/** How many such calls the limits of token and account allow. */
const callsOf = (context: ExecutionContext) =>
  throttlersFor(limits)
    .slice(0, 2)
    .map(({ limit }) => (limit as (of: ExecutionContext) => number)(context));

describe('a list', () => {
  it.each([
    [undefined, 5],
    ['1', 1],
    ['5', 2],
    ['12.9', 3],
    ['0', 5],
    ['-1', 1],
    ['-0.5', 1],
    ['-1000000', 1],
    ['-1e400', 1],
    ['x', 5],
    ['', 5],
    [['1', '2'], 5],
    ['1000000', 200_001],
    ['1e400', Infinity],
  ])('with limit %j weighs %d', (limit, weight) => {
    expect(listWeight(5, 20)({ query: { limit } } as never)).toBe(weight);
    const context = calling('list', { limit });
    expect(weightOf(context)).toBe(weight);
    expect(callsOf(context)).toEqual(Array(2).fill(Math.max(1, 100 / weight)));
  });
});

it.each(['plain', 'broken'] as const)('counts each call as at least one: %s', (handler) => {
  expect(weightOf(calling(handler))).toBe(1);
  expect(callsOf(calling(handler))).toEqual([100, 100]);
});
