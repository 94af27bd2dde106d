import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisWorkerStore } from '../../src/adapters/redis/redis-worker.store.js';
import { type TransferJob, TransferQueue, TRANSFERS_QUEUE } from '../../src/transfers/transfers.queue.js';
import { MAX_STALLS, WorkerHeartbeat } from '../../src/transfers/worker-heartbeat.js';
import { InMemoryTurnStore } from '../support/in-memory-stores.js';
import { connectRedis, emptyRedis, queueOptions } from '../support/redis.js';

// With BullMQ itself, because the product reads the tokens in its locks and its stall counter, which an update might
// change.

const never = new Promise<never>(() => undefined);
const options = queueOptions();

let redis: Redis;
let queue: Queue<TransferJob>;
let steps: TransferQueue;
let store: RedisWorkerStore;
const workers: Worker[] = [];
beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  await emptyRedis();
  redis = await connectRedis();
  store = new RedisWorkerStore(redis);
  queue = new Queue(TRANSFERS_QUEUE, options);
  steps = new TransferQueue(queue, new InMemoryTurnStore());
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close(true)));
  await queue.close();
  redis.disconnect();
});

/** A worker that takes jobs one by one, and the ids of these jobs. */
function aWorker(process: (job: Job) => Promise<unknown>) {
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  const worker = new Worker(
    TRANSFERS_QUEUE,
    (job) => {
      taken.push(job.id!);
      for (const wake of waiting.splice(0)) wake();
      return process(job);
    },
    { ...options, concurrency: 8, stalledInterval: 3_600_000 },
  );
  worker.on('error', () => undefined); // the lost lock of a reassigned step
  workers.push(worker);
  const took = async (count: number) => {
    while (taken.length < count) await new Promise<void>((wake) => waiting.push(wake));
    return taken;
  };
  return { worker, took };
}

const order = (id: string) => ({ id, source: { sub: 'ana' } }) as Parameters<TransferQueue['plan']>[0];

it('reassigns the steps of a dead worker at once, and no steps of live ones', async () => {
  const dying = aWorker(() => never);
  await steps.plan(order('a'));
  await dying.took(1);
  const living = aWorker(() => never);
  await steps.finish(order('b'));
  await steps.finish(order('c'));
  await Promise.all([dying.worker.pause(true), redis.zadd(keys.workers(), '0', dying.worker.id)]);

  const heartbeat = new WorkerHeartbeat(store, steps);
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => (now += 4_000));
  for (let beats = 0; beats < 3; beats++) await heartbeat.beat(living.worker.id);
  const all = new Set([...(await living.took(1)), ...(await dying.took(1))]);
  expect(all.has('a-plan')).toBe(true);
  while (!(await living.took(1)).includes('a-plan')) await living.took((await living.took(1)).length + 1);
  expect(await redis.zrangebyscore(keys.workers(), '-inf', '+inf')).toEqual([living.worker.id]);
  jest.restoreAllMocks();
});

it('does not reassign a step that has crashed too many workers, which BullMQ then drops', async () => {
  const dying = aWorker(() => never);
  await steps.plan(order('a'));
  await dying.took(1);
  const { worker } = dying;
  for (let deaths = 0; deaths < MAX_STALLS; deaths++) {
    const token = `${worker.id}:heir`;
    await redis.set(`${queue.toKey('a-plan')}:lock`, `dead-${deaths}:3`);
    expect(await store.inherit(steps.keys, `dead-${deaths}`, token, MAX_STALLS)).toEqual(['a-plan']);
  }
  await redis.set(`${queue.toKey('a-plan')}:lock`, 'dead:3');
  expect(await store.inherit(steps.keys, 'dead', 'heir', MAX_STALLS)).toEqual([]);
});

it('detects silent workers by its own clock, and workers that return', async () => {
  expect(await store.beat('ana', 60_000)).toEqual([]);
  await redis.zadd(keys.workers(), 'XX', '1', 'ana');
  expect(await store.beat('ben', 60_000)).toEqual(['ana']);
  expect(await store.beat('ana', 60_000)).toEqual([]);
  await redis.zadd(keys.workers(), 'XX', '1', 'ana');
  await store.forget('ana');
  expect(await store.beat('ben', 60_000)).toEqual([]);
});
