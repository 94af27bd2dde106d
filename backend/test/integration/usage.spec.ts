import { readFileSync } from 'node:fs';
import type { Preset, SandboxClient } from '@cloudmover/drive-sandbox';
import type { TransferOrder } from '../../src/engine/model/order.js';
import {
  QUOTA_UNITS,
  UNIT_CLASSES,
  type UnitClass,
  unitsOf,
  type Usage,
  type UsageCounter,
  usageFigures,
} from '../../src/engine/model/quota-units.js';
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

const DOCUMENT = readFileSync(new URL('../../../docs/google-quota.md', import.meta.url), 'utf8');
const rows = DOCUMENT.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));

/** The figures of a run in docs/google-quota.md; how many folders share a request depends on timing. */
function expectDocumented(preset: string, transfer: string, figures: readonly number[]): void {
  const row = rows.find(([, name, what]) => name === `\`${preset}\`` && what === transfer);
  const stated = row?.slice(3, 3 + figures.length).map((text) => Number(text.replaceAll(',', '')));
  expect(stated?.map((figure, i) => Math.abs(figure / figures[i]! - 1) < 0.03)).toEqual(figures.map(() => true));
}

/** The breakdown of the first run by class, and its bytes: the sentence below the table. */
function expectBreakdown(usage: Usage): void {
  const sentence = DOCUMENT.split('\n').find((line) => line.startsWith('Of the first, by class:')) ?? '';
  const figure = (text = '') => Number(text.replaceAll(',', ''));
  const stated = [...sentence.matchAll(/`(\w+)` ([\d,]+)(?: requests)? and ([\d,]+)/g)].map(
    ([, name, requests, units]) => ({ class: name as UnitClass, requests: figure(requests), units: figure(units) }),
  );
  const { byClass, bytesIn, bytesOut } = usageFigures(usage);
  expect(stated.map((each) => each.class)).toEqual(byClass.map((each) => each.class));
  for (const [i, { class: name, requests, units }] of stated.entries()) {
    expect([name, units]).toEqual([name, requests * QUOTA_UNITS[name]]);
    const off = Math.abs(requests - byClass[i]!.requests);
    expect([name, byClass[i]!.requests, off <= Math.max(3, 0.03 * requests)]).toEqual([name, expect.anything(), true]);
  }
  const [, sent, received] = /received ([\d.]+) kB and sent ([\d.]+) MB/.exec(sentence) ?? [];
  expect(Math.abs((figure(sent) * 1e3) / bytesOut - 1)).toBeLessThan(0.05);
  expect(Math.abs((figure(received) * 1e6) / bytesIn - 1)).toBeLessThan(0.05);
}

it('documents the prices', () => {
  const prices = Object.fromEntries(
    rows.flatMap(([, name, units]) =>
      UNIT_CLASSES.filter((each) => name === `\`${each}\``).map((each) => [each, Number(units)]),
    ),
  );
  expect(prices).toEqual(QUOTA_UNITS);
});

const NEW_FOLDER = { target: { folderId: 'root', newFolderName: 'From Ana' } };

it.each<[Preset, string, Partial<TransferOrder>]>([
  ['graduate', 'copied', {}],
  ['graduate', 'moved into a new folder', { mode: 'move', ...NEW_FOLDER }],
  ['office', 'copied into a new folder', NEW_FOLDER],
  ['school', 'copied with its sharing', { ...NEW_FOLDER, sharing: sharingOptions({ unmapped: 'keep' }) }],
  ['hostile', 'copied with conversions', { allowConversion: true, shortcuts: 'follow' }],
])('counts what Google counts, and forecasts it within 5 %%: %s, %s', async (preset, transferName, options) => {
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

    const { found, usage, state } = await ledger.snapshot();
    expect(state).toMatch(/^completed/);
    const counted = await metered(control);
    for (const name of UNIT_CLASSES.filter((each) => each !== 'free'))
      expect([name, usage[name] ?? 0]).toEqual([name, counted[name]?.requests ?? 0]);
    expect(unitsOf(usage)).toBe(Object.values(counted).reduce((sum, { units }) => sum + units, 0));
    const used = unitsOf(usage) - counting;
    expectDocumented(preset, transferName, [found, usageFigures(usage).requests, counting, used, run]);
    expect(Math.abs(run / used - 1)).toBeLessThan(0.05);
    if (transferName === 'copied') expectBreakdown(usage);
  } finally {
    await close();
  }
});
