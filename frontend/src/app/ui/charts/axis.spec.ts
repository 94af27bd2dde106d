import { axisValues, roundUp, ticksOf } from './axis';

it.each([
  [0.5, 0.5],
  [2.2, 3],
  [7, 8],
  [9, 10],
  [131, 150],
  [151, 200],
])('rounds %d up to %d', (value, top) => expect(roundUp(value)).toBe(top));

it.each([
  [3, [0, 1, 2, 3]],
  [0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
  [150, [0, 50, 100, 150]],
  [200, [0, 100, 200]],
])('divides an axis up to %d into round values', (top, values) => {
  expect(axisValues(top).map((value) => Number(value.toFixed(3)))).toEqual(values);
});

it('labels points at even distances, without repeating a label', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => `${hour}:00`);
  expect(ticksOf(hours, 6)).toEqual([0, 5, 10, 15, 20]);
  expect(ticksOf(['10:21', '10:21', '10:21', '10:22'], 4)).toEqual([0, 3]);
  expect(ticksOf(['10:21'], 6)).toEqual([0]);
});
