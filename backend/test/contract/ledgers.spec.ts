import { createHash } from 'node:crypto';
import { jest } from '@jest/globals';
import { Ahead } from '../../src/engine/ahead.js';
import type { Conclusion } from '../../src/engine/model/conclusion.js';
import type { ItemState, Outcome, PlannedItem } from '../../src/engine/model/items.js';
import type { DocumentRecord, LinkRecord } from '../../src/engine/model/links.js';
import type { TransferOrder } from '../../src/engine/model/order.js';
import type { PlanFacts } from '../../src/engine/model/plan-facts.js';
import type {
  AccessGrant,
  AccessRecord,
  DrivePermission,
  PeopleLine,
  SourceAccess,
} from '../../src/engine/model/sharing.js';
import { SLOW_DOWNS_KEPT } from '../../src/engine/model/snapshot.js';
import { WORKING_STATES, TERMINAL_STATES } from '../../src/engine/model/states.js';
import type { Ledger } from '../../src/engine/ports/ledger.js';
import { EVENTS_KEPT } from '../../src/engine/ports/ledger/log.js';
import { PLAN_PAGE } from '../../src/engine/ports/ledger/plan.js';
import { LONGEST_WAIT_MS } from '../../src/engine/ports/ledger/states.js';
import type { ItemCode } from '../../src/engine/errors.js';
import type { AccessRow } from '../../src/engine/sharing/access-table.js';
import { aNewParty, aPlannedItem } from '../support/builders.js';
import { InMemoryLedger, type ShareUsers } from '../support/in-memory-ledger.js';
import { anOrder } from '../support/run-transfer.js';
import { sharingOptions } from '../support/sharing.js';
import { aTransferStore } from '../support/transfer-store.js';

const anOrderOf = (more: Partial<TransferOrder> = {}) => anOrder(aNewParty('ana'), aNewParty('ben'), ['a'], more);

interface Setup {
  open(order: TransferOrder, people?: readonly PeopleLine[]): Promise<Ledger>;
  /** The ledger as another process finds it. */
  reopen(ledger: Ledger): Promise<Ledger>;
  /** Whether ledgers of one order that were opened twice share their state. */
  readonly isShared: boolean;
  close(): Promise<void>;
}

const inMemory = (): Setup => {
  const users: ShareUsers = new Map();
  return {
    open: async (order, people) => new InMemoryLedger(order, users, people),
    reopen: async (ledger) => ledger,
    isShared: false,
    close: async () => undefined,
  };
};
const inRedis = (): Setup => {
  const { store, close } = aTransferStore();
  return {
    open: async (order, people) => (await store.create(order, undefined, undefined, people)).ledger,
    reopen: async ({ order }) => (await store.find(order.id))!,
    isShared: true,
    close: async () => close(),
  };
};

describe.each([
  ['in memory', inMemory],
  ['Redis', inRedis],
])('ledgers, %s', (_, setUp) => {
  const setup = setUp();
  afterAll(() => setup.close());

  const running = async (items: readonly PlannedItem[]): Promise<Ledger> => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append(items, 0);
    await ledger.advance(['planning'], 'running');
    return ledger;
  };
  const stateOf = async (ledger: Ledger, ordinal: number) => (await ledger.item(ordinal))?.state;

  it('changes a state only from the expected states', async () => {
    const before = Date.now();
    const ledger = await setup.open(anOrderOf());
    expect(await ledger.state()).toBe('planning');
    expect(await ledger.advance(['running'], 'finishing')).toBe(false);
    expect(await ledger.advance(['planning', 'running'], 'running')).toBe(true);
    expect(await ledger.state()).toBe('running');
    const { revision, startedAt } = await ledger.snapshot();
    expect(startedAt).toBeGreaterThanOrEqual(before);
    await ledger.advance(['running'], 'failed', { problem: { code: 'not_found', detail: 'why' } });
    const snapshot = await ledger.snapshot();
    expect(snapshot.problem).toEqual({ code: 'not_found', detail: 'why' });
    expect(snapshot.revision).toBeGreaterThan(revision);
    expect(await ledger.revision()).toBe(snapshot.revision);
  });

  it('changes its people map with its state, if that changes', async () => {
    const ledger = await setup.open(anOrderOf());
    const sharing = { options: sharingOptions({ lines: 1 }), people: [{ line: 1, from: 'a@old.example', to: null }] };
    expect(await ledger.advance(['completed'], 'updating', { sharing })).toBe(false);
    expect(await ledger.people()).toEqual([]);
    expect(await ledger.advance(['planning'], 'completed')).toBe(true);
    expect(await ledger.advance(['completed'], 'updating', { sharing })).toBe(true);
    expect(await ledger.people()).toEqual(sharing.people);
  });

  it('starts to list or rewrite links with its state, if that changes, and keeps what it does with sharing', async () => {
    const order = anOrderOf();
    const [ledger, earlier] = [await setup.open(order), await setup.open(order)];
    const sharing = { options: sharingOptions({ lines: 1 }), people: [{ line: 1, from: 'a@old.example', to: null }] };
    expect(await ledger.advance(['completed'], 'updating', { links: 'report' })).toBe(false);
    expect((await setup.reopen(ledger)).order.links).toBeUndefined();
    await ledger.advance(['planning'], 'completed');
    expect(await ledger.advance(['completed'], 'running', { sharing })).toBe(true);
    if (setup.isShared) expect(await earlier.advance(['running'], 'finishing', { links: 'report' })).toBe(true);
    else await ledger.advance(['running'], 'finishing', { links: 'report' });
    const later = await setup.reopen(ledger);
    expect(later.order).toEqual({ ...order, sharing: sharing.options, links: 'report' });
    expect(await later.people()).toEqual(sharing.people);
    expect((await later.snapshot()).links).toMatchObject({ found: 0 });
    await later.advance(['finishing'], 'completed', { links: 'rewrite' });
    expect((await setup.reopen(later)).order).toEqual({ ...order, sharing: sharing.options, links: 'rewrite' });
  });

  it('lets one of many simultaneous changes of state win', async () => {
    const ledger = await setup.open(anOrderOf());
    const wins = await Promise.all(Array.from({ length: 10 }, () => ledger.advance(['planning'], 'canceling')));
    expect(wins.filter(Boolean)).toHaveLength(1);
  });

  it('remembers the state in which it failed, until it runs again', async () => {
    const ledger = await setup.open(anOrderOf());
    for (const state of ['updating', 'undoing'] as const) {
      await ledger.advance(['planning', 'running'], state);
      expect(await ledger.snapshot()).not.toHaveProperty('failedIn');
      await ledger.advance([state], 'failed');
      expect(await ledger.snapshot()).toMatchObject({ state: 'failed', failedIn: state });
      await ledger.advance(['failed'], 'running');
      expect(await ledger.snapshot()).not.toHaveProperty('failedIn');
    }
  });

  it.each(WORKING_STATES)('parks while %s, and returns to it', async (state) => {
    const ledger = await setup.open(anOrderOf());
    await ledger.advance(['planning'], state);
    expect(await ledger.park('needs_reconnect', { side: 'source' })).toBe(true);
    expect(await ledger.park('waiting_quota', { resumeAt: 5 })).toBe(false);
    expect(await ledger.snapshot()).toMatchObject({
      state: 'needs_reconnect',
      parked: { side: 'source' },
      resumeState: state,
      unconfirmed: ['source'],
    });
    expect(await ledger.resume({ confirmed: ['destination'] })).toBe(false);
    expect(await ledger.resume({ confirmed: ['source'] })).toBe(true);
    expect(await ledger.resume({ confirmed: ['source'] })).toBe(false);
    const snapshot = await ledger.snapshot();
    expect(snapshot.state).toBe(state);
    expect(snapshot.parked).toBeUndefined();
  });

  it('adds up what the requests of all its processes used', async () => {
    const ledger = await setup.open(anOrderOf());
    expect((await ledger.snapshot()).usage).toEqual({});
    const { revision } = await ledger.snapshot();
    await Promise.all([ledger.countUsage({ edit: 2, sent: 1_000 }), ledger.countUsage({ edit: 1, list: 1 })]);
    expect(await ledger.snapshot()).toMatchObject({ usage: { edit: 3, list: 1, sent: 1_000 } });
    expect(await ledger.revision()).toBeGreaterThan(revision);
  });

  it('records until it resumes that it waits for the limit of sharing', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.advance(['planning'], 'running');
    const resumeAt = Date.now() + 60_000;
    await ledger.park('waiting_quota', { resumeAt, limit: 'sharing' });
    expect(await ledger.snapshot()).toMatchObject({ resumeAt, limit: 'sharing' });
    await ledger.resume();
    expect(await ledger.snapshot()).not.toHaveProperty('limit');
    await ledger.park('waiting_quota', { resumeAt, limit: 'units' });
    expect(await ledger.snapshot()).toMatchObject({ limit: 'units' });
    await ledger.resume();
    await ledger.park('waiting_quota', { resumeAt });
    expect(await ledger.snapshot()).not.toHaveProperty('limit');
  });

  describe('with a schedule', () => {
    const both = { command: 'schedule', sides: ['source', 'destination'] } as const;
    const nightly = { cron: '0 2 * * *', timezone: 'Europe/Berlin', hours: { from: '20:00', to: '06:00' } };
    const due = Date.now() - 1_000;
    const next = due + 86_400_000;
    const scheduled = async (): Promise<Ledger> => {
      const ledger = await setup.open(anOrderOf());
      await ledger.advance(['planning'], 'completed');
      expect(await ledger.setSchedule(nightly, due, both)).toBe(true);
      return ledger;
    };
    const start = (ledger: Ledger) => ledger.advance(['completed', 'canceled'], 'updating', { run: { due, next } });
    const scheduleOf = async (ledger: Ledger) => (await ledger.snapshot()).schedule;

    it('shows it, logs who set it, and forgets it', async () => {
      const ledger = await scheduled();
      expect(await scheduleOf(ledger)).toEqual({ ...nightly, nextRunAt: due });
      await ledger.stopSchedule('paused', { command: 'schedule', sides: ['source'] });
      expect(await scheduleOf(ledger)).toEqual({ ...nightly, isPaused: true });
      await ledger.setSchedule({ timezone: 'UTC', hours: nightly.hours }, undefined, both);
      expect(await scheduleOf(ledger)).toEqual({ timezone: 'UTC', hours: nightly.hours });
      const { revision } = await ledger.snapshot();
      await ledger.stopSchedule('removed', { command: 'schedule', sides: ['destination'] });
      expect(await ledger.snapshot()).not.toHaveProperty('schedule');
      expect(await ledger.revision()).toBeGreaterThan(revision);
      expect((await ledger.events()).filter(({ kind }) => kind === 'schedule').map(({ by }) => by)).toEqual([
        { command: 'schedule', sides: both.sides },
        { command: 'pause_schedule', sides: ['source'] },
        { command: 'schedule', sides: both.sides },
        { command: 'remove_schedule', sides: ['destination'] },
      ]);
    });

    it('has the hours of its order from the beginning', async () => {
      const schedule = { timezone: 'UTC', hours: nightly.hours };
      expect(await scheduleOf(await setup.open(anOrderOf({ schedule })))).toEqual(schedule);
    });

    it('starts a due run once, and records what came of it', async () => {
      const ledger = await scheduled();
      const started = await Promise.all(Array.from({ length: 10 }, () => start(ledger)));
      expect(started.filter(Boolean)).toHaveLength(1);
      expect(await ledger.snapshot()).toMatchObject({ state: 'updating', schedule: { nextRunAt: next } });

      const facts = { added: 3, changed: 2, renamed: 1, left: 9, unchanged: 9, at: Date.now() };
      await ledger.storeFacts({ delta: facts });
      await ledger.advance(['updating'], 'completed');
      expect(await scheduleOf(ledger)).toMatchObject({
        lastRun: { at: expect.any(Number) as number, changed: 6, state: 'completed' },
      });
      // The process that started it was slow to find that out.
      expect(await start(ledger)).toBe(false);

      const { at } = (await scheduleOf(ledger))!.lastRun!;
      await ledger.advance(['completed'], 'updating', { run: { due: next, next: undefined }, at: at + 5 });
      await ledger.advance(['updating'], 'canceled');
      // The facts of the run before are not its own.
      expect(await scheduleOf(ledger)).toEqual({ ...nightly, lastRun: { at: at + 5, changed: 0, state: 'canceled' } });
      await ledger.advance(['canceled'], 'updating');
      await ledger.advance(['updating'], 'completed');
      const ends = [...(await ledger.events()), ...(await ledger.unannounced())];
      expect(ends.filter(({ state }) => TERMINAL_STATES.includes(state!)).map((end) => end.changed)).toEqual(
        // The run that the test begins with, two scheduled ones, and one of a person: in both lists.
        [undefined, 6, 0, undefined, undefined, 6, 0, undefined],
      );
    });

    it('does not count other runs as its own', async () => {
      const ledger = await scheduled();
      await ledger.advance(['completed'], 'updating');
      await ledger.advance(['updating'], 'completed');
      expect(await scheduleOf(ledger)).not.toHaveProperty('lastRun');
    });

    it('waits for an account that has not confirmed its access', async () => {
      const ledger = await scheduled();
      await ledger.advance(['completed'], 'updating');
      await ledger.park('needs_reconnect', { side: 'destination' });
      await ledger.advance(['needs_reconnect'], 'canceled');
      expect(await start(ledger)).toBe(true);
      expect(await ledger.snapshot()).toMatchObject({
        state: 'needs_reconnect',
        parked: { side: 'destination' },
        resumeState: 'updating',
        schedule: { nextRunAt: next },
      });
      expect(await ledger.resume({ confirmed: ['destination'] })).toBe(true);
      expect(await ledger.state()).toBe('updating');
    });

    it('ends when an account withdraws its access, and cannot be set again', async () => {
      const ledger = await scheduled();
      await ledger.withdrawAccess('source');
      expect(await scheduleOf(ledger)).toEqual(nightly);
      expect(await start(ledger)).toBe(false);
      expect(await ledger.setSchedule(nightly, next, both)).toBe(false);
    });

    it('outlives the sign-out of an account, as a running transfer does', async () => {
      const ledger = await scheduled();
      await ledger.withdrawAccess('source', true);
      expect(await ledger.snapshot()).toMatchObject({ withdrawn: {}, schedule: { nextRunAt: due } });
      await ledger.stopSchedule('ended');
      await ledger.withdrawAccess('source', true);
      expect(Object.keys((await ledger.snapshot()).withdrawn)).toEqual(['source']);
    });

    it('ends with an undo', async () => {
      const ledger = await scheduled();
      await ledger.advance(['completed'], 'undoing');
      expect(await scheduleOf(ledger)).toEqual(nightly);
    });

    it('keeps its hours, unless a person resumes it outside them', async () => {
      const ledger = await scheduled();
      await start(ledger);
      const resumeAt = Date.now() + 60_000;
      await ledger.park('waiting_quota', { resumeAt, limit: 'hours' });
      expect((await ledger.events()).at(-1)).toMatchObject({ state: 'waiting_quota', resumeAt, limit: 'hours' });
      expect(await ledger.snapshot()).toMatchObject({ resumeAt, limit: 'hours', resumeState: 'updating' });
      await ledger.resume();
      expect(await ledger.snapshot()).not.toHaveProperty('limit');
      expect(await scheduleOf(ledger)).not.toHaveProperty('ignoresHours');
      await ledger.park('waiting_quota', { resumeAt, limit: 'hours' });
      await ledger.resume({ by: { command: 'resume', sides: ['source'] } });
      expect(await scheduleOf(ledger)).toMatchObject({ ignoresHours: true });
      await ledger.advance(['updating'], 'completed');
      expect(await scheduleOf(ledger)).not.toHaveProperty('ignoresHours');
    });
  });

  it('is not parked by a refusal from before the account consented', async () => {
    const ledger = await running([aPlannedItem(0)]);
    const refusedAt = Date.now() - 1_000;
    await ledger.park('needs_reconnect', { side: 'source', since: refusedAt });
    expect(await ledger.resume({ confirmed: ['source'] })).toBe(true);
    // A request that was in flight all the time.
    expect(await ledger.park('needs_reconnect', { side: 'source', since: refusedAt })).toBe(false);
    expect(await ledger.snapshot()).toMatchObject({ state: 'running', unconfirmed: [] });
    expect(await ledger.park('needs_reconnect', { side: 'destination', since: refusedAt })).toBe(true);
    expect(await ledger.resume({ confirmed: ['destination'] })).toBe(true);
    expect(await ledger.park('needs_reconnect', { side: 'source', since: Date.now() + 1 })).toBe(true);
  });

  it.each([...WORKING_STATES, 'waiting_quota'] as const)(
    'is parked while %s by an account that withdraws',
    async (state) => {
      // Links are rewritten without the source.
      const side = state === 'linking' ? 'destination' : 'source';
      const ledger = await setup.open(anOrderOf({ mode: 'move' }));
      if (state === 'waiting_quota') await ledger.park(state, { resumeAt: 5 });
      else await ledger.advance(['planning'], state);
      await ledger.withdrawAccess(side);
      const parked = await ledger.snapshot();
      expect(parked).toMatchObject({ state: 'needs_reconnect', parked: { side }, unconfirmed: [side] });
      expect(Object.keys(parked.withdrawn)).toEqual([side]);
      expect(parked.resumeAt).toBeUndefined();
      await ledger.withdrawAccess(side); // idempotent
      expect(await ledger.snapshot()).toEqual(parked);
      expect(await ledger.resume()).toBe(false);
      expect(await ledger.resume({ by: { command: 'resume', sides: [side] } })).toBe(true);
      const resumed = await ledger.snapshot();
      // The account consented to this transfer again.
      expect(resumed).toMatchObject({ unconfirmed: [], withdrawn: {} });
      expect(resumed.state).toBe(state === 'waiting_quota' ? 'planning' : state);
    },
  );

  it('waits for both accounts if both withdrew, and keeps its previous state', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.advance(['running'], 'pausing');
    for (const side of ['source', 'destination'] as const) await ledger.withdrawAccess(side);
    expect(await ledger.state()).toBe('pausing');
    await ledger.advance(['pausing'], 'paused');
    expect(await ledger.resume()).toBe(false);
    expect(await ledger.resume({ by: { command: 'resume', sides: ['destination'] } })).toBe(true);
    const waiting = await ledger.snapshot();
    expect(waiting).toMatchObject({
      state: 'needs_reconnect',
      parked: { side: 'source' },
      unconfirmed: ['source'],
      resumeState: 'running',
    });
    expect(Object.keys(waiting.withdrawn)).toEqual(['source']);
    expect(await ledger.resume({ confirmed: ['destination'] })).toBe(false);
    expect(await ledger.resume({ confirmed: ['source'] })).toBe(true);
    expect(await ledger.state()).toBe('running');
  });

  // Links, and the undo of a copy, need the destination alone.
  it.each(['undoing', 'linking'] as const)('resumes a transfer that is %s without the source', async (state) => {
    const ledger = await setup.open(anOrderOf());
    await ledger.advance(['planning'], state);
    await ledger.withdrawAccess('source');
    expect(await ledger.state()).toBe(state);
    await ledger.withdrawAccess('destination');
    expect(await ledger.resume({ needs: ['destination'], confirmed: ['destination'] })).toBe(true);
    expect(await ledger.state()).toBe(state);
  });

  it.each(['undoing', 'linking'] as const)('lets a transfer that is %s wait without the source', async (state) => {
    const ledger = await setup.open(anOrderOf());
    await ledger.advance(['planning'], state);
    await ledger.park('waiting_quota', { resumeAt: Date.now() + 60_000 });
    await ledger.withdrawAccess('source');
    expect(await ledger.snapshot()).toMatchObject({ state: 'waiting_quota', resumeState: state });
    expect(await ledger.resume({ needs: ['destination'] })).toBe(true);
    expect(await ledger.state()).toBe(state);
    await ledger.park('waiting_quota', { resumeAt: Date.now() + 60_000 });
    await ledger.withdrawAccess('destination');
    expect(await ledger.state()).toBe('needs_reconnect');
  });

  it('parks a transfer that waits in the middle of its copying if an account withdraws', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.park('waiting_quota', { resumeAt: Date.now() + 60_000 });
    await ledger.withdrawAccess('source');
    expect(await ledger.snapshot()).toMatchObject({ state: 'needs_reconnect', resumeState: 'running' });
  });

  it('records that an account left during work after the end that does not need it', async () => {
    for (const isPaused of [false, true]) {
      const ledger = await running([aPlannedItem(0)]);
      await ledger.advance(['running'], 'completed');
      await ledger.advance(['completed'], 'linking');
      if (isPaused) await ledger.advance(['linking'], 'pausing');
      const state = await ledger.state();
      await ledger.withdrawAccess('destination', true);
      expect((await ledger.snapshot()).withdrawn).toEqual({});
      await ledger.withdrawAccess('source', true);
      expect(Object.keys((await ledger.snapshot()).withdrawn)).toEqual(['source']);
      expect(await ledger.state()).toBe(state);
    }
  });

  it('records that an account left only after the end, and the consent of a command', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.withdrawAccess('source', true);
    expect((await ledger.snapshot()).withdrawn).toEqual({});
    await ledger.advance(['running'], 'completed');
    await ledger.withdrawAccess('source', true);
    const left = await ledger.snapshot();
    expect(left).toMatchObject({ state: 'completed', unconfirmed: [] });
    expect(Object.keys(left.withdrawn)).toEqual(['source']);
    await ledger.withdrawAccess('source', true);
    expect(await ledger.revision()).toBe(left.revision);
    await ledger.advance(['completed'], 'running', { by: { command: 'retry', sides: ['source', 'destination'] } });
    await ledger.park('needs_reconnect', { side: 'source' });
    await ledger.advance(['needs_reconnect'], 'canceled');
    await ledger.advance(['canceled'], 'running', { by: { command: 'retry', sides: ['source', 'destination'] } });
    expect(await ledger.snapshot()).toMatchObject({ unconfirmed: [], withdrawn: left.withdrawn });
  });

  it('resumes at the step where it was paused, even if it was parked before', async () => {
    const ledger = await running([aPlannedItem(0)]);
    expect(await ledger.resume()).toBe(false);
    expect(await ledger.advance(['running'], 'pausing')).toBe(true);
    expect(await ledger.advance(['pausing'], 'paused')).toBe(true);
    expect(await ledger.resume()).toBe(true);
    expect(await ledger.state()).toBe('running');
    await ledger.park('waiting_quota', { resumeAt: 5 });
    expect(await ledger.advance(['waiting_quota'], 'pausing')).toBe(true);
    expect((await ledger.snapshot()).resumeAt).toBeUndefined();
    expect(await ledger.resume()).toBe(true);
    expect(await ledger.state()).toBe('running');
    await ledger.advance(['running'], 'canceled');
    expect(await ledger.resume()).toBe(false);
  });

  it('removes its end, but not its start, when it is reopened', async () => {
    const ledger = await running([aPlannedItem(0)]);
    const { startedAt } = await ledger.snapshot();
    await ledger.advance(['running'], 'failed', { problem: { code: 'not_found', detail: 'why' } });
    expect((await ledger.snapshot()).finishedAt).toBeGreaterThanOrEqual(startedAt!);
    expect(await ledger.advance(['failed'], 'running')).toBe(true);
    const again = await ledger.snapshot();
    expect([again.finishedAt, again.problem, again.startedAt]).toEqual([undefined, undefined, startedAt]);
  });

  it('does not count time in which no worker was there as work', async () => {
    let now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
    try {
      const ledger = await running([aPlannedItem(0)]);
      const after = async (seconds: number) => {
        now += seconds * 1_000;
        await ledger.attend();
        return Math.round((await ledger.snapshot()).activeMs / 1_000);
      };
      expect(await after(100)).toBe(100); // nothing is known of the time before
      expect(await after(60)).toBe(160);
      const { revision } = await ledger.snapshot();
      expect(await after(3_600)).toBe(160);
      expect(await ledger.revision()).toBeGreaterThan(revision);
      now += 7_200_000;
      await ledger.advance(['running'], 'finishing');
      expect(await after(30)).toBe(160 + 7_200 + 30); // since the change of state, somebody was there
      await ledger.advance(['finishing'], 'completed');
      expect(await after(3_600)).toBe(160 + 7_200 + 30);
    } finally {
      clock.mockRestore();
    }
  });

  it('remembers the end of the last run during and after work on links, until the next run', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.advance(['running'], 'completed', { at: 5_000 });
    for (const at of [6_000, 8_000]) {
      await ledger.advance(['completed'], 'linking', { at });
      await ledger.advance(['linking'], 'completed', { at: at + 1_000 });
      expect(await ledger.snapshot()).toMatchObject({ finishedAt: at + 1_000, ranUntil: 5_000 });
    }
    await ledger.advance(['completed'], 'updating', { at: 10_000 });
    await ledger.advance(['updating'], 'completed', { at: 11_000 });
    const { finishedAt, ranUntil } = await ledger.snapshot();
    expect([finishedAt, ranUntil]).toEqual([11_000, undefined]);
  });

  it('counts only active time', async () => {
    let now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
    try {
      const ledger = await setup.open(anOrderOf());
      const worked: (string | number)[] = [];
      /** Stays in the present state for some seconds. */
      const stay = async (seconds: number) => {
        now += seconds * 1_000;
        const { state, activeMs } = await ledger.snapshot();
        worked.push(state, activeMs / 1_000);
      };
      const go = async (...states: Parameters<typeof ledger.advance>[0]) => {
        for (const to of states) expect(await ledger.advance([await ledger.state()], to)).toBe(true);
      };
      await stay(7);
      await go('ready');
      await stay(1_000);
      await go('running');
      await stay(10);
      await go('pausing');
      await stay(2);
      await go('paused');
      await stay(1_000);
      await ledger.resume();
      await stay(5);
      await ledger.park('waiting_quota', { resumeAt: now + 9_000_000 });
      await stay(9_000);
      await ledger.resume();
      await ledger.park('needs_reconnect', { side: 'source' });
      await stay(1_000);
      await ledger.resume();
      await go('finishing');
      await stay(3);
      await go('completed');
      await stay(5_000);
      await go('updating');
      await stay(4);
      await go('ready', 'running', 'canceling');
      await stay(1);
      await go('canceled', 'undoing');
      await stay(60);
      await go('undone');
      await stay(1_000);
      expect(worked).toEqual(
        [
          ['planning', 0, 'ready', 0, 'running', 10, 'pausing', 12, 'paused', 12, 'running', 17, 'waiting_quota', 17],
          ['needs_reconnect', 17, 'finishing', 20, 'completed', 20, 'updating', 24, 'canceling', 25, 'undoing', 25],
          ['undone', 25],
        ].flat(),
      );
    } finally {
      clock.mockRestore();
    }
  });

  it('has no rate while it is not working', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.begin(0);
    await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'd0', way: 'relay' });
    expect(await ledger.park('waiting_quota', { resumeAt: Date.now() + 60_000 })).toBe(true);
    expect((await ledger.snapshot()).rate).toEqual({ itemsPerSecond: 0, bytesPerSecond: 0 });
  });

  it('keeps items as they were planned, in order, page by page', async () => {
    const odd = aPlannedItem(1, {
      kind: 'google',
      size: null,
      name: 'ä/"\n🌵',
      properties: { state: 'mine' },
      modifiedTime: '2020-01-01T00:00:00.000Z',
    });
    const ledger = await setup.open(anOrderOf());
    await ledger.append([aPlannedItem(0, { kind: 'folder', size: null })], 0);
    await ledger.append([odd, aPlannedItem(2)], 0);
    expect((await ledger.items(0, 2)).map((item) => item.ordinal)).toEqual([0, 1]);
    expect((await ledger.items(2, 10)).map((item) => item.ordinal)).toEqual([2]);
    expect(await ledger.item(1)).toEqual({ ...odd, state: 'waiting', attempts: 0, outcome: {} });
    expect(await ledger.item(3)).toBeUndefined();
    expect(await ledger.ordinalsOf(new Set(['source-2', 'source-9', 'source-0']))).toEqual(
      new Map([
        ['source-0', 0],
        ['source-2', 2],
      ]),
    );
    expect(await ledger.ordinalsOf(new Set())).toEqual(new Map());
    expect(await ledger.openFiles()).toBe(2);
    expect(await ledger.snapshot()).toMatchObject({ found: 3, bytes: { found: 100 }, counts: { waiting: 3 } });
  });

  it('appends repeated items once, and rejects a gap', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append([aPlannedItem(0), aPlannedItem(1)], 0);
    expect(await ledger.append([aPlannedItem(1, { name: 'other' }), aPlannedItem(2)], 0)).toBe(true);
    expect(await ledger.append([aPlannedItem(0)], 0)).toBe(true);
    expect(await ledger.append([], 0)).toBe(true);
    for (const gap of [[4], [3, 5]])
      await expect(
        ledger.append(
          gap.map((ordinal) => aPlannedItem(ordinal)),
          0,
        ),
      ).rejects.toThrow();
    expect((await ledger.items(0, 3)).map(({ name }) => name)).toEqual(['item 0', 'item 1', 'item 2']);
    expect(await ledger.snapshot()).toMatchObject({ found: 3, bytes: { found: 300 }, counts: { waiting: 3 } });
  });

  it('keeps every field of an item, across pages', async () => {
    const ledger = await setup.open(anOrderOf());
    const odd: Partial<PlannedItem>[] = [
      {
        kind: 'folder',
        mimeType: 'application/vnd.google-apps.folder',
        size: null,
        checksums: {},
        canListChildren: false,
        barrier: 'folder_limited',
      },
      {
        parent: 0,
        top: 0,
        depth: 1,
        name: 'a/b',
        path: 'item 0/a∕b',
        starred: true,
        folderColor: '#ff0000',
        isSharedAlone: true,
      },
      { path: 'not its name', description: '', shortcutTargetId: 'target', revision: 'not base64!' },
      { sourceId: 'ä id', checksums: { sha256: 'ABC', md5: '' }, size: 5_000_000_000_000 },
      { createdTime: '2020-01-01T00:00:00Z', modifiedTime: '2020-01-01T00:00:00.123Z', revision: '0B_-x' },
      { createdTime: '2020-01-01T00:00:00.001Z', modifiedTime: '1999-12-31T23:59:59.999Z', name: '', path: '' },
      { createdTime: 'yesterday', path: '/item', name: 'item', properties: { a: 'b' }, ownedByMe: false },
    ];
    const items = Array.from({ length: PLAN_PAGE + 300 }, (_, ordinal) =>
      aPlannedItem(ordinal, {
        ...odd[ordinal % odd.length],
        ...(ordinal % odd.length > 3 && { sourceId: `i${ordinal}` }),
      }),
    );
    for (const [from, to] of [
      [0, 1],
      [1, 450],
      [450, PLAN_PAGE + 1],
      [PLAN_PAGE + 1, items.length],
    ] as const)
      expect(await ledger.append(items.slice(from, to), 0)).toBe(true);
    const read = await ledger.items(0, items.length);
    expect(read).toEqual(items.map((item) => ({ ...item, state: 'waiting', attempts: 0, outcome: {} })));
    expect(await ledger.items(PLAN_PAGE - 1, 2)).toEqual(read.slice(PLAN_PAGE - 1, PLAN_PAGE + 1));
    const end = items.length;
    expect((await ledger.items(end - 1, 9)).map(({ ordinal }) => ordinal)).toEqual([end - 1]);
    expect(await ledger.ordinalsOf(new Set(['i1299', 'i4', 'nobody']))).toEqual(
      new Map([
        ['i4', 4],
        ['i1299', 1299],
      ]),
    );
  });

  it('extends a plan for a delta run, and keeps existing items', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    expect(await ledger.extendPlan()).toBeUndefined();
    await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'd0', way: 'relay' });
    await ledger.advance(['running'], 'updating');
    const plan = await ledger.extendPlan();
    expect(await ledger.append([aPlannedItem(2)], plan! - 1)).toBe(false);
    expect(await ledger.append([aPlannedItem(2)], plan!)).toBe(true);
    expect(await ledger.completePlan(plan!)).toBe(true);
    expect(await ledger.state()).toBe('ready');
    expect(await ledger.snapshot()).toMatchObject({ found: 3, counts: { verified: 1, waiting: 2 } });
    expect((await ledger.item(0))?.outcome).toEqual({ destinationId: 'd0', way: 'relay' });
  });

  it('changes nothing for the plan of a process that slept while another one began a newer plan', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'd0', way: 'relay' });
    await ledger.settle(aPlannedItem(1), 'failed', { code: 'internal' });
    await ledger.advance(['running'], 'updating');
    const slept = await ledger.extendPlan();
    const plan = (await ledger.extendPlan())!;
    const delta = { added: 0, changed: 0, renamed: 0, left: 0, unchanged: 1, at: 1 };
    await ledger.reopenAs(aPlannedItem(0, { size: 7 }), 'new', slept);
    expect(await ledger.reopen(undefined, { plan: slept! })).toBe(0);
    await ledger.storeFacts({ delta }, slept);
    expect(await ledger.snapshot()).toMatchObject({ counts: { verified: 1, failed: 1, waiting: 0 } });
    expect((await ledger.snapshot()).delta).toBeUndefined();
    await ledger.reopenAs(aPlannedItem(0, { size: 7 }), 'new', plan);
    await ledger.reopenAs(aPlannedItem(0, { size: 8 }), 'late', slept);
    expect((await ledger.item(0))?.size).toBe(7);
    expect(await ledger.reopen(undefined, { plan })).toBe(1);
    await ledger.storeFacts({ delta }, plan);
    expect(await ledger.snapshot()).toMatchObject({ delta, counts: { verified: 0, failed: 0, waiting: 2 } });
  });

  it('says when a run began that is not the first', async () => {
    const ledger = await running([aPlannedItem(0)]);
    expect((await ledger.snapshot()).beganAt).toBeUndefined();
    await ledger.advance(['running'], 'canceled');
    const before = Date.now();
    await ledger.advance(['canceled'], 'running');
    const { beganAt } = await ledger.snapshot();
    expect(beganAt! % 1_000).toBe(0);
    expect(beganAt).toBeGreaterThan(before - 2_000);
    await ledger.park('waiting_quota', { resumeAt: 1 });
    await ledger.resume();
    expect((await ledger.snapshot()).beganAt).toBe(beganAt);
  });

  it('discards a plan that is restarted', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append([aPlannedItem(0), aPlannedItem(1)], 0);
    const plan = await ledger.restartPlan();
    expect(await ledger.append([aPlannedItem(0)], plan!)).toBe(true);
    expect(await ledger.snapshot()).toMatchObject({ found: 1, bytes: { found: 100 }, counts: { waiting: 1 } });
    expect(await ledger.openFiles()).toBe(1);
  });

  it('accepts items only for the newest plan, and only during planning', async () => {
    const ledger = await setup.open(anOrderOf());
    const [earlier, later] = [await ledger.restartPlan(), await ledger.restartPlan()];
    expect(await ledger.append([aPlannedItem(0)], later!)).toBe(true);
    expect(await ledger.append([aPlannedItem(1)], earlier!)).toBe(false); // from a process that was presumed dead
    expect(await ledger.completePlan(earlier!)).toBe(false);
    expect(await ledger.completePlan(later!)).toBe(true);
    expect(await ledger.append([aPlannedItem(1)], later!)).toBe(false);
    expect(await ledger.restartPlan()).toBeUndefined();
    const { state, found, counts, startedAt } = await ledger.snapshot();
    expect({ state, found, waiting: counts.waiting }).toEqual({ state: 'ready', found: 1, waiting: 1 });
    expect(startedAt).toBeUndefined();
  });

  it('is parked since the time of the reason', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.park('needs_reconnect', { side: 'source', since: 7 });
    expect((await ledger.snapshot()).parked).toEqual({ side: 'source', since: 7 });
  });

  it('waits for Google for a day and an hour at most', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.park('waiting_quota', { resumeAt: Date.now() + 30_000 * 365 * 86_400_000 });
    const { resumeAt } = await ledger.snapshot();
    expect(resumeAt).toBeLessThanOrEqual(Date.now() + LONGEST_WAIT_MS);
    expect((await ledger.events()).at(-1)).toMatchObject({ state: 'waiting_quota', resumeAt });
  });

  it('starts an item only while the transfer runs and the item is open, and counts the attempts', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append([aPlannedItem(0), aPlannedItem(1)], 0);
    expect(await ledger.begin(0)).toBeUndefined(); // still planning
    await ledger.advance(['planning'], 'running');
    expect(await ledger.begin(0)).toBe(0);
    expect(await ledger.begin(0, true)).toBe(1); // a second worker after a crash of the first
    expect(await ledger.item(0)).toMatchObject({ state: 'copying', attempts: 2 });
    await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'd' });
    expect(await ledger.begin(0)).toBeUndefined();
    await ledger.advance(['running'], 'canceling');
    expect(await ledger.begin(1)).toBeUndefined();
    expect(await ledger.begin(99)).toBeUndefined();
  });

  it('reports to the second when an item was last started, also after it was settled, changed and reopened', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    const before = Math.floor(Date.now() / 1_000) * 1_000;
    await ledger.begin(1);
    const { triedAt } = (await ledger.item(1))!;
    expect(triedAt! % 1_000).toBe(0);
    expect(triedAt).toBeGreaterThanOrEqual(before);
    expect(triedAt).toBeLessThanOrEqual(Date.now());
    await ledger.amend({ ...(await ledger.item(1))!, size: 7 });
    await ledger.settle(aPlannedItem(1), 'failed', { code: 'internal' });
    await ledger.reopen();
    expect(await ledger.items(0, 2)).toEqual([
      { ...aPlannedItem(0), state: 'waiting', attempts: 0, outcome: {} },
      { ...aPlannedItem(1), size: 7, state: 'waiting', attempts: 1, triedAt, outcome: {} },
    ]);
    await ledger.settle(aPlannedItem(1), 'verified', {});
    await ledger.reopenAs(aPlannedItem(1), 'd1');
    expect(await ledger.item(1)).not.toHaveProperty('triedAt');
  });

  it('releases an item', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.begin(0);
    await ledger.release(0);
    expect(await ledger.snapshot()).toMatchObject({ counts: { waiting: 1, copying: 0 } });
    await ledger.settle(aPlannedItem(0), 'verified', {});
    await ledger.release(0);
    expect(await stateOf(ledger, 0)).toBe('verified');
  });

  it('settles each item once; only the closing check may change that', async () => {
    const ledger = await running([0, 1, 2, 3].map((ordinal) => aPlannedItem(ordinal)));
    const checksum = { kind: 'md5' as const, source: 'abc', destination: 'abc' };
    expect(
      await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'd0', way: 'server_copy', checksum }),
    ).toBe(true);
    expect(await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'another', way: 'relay' })).toBe(false);
    await ledger.settle(aPlannedItem(1), 'failed', { code: 'source_not_found', reason: 'gone' });
    await ledger.settle(aPlannedItem(1), 'verified', { destinationId: 'd1' });
    await ledger.settle(aPlannedItem(2), 'verified', { destinationId: 'd2', way: 'relay', checksum });
    expect(await ledger.settle(aPlannedItem(2), 'failed', { code: 'google_unavailable' })).toBe(false); // a late worker
    const gone = { destinationId: 'd2', way: 'relay', checksum, code: 'copy_missing' } as const;
    expect(await ledger.revise(aPlannedItem(2), 'verified', 'failed', gone)).toBe(true);
    expect(await ledger.revise(aPlannedItem(2), 'verified', 'failed', gone)).toBe(false);
    await ledger.settle(aPlannedItem(3), 'unverified', { code: 'no_checksum' });
    expect(await ledger.item(0)).toMatchObject({ state: 'verified', outcome: { destinationId: 'd0', checksum } });
    expect(await ledger.openFiles()).toBe(0);
    expect(await ledger.snapshot()).toMatchObject({
      found: 4,
      counts: { waiting: 0, copying: 0, verified: 1, failed: 2, unverified: 1, skipped: 0 },
      bytes: { found: 400, verified: 100 },
      ways: { server_copy: 1, relay: 0, export: 0, created: 0, merged: 0 },
      verification: { checksum: 1, presence: 0 },
      failures: { source_not_found: 1, copy_missing: 1 },
      unverified: { no_checksum: 1 },
    });
  });

  it('counts a failed item as verified if its copy is found later', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    for (const ordinal of [0, 1])
      await ledger.settle(aPlannedItem(ordinal), 'failed', { code: 'google_unavailable', reason: 'why' });
    expect(await ledger.revise(aPlannedItem(0), 'failed', 'verified', { destinationId: 'd0', way: 'relay' })).toBe(
      true,
    );
    expect((await ledger.item(0))?.outcome).toEqual({ destinationId: 'd0', way: 'relay' });
    expect(await ledger.openFiles()).toBe(0);
    expect(await ledger.snapshot()).toMatchObject({
      counts: { verified: 1, failed: 1 },
      bytes: { verified: 100 },
      ways: { relay: 1 },
      failures: { google_unavailable: 1 },
    });
  });

  it('keeps the sum of states equal to the number of items, with simultaneous calls', async () => {
    const items = Array.from({ length: 60 }, (_, ordinal) => aPlannedItem(ordinal));
    const ledger = await running(items);
    const states: ItemState[] = ['verified', 'failed', 'skipped', 'unverified'];
    await Promise.all(
      items.flatMap(({ ordinal }) => [
        ledger.begin(ordinal),
        ledger.settle(aPlannedItem(ordinal), states[ordinal % 4]!, { way: 'relay' }),
        ledger.release(ordinal),
        ledger.settle(aPlannedItem(ordinal), states[(ordinal + 1) % 4]!, { way: 'relay' }),
      ]),
    );
    const { counts, found } = await ledger.snapshot();
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(found);
    expect(await ledger.openFiles()).toBe(0);
  });

  it('shows the bytes of files in progress, and stops a relay when the transfer no longer runs', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.begin(0);
    expect(await ledger.progress(0, 30)).toBe(true);
    expect(await ledger.progress(0, 60)).toBe(true);
    expect((await ledger.snapshot()).bytes.copying).toBe(60);
    await ledger.settle(aPlannedItem(0), 'verified', { way: 'relay' });
    expect((await ledger.snapshot()).bytes).toMatchObject({ copying: 0, verified: 100 });
    await ledger.progress(0, 70); // a late report
    expect((await ledger.snapshot()).bytes.copying).toBe(0);
    await ledger.advance(['running'], 'canceling');
    expect(await ledger.progress(1, 10)).toBe(false);
  });

  it('keeps the first id that is reserved for an item, until it is replaced', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.reserveIds(0, ['first', null]);
    expect(await ledger.destinationIds([0, 1])).toEqual(new Map([[0, 'first']]));
    await ledger.reserveIds(0, ['second', 'other']);
    expect(await ledger.destinationIds([0, 1])).toEqual(
      new Map([
        [0, 'first'],
        [1, 'other'],
      ]),
    );
    await ledger.replaceId(0, 'third');
    expect(await ledger.destinationIds([0, 1, 2])).toEqual(
      new Map([
        [0, 'third'],
        [1, 'other'],
      ]),
    );
    await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'third' });
    await ledger.replaceId(0, 'late'); // the outcome keeps the other id
    expect(await ledger.destinationIds([0])).toEqual(new Map([[0, 'third']]));
    expect((await ledger.item(0))?.outcome).toEqual({ destinationId: 'third' });
    expect(await ledger.fixResultFolder('one')).toBe('one');
    expect(await ledger.fixResultFolder('two')).toBe('one');
  });

  it('lists the items in some states', async () => {
    const items = Array.from({ length: 70_000 }, (_, ordinal) => aPlannedItem(ordinal));
    const ledger = await setup.open(anOrderOf());
    for (let from = 0; from < items.length; from += 7_000) await ledger.append(items.slice(from, from + 7_000), 0);
    await ledger.advance(['planning'], 'running');
    for (const ordinal of [3, 999, 1_000, 65_535, 65_536, 69_999])
      await ledger.settle(items[ordinal]!, ordinal % 2 ? 'failed' : 'skipped', {});
    expect(await ledger.ordinals(['failed'], 0, 10)).toEqual([3, 999, 65_535, 69_999]);
    expect(await ledger.ordinals(['failed', 'skipped'], 4, 3)).toEqual([999, 1_000, 65_535]);
    expect(await ledger.ordinals(['skipped'], 65_536, 3)).toEqual([65_536]);
    expect(await ledger.ordinals(['waiting'], 69_998, 3)).toEqual([69_998]);
    expect(await ledger.ordinals(['verified'], 0, 3)).toEqual([]);
    expect(await ledger.ordinals(['failed'], 0, 0)).toEqual([]);
  });

  it('keeps every kind of outcome unchanged', async () => {
    const planned = (ordinal: number) =>
      aPlannedItem(ordinal, {
        mimeType: ordinal % 2 ? 'text/plain' : 'image/png',
        checksums: { md5: 'abc', ...(ordinal % 3 && { sha256: 'def' }) },
      });
    const link = (id: string) => `https://drive.google.com/file/d/${id}/view?usp=drivesdk`;
    const same = { kind: 'sha256' as const, source: 'def', destination: 'def' };
    const outcomes: [ItemState, Outcome][] = [
      ['verified', { destinationId: 'r0', way: 'server_copy', webViewLink: link('r0') }],
      [
        'verified',
        { destinationId: 'r1', way: 'relay', fallback: 'copying_forbidden', checksum: same, webViewLink: link('r1') },
      ],
      [
        'verified',
        {
          destinationId: 'r2',
          way: 'export',
          fallback: 'copying_unavailable',
          checksum: same,
          lossy: ['no comments', 'no macros'],
        },
      ],
      ['verified', { destinationId: 'other', way: 'relay', checksum: { ...same, kind: 'md5' }, webViewLink: 'no id' }],
      [
        'verified',
        { destinationId: 'r4', way: 'merged', webViewLink: link('r4'), original: 'kept', originalReason: 'shared' },
      ],
      ['unverified', { destinationId: 'r5', way: 'created', code: 'no_checksum', reason: 'none stated' }],
      ['unverified', {}],
      [
        'failed',
        {
          code: 'checksum_mismatch',
          reason: 'ä "x"',
          destinationId: 'r7',
          checksum: { kind: 'md5', source: 'abc', destination: 'xyz' },
          webViewLink: link('r7'),
        },
      ],
      ['failed', {}],
      ['skipped', { code: 'canceled', reason: 'none stated' }],
      [
        'verified',
        { destinationId: 'r10', webViewLink: link('r10'), lossy: [], undone: 'left', undoneReason: 'edited' },
      ],
      [
        'verified',
        {
          destinationId: 'r11',
          checksum: { kind: 'md5', source: 'abc', destination: 'abc' },
          undone: 'trashed',
          original: 'trashed',
        },
      ],
      [
        'unverified',
        // All fields of an outcome: a new field that is missing here does not compile.
        {
          destinationId: 'r12',
          way: 'export',
          fallback: 'copying_unavailable',
          code: 'no_checksum',
          reason: 'none stated',
          checksum: same,
          original: 'kept',
          originalReason: 'shared',
          webViewLink: link('r12'),
          lossy: ['no comments'],
          undone: 'left',
          undoneReason: 'edited',
        } satisfies Required<Outcome>,
      ],
    ];
    const ledger = await running(outcomes.map((_, ordinal) => planned(ordinal)));
    await ledger.reserveIds(
      0,
      outcomes.map((_, ordinal) => `r${ordinal}`),
    );
    for (const [ordinal, [state, outcome]] of outcomes.entries())
      expect(await ledger.settle(planned(ordinal), state, { ...outcome, state } as Outcome)).toBe(true);
    const read = await ledger.items(0, outcomes.length);
    expect(read.map(({ state, outcome }) => [state, outcome])).toEqual(outcomes);
    expect(await ledger.item(7)).toEqual(read[7]);
    expect(await ledger.snapshot()).toMatchObject({
      counts: { verified: 7, unverified: 3, failed: 2, skipped: 1 },
      ways: { server_copy: 1, relay: 2, export: 1, created: 2, merged: 1 },
      verification: { checksum: 4, presence: 3 },
      failures: { internal: 1, checksum_mismatch: 1 },
      unverified: { internal: 1, no_checksum: 2 },
      skips: { canceled: 1 },
      originals: { trashed: 1, kept: 2 },
      undo: { trashed: 1, left: 2, restored: 0 },
    });
  });

  it('keeps an outcome unchanged, even from a worker that missed a change', async () => {
    const [listed, other] = [aPlannedItem(0), aPlannedItem(1)];
    const ledger = await running([listed, other]);
    await ledger.reserveIds(0, ['r0', 'r1']);
    await ledger.amend({ ...listed, size: 250, checksums: { md5: 'new' } });
    await ledger.replaceId(1, 'n1');
    const checksum = { kind: 'md5' as const, source: 'abc', destination: 'abc' };
    for (const item of [listed, other])
      await ledger.settle(item, 'verified', { destinationId: `r${item.ordinal}`, checksum });
    expect((await ledger.items(0, 2)).map(({ outcome }) => outcome)).toEqual([
      { destinationId: 'r0', checksum },
      { destinationId: 'r1', checksum },
    ]);
    expect((await ledger.snapshot()).bytes).toMatchObject({ found: 350, verified: 350 });
  });

  it('stores predicted problems, and finds them by code', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.append(
      [0, 1, 2, 3].map((ordinal) => aPlannedItem(ordinal)),
      0,
    );
    expect(await ledger.foreseen(-1, 5)).toEqual([]);
    await ledger.foresee(
      new Map([
        [3, 'lossy'],
        [0, 'not_copyable'],
      ]),
      0,
    );
    await ledger.foresee(
      new Map([
        [2, 'not_copyable'],
        [3, 'export_too_large'],
      ]),
      0,
    );
    expect(await ledger.foreseen(-1, 2)).toEqual([
      { ordinal: 0, code: 'not_copyable' },
      { ordinal: 2, code: 'not_copyable' },
    ]);
    expect(await ledger.foreseen(2, 2)).toEqual([{ ordinal: 3, code: 'export_too_large' }]);
    expect(await ledger.foreseen(0, 9, 'not_copyable')).toEqual([{ ordinal: 2, code: 'not_copyable' }]);
    expect(await ledger.foreseen(-1, 9, 'lossy')).toEqual([]);
    await ledger.restartPlan();
    expect(await ledger.foreseen(-1, 9)).toEqual([]);
  });

  it('returns the results of planning and of a delta run', async () => {
    const ledger = await setup.open(anOrderOf());
    const plan = { filteredOut: 3, problems: { lossy: 1 }, space: null } as unknown as PlanFacts;
    const delta = { added: 1, changed: 2, renamed: 3, left: 4, unchanged: 6, at: 5 };
    await ledger.storeFacts({ plan: { ...plan, filteredOut: 1 } });
    await ledger.storeFacts({ plan });
    await ledger.storeFacts({ delta });
    expect(await ledger.snapshot()).toMatchObject({ plan, delta });
    await ledger.restartPlan();
    expect((await ledger.snapshot()).plan).toBeUndefined();
  });

  it('takes no decision of a process that plans an older plan', async () => {
    const ledger = await setup.open(anOrderOf());
    const older = (await ledger.restartPlan())!;
    await ledger.append([aPlannedItem(0)], older);
    const plan = (await ledger.restartPlan())!;
    await ledger.append([aPlannedItem(0)], plan);
    expect(await ledger.settle(aPlannedItem(0), 'skipped', { code: 'already_there' }, older)).toBe(false);
    await ledger.replace(0, 'old', older);
    await ledger.foresee(new Map([[0, 'not_copyable']]), older);
    await ledger.amend({ ...aPlannedItem(0), name: 'older' }, older);
    expect(await ledger.item(0)).toEqual({ ...aPlannedItem(0), state: 'waiting', attempts: 0, outcome: {} });
    expect(await ledger.foreseen(-1, 9)).toEqual([]);
    expect(await ledger.settle(aPlannedItem(0), 'skipped', { code: 'already_there' }, plan)).toBe(true);
  });

  it('stores the item that a copy replaces', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.replace(1, 'old', 0);
    await ledger.replace(7, 'nothing', 0);
    expect((await ledger.items(0, 9)).map(({ replaces }) => replaces)).toEqual([undefined, 'old']);
    await ledger.amend({ ...(await ledger.item(1))!, name: 'new' });
    expect(await ledger.item(1)).toMatchObject({ name: 'new', replaces: 'old' });
  });

  it('reopens failed and canceled items, by their code', async () => {
    const ledger = await running([0, 1, 2, 3, 4, 5].map((ordinal) => aPlannedItem(ordinal)));
    await ledger.begin(0);
    await ledger.settle(aPlannedItem(0), 'failed', { code: 'google_unavailable', reason: 'why' });
    await ledger.settle(aPlannedItem(1), 'failed', {
      code: 'source_not_found',
      original: 'kept',
      originalReason: 'why',
    });
    await ledger.settle(aPlannedItem(2), 'skipped', { code: 'canceled' });
    await ledger.settle(aPlannedItem(3), 'skipped', { code: 'shortcut_dangling' });
    await ledger.settle(aPlannedItem(4), 'verified', { destinationId: 'd4' });
    await ledger.settle(aPlannedItem(5), 'failed', {});
    expect(await ledger.reopen(['google_unavailable', 'shortcut_dangling'])).toBe(1);
    expect(await ledger.item(0)).toMatchObject({ ...aPlannedItem(0), state: 'waiting', attempts: 1, outcome: {} });
    expect(await ledger.openFiles()).toBe(1);
    expect(await ledger.reopen()).toBe(3);
    expect(await ledger.reopen()).toBe(0);
    expect(await ledger.openFiles()).toBe(4);
    expect(await ledger.snapshot()).toMatchObject({
      counts: { waiting: 4, failed: 0, skipped: 1, verified: 1 },
      failures: {},
      skips: { shortcut_dangling: 1 },
      originals: { kept: 0 },
    });
  });

  it('reads an unknown reason of another version as internal, and keeps its sentence', async () => {
    const ledger = await running([0, 1, 2].map((ordinal) => aPlannedItem(ordinal)));
    const old = 'of_another_version' as ItemCode;
    await ledger.foresee(new Map([[0, old]]), 0);
    await ledger.settle(aPlannedItem(0), 'failed', { code: old, reason: 'Its reason: teapot.' });
    await ledger.settle(aPlannedItem(1), 'failed', { code: 'internal' });
    await ledger.settle(aPlannedItem(2), 'skipped', { code: 'constructor' as ItemCode });
    expect((await ledger.item(0))?.outcome).toEqual({ code: 'internal', reason: 'Its reason: teapot.' });
    expect(await ledger.snapshot()).toMatchObject({ failures: { internal: 2 }, skips: { internal: 1 } });
    expect(await ledger.foreseen(-1, 10, 'internal')).toEqual([{ ordinal: 0, code: 'internal' }]);
    expect((await ledger.events()).filter(({ kind }) => kind === 'reason').map(({ code }) => code)).toContain(
      'internal',
    );
    expect(await ledger.reopen(['internal'])).toBe(2);
    expect(await ledger.snapshot()).toMatchObject({ failures: {}, skips: { internal: 1 } });
    await ledger.advance(['running'], 'failed', { problem: { code: old, detail: 'It is gone.' } });
    expect((await ledger.snapshot()).problem).toEqual({ code: 'internal', detail: 'It is gone.' });
    expect((await ledger.events()).at(-1)).toMatchObject({ code: 'internal', detail: 'It is gone.' });
  });

  it('reopens items skipped for given reasons, and stores that they may be converted', async () => {
    const ledger = await running([0, 1, 2, 3].map((ordinal) => aPlannedItem(ordinal)));
    await ledger.settle(aPlannedItem(0), 'failed', { code: 'conversion_needed' });
    await ledger.settle(aPlannedItem(1), 'skipped', { code: 'conversion_needed', reason: 'why' });
    await ledger.settle(aPlannedItem(2), 'skipped', { code: 'not_copyable' });
    await ledger.settle(aPlannedItem(3), 'failed', { code: 'rate_limited' });
    const codes = ['conversion_needed', 'not_copyable'];
    const helped = { skipped: ['conversion_needed'] as const, mayConvert: true };
    expect(await ledger.reopen(codes, helped)).toBe(2);
    expect(await ledger.reopen(codes, helped)).toBe(0);
    const waiting = { state: 'waiting', attempts: 0, outcome: {} };
    expect(await ledger.items(0, 2)).toEqual([
      { ...aPlannedItem(0), ...waiting, mayConvert: true },
      { ...aPlannedItem(1), ...waiting, mayConvert: true },
    ]);
    expect(await ledger.snapshot()).toMatchObject({
      failures: { rate_limited: 1 },
      skips: { not_copyable: 1 },
      counts: { waiting: 2, failed: 1, skipped: 1 },
    });
    // The permission to convert stays when other fields change.
    await ledger.amend({ ...(await ledger.item(0))!, size: 7 });
    await ledger.settle(aPlannedItem(1), 'verified', { destinationId: 'd1', way: 'export' });
    await ledger.reopenAs(aPlannedItem(1, { size: 8 }), null);
    await ledger.settle(aPlannedItem(1), 'failed', { code: 'rate_limited' });
    expect(await ledger.reopen()).toBe(2);
    const allowed = (await ledger.items(0, 4)).map(({ size, mayConvert = false }) => [size, mayConvert]);
    expect(allowed).toEqual([
      [7, true],
      [8, true],
      [100, false],
      [100, false],
    ]);
  });

  it('copies an item that changed after it was settled, and replaces the earlier copy', async () => {
    const doc = aPlannedItem(1, { kind: 'google', size: null, checksums: {} });
    const ledger = await running([aPlannedItem(0), doc, aPlannedItem(2)]);
    await ledger.reserveIds(0, ['d0', null, 'd2']);
    await ledger.begin(0);
    await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'd0', way: 'relay' });
    await ledger.settle(doc, 'verified', { destinationId: 'd1', way: 'server_copy' });
    await ledger.settle(aPlannedItem(2), 'failed', { code: 'not_found' });
    const changed = aPlannedItem(0, { size: 250, checksums: { md5: 'new' }, comparedAt: Date.UTC(2026, 9, 1) });
    await ledger.reopenAs(changed, 'n0');
    await ledger.reopenAs(changed, 'n0 again'); // repeated after a crash
    await ledger.reopenAs({ ...doc, name: 'new' }, null);
    await ledger.reopenAs(aPlannedItem(2), null);
    expect(await ledger.items(0, 3)).toEqual([
      { ...changed, state: 'waiting', attempts: 0, outcome: {}, supersedes: 'd0' },
      { ...doc, name: 'new', state: 'waiting', attempts: 0, outcome: {}, supersedes: 'd1' },
      { ...aPlannedItem(2), state: 'waiting', attempts: 0, outcome: {} },
    ]);
    expect(await ledger.destinationIds([0, 1, 2])).toEqual(new Map([[0, 'n0']]));
    expect(await ledger.openFiles()).toBe(3);
    expect(await ledger.snapshot()).toMatchObject({ bytes: { found: 350, verified: 0 }, ways: { relay: 0 } });
    await ledger.reserveIds(0, ['x0', null, 'x2']);
    expect(await ledger.destinationIds([0, 1, 2])).toEqual(
      new Map([
        [0, 'n0'],
        [2, 'x2'],
      ]),
    );
    const checksum = { kind: 'md5' as const, source: 'new', destination: 'new' };
    await ledger.settle(changed, 'verified', { destinationId: 'n0', way: 'relay', checksum });
    expect((await ledger.item(0))?.outcome).toEqual({ destinationId: 'n0', way: 'relay', checksum });
    expect((await ledger.snapshot()).bytes).toMatchObject({ found: 350, verified: 250 });
  });

  it('renames a settled item', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.reserveIds(0, ['d0']);
    const outcome = { destinationId: 'd0', checksum: { kind: 'md5' as const, source: 'abc', destination: 'abc' } };
    await ledger.settle(aPlannedItem(0), 'verified', outcome);
    await ledger.rename(0, 'new', 0);
    await ledger.rename(9, 'nobody', 0);
    await ledger.rename(0, 'of an older plan', 7);
    expect(await ledger.item(0)).toMatchObject({ name: 'new', path: 'item 0', state: 'verified', outcome });
  });

  it('keeps the addresses of uploads until they are deleted', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    expect(await ledger.upload(0)).toBeUndefined();
    await ledger.keepUpload(1, 'https://one');
    await ledger.keepUpload(0, 'https://zero');
    await ledger.keepUpload(1, 'https://two');
    expect(await ledger.upload(1)).toBe('https://two');
    expect(await ledger.uploads()).toEqual([
      { ordinal: 0, address: 'https://zero' },
      { ordinal: 1, address: 'https://two' },
    ]);
    await ledger.dropUpload(1);
    expect(await ledger.uploads()).toEqual([{ ordinal: 0, address: 'https://zero' }]);
  });

  it('counts each item that an undo changed once', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    for (const ordinal of [0, 1])
      await ledger.settle(aPlannedItem(ordinal), 'verified', { destinationId: `d${ordinal}` });
    await ledger.settleUndo(0, 'trashed');
    await ledger.settleUndo(0, 'left', 'late');
    await ledger.settleUndo(1, 'left', 'It was edited.');
    await ledger.settleUndo(9, 'trashed');
    for (const id of ['a', 'b', 'a']) await ledger.recordRestored(id);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 1, left: 1, restored: 2 });
    expect((await ledger.items(0, 2)).map(({ outcome }) => outcome)).toEqual([
      { destinationId: 'd0', undone: 'trashed' },
      { destinationId: 'd1', undone: 'left', undoneReason: 'It was edited.' },
    ]);
  });

  it('deletes data that is not needed after the end, and can still continue', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.reserveIds(0, ['d0', 'd1']);
    await ledger.begin(1);
    await ledger.progress(1, 5);
    await ledger.keepUpload(1, 'https://one');
    await ledger.settle(aPlannedItem(0), 'failed', { code: 'not_found', reason: 'why' });
    await ledger.advance(['running'], 'completed_with_failures');
    await ledger.shrink();
    expect(await ledger.uploads()).toEqual([]);
    expect((await ledger.snapshot()).bytes.copying).toBe(0);
    expect((await ledger.item(0))?.outcome).toEqual({ code: 'not_found', reason: 'why' });
    expect(await ledger.reopen()).toBe(1);
    expect(await ledger.destinationIds([0])).toEqual(new Map([[0, 'd0']]));
  });

  it('logs its states with their cause, and the first failure for each reason', async () => {
    const ledger = await running([0, 1, 2, 3].map((ordinal) => aPlannedItem(ordinal)));
    const began = Date.now();
    for (const ordinal of [0, 1])
      await ledger.settle(aPlannedItem(ordinal), 'failed', { code: 'not_found', reason: `why ${ordinal}` });
    await ledger.settle(aPlannedItem(2), 'unverified', { destinationId: 'd2', code: 'no_checksum' });
    await ledger.settle(aPlannedItem(3), 'skipped', { code: 'already_there' });
    await ledger.park('waiting_quota', { resumeAt: 12_345 });
    await ledger.resume();
    await ledger.park('needs_reconnect', { side: 'source' });
    await ledger.resume({ by: { command: 'resume', sides: ['source'] } });
    await ledger.advance(['running'], 'pausing', { problem: { code: 'destination_storage_full', detail: 'Full.' } });
    await ledger.withdrawAccess('destination');
    await ledger.advance(['planning'], 'failed'); // the state differs: no effect
    const events = await ledger.events();
    expect(events.map(({ at: _at, ...event }) => event)).toEqual([
      { kind: 'state', state: 'planning', by: { command: 'create', sides: ['source', 'destination'] } },
      { kind: 'state', state: 'running' },
      { kind: 'reason', code: 'not_found' },
      { kind: 'reason', code: 'no_checksum' },
      { kind: 'state', state: 'waiting_quota', resumeAt: 12_345 },
      { kind: 'state', state: 'running' },
      { kind: 'state', state: 'needs_reconnect', side: 'source' },
      { kind: 'state', state: 'running', by: { command: 'resume', sides: ['source'] } },
      { kind: 'state', state: 'pausing', code: 'destination_storage_full', detail: 'Full.' },
      { kind: 'withdrawn', side: 'destination' },
    ]);
    const times = events.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect((await ledger.snapshot()).since).toBeGreaterThanOrEqual(began - 1);
  });

  it('returns the states that were not announced yet, and whether it was a preflight then', async () => {
    const ledger = await setup.open(anOrderOf({ held: true }));
    await ledger.park('needs_reconnect', { side: 'source' });
    await ledger.resume({ confirmed: ['source'] });
    await ledger.withdrawAccess('source');
    await ledger.resume({ confirmed: ['source'] });
    const asPreflight = ['planning', 'needs_reconnect', 'planning', 'needs_reconnect', 'planning'];
    await ledger.advance(['planning'], 'ready');
    await ledger.advance(['ready'], 'running');
    await ledger.noteStep('check');
    expect((await ledger.snapshot()).step).toBe('check');
    await ledger.park('waiting_quota', { resumeAt: 1 });
    expect((await ledger.snapshot()).step).toBeUndefined();
    const entries = await ledger.unannounced();
    expect(entries.map(({ state, held }) => [state, held])).toEqual([
      ...[...asPreflight, 'ready'].map((state) => [state, true]),
      ['running', false],
      ['waiting_quota', false],
    ]);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    await ledger.announced(entries.at(-2)!.id);
    await ledger.announced(entries[0]!.id); // later, by a slower process
    expect((await ledger.unannounced()).map(({ state }) => state)).toEqual(['waiting_quota']);
    await ledger.announced(entries.at(-1)!.id);
    expect(await ledger.unannounced()).toEqual([]);
    await ledger.resume();
    expect((await ledger.unannounced()).map(({ state }) => state)).toEqual(['running']);
  });

  it('keeps the newest of many events', async () => {
    const ledger = await running([aPlannedItem(0)]);
    for (let round = 0; round < EVENTS_KEPT / 2; round++) {
      await ledger.park('waiting_quota', { resumeAt: round });
      await ledger.resume();
    }
    const events = await ledger.events();
    expect(events).toHaveLength(EVENTS_KEPT);
    expect(events.at(-2)).toMatchObject({ state: 'waiting_quota', resumeAt: EVENTS_KEPT / 2 - 1 });
  });

  it('returns the relayed bytes of each item', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    for (const ordinal of [0, 1]) await ledger.begin(ordinal);
    await ledger.progress(1, 40);
    expect((await ledger.snapshot()).underWay).toEqual(new Map([[1, 40]]));
    await ledger.settle(aPlannedItem(1), 'verified', { destinationId: 'd1' });
    expect((await ledger.snapshot()).underWay).toEqual(new Map());
  });

  it('counts attempts up to 255', async () => {
    const ledger = await running([aPlannedItem(0)]);
    for (let attempt = 0; attempt < 257; attempt++) await ledger.begin(0, attempt % 100 === 0);
    expect((await ledger.item(0))?.attempts).toBe(255);
  });

  it('stores names separately', async () => {
    const ledger = await setup.open(anOrderOf());
    await ledger.name({ target: 'My Drive' });
    await ledger.name({ chosen: ['a', 'ä/"'] });
    expect(await ledger.snapshot()).toMatchObject({ names: ['a', 'ä/"'], targetName: 'My Drive' });
  });

  it('counts the outcome of an original once', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'd0' });
    await ledger.settleOriginal(0, 'trashed');
    await ledger.settleOriginal(0, 'kept', 'late');
    await ledger.settleOriginal(1, 'kept', 'not verified');
    expect((await ledger.snapshot()).originals).toEqual({ trashed: 1, kept: 1 });
    expect((await ledger.item(0))?.outcome).toEqual({ destinationId: 'd0', original: 'trashed' });
    expect((await ledger.item(1))?.outcome).toEqual({ original: 'kept', originalReason: 'not verified' });
    await ledger.settleOriginal(1, 'kept', 'another reason');
    expect((await ledger.item(1))?.outcome).toEqual({ original: 'kept', originalReason: 'not verified' });
    await ledger.settleOriginal(1, 'trashed'); // in a later run
    expect((await ledger.snapshot()).originals).toEqual({ trashed: 2, kept: 0 });
    expect((await ledger.item(1))?.outcome).toEqual({ original: 'trashed' });
  });

  it('updates a planned item to its current version', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.begin(0);
    await ledger.amend({ ...(await ledger.item(0))!, size: 250, checksums: { md5: 'new' } });
    expect(await ledger.item(0)).toMatchObject({ size: 250, checksums: { md5: 'new' }, state: 'copying', attempts: 1 });
    expect((await ledger.snapshot()).bytes.found).toBe(250);
    await ledger.settle(aPlannedItem(0), 'verified', { destinationId: 'd0' });
    await ledger.amend({ ...(await ledger.item(0))!, size: 300 }); // a second worker on the same item
    expect((await ledger.item(0))?.size).toBe(250);
  });

  it('stores shares from before they are created until they are removed', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.announceShare('item');
    expect(await ledger.shares()).toEqual([{ sourceId: 'item' }]);
    await ledger.recordShare('item', 'permission', 5);
    await ledger.announceShare('item');
    const share = { sourceId: 'item', permissionId: 'permission', madeAt: 5 };
    expect(await ledger.shares()).toEqual([share]);
    expect([await ledger.share('item'), await ledger.share('other')]).toEqual([share, undefined]);
    expect((await ledger.snapshot()).shares).toEqual({ open: 1, withdrawn: 0 });
    await ledger.forgetShare('item', true);
    expect((await ledger.snapshot()).shares).toEqual({ open: 0, withdrawn: 1 });
  });

  it('reports when its open shares expire, if all of them do', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.announceShare('one');
    expect((await ledger.snapshot()).shares).not.toHaveProperty('expiresAt');
    await ledger.recordShare('one', 'permission', 5, 1_000);
    await ledger.announceShare('two');
    await ledger.recordShare('two', 'permission', 6, 2_000);
    expect((await ledger.shares()).map(({ expiresAt }) => expiresAt).sort()).toEqual([1_000, 2_000]);
    expect((await ledger.snapshot()).shares).toEqual({ open: 2, withdrawn: 0, expiresAt: 2_000 });
    await ledger.announceShare('lasting');
    await ledger.recordShare('lasting', 'permission', 7);
    expect((await ledger.snapshot()).shares).toEqual({ open: 3, withdrawn: 0 });
    for (const item of ['one', 'two', 'lasting']) await ledger.forgetShare(item, true);
    expect((await ledger.snapshot()).shares).toEqual({ open: 0, withdrawn: 3 });
  });

  it('does not end a share that is already removed', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.recordShare('one', 'permission', 5, 1_000);
    await ledger.forgetShare('one', true);
    expect((await ledger.snapshot()).shares).toEqual({ open: 0, withdrawn: 1 });
  });

  it('withdraws the announcement of a refused share, but not of a created one', async () => {
    const ledger = await running([aPlannedItem(0)]);
    for (const item of ['refused', 'made']) await ledger.announceShare(item);
    await ledger.recordShare('made', 'permission', 5);
    for (const item of ['refused', 'made', 'never announced']) await ledger.retractShare(item);
    expect(await ledger.shares()).toEqual([{ sourceId: 'made', permissionId: 'permission', madeAt: 5 }]);
    expect((await ledger.snapshot()).shares).toEqual({ open: 1, withdrawn: 0 });
  });

  it('deletes the fallback of an item that is later copied by server-side copy', async () => {
    const ledger = await running([aPlannedItem(0), aPlannedItem(1)]);
    const fell = { destinationId: 'd', way: 'relay', fallback: 'sharing_refused' } as const;
    for (const ordinal of [0, 1]) await ledger.settle(aPlannedItem(ordinal), 'verified', fell);
    expect((await ledger.item(1))?.outcome.fallback).toBe('sharing_refused');
    await ledger.revise(aPlannedItem(0), 'verified', 'failed', { code: 'copy_missing' });
    expect((await ledger.item(0))?.outcome).toEqual({ code: 'copy_missing' });
    await ledger.reopenAs(aPlannedItem(1), 'e');
    expect((await ledger.item(1))?.outcome).toEqual({});
    await ledger.begin(1);
    await ledger.settle(aPlannedItem(1), 'verified', { destinationId: 'e', way: 'server_copy' });
    expect((await ledger.item(1))?.outcome).toEqual({ destinationId: 'e', way: 'server_copy' });
  });

  it('counts how often Google slowed it down, over all its runs', async () => {
    const ledger = await running([aPlannedItem(0)]);
    expect((await ledger.snapshot()).slowDowns).toBe(0);
    const [revision, began] = [await ledger.revision(), Math.floor(Date.now() / 1_000) * 1_000];
    await Promise.all([ledger.slowedDown(), ledger.slowedDown()]);
    expect(await ledger.snapshot()).toMatchObject({ slowDowns: 2, revision: revision + 2 });
    const { slowedAt } = await ledger.snapshot();
    expect(slowedAt).toHaveLength(2);
    for (const at of slowedAt) expect(at).toBeGreaterThanOrEqual(began);
    expect(slowedAt.every((at) => at % 1_000 === 0)).toBe(true);
    await ledger.settle(aPlannedItem(0), 'failed', { code: 'rate_limited' });
    await ledger.advance(['running'], 'completed_with_failures');
    await ledger.reopen();
    await ledger.advance(['completed_with_failures'], 'running');
    expect((await ledger.snapshot()).slowDowns).toBe(2);
  });

  it('keeps only the times of the last slow-downs', async () => {
    const ledger = await running([aPlannedItem(0)]);
    for (let times = 0; times < SLOW_DOWNS_KEPT + 5; times++) await ledger.slowedDown();
    const { slowDowns, slowedAt } = await ledger.snapshot();
    expect(slowDowns).toBe(SLOW_DOWNS_KEPT + 5);
    expect(slowedAt).toHaveLength(SLOW_DOWNS_KEPT);
  });

  it('has the last name that was set, and none after its removal', async () => {
    const ledger = await setup.open(anOrderOf());
    expect((await ledger.snapshot()).title).toBeUndefined();
    const before = await ledger.revision();
    await ledger.entitle('Büro 🌵');
    expect(await ledger.snapshot()).toMatchObject({ title: 'Büro 🌵', revision: before + 1 });
    await ledger.entitle(undefined);
    expect((await ledger.snapshot()).title).toBeUndefined();
  });

  it('knows who gets mails, and since when anybody does', async () => {
    const ledger = await setup.open(anOrderOf());
    expect([await ledger.notify(), (await ledger.snapshot()).notify]).toEqual([undefined, undefined]);
    const before = await ledger.revision();
    await ledger.setNotify({ mail: ['destination'], language: 'de' });
    const first = (await ledger.notify())!;
    expect(first).toEqual({ mail: ['destination'], language: 'de', since: expect.any(Number) as number });
    expect(await ledger.snapshot()).toMatchObject({ notify: first, revision: before + 1 });
    await ledger.setNotify({ mail: ['source', 'destination'], language: 'en' });
    expect(await ledger.notify()).toEqual({ mail: ['source', 'destination'], language: 'en', since: first.since });
    await ledger.advance(['planning'], 'running');
    expect((await ledger.unannounced()).at(-1)!.at).toBeGreaterThanOrEqual(first.since);
    await ledger.setNotify(undefined);
    expect([await ledger.notify(), (await ledger.snapshot()).notify]).toEqual([undefined, undefined]);
  });

  it('ends at the given moment, and keeps that conclusion until it is reopened', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.settle(aPlannedItem(0), 'failed', { code: 'not_found' });
    const { counts, undo, originals } = await ledger.snapshot();
    const conclusion: Conclusion = {
      format: 1,
      of: { finishedAt: 12_345, counts: { ...counts, checking: 0 }, undo, originals },
      arrived: { items: 0, bytes: 0, byKind: [], byFolder: [] },
      timeline: [{ step: 'copy', from: 1, to: 2 }],
      reportSha256: 'a'.repeat(64),
    };
    expect(await ledger.conclusion()).toBeUndefined();
    const before = await ledger.revision();
    await ledger.conclude(conclusion);
    expect(await ledger.revision()).toBe(before + 1);
    expect(await ledger.advance(['running'], 'completed_with_failures', { at: 12_345 })).toBe(true);
    expect(await ledger.snapshot()).toMatchObject({ finishedAt: 12_345, since: 12_345 });
    expect(await ledger.conclusion()).toEqual(conclusion);
    await ledger.advance(['completed_with_failures'], 'running');
    expect(await ledger.conclusion()).toBeUndefined();
  });

  it('records the steps of a state as events', async () => {
    const ledger = await running([aPlannedItem(0)]);
    await ledger.noteStep('check');
    expect((await ledger.events()).map(({ kind, state, step }) => [kind, state ?? step])).toEqual([
      ['state', 'planning'],
      ['state', 'running'],
      ['step', 'check'],
    ]);
  });

  describe('with sharing', () => {
    const sharing = {
      unmapped: 'keep',
      links: 'keep',
      owner: 'drop',
      outsiders: 'keep',
      notify: false,
      lines: 2,
    } as const;
    const permission = (address: string, more: Partial<DrivePermission> = {}): DrivePermission => ({
      id: `of ${address}`,
      grantee: { type: 'user', address },
      role: 'reader',
      ...more,
    });
    const grant = (address: string, outcome: AccessGrant['outcome'], more: Partial<AccessGrant> = {}): AccessGrant => {
      const grantee = { type: 'user', address } as const;
      return { grantee, role: 'writer', originals: [grantee], outcome, ...more };
    };
    const record = (ordinal: number, ...grants: AccessGrant[]): AccessRecord => ({ ordinal, copyId: 'copy', grants });

    it('keeps its people map', async () => {
      const people = [
        { line: 1, from: 'ana@old.example', to: 'ana@new.example' },
        { line: 4, from: '@old.example', to: null },
      ];
      const ledger = await setup.open(anOrderOf({ sharing }), people);
      expect(ledger.order.sharing).toEqual(sharing);
      expect(await ledger.people()).toEqual(people);
      await ledger.restartPlan();
      expect(await ledger.people()).toEqual(people);
      expect(await (await setup.open(anOrderOf())).people()).toEqual([]);
    });

    it('keeps the access of originals, across pages, in order, until the plan is restarted', async () => {
      const ledger = await setup.open(anOrderOf({ sharing }));
      const all: [number, SourceAccess][] = [
        [0, { permissions: [permission('ana@old.example', { role: 'owner' })], restrictions: {} }],
        [2, { permissions: [], restrictions: { isLimited: true } }],
        [PLAN_PAGE - 1, { restrictions: { lock: { reason: 'final' }, download: { readers: true, writers: false } } }],
        [
          PLAN_PAGE,
          { permissions: [permission('eva@x.example', { expiresAt: 5, isInherited: false })], restrictions: {} },
        ],
        [
          5 * PLAN_PAGE,
          {
            permissions: [{ id: 'anyone', grantee: { type: 'anyone' }, role: 'writer', isDiscoverable: true }],
            restrictions: {},
          },
        ],
      ];
      expect(await ledger.storeSourceAccess(new Map(all.slice(3)), 0)).toBe(true);
      expect(await ledger.storeSourceAccess(new Map(all.toReversed().slice(1)), 0)).toBe(true);
      const listed = (after: number, limit: number) => ledger.sourceAccess(after, limit);
      expect(await listed(-1, 10)).toEqual(all.map(([ordinal, access]) => ({ ordinal, access })));
      expect((await listed(2, 2)).map(({ ordinal }) => ordinal)).toEqual([PLAN_PAGE - 1, PLAN_PAGE]);
      expect(await listed(5 * PLAN_PAGE, 10)).toEqual([]);

      const [[ordinal], [, access]] = [all[0]!, all[1]!];
      expect(await ledger.storeSourceAccess(new Map([[ordinal, access]]), 0)).toBe(true);
      expect(await listed(-1, 1)).toEqual([{ ordinal, access }]);

      const plan = (await ledger.restartPlan())!;
      expect(await listed(-1, 10)).toEqual([]);
      expect(await ledger.storeSourceAccess(new Map(all), plan - 1)).toBe(false);
      await ledger.advance(['planning'], 'running');
      expect(await ledger.storeSourceAccess(new Map(all), plan)).toBe(false);
      expect(await listed(-1, 10)).toEqual([]);
    });

    it('counts permissions of copies by outcome and reason, as they change', async () => {
      const ledger = await setup.open(anOrderOf({ sharing }));
      const counts = async () => (await ledger.snapshot()).sharing;
      const none = { wanted: 0, waiting: 0, equal: 0, narrower: 0, wider: 0, reasons: {} };
      const restrictions = { waiting: 0, applied: 0, refused: 0, reasons: {} };
      expect(await counts()).toEqual({ ...none, restrictions });
      expect((await (await setup.open(anOrderOf())).snapshot()).sharing).toBeUndefined();

      const wanted = { isLimited: true, isClosedToCopying: true };
      const first: AccessRecord = {
        ...record(7, grant('a@x.example', 'waiting'), grant('b@x.example', 'waiting', { reduced: 'link_restricted' })),
        restrictions: { wanted, state: 'waiting' },
        before: [{ id: 'of c', role: 'reader' }],
      };
      const { revision } = await ledger.snapshot();
      await ledger.recordAccess(first);
      await ledger.recordAccess(first); // idempotent
      expect(await ledger.accessRecord(7)).toEqual(first);
      expect(await ledger.accessRecord(8)).toBeUndefined();
      expect(await counts()).toEqual({ ...none, wanted: 2, waiting: 2, restrictions: { ...restrictions, waiting: 2 } });
      expect((await ledger.snapshot()).revision).toBeGreaterThan(revision);

      const proved: AccessRecord = {
        ...record(
          7,
          grant('a@x.example', 'equal', { permissionId: 'of a', setRole: 'writer' }),
          grant('b@x.example', 'narrower', { code: 'license' }),
          grant('c@x.example', 'narrower', { code: 'license' }),
          grant('d@x.example', 'wider', { code: 'reverted' }),
        ),
        restrictions: { wanted, state: 'refused', refused: ['isLimited'], code: 'refused' },
      };
      await ledger.recordAccess(proved);
      expect(await ledger.accessRecord(7)).toEqual(proved);
      expect(await counts()).toEqual({
        ...{ wanted: 4, waiting: 0, equal: 1, narrower: 2, wider: 1, reasons: { license: 2, reverted: 1 } },
        restrictions: { waiting: 0, applied: 1, refused: 1, reasons: { refused: 1 } },
      });
      await ledger.recordAccess(record(7));
      expect(await counts()).toEqual({ ...none, restrictions });
    });

    it('lists records in order, optionally by outcome', async () => {
      const ledger = await setup.open(anOrderOf({ sharing }));
      const records = [
        record(0, grant('a@x.example', 'waiting')),
        record(3, grant('a@x.example', 'equal'), grant('b@x.example', 'narrower', { code: 'license' })),
        record(70_000, grant('a@x.example', 'equal')),
      ];
      for (const each of records.toReversed()) await ledger.recordAccess(each);
      expect(await ledger.accessRecords(-1, 10)).toEqual(records);
      expect(await ledger.accessRecords(0, 1)).toEqual([records[1]]);
      expect(await ledger.accessRecords(-1, 10, 'equal')).toEqual(records.slice(1));
      expect(await ledger.accessRecords(-1, 10, 'narrower')).toEqual([records[1]]);
      expect(await ledger.accessRecords(-1, 10, 'wider')).toEqual([]);
      await ledger.restartPlan();
      expect(await ledger.accessRecords(-1, 10)).toEqual([]);
      expect((await ledger.snapshot()).sharing).toMatchObject({ wanted: 0, equal: 0, narrower: 0, reasons: {} });
    });

    it('stores the list of who can open the copies, replaces an earlier one, and accepts only the newest plan', async () => {
      const rows = (count: number): AccessRow[] =>
        Array.from({ length: count }, (_, index) => ({
          grantee: { type: 'user', address: `p${index}@old.example` },
          becomes: index % 2 === 0 ? null : { type: 'user', address: `p${index}@new.example` },
          line: 1,
          now: { reader: index + 1 },
          after: {},
          change: 'loses',
          reasons: [{ code: 'map_nobody', items: 1 }],
        }));
      const ledger = await setup.open(anOrderOf());
      const plan = (await ledger.restartPlan())!;
      expect(await ledger.accessTable(0, 10)).toEqual([]);
      expect(await ledger.storeAccessTable(rows(3_100), plan)).toBe(true);
      expect(await ledger.storeAccessTable(rows(2_500), plan)).toBe(true);
      expect(await ledger.accessTable(0, 3_000)).toEqual(rows(2_500));
      expect(await ledger.accessTable(990, 20)).toEqual(rows(1_010).slice(990));
      expect(await ledger.accessTable(2_499, 20)).toEqual(rows(2_500).slice(2_499));
      expect(await ledger.accessTable(2_500, 20)).toEqual([]);
      const next = (await ledger.restartPlan())!;
      expect(await ledger.accessTable(0, 10)).toEqual([]);
      expect(await ledger.storeAccessTable(rows(1), plan)).toBe(false);
      expect(await ledger.storeAccessTable(rows(1), next)).toBe(true);
      await ledger.completePlan(next);
      expect(await ledger.storeAccessTable(rows(2), next)).toBe(false);
      expect(await ledger.accessTable(0, 10)).toEqual(rows(1));
    });
  });

  describe('with links', () => {
    const link = (outcome: LinkRecord['outcome'], more: Partial<LinkRecord> = {}): LinkRecord => ({
      place: { holder: 'text', part: 'body', container: 'Tab 1', label: 'budget' },
      text: 'https://docs.google.com/document/d/1original/edit',
      outcome,
      ...more,
    });
    const record = (ordinal: number, links: LinkRecord[], more: Partial<DocumentRecord> = {}): DocumentRecord => ({
      ...{ ordinal, copyId: `copy-${ordinal}`, kind: 'document', state: 'done', links },
      ...more,
    });

    it('counts links by outcome and reason, and documents, as they change', async () => {
      const ledger = await setup.open(anOrderOf({ links: 'rewrite' }));
      const counts = async () => (await ledger.snapshot()).links;
      const none = { found: 0, waiting: 0, rewritten: 0, outside: 0, unsupported: 0, failed: 0, reasons: {} };
      expect(await counts()).toEqual({ ...none, documents: { read: 0, unread: {}, apiOff: {} } });
      expect((await (await setup.open(anOrderOf())).snapshot()).links).toBeUndefined();

      const id = '1original';
      const planned = record(7, [link('waiting', { id, newText: 'new' }), link('outside', { id })], {
        state: 'writing',
        modifiedTime: '2024-05-06T07:08:09.000Z',
      });
      const { revision } = await ledger.snapshot();
      await ledger.recordLinks(planned);
      await ledger.recordLinks(planned); // idempotent
      expect(await ledger.linkRecord(7)).toEqual(planned);
      expect(await ledger.linkRecord(8)).toBeUndefined();
      expect(await counts()).toEqual({
        ...{ ...none, found: 2, waiting: 1, outside: 1 },
        documents: { read: 1, unread: {}, apiOff: {} },
      });
      expect((await ledger.snapshot()).revision).toBeGreaterThan(revision);

      const proved = record(7, [
        link('rewritten', { id, newText: 'new', needsConsent: true }),
        link('unsupported', { id, code: 'linked_chart' }),
        link('unsupported', { code: 'published' }),
        link('failed', { id, newText: 'new', code: 'not_changed' }),
        link('failed', { id, newText: 'new', code: 'not_changed' }),
        link('outside', { id }),
      ]);
      await ledger.recordLinks(proved);
      await ledger.recordLinks(record(9, [], { state: 'unread', code: 'api_off', kind: 'form' }));
      await ledger.recordLinks(record(10, [], { state: 'unread', code: 'too_large' }));
      expect(await ledger.linkRecord(7)).toEqual(proved);
      expect(await counts()).toEqual({
        ...{ found: 6, waiting: 0, rewritten: 1, outside: 1, unsupported: 2, failed: 2 },
        reasons: { linked_chart: 1, published: 1, not_changed: 2 },
        documents: { read: 1, unread: { api_off: 1, too_large: 1 }, apiOff: { form: 1 } },
      });
      await ledger.recordLinks(record(9, []));
      await ledger.recordLinks(record(7, []));
      expect(await counts()).toEqual({ ...none, documents: { read: 2, unread: { too_large: 1 }, apiOff: {} } });
    });

    it('lists records in order, optionally by outcome', async () => {
      const ledger = await setup.open(anOrderOf({ links: 'report' }));
      const records = [
        record(0, [link('waiting')]),
        record(2, []),
        record(3, [link('waiting'), link('failed', { code: 'edited_since' })]),
        record(5, [], { state: 'unread', code: 'document_missing' }),
        record(70_000, [link('outside')]),
      ];
      for (const each of records.toReversed()) await ledger.recordLinks(each);
      expect(await ledger.linkRecords(-1, 10)).toEqual(records);
      expect(await ledger.linkRecords(2, 2)).toEqual(records.slice(2, 4));
      expect(await ledger.linkRecords(-1, 10, 'waiting')).toEqual([records[0], records[2]]);
      expect(await ledger.linkRecords(0, 10, 'failed')).toEqual([records[2]]);
      expect(await ledger.linkRecords(-1, 10, 'unread')).toEqual([records[3]]);
      expect(await ledger.linkRecords(-1, 10, 'outside')).toEqual([records[4]]);
      expect(await ledger.linkRecords(-1, 10, 'rewritten')).toEqual([]);
      await ledger.recordLinks(record(3, [link('waiting')]));
      expect(await ledger.linkRecords(-1, 10, 'failed')).toEqual([]);
      await ledger.restartPlan();
      expect(await ledger.linkRecords(-1, 10)).toEqual([]);
      expect((await ledger.snapshot()).links).toMatchObject({
        found: 0,
        documents: { read: 0, unread: {}, apiOff: {} },
      });
    });

    it('keeps documents with thousands of links', async () => {
      const ledger = await setup.open(anOrderOf({ links: 'rewrite' }));
      const many = Array.from({ length: 5_000 }, (_, index) => {
        const [id, copy] = [createHash('sha256'), createHash('sha512')].map((hash) =>
          hash.update(String(index)).digest('base64url').slice(0, 44),
        );
        const [text, newText] = [id, copy].map((each) => `https://drive.google.com/file/d/${each}/view?usp=sharing`);
        return link('rewritten', { id: id!, text: text!, newText: newText! });
      });
      const all = [0, 1, 2, 3].map((ordinal) => record(ordinal, many));
      for (const each of all) await ledger.recordLinks(each);
      const listed: DocumentRecord[] = [];
      for await (const each of new Ahead((after) => ledger.linkRecords(after, PLAN_PAGE))) listed.push(each);
      expect(listed).toEqual(all);
      expect((await ledger.snapshot()).links).toMatchObject({ found: 20_000, rewritten: 20_000 });
    });
  });

  it('lists the shares of all transfers with an account, from before they are created until they are removed', async () => {
    const email = 'Dora-of-shares@example.com';
    const destination = { sub: 'dora', email };
    const order = { ...anOrderOf(), destination: { ...anOrderOf().destination, ...destination } };
    const [one, other] = [await setup.open(order), await setup.open({ ...order, id: `${order.id}-other` })];
    const asked = await setup.open({ ...anOrderOf(), id: `${order.id}-asked` });
    const listed = async () => Object.fromEntries(await asked.sharesWith(email.toLowerCase()));
    await one.announceShare('item');
    await other.announceShare('item');
    await one.recordShare('item', 'permission', 5, 1_000);
    await one.announceShare('item');
    await one.announceShare('refused');
    expect(await listed()).toEqual({
      [`${order.id}:item`]: { sourceId: 'item', permissionId: 'permission', madeAt: 5, expiresAt: 1_000 },
      [`${order.id}-other:item`]: { sourceId: 'item' },
      [`${order.id}:refused`]: { sourceId: 'refused' },
    });
    await one.retractShare('refused');
    await one.retractShare('item');
    expect(await one.isLastUser('item')).toBe(false);
    await one.forgetShare('item', false);
    expect(await listed()).toEqual({ [`${order.id}-other:item`]: { sourceId: 'item' } });
    expect((await asked.sharesWith('nobody@example.com')).size).toBe(0);
    await other.forgetShare('item', true);
    expect(await listed()).toEqual({});
  });

  it('reports the last transfer that uses a share', async () => {
    const order = anOrderOf();
    const [one, other] = [await setup.open(order), await setup.open({ ...order, id: `${order.id}-other` })];
    await one.announceShare('item');
    expect(await one.sharedByOthers('item')).toBe(false);
    await other.announceShare('item');
    expect(await one.sharedByOthers('item')).toBe(true);
    expect(await one.isLastUser('item')).toBe(false);
    expect(await other.isLastUser('item')).toBe(true);
  });
});
