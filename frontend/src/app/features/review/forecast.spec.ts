import { aPreflight } from '../../../testing/builders';
import { de } from '../../texts/de';
import { checkLabels } from './check-labels';
import { estimateLabel, Forecast, forecastOf, headingOf, leadOf, movableOf, resultOf } from './forecast';

const MINUTE_MS = 60_000;
const problem = (code: string, count: number) => ({ code, count, title: code, advice: '', sentence: '' }) as never;
const MIXED = aPreflight({
  counts: {
    found: 100,
    bytes: 2048,
    folders: 3,
    convertible: { items: 4, bytes: 10 },
    ways: { none: { items: 15, bytes: 0 } },
  },
  conflicts: { skipped: 7, replaced: 0, merged: 0 },
  problems: [problem('shortcut_skipped', 2)],
  filteredOut: 6,
});

const sum = ({ copied, impossible, undecided, alreadyThere, shortcuts }: Forecast) =>
  copied + impossible + undecided + alreadyThere + shortcuts;

it('forecasts every item once: copied, impossible, undecided, already there or left out', () => {
  const forecast = forecastOf(MIXED);
  const parts = { copied: 78, impossible: 9, undecided: 4, alreadyThere: 7, shortcuts: 2 };
  expect(forecast).toEqual({ found: 100, ...parts, filteredOut: 6 });
  expect(sum(forecast)).toBe(forecast.found);
});

it('does not count folders that the filter leaves empty as found', () => {
  const filtered = aPreflight({
    counts: { ...MIXED.counts, folders: 33, ways: { ...MIXED.counts.ways, none: { items: 45, bytes: 0 } } },
    problems: [...MIXED.problems, problem('filtered_empty', 30)],
    conflicts: MIXED.conflicts,
    filteredOut: 6,
  });
  const forecast = forecastOf(filtered);
  const parts = { copied: 48, impossible: 9, undecided: 4, alreadyThere: 7, shortcuts: 2 };
  expect(forecast).toEqual({ found: 70, ...parts, filteredOut: 36 });
  expect(sum(forecast)).toBe(forecast.found);
  expect(leadOf(filtered)).toMatch(/in 3 folders.*The filter left out 36 items\./);
});

it('counts no more originals as moved than items that are copied', () => {
  expect(movableOf(aPreflight({ counts: { ...MIXED.counts, movable: 85 }, conflicts: MIXED.conflicts }))).toBe(78);
  expect(movableOf(aPreflight({ counts: { ...MIXED.counts, movable: 40 }, conflicts: MIXED.conflicts }))).toBe(40);
});

it('counts what conversion makes possible as copied once it is allowed', () => {
  const allowed = aPreflight({
    ...MIXED,
    counts: { ...MIXED.counts, ways: { ...MIXED.counts.ways, none: { items: 11, bytes: 0 } } },
    options: { allowConversion: true },
  });
  const forecast = forecastOf(allowed);
  expect(forecast.undecided).toBe(0);
  expect(forecast.copied).toBe(82);
  expect(sum(forecast)).toBe(forecast.found);
});

it.each([
  [undefined, true, 'This count no longer exists'],
  [aPreflight({ state: 'counting' }), false, 'Counting what will be copied'],
  [aPreflight({ counts: { found: 0 } }), false, 'Nothing was found'],
  [MIXED, false, '78 of 100 items can be copied'],
])('sums up the count in one line (%#)', (preflight, gone, heading) => {
  expect(headingOf(preflight, gone)).toBe(heading);
});

it('states the age of the count and everything that will not be copied', () => {
  const now = Date.parse(MIXED.countedAt ?? '') + 16 * MINUTE_MS;
  expect(leadOf(MIXED, now)).toMatch(/16 minutes ago.*2 KB in 3 folders.*9 .*4 .*7 .*2 .*6 /);
  expect(leadOf({ ...MIXED, targetsUnasked: 12 }, now)).toMatch(/: 12 were not checked\./);
  expect(leadOf({ ...MIXED, targetsUnasked: 1 }, now)).toMatch(/: 1 was not checked\./);
  expect(leadOf({ ...MIXED, rightsUnasked: 12 }, now)).toMatch(/: 12 were not checked, and may be copied after all\./);
  expect(leadOf(aPreflight({ state: 'counting' }), now)).toBe('');
});

it('says in German about one or more what is left out or was not checked', () => {
  const { lead, problems } = de.review;
  expect(lead.unasked(1)).toContain(': 1 wurde nicht geprüft.');
  expect(lead.unasked(12)).toContain(': 12 wurden nicht geprüft.');
  expect(lead.unaskedRights(1)).toContain(': 1 wurde nicht geprüft und wird vielleicht doch kopiert.');
  const { short } = problems.reasons.filtered_empty!;
  expect(short(1)).toBe('1 Ordner, aus dem der Filter alles auslässt');
  expect(short(2)).toBe('2 Ordner, aus denen der Filter alles auslässt');
});

it('has another result if other targets of shortcuts, or other rights, were not checked', () => {
  expect(resultOf({ ...MIXED, rightsUnasked: 1 })).not.toEqual(resultOf(MIXED));
  expect(resultOf({ ...MIXED, targetsUnasked: 1 })).not.toEqual(resultOf(MIXED));
  expect(resultOf({ ...MIXED, targetsUnasked: 0 })).toEqual(resultOf(MIXED));
});

it('rounds an estimate to its precision', () => {
  const estimate = { basis: 'measured', seconds: 3_661, itemsPerSecond: 1.94, bytesPerSecond: 1 } as const;
  expect(estimateLabel(estimate)?.time).toBe('1 h 1 min');
  expect(estimateLabel({ ...estimate, seconds: 0 })?.time).toBe('1 s');
  expect(estimateLabel(estimate)?.basis).toContain('1.9');
  expect(estimateLabel(estimate)?.parts).toBe('');
  expect(estimateLabel(null)).toBeUndefined();
});

it('states what access and links add to the copies', () => {
  const estimate = { basis: 'documented', seconds: 6_300, itemsPerSecond: 2, bytesPerSecond: 1 } as const;
  const label = estimateLabel({ ...estimate, accessSeconds: 660, linksSeconds: 840 });
  expect(label?.time).toBe('2 h 10 min');
  expect(label?.parts).toBe('Copies 1 h 45 min, access 11 min, links 14 min.');
});

it('states sizes of the daily limit in units of 1,000, as Google does, and sizes of storage in units of 1,024', () => {
  const plan = aPreflight({
    daily: { needed: 751e9, moved: 20e9, limit: 750e9 },
    space: { ...aPreflight().space!, needed: 15 * 1024 ** 3, free: 30 * 1024 ** 3 },
  });
  const text = (code: string) => checkLabels(plan).find((check) => check.code === code)?.text;
  expect(text('daily_limit_fits')).toMatch(/^751 GB of the 750 GB .* transferred 20 GB into/);
  expect(text('space_fits')).toBe('Needs 15 GB, 30 GB free.');
});

it('states how many days of Google units a transfer needs, and what is left today', () => {
  const text = (ok: boolean, used: number, days: number) => {
    const dailyUnits = { limit: 10_000, used, needed: 9_400, days, endsAt: '2026-11-25T08:00:00Z' };
    const checks = [{ code: 'daily_units_fit', ok, blocking: false, sentence: '' }] as const;
    const [label] = checkLabels(aPreflight({ dailyUnits, checks: [...checks] }));
    return `${label!.kind}: ${label!.text}`;
  };
  expect(text(true, 0, 1)).toBe(
    'ok: Needs about 9,400; 10,000 of today’s 10,000 are left for all transfers of this server.',
  );
  expect(text(false, 10_010, 2)).toMatch(/^info: Needs about 9,400, but 0 of today’s 10,000 .* takes 2 days\.$/);
});

it('combines depth and size of folders if both pass, and shows room only where it is missing', () => {
  const codes = (preflight = aPreflight()) => checkLabels(preflight).map(({ code, kind }) => `${code} ${kind}`);
  expect(codes()).toEqual(['target_writable ok', 'space_fits ok', 'daily_limit_fits ok', 'depth_fits ok']);
  const checks = aPreflight().checks.map((check) => ({
    ...check,
    ok: !['folder_size_fits', 'redis_room', 'daily_limit_fits'].includes(check.code),
  }));
  expect(codes(aPreflight({ checks }))).toEqual([
    'target_writable ok',
    'space_fits ok',
    'daily_limit_fits info',
    'depth_fits ok',
    'folder_size_fits bad',
    'redis_room bad',
  ]);
});
