import { expect } from '@jest/globals';
import { ANA, ARCHIVE, minutesAgo, NO_SHARING } from '../answers.ts';
import { expectDialogInShape, expectInSight, onPhone, placeOf } from '../geometry.ts';
import type { Check, ForeseenProblem, ForeseenProblems, PreflightCounts, Preflight } from '../../../src/app/api/models';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { problem, silence, stream, type Script } from '../stage.ts';

const GB = 1024 ** 3;
const check = (code: Check['code'], parts: Partial<Check> = {}): Check => ({
  code,
  ok: true,
  blocking: true,
  sentence: 'As it should be.',
  ...parts,
});

type PreflightParts = Partial<Omit<Preflight, 'counts' | 'options'>> & {
  counts?: Partial<PreflightCounts>;
  options?: Partial<Preflight['options']>;
};

/** The count of the design: 12,517 items, of which 33 cannot be copied and 4 only with loss. */
export function aPreflight({ counts, options, ...parts }: PreflightParts = {}): Preflight {
  return {
    id: 'pre1',
    state: 'ready',
    mode: 'copy',
    options: { conflict: 'keepBoth', shortcuts: 'rebuild', allowConversion: false, ...options },
    createdAt: minutesAgo(3),
    countedAt: minutesAgo(2),
    expiresAt: minutesAgo(-58),
    source: ANA,
    destination: ARCHIVE,
    target: { folderId: 'archive', folderName: 'Archive', newFolderName: 'From Ana Ruiz, 24 Nov 2026' },
    selection: { count: 7, names: ['Board decks', 'Brand', 'Contracts', 'Finance', 'Offsite'] },
    problems: [
      reason('source_permission_denied', 17),
      reason('not_copyable', 12),
      reason('shortcut_dangling', 4),
      reason('conversion_needed', 4),
    ],
    changedMeanwhile: { added: 0, removed: 0 },
    filteredOut: 0,
    conflicts: { skipped: 0, replaced: 0, merged: 0 },
    depth: { deepest: 9, limit: 100 },
    folderSize: { largest: { path: 'Scans', children: 2114 }, limit: 500_000 },
    space: { limit: 2048 * GB, used: 614 * GB, free: 1434 * GB, needed: Math.round(184.2 * GB), fits: true },
    daily: { limit: 750e9, moved: 0, needed: Math.round(184.2 * GB) },
    estimate: { basis: 'documented', seconds: 6300, itemsPerSecond: 2, bytesPerSecond: 20_000_000, units: 1_912_400 },
    checks: [
      check('space_fits'),
      check('daily_limit_fits', { blocking: false }),
      check('depth_fits'),
      check('folder_size_fits'),
      check('redis_room'),
      check('owned_by_others', { ok: false, blocking: false }),
    ],
    lossy: 0,
    sharing: NO_SHARING,
    links: { mode: 'leave', byKind: [], sample: 0, apiOff: [] },
    stale: false,
    notCarried: ['Sharing'],
    revision: 1,
    ...parts,
    counts: {
      found: 12_517,
      bytes: Math.round(184.2 * GB),
      folders: 536,
      foreign: 1204,
      movable: 11_276,
      shares: 5,
      convertible: { items: 4, bytes: 11_534_336 },
      ways: {
        serverCopy: { items: 11_835, bytes: Math.round(179.4 * GB) },
        relay: { items: 109, bytes: Math.round(4.8 * GB) },
        export: { items: 0, bytes: 0 },
        none: { items: 37, bytes: 0 },
        created: { items: 536, bytes: 0 },
      },
      ...counts,
    },
  };
}

const FILTER: NonNullable<Preflight['options']['filter']> = {
  types: ['pdf'],
  minSize: 10 * 1024 ** 2,
  modifiedAfter: '2026-01-01T00:00:00.000Z',
  owner: 'me',
};
const reason = (code: ForeseenProblems['code'], count: number, lossy = false): ForeseenProblems => ({
  code,
  count,
  lossy,
  title: 'Why',
  advice: 'What to do',
});
const FORESEEN: [path: string, code: ForeseenProblem['code'], mimeType: string, size: number | null][] = [
  ['Finance/2019/Payroll (restricted).pdf', 'source_permission_denied', 'application/pdf', 1_887_436],
  ['Client work/Fabrikam/Signed offer.pdf', 'source_permission_denied', 'application/pdf', 482_304],
  ['Board decks/Team site', 'not_copyable', 'application/vnd.google-apps.site', null],
  ['Brand/Offices', 'not_copyable', 'application/vnd.google-apps.map', null],
  ['Personal/Old budget', 'shortcut_dangling', 'application/vnd.google-apps.shortcut', null],
  ['Finance/Forecast', 'conversion_needed', 'application/vnd.google-apps.spreadsheet', null],
];
const problems = FORESEEN.map(([path, code, mimeType, size], ordinal): ForeseenProblem => ({
  ordinal,
  path,
  name: path.split('/').at(-1) ?? path,
  kind: size === null ? 'google' : 'file',
  mimeType,
  size,
  sourceId: `s${ordinal}`,
  code,
  sentence: 'Why',
  advice: 'What to do',
  way: 'none',
}));

export const counted = (preflight: Preflight) => ({
  'GET /api/preflights/{id}': preflight,
  'GET /api/preflights/{id}/problems': { problems },
});
const row = (state: string, sees: Sight[], api: Script, more: MoreOfRow = {}): Row => ({
  state,
  path: '/move/review/pre1?dst=archive',
  sees,
  api,
  ...more,
});

export const rows: Row[] = [
  row(
    'counting',
    [
      'Counting what will be copied',
      '8,214',
      ['progressbar', '8,214 items so far, 61 GB'],
      ['button', 'Stop counting'],
    ],
    {
      'GET /api/preflights/{id}': counting(7000),
      'GET /api/preflights/{id}/events': stream('Preflight', counting(8214)),
    },
  ),
  row(
    'ready',
    [
      '12,480 of 12,517 items can be copied',
      'Counted 2 minutes ago, 184 GB in 536 folders. 33 items cannot be copied and 4 wait for your decision.',
      ['button', 'Copy 12,480 items'],
      '1 h 45 min',
      'If you switch to Move',
      '3 passed, 1 to note',
      ['button', 'How items will be copied'],
    ],
    counted(aPreflight()),
    {
      // On a phone, the button is three screens above its description.
      holds: ({ page }) =>
        onPhone(page, async () => {
          const button = page.getByRole('button', { name: 'Copy 12,480 items' });
          await expectInSight(page, button);
          await expectInSight(page, page.getByText('Copy to My Drive / From Ana Ruiz, 24 Nov 2026'));
          await expectInSight(page, page.getByText('at least 1 h 45 min'));
          expect((await placeOf(button.locator('..'))).height).toBeLessThan(130);
        }),
    },
  ),
  row(
    'blocking check',
    ['Blocked: Not enough space in the destination', /^Needs up to 184 GB, 1 GB free\./],
    counted(
      aPreflight({
        space: { limit: 15 * GB, used: 14 * GB, free: GB, needed: Math.round(184.2 * GB), fits: false },
        checks: [check('space_fits', { ok: false }), check('depth_fits'), check('folder_size_fits')],
      }),
    ),
  ),
  row(
    'more Google units than are left today',
    ['To note: Needs more than today’s Google units', /but 212,000 of today’s 1 million are left .* takes 3 days/],
    counted(
      aPreflight({
        dailyUnits: { limit: 1_000_000, used: 788_000, needed: 1_912_400, days: 3, endsAt: minutesAgo(-600) },
        checks: [check('space_fits'), check('daily_units_fit', { ok: false, blocking: false }), check('depth_fits')],
      }),
    ),
  ),
  row(
    'a target that is nearly full',
    [
      'Blocked: The shared drive would be too full for Google',
      /^Already there: 499,000 items. With the copies, there would be more than the 500,000/,
      'To note: The destination folder is very full',
      /^Already there: more than 20,000 items/,
    ],
    counted(
      aPreflight({
        holds: { folder: { items: 20_000, isMore: true }, drive: { items: 499_000, isMore: false }, limit: 500_000 },
        checks: [
          check('space_fits'),
          check('target_size_fits', { ok: false, blocking: false }),
          check('shared_drive_size_fits', { ok: false }),
        ],
      }),
    ),
  ),
  row(
    'older than 15 minutes',
    [/^Counted 18 minutes ago/, 'Counted more than 15 minutes ago: CloudMover counts again when you start.'],
    counted(aPreflight({ stale: true, countedAt: minutesAgo(18) })),
  ),
  row(
    'what can’t be copied',
    [
      'Finance/2019/Payroll (restricted).pdf',
      /^The owner does not allow copying or downloading/,
      ['combobox', 'Reason'],
    ],
    counted(aPreflight()),
    {
      arrange: ({ page }) => page.getByRole('button', { name: 'See all 37' }).click(),
      holds: async ({ page }) => {
        const cells = page.getByRole('row', { name: /Payroll/ }).getByRole('cell');
        const bottoms = await cells.evaluateAll((all) => all.map((cell) => cell.getBoundingClientRect().bottom));
        expect(new Set(bottoms).size).toBe(1);
      },
    },
  ),
  row(
    'filtered',
    [/^PDF, 10 MB or more, changed on .*, owned by the source account$/, /The filter left out 312 items/],
    counted(aPreflight({ filteredOut: 312, options: { filter: FILTER } })),
  ),
  row(
    'choosing what is taken',
    [
      ['checkbox', 'PDF'],
      ['button', 'Clear filter'],
      ['textbox', 'Name'],
      'Only items that match every condition are included. Subfolders are always searched.',
    ],
    counted(aPreflight({ filteredOut: 312, options: { filter: FILTER } })),
    {
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'What’s included' }).click();
        await page.getByRole('region', { name: 'What’s included' }).evaluate((card) => card.scrollIntoView());
      },
    },
  ),
  row(
    'a filter that is refused',
    [['button', 'Recount with these options'], 'Enter the owner’s e-mail address.'],
    counted(aPreflight()),
    {
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'What’s included' }).click();
        await page.getByLabel('Owner').selectOption('Someone else');
        await page.getByLabel('Owner’s e-mail address').fill('liam');
      },
    },
  ),
  row(
    'consent to conversion',
    [
      ['checkbox', 'Allow conversion for these 4'],
      ['button', 'Recount with these options'],
    ],
    counted(aPreflight()),
    {
      arrange: async ({ page }) => {
        await page.getByRole('checkbox', { name: 'Allow conversion for these 4' }).check();
        await page.getByRole('button', { name: 'Change the options' }).click();
      },
      holds: async ({ page }) => {
        // Its segments fill it up to its border.
        const mode = page.getByRole('radiogroup', { name: 'Mode' });
        const move = await placeOf(mode.locator('mat-button-toggle').last());
        expect((await placeOf(mode)).right - move.right).toBeLessThanOrEqual(1);
      },
    },
  ),
  row(
    'confirming a move',
    [
      ['alertdialog', 'Move 11,276 originals to Ana Ruiz’s trash?'],
      ['button', 'Keep as copy'],
    ],
    counted(aPreflight({ mode: 'move' })),
    {
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'Move 11,276 items' }).click();
        await page.getByRole('alertdialog').getByRole('checkbox').check();
      },
      holds: ({ page }) => expectDialogInShape(page, 'alertdialog'),
    },
  ),
  row(
    'e-mail selected',
    [
      ['group', 'Notify me when it’s done'],
      ['button', 'Copy 12,480 items'],
    ],
    counted(aPreflight()),
    {
      arrange: ({ page }) => page.getByRole('checkbox', { name: /^E-mail to drive-archive/ }).check(),
      holds: async ({ page }) => expect(await page.getByRole('checkbox', { name: /^E-mail to/ }).count()).toBe(2),
    },
  ),
  row(
    'starting',
    [['button', 'Starting']],
    { ...counted(aPreflight()), 'POST /api/transfers': silence },
    { arrange: ({ page }) => page.getByRole('button', { name: 'Copy 12,480 items' }).click() },
  ),
  row(
    'count failed',
    ['The count could not be completed', 'Nothing can be added to the destination folder', ['button', 'Count again']],
    counted(
      aPreflight({
        state: 'failed',
        problem: {
          code: 'destination_read_only',
          title: 'Nothing can be added there',
          detail: 'Archive is read only.',
        },
        checks: [check('target_writable', { ok: false, sentence: 'Archive is read only.' })],
      }),
    ),
  ),
  row('not found', ['This count no longer exists', 'No such count for these accounts', ['link', 'Back to selection']], {
    'GET /api/preflights/{id}': problem(404, 'preflight_not_found', 'No such preflight'),
  }),
];

function counting(found: number) {
  return aPreflight({
    state: 'counting',
    countedAt: undefined,
    counts: { found, bytes: 61 * GB },
    checks: [],
    problems: [],
    space: null,
    daily: null,
    estimate: null,
    revision: found,
  });
}
