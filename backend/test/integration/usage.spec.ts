import type { Preset, SandboxClient } from '@cloudmover/drive-sandbox';
import type { TransferOrder } from '../../src/engine/model/order.js';
import { UNIT_CLASSES, unitsOf, type UsageCounter } from '../../src/engine/model/quota-units.js';
import { Transfer } from '../../src/engine/transfer.js';
import { UsageMeter } from '../../src/engine/usage-meter.js';
import { InMemoryLedger } from '../support/in-memory-ledger.js';
import { anOrder, copyAll } from '../support/run-transfer.js';
import { ANA, sandboxDrives } from '../support/sandbox-drives.js';
import { sharingOptions } from '../support/sharing.js';

const BEN = 'ben@example.com';

/** What the sandbox counted of all accounts, by class. */
async function metered(control: SandboxClient): Promise<Record<string, { requests: number; units: number }>> {
  const sum: Record<string, { requests: number; units: number }> = {};
  for (const { days } of (await control.meter()).projects)
    for (const [name, { requests, units }] of days.flatMap(({ classes }) => Object.entries(classes))) {
      const of = (sum[name] ??= { requests: 0, units: 0 });
      of.requests += requests;
      of.units += units;
    }
  return sum;
}

const NEW_FOLDER = { target: { folderId: 'root', newFolderName: 'From Ana' } };

it.each<[Preset, string, Partial<TransferOrder>]>([
  ['graduate', 'copied', {}],
  ['graduate', 'moved into a new folder', { mode: 'move', ...NEW_FOLDER }],
  ['office', 'copied', NEW_FOLDER],
  ['school', 'copied with its sharing', { ...NEW_FOLDER, sharing: sharingOptions({ unmapped: 'keep' }) }],
  ['hostile', 'copied with conversions', { allowConversion: true, shortcuts: 'follow' }],
])('counts what Google counts, and forecasts it within 5 %%: %s, %s', async (preset, _, options) => {
  let meter: UsageMeter | undefined;
  const watch = { count: (counter: UsageCounter, by: number) => meter?.count(counter, by) };
  const { drives, control, close } = await sandboxDrives([BEN], watch);
  try {
    await control.fill(ANA, preset);
    const signal = new AbortController().signal;
    const { items } = await drives.source.children('root', undefined, signal);
    const chosen = items.map(({ id }) => id);
    const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, chosen, options));
    meter = new UsageMeter(ledger, () => drives.clock.uptime());
    await control.clearStats();
    const transfer = new Transfer(ledger, drives, meter);
    await transfer.plan(signal);
    const { counting, run } = (await ledger.snapshot()).plan!.units!;
    await copyAll(transfer, ledger);
    await transfer.finish(signal);

    const { usage, state } = await ledger.snapshot();
    expect(state).toMatch(/^completed/);
    const counted = await metered(control);
    for (const name of UNIT_CLASSES.filter((each) => each !== 'free'))
      expect([name, usage[name] ?? 0]).toEqual([name, counted[name]?.requests ?? 0]);
    expect(unitsOf(usage)).toBe(Object.values(counted).reduce((sum, { units }) => sum + units, 0));
    const used = unitsOf(usage) - counting;
    if (process.env['PRINT']) console.log(preset, JSON.stringify({ usage, counting, run, used, off: run / used - 1 }));
    expect(Math.abs(run / used - 1)).toBeLessThan(0.05);
  } finally {
    await close();
  }
});
