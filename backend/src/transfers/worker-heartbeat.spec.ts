import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { InMemoryWorkerStore } from '../../test/support/in-memory-stores.js';
import type { TransferQueue } from './transfers.queue.js';
import { BEAT_MS, SILENCE_MS, WorkerHeartbeat } from './worker-heartbeat.js';

jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Workers with one store and one queue, on the test's clock. */
function someWorkers() {
  const store = new InMemoryWorkerStore(() => performance.now());
  const putBack: [readonly string[], string][] = [];
  const queue = {
    keys: { active: 'active', prefix: '' },
    putBack: async (...jobs: [readonly string[], string]) => void putBack.push(jobs),
  } as unknown as TransferQueue;
  const worker = (id: string) => {
    const heartbeat = new WorkerHeartbeat(store, queue);
    return () => heartbeat.beat(id);
  };
  const pass = (ms: number) => jest.advanceTimersByTime(ms);
  return { store, putBack, worker, pass };
}

const beatFor = async (ms: number, pass: (ms: number) => void, ...beats: (() => Promise<void>)[]) => {
  for (let passed = 0; passed < ms; passed += BEAT_MS) {
    for (const beat of beats) await beat();
    pass(BEAT_MS);
  }
};

it('puts the steps of a dead worker back, once and within 6.5 seconds', async () => {
  const { store, putBack, worker, pass } = someWorkers();
  const [ana, ben, carl] = [worker('ana'), worker('ben'), worker('carl')];
  await beatFor(4 * SILENCE_MS, pass, ana, ben, carl);
  store.hold('step', 'ben:7');
  store.hold('other', 'ana:2');
  expect(putBack).toEqual([]);
  await beatFor(SILENCE_MS, pass, ana, carl);
  await Promise.all([ana(), carl()]);
  expect(putBack.filter(([ids]) => ids.length > 0)).toEqual([[['step'], expect.stringMatching(/^(ana|carl):heir$/)]]);
  await beatFor(2 * SILENCE_MS, pass, ana, carl);
  expect(putBack.filter(([ids]) => ids.length > 0)).toHaveLength(1);
});

it('declares no worker dead after an outage of all, or when it was paused itself', async () => {
  const { store, putBack, worker, pass } = someWorkers();
  const [ana, ben] = [worker('ana'), worker('ben')];
  await beatFor(2 * SILENCE_MS, pass, ana, ben);
  store.hold('step', 'ben:7');
  pass(60_000);
  await beatFor(SILENCE_MS - BEAT_MS, pass, ana); // ben takes a little longer to reach Redis again
  await beatFor(2 * SILENCE_MS, pass, ben, ana);
  expect(putBack).toEqual([]);
});

it('recognises a worker that was only paused', async () => {
  const { store, putBack, worker, pass } = someWorkers();
  const [ana, ben] = [worker('ana'), worker('ben')];
  await beatFor(2 * SILENCE_MS, pass, ana, ben);
  await beatFor(60_000, pass, ana);
  await beatFor(2 * SILENCE_MS, pass, ana, ben);
  store.hold('step', 'ben:8');
  await beatFor(2 * SILENCE_MS, pass, ana, ben);
  expect(putBack.flatMap(([ids]) => ids)).toEqual([]);
});

it('retries when the queue did not accept the steps', async () => {
  const { store, putBack, worker, pass } = someWorkers();
  const [ana, ben] = [worker('ana'), worker('ben')];
  await beatFor(2 * SILENCE_MS, pass, ana, ben);
  store.hold('step', 'ben:7');
  const forget = jest.spyOn(store, 'forget').mockRejectedValueOnce(new Error('Redis is away'));
  await expect(beatFor(SILENCE_MS, pass, ana)).rejects.toThrow('away');
  await ana();
  expect(forget).toHaveBeenCalledTimes(2);
  expect(putBack.map(([ids]) => ids)).toEqual([['step'], ['step']]);
});
