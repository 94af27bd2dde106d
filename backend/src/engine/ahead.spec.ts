import { jest } from '@jest/globals';
import { Ahead } from './ahead.js';

/** Entries of these ordinals, two at a time. */
function aReader(...ordinals: number[]) {
  const read = jest.fn((after: number) =>
    Promise.resolve(
      ordinals
        .filter((ordinal) => ordinal > after)
        .slice(0, 2)
        .map((ordinal) => ({ ordinal })),
    ),
  );
  return { ahead: new Ahead(read), read };
}

it('finds the entries of ordinals that grow, and says where there is none', async () => {
  const { ahead } = aReader(1, 3, 4, 9);
  const found: (number | undefined)[] = [];
  for (const ordinal of [0, 1, 4, 7, 9, 12]) found.push((await ahead.at(ordinal))?.ordinal);
  expect(found).toEqual([undefined, 1, 4, undefined, 9, undefined]);
});

it('does not read entries below the one that is requested', async () => {
  const { ahead, read } = aReader(1, 2, 3, 4, 5, 6, 7, 8, 900);
  expect((await ahead.at(1))?.ordinal).toBe(1);
  expect((await ahead.at(900))?.ordinal).toBe(900);
  expect(read.mock.calls.map(([after]) => after)).toEqual([0, 899]);
});

it('lists all entries in order', async () => {
  const { ahead } = aReader(1, 3, 4);
  const all: number[] = [];
  for await (const { ordinal } of ahead) all.push(ordinal);
  expect(all).toEqual([1, 3, 4]);
});
