import { anInsight, InMemoryActivityStore } from '../../test/support/in-memory-activity.js';
import type { Fact } from '../insight/activity.port.js';
import type { UsedUnits } from '../engine/ports/units-of-today.js';
import { AnalyticsService } from './analytics.service.js';

const PROCESS = { role: 'all', id: 'a' };

/** The usage of requests at these times. */
async function usageOf(now: string, requests: [at: string, facts: Partial<Record<Fact, number>>][], today?: UsedUnits) {
  const activity = new InMemoryActivityStore();
  for (const [at, facts] of requests)
    await activity.add(
      { facts: new Map(Object.entries(facts) as [Fact, number][]), accounts: new Set(), byAccount: [] },
      Date.parse(at),
      PROCESS,
    );
  const nothing = undefined as never;
  const stats = { transfers: async () => ({ waitingForUnits: 2 }) } as never;
  const units = { read: async () => today } as never;
  return new AnalyticsService(activity, stats, nothing, nothing, nothing, units).usage(Date.parse(now));
}

it('adds the units up by class and by Google’s day, which ends at midnight Pacific time', async () => {
  const { days } = await usageOf('2026-11-30T20:00:00Z', [
    ['2026-11-30T07:59:00Z', { 'usage:list': 3 }],
    ['2026-11-30T08:00:00Z', { 'usage:edit': 2, 'usage:received': 90 }],
    ['2026-11-30T20:00:00Z', { 'usage:edit': 1, 'usage:free': 4, 'usage:sent': 7 }],
    ['2026-11-17T08:00:00Z', { 'usage:get': 1 }],
    ['2026-11-17T07:00:00Z', { 'usage:get': 1 }], // fifteen days ago
  ]);
  expect(days).toHaveLength(14);
  expect(days[0]).toEqual({
    ...{ date: '2026-11-30', requests: 7, units: 150, bytesIn: 90, bytesOut: 7 },
    byClass: [
      { class: 'edit', requests: 3, units: 150 },
      { class: 'free', requests: 4, units: 0 },
    ],
  });
  expect(days[1]).toMatchObject({ date: '2026-11-29', units: 300 });
  expect(days[2]).toEqual({ date: '2026-11-28', requests: 0, units: 0, byClass: [], bytesIn: 0, bytesOut: 0 });
  expect(days[13]).toMatchObject({ date: '2026-11-17', units: 5 });
});

it.each([
  ['2026-11-14T07:59:00Z', '2026-11-13', '2026-10-31'], // includes a day of 25 hours
  ['2026-03-20T06:59:00Z', '2026-03-19', '2026-03-06'], // and one of 23
])('has fourteen whole days at %s', async (now, first, last) => {
  const { days } = await usageOf(now, [[`${last}T${last === '2026-10-31' ? '07' : '08'}:00:00Z`, { 'usage:get': 1 }]]);
  expect(days.map(({ date }) => date)).toEqual([...new Set(days.map(({ date }) => date))]);
  expect([days.length, days[0]?.date, days[13]?.date, days[13]?.units]).toEqual([14, first, last, 5]);
});

it('shows the limit and what waits for the next day', async () => {
  expect(await usageOf('2026-11-30T20:00:00Z', [])).toMatchObject({ today: null, waiting: 2 });
  const today = { limit: 1_000, used: 950, endsAt: Date.parse('2026-12-01T08:00:00Z') };
  expect(await usageOf('2026-11-30T20:00:00Z', [], today)).toMatchObject({
    today: { limit: 1_000, used: 950, endsAt: '2026-12-01T08:00:00.000Z' },
  });
});

it('counts links by outcome, and why they were not rewritten, as the metrics do', async () => {
  const store = new InMemoryActivityStore();
  const { insight, activity, metrics } = anInsight(store);
  const outcomes = new Map([
    ['rewritten', 40],
    ['outside', 5],
    ['unsupported', 2],
    ['failed', 3],
  ] as const);
  const reasons = new Map([
    ['linked_chart', 2],
    ['edited_since', 3],
  ] as const);
  for (let time = 0; time < 2; time++) insight.linked(outcomes, reasons);
  await activity.flush();
  const stats = {
    sessions: async () => ({ source: 0, destination: 0, general: 0 }),
    transfers: async () => ({ open: new Map(), sharesToSweep: 0 }),
    memory: async () => ({ usedBytes: 1, maxBytes: 0 }),
  } as never;
  const queue = { depth: async () => ({ waiting: 0 }) } as never;
  const nothing = undefined as never;
  const { links } = await new AnalyticsService(store, stats, nothing, queue, nothing, nothing).of('24h');
  expect(links).toEqual({
    rewritten: { value: 80, before: 0 },
    outside: { value: 10, before: 0 },
    unsupported: { value: 4, before: 0 },
    failed: { value: 6, before: 0 },
    reasons: [
      { code: 'edited_since', count: 6 },
      { code: 'linked_chart', count: 4 },
    ],
  });
  const text = await metrics.registry.metrics();
  expect(text).toContain('cloudmover_links_total{outcome="rewritten"} 80');
  expect(text).toContain('cloudmover_link_reasons_total{code="linked_chart"} 4');
});
