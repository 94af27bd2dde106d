import { aPlan as aPlanAtAnyTime } from '../../test/support/builders.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { PlanFacts } from '../engine/model/plan-facts.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { blockersOf, checksOf } from './preflight-verdict.js';
import { estimateOf, preflightView } from './preflight-view.js';
import { viewOf } from './transfer-view.js';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const GB = 1000 ** 3;

const aPlan = (more: Partial<PlanFacts> = {}) => aPlanAtAnyTime({ plannedAt: NOW, ...more });

const anOrder = (more: Partial<TransferOrder> = {}): TransferOrder => ({
  id: 'p',
  mode: 'copy',
  conflict: 'keepBoth',
  shortcuts: 'rebuild',
  allowConversion: false,
  held: true,
  sourceIds: ['a'],
  target: { folderId: 'root' },
  source: { sub: 's', email: 'ana@example.com', name: 'Ana', readOnly: false, credentialId: 'g' },
  destination: { sub: 'd', email: 'ben@example.com', name: 'Ben', readOnly: false, credentialId: 'h' },
  createdAt: NOW - 60_000,
  ...more,
});

const aSnapshot = (more: Partial<TransferSnapshot> = {}): TransferSnapshot => ({
  state: 'ready',
  revision: 3,
  found: 10,
  counts: { waiting: 10, copying: 0, verified: 0, unverified: 0, skipped: 0, failed: 0 },
  bytes: { found: 0, verified: 0, copying: 0 },
  originals: { trashed: 0, kept: 0 },
  ways: { server_copy: 0, relay: 0, export: 0, created: 0, merged: 0 },
  verification: { checksum: 0, presence: 0 },
  failures: {},
  unverified: {},
  skips: {},
  plan: aPlan(),
  undo: { trashed: 0, left: 0, restored: 0 },
  shares: { open: 0, withdrawn: 0 },
  slowDowns: 0,
  activeMs: 0,
  usage: {},
  slowedAt: [],
  rate: { itemsPerSecond: 0, bytesPerSecond: 0 },
  unconfirmed: [],
  withdrawn: {},
  names: ['A'],
  targetName: 'Inbox',
  ...more,
});

const view = (more: Partial<TransferSnapshot> = {}, known = {}, order = anOrder()) =>
  preflightView({ order }, aSnapshot(more), known, NOW);
const blockers = (more: Partial<TransferSnapshot>, order = anOrder()) =>
  blockersOf(checksOf({ order, snapshot: aSnapshot(more) })).map(({ code }) => code);
const check = (code: string, ...args: Parameters<typeof view>) =>
  view(...args).checks.find((each) => each.code === code);

it('names the new folder in the check of the destination', () => {
  const into = (target: TransferOrder['target']) =>
    check('target_writable', {}, {}, { ...anOrder(), target })?.sentence;
  expect(into({ folderId: 'inbox' })).toBe('You can add items to “Inbox”.');
  expect(into({ folderId: 'inbox', newFolderName: 'From Ana' })).toBe(
    'You can add items to “Inbox”. The copies go to a new folder in it, “From Ana”.',
  );
});

describe('the units', () => {
  const plan = aPlan({ units: { counting: 500, run: 9_500 } });

  it('of the run are estimated without those of the count', () => {
    expect(view({ plan }).estimate?.units).toBe(9_500);
  });

  const today = (used: number, limit = 10_000) => ({ unitsToday: { limit, used, endsAt: NOW + 3_600_000 } });

  it('of today must suffice, or the transfer takes the units of further days', () => {
    const of = (used: number, limit?: number) => {
      const { dailyUnits, estimate } = view({ plan }, today(used, limit));
      const { ok, blocking, sentence } = check('daily_units_fit', { plan }, today(used, limit))!;
      expect(blocking).toBe(false);
      return { days: dailyUnits?.days, seconds: estimate?.seconds, ok, sentence };
    };
    expect(of(500)).toEqual({
      ...{ days: 1, seconds: 0, ok: true },
      sentence:
        'About 9500 of Google’s quota units are needed; 9500 of today’s 10000 are left for all transfers of this server.',
    });
    expect(of(501)).toEqual({
      ...{ days: 2, seconds: 3_600, ok: false },
      sentence:
        'About 9500 of Google’s quota units are needed, but 9499 of today’s 10000 are left for all transfers of this server: the transfer will wait and resume automatically. It needs the units of 2 days.',
    });
    expect(of(1_200, 1_000)).toMatchObject({ days: 11, seconds: 3_600 + 9 * 86_400, ok: false });
    expect(of(1_000, 1_000).sentence).toContain('but 0 of today’s 1000 are left');
    expect(view({ plan }, today(501)).dailyUnits).toEqual({
      ...{ limit: 10_000, used: 501, needed: 9_500, days: 2, endsAt: '2026-06-01T13:00:00.000Z' },
    });
  });

  it('are not checked without a limit, before the count is complete, or in a count of an earlier version', () => {
    for (const preflight of [
      view({ plan }),
      view({ plan, state: 'planning' }, today(0)),
      view({ plan: aPlan() }, today(0)),
      view({ plan, state: 'running', startedAt: NOW }, today(0)),
    ]) {
      expect(preflight).not.toHaveProperty('dailyUnits');
      expect(preflight.checks.map(({ code }) => code)).not.toContain('daily_units_fit');
    }
  });

  it('of a transfer are forecast for its count and first run', () => {
    const usage = { list: 5, edit: 2, received: 90 };
    expect(viewOf(anOrder(), aSnapshot({ state: 'running', plan, usage })).usage).toEqual({
      ...{ requests: 7, units: 600, forecast: 10_000, bytesIn: 90, bytesOut: 0 },
      byClass: [
        { class: 'list', requests: 5, units: 500 },
        { class: 'edit', requests: 2, units: 100 },
      ],
    });
    const delta = { added: 1, changed: 0, renamed: 0, left: 0, unchanged: 0, at: NOW };
    for (const later of [{ state: 'updating' }, { state: 'undoing' }, { state: 'running', delta }] as const)
      expect(viewOf(anOrder(), aSnapshot({ ...later, plan })).usage).not.toHaveProperty('forecast');
  });
});

describe('the estimate', () => {
  it('uses the items and Drive’s sustained rate, or the rate of an earlier transfer', () => {
    const plan = aPlan({ forecast: { server_copy: { items: 90, bytes: 9 }, created: { items: 10, bytes: 0 } } });
    expect(estimateOf(plan)).toEqual({
      seconds: 50,
      basis: 'documented',
      itemsPerSecond: 2,
      bytesPerSecond: 20_000_000,
    });
    expect(estimateOf(plan, 10)).toMatchObject({ seconds: 10, basis: 'measured', itemsPerSecond: 10 });
  });

  it('excludes items that are skipped or exist already', () => {
    const plan = aPlan({
      forecast: { server_copy: { items: 10, bytes: 0 }, created: { items: 2, bytes: 0 } },
      conflicts: { skipped: 6, replaced: 1, merged: 2 },
    });
    expect(estimateOf(plan).seconds).toBe(2);
  });

  it('uses the bytes if a few large files are streamed', () => {
    expect(estimateOf(aPlan({ forecast: { relay: { items: 1, bytes: 200_000_000 } } })).seconds).toBe(10);
  });

  it('is spread over days by Google’s 750 GB a day', () => {
    const forecast = (bytes: number) => aPlan({ forecast: { server_copy: { items: 1, bytes } } });
    expect(estimateOf(forecast(750 * GB))).not.toHaveProperty('days');
    expect(estimateOf(forecast(750 * GB + 1))).toMatchObject({ days: 2, seconds: 86_400 });
    expect(estimateOf(forecast(2_000 * GB))).toMatchObject({ days: 3, seconds: 2 * 86_400 });
  });
});

it('is stale 15 minutes after counting, and kept for an hour', () => {
  const counted = (minutesAgo: number) => view({ plan: aPlan({ plannedAt: NOW - minutesAgo * 60_000 }) });
  expect(counted(14).stale).toBe(false);
  expect(counted(16)).toMatchObject({ stale: true, expiresAt: '2026-06-01T12:44:00.000Z' });
});

it('stays in the state counting while it waits for an account, and names it', () => {
  const { plan: _plan, targetName: _targetName, ...early } = aSnapshot();
  const parked = preflightView(
    { order: anOrder() },
    { ...early, state: 'needs_reconnect', parked: { side: 'source', since: NOW } },
    {},
    NOW,
  );
  expect(parked).toMatchObject({
    state: 'counting',
    parked: { account: 'ana@example.com' },
    estimate: null,
    checks: [],
  });
});

it('finds a folder larger than Google allows', () => {
  const largestFolder = (children: number) => ({ plan: aPlan({ largestFolder: { path: 'A/Scans', children } }) });
  expect(check('folder_size_fits', largestFolder(500_000))).toMatchObject({ ok: true });
  expect(check('folder_size_fits', largestFolder(500_001))).toMatchObject({
    ok: false,
    blocking: true,
    sentence: expect.stringContaining('A/Scans'),
  });
});

describe('what the target already contains', () => {
  const tallied = { folders: 0, foreign: 0, movable: 0, convertible: { items: 0, bytes: 0 }, top: 10 };
  const forecast = { server_copy: { items: 900, bytes: 0 }, created: { items: 100, bytes: 0 } };
  const holding = (holds: NonNullable<PlanFacts['holds']>) => ({ plan: aPlan({ tallied, forecast, holds }) });
  const counted = (items: number, isMore = false) => ({ items, isMore });

  it.each([
    ['target_size_fits', 'folder', 499_990],
    ['shared_drive_size_fits', 'drive', 499_000],
  ] as const)('%s: fits up to Google’s limit', (code, where, most) => {
    expect(check(code, holding({ [where]: counted(most) }))).toMatchObject({ ok: true });
    const over = holding({ [where]: counted(most + 1) });
    expect(check(code, over)).toMatchObject({ ok: false, blocking: true });
    expect(check(code, over)?.sentence).toContain(`${most + 1} items`);
    // Replaced items take no extra place, so it may fit nevertheless.
    expect(check(code, over, {}, anOrder({ conflict: 'replace' }))).toMatchObject({ ok: false, blocking: false });
    expect(check(code)).toBeUndefined();
  });

  it('counts a new folder as one, and in the shared drive as one more', () => {
    const order = anOrder({ target: { folderId: 'root', newFolderName: 'From Ana' } });
    const full = (folder: number, drive: number) => holding({ folder: counted(folder), drive: counted(drive) });
    expect(blockers(full(499_999, 498_999), order)).toEqual([]);
    expect(blockers(full(500_000, 499_000), order)).toEqual(['target_size_fits', 'shared_drive_size_fits']);
  });

  it('reports when it was not counted completely, and blocks nothing', () => {
    const cut = holding({ folder: counted(20_000, true) });
    expect(check('target_size_fits', cut)).toMatchObject({ ok: false, blocking: false });
    expect(check('target_size_fits', cut)?.sentence).toContain('more than 20000 items');
    expect(view(cut).holds).toEqual({ folder: { items: 20_000, isMore: true }, limit: 500_000 });
    expect(view({ ...cut, state: 'planning' })).not.toHaveProperty('holds');
  });
});

it('blocks if Redis has no room left', () => {
  expect(check('redis_room', {}, { room: 1 })).toMatchObject({ ok: true });
  expect(check('redis_room', {}, { room: 0 })).toMatchObject({ ok: false, blocking: true });
  const problem = { code: 'plan_too_large', detail: 'After 5 items there is no memory left.' } as const;
  expect(check('redis_room', { state: 'failed', problem })).toMatchObject({ ok: false, sentence: problem.detail });
});

it('reports how much of Google’s daily limit is used, and only warns about more than a day’s bytes', () => {
  const plan = (bytes: number) => ({ plan: aPlan({ forecast: { relay: { items: 1, bytes } } }) });
  expect(view(plan(5 * GB), { movedToday: 7 * GB }).daily).toEqual({ limit: 750 * GB, moved: 7 * GB, needed: 5 * GB });
  expect(check('daily_limit_fits', plan(743 * GB), { movedToday: 7 * GB })).toMatchObject({ ok: true });
  expect(check('daily_limit_fits', plan(744 * GB), { movedToday: 7 * GB })).toMatchObject({
    ok: false,
    blocking: false,
    sentence: expect.stringContaining('resume automatically'),
  });
  // In decimal gigabytes like the limit; otherwise 751 GB would be shown as less than 750.
  expect(check('daily_limit_fits', plan(751 * GB), {})!.sentence).toContain('751.0 GB do not fit in the 750 GB');
  expect(view({ ...plan(5 * GB), state: 'planning' }).daily).toBeNull();
});

it('reports what belongs to others, and blocks nothing', () => {
  const tallied = { folders: 2, foreign: 3, movable: 4, convertible: { items: 1, bytes: 9 } };
  const counted = { plan: aPlan({ tallied, forecast: { server_copy: { items: 5, bytes: 0 } } }) };
  expect(view(counted).counts).toMatchObject({ ...tallied, shares: 1 });
  expect(check('owned_by_others', counted)).toMatchObject({ ok: false, blocking: false });
  expect(check('owned_by_others', counted, {}, anOrder({ mode: 'move' }))?.sentence).toContain('originals are kept');
  expect(check('owned_by_others')).toBeUndefined();
  expect(blockers(counted)).toEqual([]);
});

it('reports what is known about space', () => {
  const forecast = { server_copy: { items: 1, bytes: 50 }, none: { items: 1, bytes: 900 } };
  const space = (limit: number | null) => ({ plan: aPlan({ forecast, space: { limit, used: 60 } }) });
  expect(view(space(100)).space).toEqual({ limit: 100, used: 60, free: 40, needed: 50, fits: false });
  expect(view(space(110)).space).toMatchObject({ free: 50, fits: true });
  expect(view(space(null)).space).toMatchObject({ free: null, fits: true });
  expect(view({ plan: aPlan({ forecast }) }).space).toBeNull();
  expect(check('space_fits', space(100))).toMatchObject({ ok: false, blocking: true });
  const order = anOrder({ conflict: 'replace' });
  expect(check('space_fits', space(100), {}, order)).toMatchObject({ ok: false, blocking: false });
});
