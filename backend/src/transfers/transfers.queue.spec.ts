import { jest } from '@jest/globals';
import type { Queue } from 'bullmq';
import type { TransferOrder } from '../engine/model/order.js';
import { InMemoryTurnStore } from '../../test/support/in-memory-stores.js';
import { dueAfter, type StepJob, type TransferJob, TransferQueue } from './transfers.queue.js';

const order = { id: 't', source: { sub: 'ana' } } as TransferOrder;

const aQueue = (add: () => Promise<unknown>) => {
  const calls: unknown[][] = [];
  const fake = {
    on: () => fake,
    add: (...args: unknown[]) => {
      calls.push(args);
      return add();
    },
  };
  return { queue: new TransferQueue(fake as unknown as Queue<TransferJob>, new InMemoryTurnStore()), calls };
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
  ['linking', 'finish'],
  ['undoing', 'finish'],
  ['paused', undefined],
  ['waiting_quota', undefined],
  ['needs_reconnect', undefined],
  ['completed', undefined],
  ['undone', undefined],
] as const)('queues for %s the step %s', async (state, step) => {
  const { queue, calls } = aQueue(() => Promise.resolve());
  await queue.next(order, state);
  expect(calls.map(([name]) => name)).toEqual(step ? [step] : []);
});

it('fails soon while Redis is down, although BullMQ waits for it', async () => {
  jest.useFakeTimers();
  const { queue } = aQueue(() => new Promise(() => undefined));
  const planned = expect(queue.plan(order)).rejects.toMatchObject({ code: 'service_unavailable' });
  await jest.advanceTimersByTimeAsync(5_000);
  await planned;
});

it('rethrows errors of the queue, and leaves no timer behind', async () => {
  jest.useFakeTimers();
  const { queue } = aQueue(() => Promise.reject(new Error('full')));
  await expect(queue.finish(order)).rejects.toThrow('full');
  expect(jest.getTimerCount()).toBe(0);
});

it('repeats the runs of a schedule from the first one on', () => {
  const at = (text: string) => Date.parse(text);
  const every = { pattern: 'PT6H', tz: 'UTC', startDate: at('2026-12-01T03:00Z') };
  expect(dueAfter(at('2026-12-01T01:00Z'), every)).toBe(at('2026-12-01T03:00Z'));
  expect(dueAfter(at('2026-12-01T03:00Z'), every)).toBe(at('2026-12-01T09:00Z'));
  expect(dueAfter(at('2026-12-05T04:00Z'), every)).toBe(at('2026-12-05T09:00Z'));
  // Earlier versions stored these, too.
  for (const pattern of ['pt6h', '+PT6H', '+pt6h'])
    expect(dueAfter(at('2026-12-05T04:00Z'), { ...every, pattern })).toBe(at('2026-12-05T09:00Z'));
  const nightly = { pattern: '30 2 * * *', tz: 'Europe/Berlin', startDate: at('2027-03-27T01:30Z') };
  expect(dueAfter(at('2027-03-27T01:30Z'), nightly)).toBe(at('2027-03-28T01:30Z'));
});

describe('the order of the work', () => {
  /**
   * A queue that returns jobs in BullMQ's order: the smallest priority first, the earlier one of two with the same
   * priority.
   */
  function aWorkingQueue() {
    type Queued = { name: string; data: TransferJob; opts: { priority: number; jobId: string } };
    let jobs: Queued[] = [];
    const fake = {
      on: () => fake,
      add: async (name: string, data: TransferJob, opts: Queued['opts']) => void jobs.push({ name, data, opts }),
      addBulk: async (more: Queued[]) => void jobs.push(...more),
    };
    const queue = new TransferQueue(fake as unknown as Queue<TransferJob>, new InMemoryTurnStore());
    const next = async () => {
      jobs = jobs.toSorted((a, b) => a.opts.priority - b.opts.priority);
      const job = jobs.shift();
      await queue.begun((job?.data ?? {}) as Partial<StepJob>);
      return job?.opts.jobId;
    };
    return { queue, next };
  }
  const of = (sub: string, id: string) => ({ id, source: { sub } }) as TransferOrder;

  it('does not make one transfer of an account wait for 81 of another', async () => {
    const { queue, next } = aWorkingQueue();
    for (let number = 0; number < 81; number++) await queue.plan(of('ana', `ana-${number}`));
    const taken: (string | undefined)[] = [];
    for (let step = 0; step < 20; step++) taken.push(await next());
    await queue.plan(of('ben', 'ben-0'));
    taken.push(await next(), await next());
    await queue.copyFrom(of('ben', 'ben-0'), 0, 3, 1);
    taken.push(await next(), await next());
    await queue.finish(of('ben', 'ben-0'));
    taken.push(await next(), await next());
    const places = ['ben-0-plan', 'ben-0-copy-0', 'ben-0-finish'].map((step) => taken.indexOf(step));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(Math.max(...places)).toBeLessThan(26);
  });

  it('puts planning and a small transfer of an account before copying its large one', async () => {
    const { queue, next } = aWorkingQueue();
    await queue.copyFrom(of('ana', 'large'), 0, 1_000_000, 1);
    await next();
    await queue.plan(of('ana', 'small'));
    await queue.copyFrom(of('ana', 'small'), 0, 3, 2);
    const taken = [await next(), await next(), await next(), await next()];
    expect(taken).toEqual(expect.arrayContaining(['small-plan', 'small-copy-0']));
  });

  it('names no account in jobs', async () => {
    const added: unknown[] = [];
    const fake = { on: () => fake, add: async (...args: unknown[]) => void added.push(args) };
    const queue = new TransferQueue(fake as unknown as Queue<TransferJob>, new InMemoryTurnStore());
    await queue.plan(of('1234567890', 'a'));
    expect(JSON.stringify(added)).not.toContain('1234567890');
  });
});
