import { jest } from '@jest/globals';
import type { Queue } from 'bullmq';
import { type TransferJob, TransferQueue } from './transfers.queue.js';

const aQueue = (add: () => Promise<unknown>) => {
  const calls: unknown[][] = [];
  const fake = {
    on: () => fake,
    add: (...args: unknown[]) => {
      calls.push(args);
      return add();
    },
  };
  return { queue: new TransferQueue(fake as unknown as Queue<TransferJob>), calls };
};

afterEach(() => jest.useRealTimers());

it.each([
  ['planning', 'plan'],
  ['ready', 'plan'],
  ['running', 'plan'],
  ['updating', 'plan'],
  ['finishing', 'finish'],
  ['canceling', 'finish'],
  ['pausing', 'finish'],
  ['undoing', 'finish'],
  ['paused', undefined],
  ['waiting_quota', undefined],
  ['needs_reconnect', undefined],
  ['completed', undefined],
  ['undone', undefined],
] as const)('queues for %s the step %s', async (state, step) => {
  const { queue, calls } = aQueue(() => Promise.resolve());
  await queue.next('t', state);
  expect(calls.map(([name]) => name)).toEqual(step ? [step] : []);
});

it('gives up soon while Redis is away, though BullMQ waits for it', async () => {
  jest.useFakeTimers();
  const { queue } = aQueue(() => new Promise(() => undefined));
  const planned = expect(queue.plan('t')).rejects.toMatchObject({ code: 'service_unavailable' });
  await jest.advanceTimersByTimeAsync(5_000);
  await planned;
});

it('passes on what the queue refuses, and leaves no timer behind', async () => {
  jest.useFakeTimers();
  const { queue } = aQueue(() => Promise.reject(new Error('full')));
  await expect(queue.finish('t')).rejects.toThrow('full');
  expect(jest.getTimerCount()).toBe(0);
});
