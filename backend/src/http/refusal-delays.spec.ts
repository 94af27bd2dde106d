import { jest } from '@jest/globals';
import { RefusalDelays } from './refusal-delays.js';

afterEach(() => jest.useRealTimers());

it('delays refusals, but only so many of one client at the same time', async () => {
  jest.useFakeTimers();
  const delays = new RefusalDelays();
  const over: string[] = [];
  const refuse = (client: string) => void delays.wait(client).then(() => over.push(client));
  for (let count = 0; count < 101; count++) refuse('greedy');
  refuse('other');
  await jest.advanceTimersByTimeAsync(0);
  expect(over).toEqual(['greedy']);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(over).toHaveLength(102);
  refuse('greedy');
  await jest.advanceTimersByTimeAsync(0);
  expect(over).toHaveLength(102);
});
