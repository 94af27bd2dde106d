import { jest } from '@jest/globals';
import { aParty, aPlan, plannedFiles } from '../../test/support/builders.js';
import { aKeeper } from '../../test/support/credential-keeper.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { StoredUnitsOfToday } from '../pacing/daily-units.js';
import { PreflightsService } from './preflights.service.js';
import { TransferClaims } from './transfer-claims.js';
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
    );
    const next = new InMemoryLedger({ ...anOrder(ANA, BEN, ['a']), held: true });
    await planned(next);
    expect((await service.view(next)).estimate).toMatchObject({ basis: 'measured', itemsPerSecond: 2, seconds: 120 });
  } finally {
    clock.mockRestore();
  }
});
