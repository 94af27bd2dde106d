import { jest } from '@jest/globals';
import type { Schedule } from '../engine/model/schedule.js';
import { aParty } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { TooManyTransfersError } from './errors.js';
import { nextRunAfter } from './schedule-times.js';
import { ScheduledRuns } from './scheduled-runs.js';
import { scheduleView } from './transfer-view.js';

const HOUR = 3_600_000;
const BOTH = { command: 'schedule', sides: ['source', 'destination'] } as const;
const at = (text: string) => Date.parse(text);

/** A completed transfer with a schedule that was set at a time, and two workers that share it. */
async function scheduled(schedule: Schedule, setAt: number) {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a']));
  await ledger.advance(['planning'], 'running');
  await ledger.advance(['running'], 'completed');
  await ledger.setSchedule(schedule, nextRunAfter(schedule, setAt), BOTH);
  const queued: string[] = [];
  const queue = {
    next: async (_: unknown, state: string) => void queued.push(state),
    unschedule: async () => void queued.push('unscheduled'),
  };
  let isFull = false;
  const limits = {
    inPlace: (_: unknown, open: () => Promise<void>) =>
      isFull ? Promise.reject(new TooManyTransfersError('ana@example.com', 1)) : open(),
  };
  const store = { find: () => Promise.resolve(ledger) };
  const workers = [0, 1].map(() => new ScheduledRuns(store as never, queue as never, limits as never));
  /** Both workers read the transfer, then both try. @returns how many started it */
  const both = async (now: number) => {
    const snapshot = await ledger.snapshot();
    const started = await Promise.all(workers.map((worker) => worker.start(ledger, snapshot, now)));
    return started.filter(Boolean).length;
  };
  const ends = () => ledger.advance(['updating'], 'completed');
  const fill = (full: boolean) => {
    isFull = full;
  };
  return { ledger, queued, both, ends, fill, worker: workers[0]! };
}

it.each([
  ['forward', '2027-03-26T12:00Z', ['27T01:30', '28T01:30', '29T00:30']],
  ['back', '2026-10-23T12:00Z', ['24T00:30', '25T00:30', '26T01:30']],
])('starts one run a night where the clocks go %s, with two workers', async (_, from, expected) => {
  const schedule = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
  const { both, ends } = await scheduled(schedule, at(from));
  const started: string[] = [];
  for (let now = at(from); now < at(from) + 70 * HOUR; now += HOUR / 12) {
    const runs = await both(now);
    if (runs > 0) started.push(...Array<string>(runs).fill(new Date(now).toISOString().slice(8, 16)));
    if (runs > 0) await ends();
  }
  expect(started).toEqual(expected);
});

it('makes up once for the runs that were missed while no worker ran', async () => {
  const setAt = at('2026-12-01T12:00Z');
  const { ledger, both, ends } = await scheduled({ cron: '0 2 * * *', timezone: 'UTC' }, setAt);
  const now = at('2026-12-06T10:00Z');
  expect(await both(now)).toBe(1);
  await ends();
  expect(await both(now)).toBe(0);
  expect((await ledger.snapshot()).schedule?.nextRunAt).toBe(at('2026-12-07T02:00Z'));
});

it('never stacks runs: one that is due during another starts once at the end of that one', async () => {
  const setAt = at('2026-12-01T00:00Z');
  const { ledger, both, ends, queued } = await scheduled({ every: 'PT1H', timezone: 'UTC' }, setAt);
  expect(await both(setAt + HOUR)).toBe(1);
  for (let hour = 2; hour < 6; hour++) expect(await both(setAt + hour * HOUR)).toBe(0);
  await ends();
  expect(await both(setAt + 5.5 * HOUR)).toBe(1);
  await ends();
  expect(await both(setAt + 5.6 * HOUR)).toBe(0);
  expect((await ledger.snapshot()).schedule?.nextRunAt).toBe(setAt + 6 * HOUR);
  expect(queued).toEqual(['updating', 'updating']);
});

it('starts the next run after one that failed, but none where nothing was copied', async () => {
  const setAt = at('2026-12-01T00:00Z');
  const { ledger, both, ends, queued } = await scheduled({ every: 'PT1H', timezone: 'UTC' }, setAt);
  expect(await both(setAt + HOUR)).toBe(1);
  const problem = { code: 'domain_policy', detail: 'An administrator forbids it.' } as const;
  await ledger.advance(['updating'], 'failed', { problem });
  expect((await ledger.snapshot()).schedule?.lastRun).toMatchObject({ state: 'failed' });
  expect(await both(setAt + 1.5 * HOUR)).toBe(0);
  expect(await both(setAt + 2 * HOUR)).toBe(1);
  expect(await ledger.snapshot()).not.toHaveProperty('problem');
  await ends();
  expect(queued).toEqual(['updating', 'updating']);

  await ledger.advance(['completed'], 'undoing');
  await ledger.advance(['undoing'], 'failed');
  expect(await both(setAt + 3 * HOUR)).toBe(0);
});

it('leaves a run due while the account has no free place', async () => {
  const setAt = at('2026-12-01T00:00Z');
  const { both, fill } = await scheduled({ every: 'PT1H', timezone: 'UTC' }, setAt);
  fill(true);
  expect(await both(setAt + HOUR)).toBe(0);
  fill(false);
  expect(await both(setAt + HOUR)).toBe(1);
});

it('ends with its last run', async () => {
  const setAt = at('2026-12-01T00:00Z');
  const schedule = { every: 'PT1H', timezone: 'UTC', until: setAt + 1.5 * HOUR };
  const { ledger, both, ends, queued } = await scheduled(schedule, setAt);
  expect(await both(setAt + HOUR)).toBe(1);
  expect(queued).toEqual(['updating', 'unscheduled']);
  await ends();
  expect(await both(setAt + 9 * HOUR)).toBe(0);
  expect((await ledger.snapshot()).schedule).not.toHaveProperty('nextRunAt');
});

it('ends without its last run, if that could start only after the end', async () => {
  const setAt = at('2026-12-01T00:00Z');
  const schedule = { every: 'PT1H', timezone: 'UTC', until: setAt + 2.5 * HOUR };
  const { ledger, both, ends, queued } = await scheduled(schedule, setAt);
  expect(await both(setAt + HOUR)).toBe(1);
  expect(await both(setAt + 3 * HOUR)).toBe(0);
  await ends();
  expect((await ledger.snapshot()).schedule).toMatchObject({ nextRunAt: setAt + 2 * HOUR });
  queued.length = 0;
  expect(await both(setAt + 3 * HOUR)).toBe(0);
  expect(new Set(queued)).toEqual(new Set(['unscheduled']));
  expect(await ledger.state()).toBe('completed');
  const { schedule: left } = await ledger.snapshot();
  expect(left).toMatchObject({ until: schedule.until, lastRun: { at: setAt + HOUR } });
  expect(scheduleView(left!).state).toBe('ended');
});

it.each([
  ['starts a run that is due with the end, although its job starts some time later', 1_000, 1],
  ['not if it is more than a minute late', 61_000, 0],
])('%s', async (_, late, expected) => {
  const setAt = at('2026-12-01T00:00Z');
  const { both } = await scheduled({ every: 'PT1H', timezone: 'UTC', until: setAt + HOUR }, setAt);
  expect(await both(setAt + HOUR + late)).toBe(expected);
});

it('waits for the account that must confirm its access, instead of using it', async () => {
  const setAt = at('2026-12-01T00:00Z');
  const { ledger, both, queued } = await scheduled({ every: 'PT1H', timezone: 'UTC' }, setAt);
  await ledger.advance(['completed'], 'updating');
  await ledger.park('needs_reconnect', { side: 'source' });
  await ledger.advance(['needs_reconnect'], 'canceled');
  expect(await both(setAt + HOUR)).toBe(1);
  expect(queued).toEqual(['needs_reconnect']);
});

it('removes the jobs of a schedule that no longer exists', async () => {
  const { ledger, worker, queued } = await scheduled({ every: 'PT1H', timezone: 'UTC' }, at('2026-12-01T00:00Z'));
  await ledger.stopSchedule('removed');
  await worker.due('id', Date.now());
  expect(queued).toEqual(['unscheduled']);
  expect(await ledger.state()).toBe('completed');
});

describe('outside the allowed hours', () => {
  const night = { timezone: 'Europe/Berlin', hours: { from: '20:00', to: '06:00' } };
  const noon = at('2026-12-01T11:00Z');
  beforeEach(() => void jest.useFakeTimers({ now: noon }));
  afterEach(() => void jest.useRealTimers());

  it.each(['planning', 'running', 'updating', 'linking'] as const)(
    'parks a transfer that is %s until they open',
    async (state) => {
      const { ledger, worker } = await scheduled(night, noon);
      await ledger.advance(['completed'], state);
      expect(await worker.parkOutsideHours(ledger, await ledger.snapshot(), noon)).toBe(true);
      expect(await ledger.snapshot()).toMatchObject({
        state: 'waiting_quota',
        limit: 'hours',
        resumeState: state,
        resumeAt: at('2026-12-01T19:00Z'),
      });
    },
  );

  it.each([
    ['check', false],
    ['links', true],
    ['access', true],
    ['finish', false],
  ] as const)('finds a transfer that is finishing at the step %s, and parks it: %s', async (step, parks) => {
    const { ledger, worker } = await scheduled(night, noon);
    await ledger.advance(['completed'], 'running');
    await ledger.advance(['running'], 'finishing');
    for (const each of ['check', 'links', 'access', 'finish'] as const) {
      await ledger.noteStep(each);
      if (each === step) break;
    }
    expect(await worker.parkOutsideHours(ledger, await ledger.snapshot(), noon)).toBe(parks);
    if (parks) expect(await ledger.snapshot()).toMatchObject({ state: 'waiting_quota', resumeState: 'finishing' });
  });

  it.each(['finishing', 'undoing', 'completed'] as const)('does not park one that is %s', async (state) => {
    const { ledger, worker } = await scheduled(night, noon);
    if (state !== 'completed') await ledger.advance(['completed'], state);
    expect(await worker.parkOutsideHours(ledger, await ledger.snapshot(), noon)).toBe(false);
  });

  it('lets one run within the hours, and one that a person resumed', async () => {
    const { ledger, worker } = await scheduled(night, noon);
    await ledger.advance(['completed'], 'running');
    expect(await worker.parkOutsideHours(ledger, await ledger.snapshot(), at('2026-12-01T20:00Z'))).toBe(false);
    await worker.parkOutsideHours(ledger, await ledger.snapshot(), noon);
    await ledger.resume({ by: { command: 'resume', sides: ['source'] } });
    expect(await worker.parkOutsideHours(ledger, await ledger.snapshot(), noon)).toBe(false);
  });
});
