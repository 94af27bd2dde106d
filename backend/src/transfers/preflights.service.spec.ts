import { jest } from '@jest/globals';
import { aParty, aPlan, callersOf, plannedFiles } from '../../test/support/builders.js';
import { aKeeper } from '../../test/support/credential-keeper.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { StoredUnitsOfToday } from '../pacing/daily-units.js';
import { PollCache } from './poll-cache.js';
import { PreflightsService } from './preflights.service.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferLookup } from './transfer-lookup.js';
import type { TransferStore } from './transfer-store.port.js';

const ANA = aParty('ana');
const BEN = aParty('ben');
const FILES = plannedFiles(120);

it('estimates by an earlier transfer’s active time, not by its total time', async () => {
  let now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
  try {
    const earlier = new InMemoryLedger(anOrder(ANA, BEN, ['a']));
    const planned = async (ledger: InMemoryLedger) => {
      const plan = (await ledger.restartPlan())!;
      await ledger.append(FILES, plan);
      await ledger.storeFacts({ plan: aPlan({ forecast: { server_copy: { items: 240, bytes: 240 } } }) });
      await ledger.completePlan(plan);
    };
    await planned(earlier);
    await earlier.advance(['ready'], 'running');
    now += 30_000;
    await earlier.advance(['running'], 'paused');
    now += 3_600_000;
    await earlier.advance(['paused'], 'running');
    now += 30_000;
    for (const file of FILES) await earlier.settle(file, 'verified', { destinationId: file.name });
    await earlier.advance(['running'], 'completed');
    now += 3_600_000;
    const store = { list: async () => [{ id: 'earlier', createdAt: 0 }], find: async () => earlier };
    const nobody = undefined as never;
    const service = new PreflightsService(
      store as unknown as TransferStore,
      nobody,
      nobody,
      new TransferClaims(aKeeper()),
      nobody,
      new StoredUnitsOfToday(nobody, undefined),
      nobody,
    );
    const next = new InMemoryLedger({ ...anOrder(ANA, BEN, ['a']), held: true });
    await planned(next);
    expect((await service.view(next)).estimate).toMatchObject({ basis: 'measured', itemsPerSecond: 2, seconds: 120 });
    // A run that only compares says nothing about copying.
    await earlier.advance(['completed'], 'updating');
    now += 600_000;
    await earlier.advance(['updating'], 'completed');
    expect((await service.view(next)).estimate).toMatchObject({ basis: 'documented' });
  } finally {
    clock.mockRestore();
  }
});

it('reads a preflight that streams watch only when it changed, and once for all of them', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  try {
    const ledger = new InMemoryLedger({ ...anOrder(ANA, BEN, ['a']), held: true });
    const plan = (await ledger.restartPlan())!;
    const store = { find: async () => ledger } as unknown as TransferStore;
    const nobody = undefined as never;
    const lookup = new TransferLookup(store, nobody);
    const service = new PreflightsService(store, nobody, lookup, nobody, nobody, nobody, new PollCache());
    const view = jest.spyOn(service, 'view');
    const { sessions } = callersOf('ana', 'ben');
    const streams = await Promise.all([1, 2, 3].map(() => service.watch('id', sessions)));
    const polled = async () => {
      jest.advanceTimersByTime(500);
      view.mockClear();
      return (await Promise.all(streams.map(({ poll }) => poll()))).map(({ news }) => news.length);
    };
    expect(await polled()).toEqual([1, 1, 1]);
    expect([await polled(), view.mock.calls.length]).toEqual([[0, 0, 0], 0]);
    await ledger.append(FILES, plan);
    expect([await polled(), view.mock.calls.length]).toEqual([[1, 1, 1], 1]);
  } finally {
    jest.useRealTimers();
  }
});
