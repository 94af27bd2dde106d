import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Job, Queue, Worker } from 'bullmq';
import { keys } from '../../src/adapters/redis/keys.js';
import { RedisWorkerStore } from '../../src/adapters/redis/redis-worker.store.js';
import type { Drives } from '../../src/engine/ports/drive.js';
import type { Ledger } from '../../src/engine/ports/ledger.js';
import { ScheduledRuns } from '../../src/transfers/scheduled-runs.js';
import { TransferAnnouncer } from '../../src/transfers/transfer-announcer.js';
import { TransferLimits } from '../../src/transfers/transfer-limits.js';
import { TransfersProcessor } from '../../src/transfers/transfers.processor.js';
import { dueAfter, type TransferJob, TransferQueue, TRANSFERS_QUEUE } from '../../src/transfers/transfers.queue.js';
import { WorkerHeartbeat } from '../../src/transfers/worker-heartbeat.js';
import { InMemoryDrives } from '../support/in-memory-drive.js';
import { InMemoryTurnStore } from '../support/in-memory-stores.js';
import { emptyRedis, queueOptions } from '../support/redis.js';
import { anOrder, runTransfer, SkippingClock } from '../support/run-transfer.js';
import { aTransferStore } from '../support/transfer-store.js';

// Real: Redis, the ledger, BullMQ with its scheduler, the processor and the engine. Google is in memory, and the clock is
// the test's.

const DAY_MS = 24 * 3600_000;
const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const DAILY = { every: 'P1D', timezone: 'UTC' } as const;
const BOTH = { command: 'schedule', sides: ['source', 'destination'] } as const;
const never = new Promise<never>(() => undefined);
const options = { ...queueOptions(), settings: { repeatStrategy: dueAfter } };

let google: InMemoryDrives;
let drives: Drives;
/** How much later than the real time it is (ms). */
let later: number;
const closers: (() => unknown)[] = [];
/** What the processes did with the claims on credentials, in this order. */
let claimed: string[];

beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  await emptyRedis();
  claimed = [];
  google = new InMemoryDrives();
  drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
  const now = Date.now.bind(Date);
  later = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + later);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  jest.restoreAllMocks();
});

/** A process of the product. */
function aProcess() {
  const { store, redis, close } = aTransferStore();
  const bull = new Queue<TransferJob>(TRANSFERS_QUEUE, options);
  const queue = new TransferQueue(bull, new InMemoryTurnStore());
  closers.push(close, () => bull.close());
  const processor = new TransfersProcessor(
    store,
    { open: () => drives },
    queue,
    { find: async () => undefined } as never,
    { hold: async () => void claimed.push('hold'), releaseUnneeded: async () => undefined } as never,
    { sweep: async () => void claimed.push('sweep') } as never,
    { begin: () => undefined } as never,
    undefined as never,
    new TransferAnnouncer([]),
    new ScheduledRuns(store, queue, new TransferLimits(store, { maxOpenTransfers: 1 } as never)),
  );
  const maintain = () => processor.process({ data: { step: 'watch' } } as Job<TransferJob>);
  return { store, redis, bull, queue, processor, maintain };
}
type Process = ReturnType<typeof aProcess>;

/** Starts BullMQ's worker of a process. @returns it, and a promise of the end of a job by its name */
function startWorker({ processor }: Process) {
  const ended = new Map<string, PromiseWithResolvers<void>>();
  const end = (name: string) => ended.get(name) ?? ended.set(name, Promise.withResolvers()).get(name)!;
  const worker = new Worker<TransferJob>(TRANSFERS_QUEUE, (job, token) => processor.process(job, token), {
    ...options,
    concurrency: 8,
    stalledInterval: 3_600_000,
  });
  worker.on('error', () => undefined);
  worker.on('completed', ({ name }) => end(name).resolve());
  closers.push(() => worker.close(true));
  return { worker, ends: (name: string) => end(name).promise };
}

/** Lets a process be killed as soon as the ledger has claimed a run. @returns resolves then */
function killAtClaim({ store }: Process): Promise<void> {
  return new Promise((killed) => {
    // The next command after the script that claims the run.
    jest.spyOn(store, 'settlePlace').mockImplementation(() => {
      killed();
      return never;
    });
  });
}

/** A completed transfer whose source has a new file since, and whose next run is due in a minute. */
async function aScheduledTransfer({ store }: Process): Promise<{ ledger: Ledger; due: number }> {
  const top = google.folder(ANA, 'Work');
  google.put(ANA, { name: 'old', parent: top, content: 'old' });
  const order = anOrder(drives.source.account, drives.destination.account, [top]);
  const { ledger } = await store.create(order);
  await runTransfer(ledger, drives);
  google.put(ANA, { name: 'new', parent: top, content: 'new' });
  const due = Date.now() + 60_000;
  expect(await ledger.setSchedule(DAILY, due, BOTH)).toBe(true);
  return { ledger, due };
}

const namesOf = (owner: string) => google.tree(google.rootOf(owner)).map((line) => line.split(' | ')[0]);

/** Kills a process in the job of the due time. Others then get its job. */
async function killInJob(first: Process, other: Process, { ledger, due }: { ledger: Ledger; due: number }) {
  const { id } = ledger.order;
  await first.queue.schedule(id, DAILY, due);
  const [job] = await first.bull.getDelayed();
  later = 61_000;
  await job!.promote();
  const killed = killAtClaim(first);
  const { worker } = startWorker(first);
  await killed;
  await worker.close(true);

  // The heartbeat of another worker finds that this one is silent.
  const heir = startWorker(other);
  await other.redis.zadd(keys.workers(), '0', worker.id);
  const heartbeat = new WorkerHeartbeat(new RedisWorkerStore(other.redis), other.queue);
  let uptime = performance.now();
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => (uptime += 4_000));
  for (let beats = 0; beats < 3; beats++) await heartbeat.beat(heir.worker.id);
  clock.mockRestore();
  await heir.ends('due');
  return heir;
}

/** Kills a process in the maintenance job, where the job of the due time was lost. */
async function killInMaintenance(first: Process, other: Process) {
  later = 61_000;
  const killed = killAtClaim(first);
  void first.maintain();
  await killed;
  return startWorker(other);
}

it.each([
  ['the job of its due time', killInJob],
  ['the maintenance job', killInMaintenance],
])('runs once when a process is killed between its claim by %s and the queueing of its step', async (_, kill) => {
  const [first, other] = [aProcess(), aProcess()];
  const scheduled = await aScheduledTransfer(first);
  const { ledger, due } = scheduled;
  const { ends } = await kill(first, other, scheduled);
  const claimed = await ledger.snapshot();
  expect(claimed).toMatchObject({ state: 'updating', schedule: { nextRunAt: due + DAY_MS } });
  expect(await other.queue.hasWork(ledger.order.id)).toBe(false);

  await other.maintain();
  // A step that has just been queued may not be in the queue yet.
  expect(await other.queue.hasWork(ledger.order.id)).toBe(false);
  later += 20_001;
  await other.maintain();
  await Promise.all(['plan', 'copy', 'finish'].map(ends));
  expect(await ledger.snapshot()).toMatchObject({
    state: 'completed',
    schedule: { nextRunAt: due + DAY_MS, lastRun: { changed: 1, state: 'completed' } },
  });
  await other.maintain();
  expect((await ledger.events()).filter(({ state }) => state === 'updating')).toHaveLength(1);
  expect(namesOf(BEN)).toEqual(namesOf(ANA));
  expect(await other.store.open()).toEqual([ledger.order.id]);
});

it('renews the claims of open transfers before it looks for unused credentials', async () => {
  const process = aProcess();
  await aScheduledTransfer(process);
  await process.maintain();
  expect(claimed).toEqual(['hold', 'sweep']);
});

it('makes up a run whose job was lost, although Google does not let a share be withdrawn', async () => {
  const one = aProcess();
  const { ledger } = await aScheduledTransfer(one);
  await ledger.announceShare('a');
  await ledger.recordShare('a', 'permission', Date.now());
  google.before = (op) => {
    if (op === 'endReading') throw new Error('Google refuses it.');
  };
  later = 61_000;
  await one.maintain();
  expect(await ledger.state()).toBe('updating');
  expect(await ledger.shares()).toHaveLength(1);
});

it('maintains the other transfers while Google does not respond to the withdrawal of a share', async () => {
  const one = aProcess();
  const shared = google.put(ANA, { name: 'a', content: 'a' });
  const order = () => anOrder(drives.source.account, drives.destination.account, [shared]);
  const { ledger: ended } = await one.store.create(order());
  await runTransfer(ended, drives);
  const id = (await drives.source.grantReading(shared, BEN, new AbortController().signal)).id;
  await ended.announceShare(shared);
  await ended.recordShare(shared, id, Date.now());
  const { ledger: parked } = await one.store.create(order());
  await parked.park('waiting_quota', { resumeAt: 1 });
  const answered = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  let requests = 0;
  google.before = (op) => {
    if (op !== 'endReading') return undefined;
    requests++;
    asked.resolve();
    return answered.promise;
  };
  await one.maintain();
  await asked.promise;
  expect(await parked.state()).toBe('planning');
  await one.maintain();
  expect(requests).toBe(1);
  expect(await ended.shares()).toHaveLength(1);
  answered.resolve();
  google.before = () => undefined;
  while ((await ended.shares()).length > 0) await new Promise(setImmediate);
  await one.maintain();
  expect(await one.store.open()).not.toContain(ended.order.id);
});
