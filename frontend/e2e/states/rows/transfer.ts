import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { FailureGroup, Item, ItemInFlight, Transfer } from '../../../src/app/api/models';
import { aFile, aTransfer, ANA, anItem, minutesAgo, type TransferParts } from '../answers.ts';
import { DESK, onPhone, placeOf, resize, sizeOf } from '../geometry.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { cut, file, problem, silence, stream, type Question, type Script } from '../stage.ts';

/** The API's responses for one transfer. */
const about = (transfer: Transfer, more: Script = {}): Script => ({
  'GET /api/transfers/{id}': transfer,
  'GET /api/transfers/events': stream('Transfer', transfer),
  'GET /api/transfers/{id}/items': { items: [] },
  'GET /api/transfers/{id}/log': { events: [] },
  ...more,
});

const row = (state: string, parts: TransferParts, sees: Sight[], { api, ...more }: MoreOfRow = {}): Row => ({
  state,
  path: '/transfers/tr_7KQ2M9',
  api: about(aTransfer(parts), api),
  sees,
  ...more,
});

const gigabytes = (count: number) => Math.round(count * 1_073_741_824);
/** The summary at the end: kinds and folders have the same total. */
const THE_END: Required<Pick<Transfer, 'arrived' | 'timeline' | 'slowdowns' | 'reportSha256'>> = {
  arrived: {
    items: 12_454,
    bytes: gigabytes(184.2),
    byKind: [
      { kind: 'folder', items: 536, bytes: 0 },
      { kind: 'document', items: 1120, bytes: 0 },
      { kind: 'spreadsheet', items: 402, bytes: 0 },
      { kind: 'presentation', items: 180, bytes: 0 },
      { kind: 'form', items: 3, bytes: 0 },
      { kind: 'drawing', items: 8, bytes: 0 },
      { kind: 'pdf', items: 3904, bytes: gigabytes(21.4) },
      { kind: 'image', items: 4870, bytes: gigabytes(88.6) },
      { kind: 'video', items: 312, bytes: gigabytes(61.3) },
      { kind: 'audio', items: 17, bytes: gigabytes(0.9) },
      { kind: 'archive', items: 40, bytes: gigabytes(4) },
      { kind: 'other', items: 1057, bytes: gigabytes(8) },
      { kind: 'shortcut', items: 5, bytes: 0 },
    ],
    byFolder: [
      { name: 'Brand', id: 'copy1', items: 5204, bytes: gigabytes(96) },
      { name: 'Finance and everything that was ever kept about it', id: 'copy2', items: 4118, bytes: gigabytes(38.7) },
      { name: 'Scans', id: 'copy3', items: 2717, bytes: gigabytes(42.2) },
      { name: 'Board decks', id: 'copy4', items: 412, bytes: gigabytes(4.2) },
    ],
    singleFiles: { items: 3, bytes: gigabytes(3.1) },
  },
  timeline: [
    { step: 'count', from: minutesAgo(121), to: minutesAgo(115) },
    { step: 'copy', from: minutesAgo(115), to: minutesAgo(60) },
    { step: 'wait', from: minutesAgo(60), to: minutesAgo(40) },
    { step: 'copy', from: minutesAgo(40), to: minutesAgo(5) },
    { step: 'finish', from: minutesAgo(5), to: minutesAgo(4) },
    { step: 'check', from: minutesAgo(4), to: minutesAgo(2) },
    { step: 'finish', from: minutesAgo(2), to: minutesAgo(1) },
  ],
  slowdowns: [minutesAgo(104), minutesAgo(80), minutesAgo(77), minutesAgo(20)],
  reportSha256: '7c1e40b29f6d11a8c3350f7e2b94d6018a7cce1155f093ab620d4471e83b9f42',
};
const RESULT = {
  folderId: 'archive',
  folderName: 'Archive',
  newFolderName: 'From Ana Ruiz, 24 Nov 2026',
  resultFolderId: 'result',
};
const DONE = {
  state: 'completed' as const,
  counts: { found: 12_491, verified: 12_454, skipped: 37 },
  bytes: { found: gigabytes(184.2), verified: gigabytes(184.2), copying: 0 },
  ways: { serverCopy: 11_600, relay: 313, export: 0, created: 541, merged: 0 },
  verification: { closingCheck: true, checksum: 10_200, presence: 2254 },
  target: RESULT,
  createdAt: minutesAgo(121),
  allowedActions: ['rerun', 'undo', 'report'],
} satisfies TransferParts;

const SETTLED = { found: 12_517, verified: 12_451, unverified: 3, failed: 26, skipped: 37 };
const ENDED = {
  startedAt: minutesAgo(115),
  finishedAt: minutesAgo(1),
  activeSeconds: 114 * 60,
  grants: { open: 0, withdrawn: 5 },
};
const group = (
  code: FailureGroup['code'],
  title: string,
  advice: string,
  count: number,
  retryable: boolean,
  state: FailureGroup['state'] = 'failed',
): FailureGroup => ({
  code,
  state,
  title,
  advice,
  count,
  retryable,
});
const CONVERTIBLE: FailureGroup[] = [
  {
    ...group(
      'conversion_needed',
      'Google won’t copy it for the destination: it can only be exported and imported again, with some loss.',
      'Allow conversion for these items. Or ask the owner to let viewers copy them, in each item’s sharing settings; then sync new changes.',
      12,
      false,
      'skipped',
    ),
    retryWith: 'allowConversion',
  },
  group(
    'not_copyable',
    'Google offers no way to copy files of this type.',
    'Open them at Google: some can be exported or re-created manually.',
    25,
    false,
    'skipped',
  ),
];
const FAILURES = [
  group('rate_limited', 'Too many requests.', 'Try again later.', 14, true),
  group('source_not_found', 'Deleted or unshared after the count.', 'Nothing to do.', 6, false),
  group(
    'source_permission_denied',
    'The owner does not allow copying or downloading.',
    'Ask the owner to allow it, then sync new changes.',
    4,
    true,
  ),
  group(
    'source_flagged',
    'Google flags it as harmful; only its owner can download it.',
    'Connect the source as the owner.',
    2,
    false,
  ),
  group('no_checksum', 'Google states no checksum.', 'Open the copy to check it.', 3, false, 'unverified'),
];

const FAILED: Partial<Item> = {
  state: 'failed',
  code: 'rate_limited',
  reason: 'Too many requests.',
  attempts: 8,
  triedAt: minutesAgo(7),
};
const MANY: TransferParts = {
  state: 'completed_with_failures',
  counts: { found: 150_000, verified: 49_588, failed: 100_412 },
  failureGroups: [
    { ...FAILURES[0]!, count: 100_000 },
    { ...FAILURES[2]!, count: 412 },
  ],
  allowedActions: ['retry', 'rerun', 'undo', 'report'],
  ...ENDED,
};
const manyItems = ({ query }: Question) => {
  const first = Number(query.cursor ?? 0);
  return {
    items: Array.from({ length: 200 }, (_, index) => anItem(first + index, FAILED)),
    nextCursor: String(first + 200),
  };
};
const PACE = {
  from: minutesAgo(15),
  everySeconds: 60,
  items: [98, 114, 121, 117, 119, 60, 58, 109, 112, 104, 118, 121, 117, 114, 119],
};
const PACING = { accepted: 2.2, slowed: { at: minutesAgo(9), seconds: 40 } };
const EXPIRING = { open: 5, withdrawn: 0, expiresAt: '2026-12-24T09:14:00.000Z' };
const IN_FLIGHT: ItemInFlight[] = [
  {
    ordinal: 9,
    path: 'Offsite recording.mp4',
    kind: 'file',
    mimeType: 'video/mp4',
    size: 3_328_599_654,
    passed: 2_040_109_465,
  },
  {
    ordinal: 10,
    path: 'Finance/2024/Q3/Statement 0917.pdf',
    kind: 'file',
    mimeType: 'application/pdf',
    size: 2_306_867,
  },
  {
    ordinal: 11,
    path: 'Finance/2024/Q3/Accruals',
    kind: 'google',
    mimeType: 'application/vnd.google-apps.spreadsheet',
    size: null,
  },
];

/** A toast is shown first, and announced a moment later. */
const toast = (page: Page) => page.locator('mat-snack-bar-container [aria-live] button').waitFor();

export const rows: Row[] = [
  row('loading', {}, ['Loading the transfer'], {
    api: { 'GET /api/transfers/events': silence },
  }),
  row('planning', { state: 'planning', counts: { found: 8214 }, startedAt: undefined, etaSeconds: null }, [
    'Counting',
    '8,214',
    'items so far',
    ['button', 'Cancel'],
  ]),
  row('ready', { state: 'ready', counts: { found: 12_517 }, allowedActions: ['start', 'cancel'] }, [
    'Ready',
    ['button', 'Start'],
  ]),
  row('running', { pace: PACE, pacing: PACING, grants: EXPIRING, inFlight: IN_FLIGHT }, [
    'Running',
    '61%',
    'About 42 min left',
    'found',
    ['button', 'Pause'],
    ['button', 'Cancel'],
    ['progressbar', 'Items settled'],
    ['img', /^Items copied per second/],
    'Google accepts 2.2 now',
    'Slowed by Google',
    '4 times',
    'Expire automatically',
    '1.9 GB of 3.1 GB',
    'Google is copying',
    'You can close this browser',
    ['link', 'Failed 5'],
  ]),
  row('notifications blocked', {}, ['Your browser blocks notifications.'], {
    arrange: async ({ page }) => {
      await page.evaluate(() => {
        Notification.requestPermission = () => Promise.resolve('denied');
      });
      await page.getByRole('checkbox', { name: 'In this browser' }).click();
    },
    holds: async ({ page }) => {
      expect(await page.getByRole('checkbox', { name: 'In this browser' }).isChecked()).toBe(false);
    },
  }),
  row('running, too early to estimate', { startedAt: minutesAgo(1), activeSeconds: 60, etaSeconds: 2520 }, [
    'Estimating the time left',
  ]),
  row('running move', { mode: 'move', originals: { trashed: 7694, kept: 8 } }, [
    '7,694 originals in trash, 8 kept',
    'Move',
  ]),
  row('pausing', { state: 'pausing', allowedActions: ['resume', 'cancel'] }, ['Pausing', 'Finishing 24 items']),
  row('paused', { state: 'paused', since: '2026-11-22T10:00:00.000Z', allowedActions: ['resume', 'cancel'] }, [
    'Paused',
    'Paused, 22 Nov',
    ['button', 'Resume'],
    ['button', 'Cancel'],
  ]),
  row(
    'paused by a problem',
    {
      state: 'paused',
      problem: { code: 'destination_storage_full', title: 'The destination is full.', detail: 'It is full.' },
      allowedActions: ['resume', 'cancel'],
    },
    [
      'The destination is full',
      /has no room for the rest. 7,702 items have arrived, 4,773 are waiting. Free up space, then select Resume/,
      '4,773 wait until you resume',
      ['button', 'Resume'],
    ],
  ),
  row(
    'paused because its folder is in the trash',
    {
      state: 'paused',
      problem: {
        code: 'target_trashed',
        title: 'The folder that the copies go to is in the trash.',
        detail:
          'The folder that the copies go to is in the trash. It is "From Ana Ruiz, 24 Nov 2026". Restore it in Drive.',
      },
      allowedActions: ['resume', 'cancel'],
    },
    [
      'The folder that the copies go to is in the trash.',
      /It is "From Ana Ruiz, 24 Nov 2026". Restore it in Drive. Then select Resume/,
      ['button', 'Resume'],
    ],
  ),
  row(
    'waiting_quota',
    { state: 'waiting_quota', resumeAt: '2026-11-25T03:10:55.000Z', allowedActions: ['resume', 'cancel'] },
    ['Waiting for Google', /in 16 h 48 min/, ['button', 'Try now'], ['button', 'Cancel']],
  ),
  row(
    'waiting_quota, units used up',
    {
      state: 'waiting_quota',
      resumeAt: '2026-11-25T08:00:00.000Z',
      limitReached: 'units',
      allowedActions: ['resume', 'cancel'],
    },
    [
      'The Google units for today are used up',
      /All transfers of this server share a daily limit. Resumes automatically: tomorrow, 0\d:00/,
      ['button', 'Try now'],
    ],
  ),
  row(
    'outside its hours',
    {
      state: 'waiting_quota',
      limitReached: 'hours',
      resumeAt: '2026-11-24T20:00:00.000Z',
      schedule: { timezone: 'UTC', hours: { from: '20:00', to: '06:00' }, state: 'active' },
      allowedActions: ['resume', 'cancel'],
    },
    ['Waiting for its hours', /Waiting until 20:00, as you chose/, ['button', 'Run now'], /only from 20:00 to 06:00/],
  ),
  row(
    'needs_reconnect',
    {
      state: 'needs_reconnect',
      parked: { side: 'source', account: ANA.email, since: '2026-11-24T08:02:00.000Z' },
      allowedActions: ['reconnect', 'cancel'],
    },
    [`Reconnect ${ANA.email}`, /08:02/, ['button', 'Reconnect source'], ['button', 'Cancel']],
  ),
  row(
    'needs_reconnect, and the account has signed in since',
    {
      state: 'needs_reconnect',
      parked: { side: 'source', account: ANA.email, since: minutesAgo(300) },
      allowedActions: ['reconnect', 'resume', 'cancel'],
      consents: { resume: ['source'] },
    },
    ['This transfer is waiting for you', ['button', 'Resume transfer'], ['button', 'Cancel']],
  ),
  row(
    'finished, with only the destination connected',
    {
      state: 'completed_with_failures',
      counts: { found: 642, verified: 640, failed: 2 },
      allowedActions: ['retry', 'rerun', 'undo', 'report'],
      consents: {
        retry: ['source', 'destination'],
        rerun: ['source', 'destination'],
        undo: ['destination'],
      },
      ...ENDED,
    },
    [
      `Also needs a sign-in of ${ANA.email}: Sync new changes, Retry 2 items.`,
      ['button', `Connect ${ANA.email}`],
      ['button', 'Undo'],
    ],
    { left: { destination: 72_000_000 }, tokens: ['destination'] },
  ),
  row(
    'completed, and an account has left since',
    {
      state: 'completed',
      counts: { found: 642, verified: 642 },
      allowedActions: ['undo', 'report'],
      consents: { undo: ['destination'] },
      withdrawn: ['source'],
      ...ENDED,
    },
    ['New changes can no longer be synced', ['button', 'Undo']],
  ),
  row('finishing', { state: 'finishing', step: 'finish', allowedActions: [], etaSeconds: null }, [
    'Finishing',
    'Setting dates, removing 5 temporary shares',
  ]),
  row(
    'completed',
    { ...DONE, ...ENDED, ...THE_END },
    [
      'Finished: 12,454 items arrived and were verified, 37 skipped',
      'Completed',
      ['link', 'Open in Drive (opens in a new tab)'],
      ['table', 'What arrived, by kind'],
      ['table', 'What arrived, by folder'],
      ['link', 'Open Brand in Drive (opens in a new tab)'],
      ['img', /^Count 6 min, Copy and verify 1 h 30 min, .*Google asked to slow down 4 times\.$/],
      'Certificate',
      'Kept until 24 Dec',
      '7c1e 40b2 9f6d … e83b 9f42',
      ['button', 'Report, JSON or CSV'],
      'Next steps',
    ],
    {
      lacks: ['tr_7KQ2M9'],
      holds: async ({ page }) => {
        const link = page.getByRole('link', { name: 'Open in Drive' });
        expect(await link.getAttribute('href')).toBe(
          'https://drive.google.com/drive/folders/result?authuser=drive-archive%40contoso.example',
        );
      },
    },
  ),
  row(
    'completed, kept in sync',
    {
      ...DONE,
      ...ENDED,
      ...THE_END,
      schedule: {
        cron: '0 2 * * *',
        timezone: 'UTC',
        state: 'active',
        nextRunAt: '2026-11-25T02:00:00.000Z',
        lastRun: { at: '2026-11-24T02:00:00.000Z', changed: 14, state: 'completed' },
      },
    },
    [
      'Keep in sync',
      /Every day, 02:00/,
      'Next: tomorrow, 02:00. Last: 14 changed, nothing failed.',
      ['button', 'Pause'],
      ['button', 'Change'],
    ],
  ),
  row(
    'completed, choosing when to sync',
    { ...DONE, ...ENDED, ...THE_END },
    [['dialog', 'Keep in sync'], ['combobox', 'How often'], ['button', 'Save'], /Time zone: /],
    {
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'Set up' }).click();
        await page.getByRole('checkbox', { name: 'Run only within certain hours' }).click();
      },
    },
  ),
  row(
    'a schedule without runs and hours',
    {
      ...DONE,
      ...ENDED,
      ...THE_END,
      schedule: { timezone: 'UTC', hours: { from: '20:00', to: '06:00' }, state: 'active' },
    },
    [
      ['dialog', 'Keep in sync'],
      'Without runs and hours there is nothing to save. Set hours, or choose Remove.',
      ['button', 'Remove'],
    ],
    {
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'Change', exact: true }).click();
        await page.getByRole('checkbox', { name: 'Run only within certain hours' }).click();
      },
    },
  ),
  row(
    'completed, many folders, two runs',
    {
      ...DONE,
      ...ENDED,
      ...THE_END,
      name: 'Everything of the design team',
      arrived: {
        ...THE_END.arrived,
        byFolder: Array.from({ length: 7 }, (_, index) => ({
          name: `Project ${index + 1}`,
          id: `p${index}`,
          items: 1700 - index * 10,
          bytes: gigabytes(26),
        })),
        moreFolders: { folders: 193, items: 761, bytes: gigabytes(2.2) },
        singleFiles: undefined,
      },
      timeline: [
        ...THE_END.timeline.map((span) => ({
          ...span,
          from: span.from.replace('11-24', '11-20'),
          to: span.to.replace('11-24', '11-20'),
        })),
        { step: 'copy', from: minutesAgo(10), to: minutesAgo(2) },
        { step: 'check', from: minutesAgo(2), to: minutesAgo(1) },
      ],
    },
    ['193 more folders', 'Everything of the design team'],
  ),
  row('completed, still adding up', { ...DONE, ...ENDED }, ['Counting what arrived', 'Certificate']),
  row(
    'renaming',
    { ...DONE, ...ENDED, ...THE_END },
    [['textbox', 'Name of the transfer'], ['button', 'Save'], 'Enter a single line without control characters.'],
    {
      api: {
        'PATCH /api/transfers/{id}': problem(400, 'invalid_request', 'The request is not valid', {
          errors: [{ parameter: 'name', detail: 'must be one line without control characters' }],
        }),
      },
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'Rename this transfer' }).click();
        await page.getByRole('textbox', { name: 'Name of the transfer' }).fill('rtl\u202egpj');
        await page.keyboard.press('Enter');
      },
    },
  ),
  row('renamed', { ...DONE, ...ENDED, ...THE_END }, ['For the archive'], {
    api: {
      'PATCH /api/transfers/{id}': ({ body }: Question) =>
        aTransfer({ ...DONE, ...ENDED, ...THE_END, ...(body as { name: string }), revision: 2 }),
    },
    arrange: async ({ page }) => {
      await page.getByRole('button', { name: 'Rename this transfer' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('input[aria-label="Name of the transfer"]:focus').waitFor();
      await page.keyboard.type('For the archive');
      await page.keyboard.press('Enter');
    },
    holds: async ({ page }) => {
      await page.waitForFunction(() => document.title === 'Completed · For the archive · CloudMover');
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
        'Rename this transfer',
      );
    },
  }),
  row(
    'certificate',
    { ...DONE, ...ENDED, ...THE_END, name: 'Board decks for the archive' },
    [
      'Certificate of transfer',
      /^On 24 Nov 2026, 12,454 items \(184 GB\) were copied/,
      'Board decks for the archive',
      '7c1e 40b2 9f6d 11a8 c335 0f7e 2b94 d601 8a7c ce11 55f0 93ab 620d 4471 e83b 9f42',
      ['button', 'Print'],
    ],
    {
      path: '/transfers/tr_7KQ2M9/certificate',
      // One A4 page, without the shell, in the light theme.
      holds: async ({ page }) => {
        await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
        expect(await page.locator('header').filter({ visible: true }).count()).toBe(1);
        expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
        const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
        expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
        expect(pdf).toMatch(/MediaBox\s*\[0 0 59[45][.\d]* 84[12][.\d]*\]/);
        await page.emulateMedia({ colorScheme: 'light', media: 'screen' });
      },
    },
  ),
  row(
    'no certificate',
    { ...DONE, ...ENDED, ...THE_END, state: 'canceled', verification: { ...DONE.verification, closingCheck: false } },
    ['There is no certificate', ['link', 'Back to the transfer']],
    { path: '/transfers/tr_7KQ2M9/certificate' },
  ),
  row(
    'completed_with_failures',
    {
      state: 'completed_with_failures',
      counts: SETTLED,
      bytes: { found: 197_783_244_800, verified: 196_495_103_590, copying: 0 },
      ways: { serverCopy: 11_357, relay: 47, export: 0, created: 1047, merged: 0 },
      verification: { closingCheck: true, checksum: 10_130, presence: 2321 },
      failureGroups: FAILURES,
      allowedActions: ['retry', 'rerun', 'undo', 'report'],
      target: RESULT,
      ...ENDED,
      ...THE_END,
    },
    [
      'Completed with failures',
      'Why 26 failed and 3 could not be verified',
      'source_flagged',
      'These arrived but could not be verified. A retry does not change them.',
      ['button', 'Retry 18 items'],
      ['link', 'Open in Drive (opens in a new tab)'],
      ['table', 'What arrived, by kind'],
      ['button', 'Report, JSON or CSV'],
    ],
    {
      holds: async ({ page }) => {
        // In one row at the right edge, also on tablets.
        for (const width of [1280, 1000, 800]) {
          await resize(page, { width, height: 800 });
          const { right } = await placeOf(page.locator('.page-head'));
          const places = [];
          for (const each of await page.locator('.page-head > .actions > *').all()) places.push(await placeOf(each));
          expect(new Set(places.map(({ top }) => top)).size).toBe(1);
          expect(Math.round(places.at(-1)?.right ?? NaN)).toBe(Math.round(right));
        }
        await resize(page, DESK);
      },
    },
  ),
  ...['some can be converted', 'allow conversion'].map((state) =>
    row(
      state,
      {
        ...DONE,
        ...ENDED,
        ...THE_END,
        skipGroups: CONVERTIBLE,
        allowedActions: ['retry', 'rerun', 'undo', 'report'],
      },
      state === 'allow conversion'
        ? ['Allow conversion for these 12 items?', /Some content is lost/, ['button', 'Convert 12']]
        : [
            'Why 37 were skipped',
            ['button', /^Convert 12: Google won’t copy it/],
            ['button', 'Convert 12 items'],
            ['link', 'Open in Drive (opens in a new tab)'],
          ],
      {
        path: '/transfers/tr_7KQ2M9?tab=skipped',
        lacks: [['button', /Retry/]],
        ...(state === 'allow conversion' && {
          arrange: ({ page }) => page.getByRole('button', { name: 'Convert 12 items' }).click(),
        }),
        api: {
          'GET /api/transfers/{id}/items': {
            items: [anItem(1, { state: 'skipped', code: 'conversion_needed', reason: CONVERTIBLE[0]?.title })],
          },
        },
      },
    ),
  ),
  row('canceling', { state: 'canceling', allowedActions: [] }, ['Canceling']),
  row('not found', {}, ['No such transfer for these accounts', ['link', 'All transfers']], {
    api: {
      'GET /api/transfers/events': ({ query }: Question) =>
        query.transfer ? problem(404, 'transfer_not_found', 'There is no such transfer') : stream('Transfer'),
    },
  }),
  row(
    'another account connected',
    {
      state: 'needs_reconnect',
      parked: { side: 'source', account: 'somebody@else.example', since: '2026-11-24T08:02:00.000Z' },
      allowedActions: ['reconnect', 'cancel'],
    },
    [/You connected ana.ruiz@northwind.example; this transfer needs somebody@else.example/],
  ),
  row(
    'canceled',
    {
      state: 'canceled',
      counts: { found: 8001, verified: 211, skipped: 7790 },
      skipGroups: [
        group('canceled', 'The transfer was canceled before these were copied.', 'Retry them.', 7790, true, 'skipped'),
      ],
      allowedActions: ['retry', 'rerun', 'undo', 'report'],
      ...ENDED,
    },
    [
      'Canceled',
      'Canceled: 211 items arrived and were verified, 7,790 skipped',
      /7,790 items were not copied.*the final check of the destination was skipped/,
      ['button', 'Retry rest'],
    ],
  ),
  row(
    'failed',
    {
      state: 'failed',
      counts: { found: 9052, verified: 3107, failed: 1 },
      problem: {
        code: 'destination_storage_full',
        title: 'The destination is full.',
        detail: 'Free some space, then resume the transfer.',
      },
      failureGroups: [group('destination_storage_full', 'The destination is full.', 'Free some space.', 1, true)],
      allowedActions: ['retry', 'rerun', 'undo', 'report'],
      ...ENDED,
    },
    ['Failed', /3,107 items had arrived and stay/, ['button', 'Retry rest'], ['button', 'Report']],
  ),
  row('updating', { state: 'updating', counts: { found: 642, verified: 642 }, etaSeconds: null }, [
    'Checking for changes',
    'Comparing the source with what was copied',
  ]),
  row(
    'brought up to date',
    {
      state: 'completed',
      counts: { found: 642, verified: 642 },
      delta: { added: 3, changed: 2, renamed: 0, left: 1, unchanged: 636, listedAnew: true, at: minutesAgo(2) },
      allowedActions: ['rerun', 'undo', 'report'],
      ...ENDED,
    },
    ['New changes synced', /Google’s change history had expired, so every folder was listed and compared again/],
  ),
  row(
    'undoing',
    { state: 'undoing', allowedActions: [], undo: { trashed: 120, left: 0, restored: 3 }, etaSeconds: null },
    ['Undoing', '120 copies in the trash'],
  ),
  row(
    'undo waits',
    {
      state: 'waiting_quota',
      counts: { found: 642, verified: 642 },
      undo: { trashed: 120, left: 0, restored: 0 },
      resumeAt: '2026-11-25T03:10:30.000Z',
      allowedActions: ['resume'],
      etaSeconds: null,
    },
    ['Waiting for Google', /120 copies in the trash\. Next try:/, ['button', 'Try now']],
    { lacks: [/642 items/, /verified at the destination/, ['heading', 'Steps']] },
  ),
  row(
    'undo failed',
    {
      state: 'failed',
      counts: { found: 642, verified: 642 },
      undo: { trashed: 120, left: 0, restored: 0 },
      problem: {
        code: 'scope_missing',
        title: 'An account did not allow this.',
        detail: 'Connect it again with full access.',
      },
      allowedActions: ['undo', 'report'],
      ...ENDED,
    },
    ['Stopped: 120 copies in the trash', ['img', /120 undone, in the trash/], ['img', /522 verified/]],
    { lacks: [/stay in the destination/] },
  ),
  row(
    'undone',
    {
      state: 'undone',
      counts: { found: 642, verified: 642 },
      undo: { trashed: 640, left: 2, restored: 0 },
      allowedActions: ['report'],
      ...ENDED,
    },
    ['Undone: 640 copies in the trash, 2 kept', ['img', '640 undone, in the trash, 2 kept']],
  ),
  row(
    'moved',
    {
      state: 'completed',
      mode: 'move',
      counts: { found: 642, verified: 642 },
      originals: { trashed: 640, kept: 2 },
      allowedActions: ['rerun', 'undo', 'report'],
      ...ENDED,
    },
    ['640 in the trash', '2 kept'],
  ),
  row(
    'a share still open',
    {
      state: 'completed',
      counts: { found: 642, verified: 642 },
      allowedActions: ['report'],
      ...ENDED,
      grants: { open: 1, withdrawn: 4 },
    },
    ['A temporary share is still open', ['link', 'Accounts']],
  ),
  row('command pending', {}, [['button', 'Pausing']], {
    api: { 'POST /api/transfers/{id}/pause': silence },
    arrange: ({ page }) => page.getByRole('button', { name: 'Pause' }).click(),
  }),
  row('command failed', {}, ['The transfer’s state has changed, so this is no longer possible.'], {
    api: { 'POST /api/transfers/{id}/pause': problem(409, 'transfer_state', 'The transfer is in another state') },
    arrange: async ({ page }) => {
      await page.getByRole('button', { name: 'Pause' }).click();
      await toast(page);
    },
    // A toast is above the page's regions and belongs to none.
    except: ['region'],
  }),
  row('command failed, back online', {}, ['Live'], {
    stored: { haste: '4' },
    api: { 'POST /api/transfers/{id}/pause': cut },
    arrange: async ({ page, stage, context }) => {
      await page.getByRole('button', { name: 'Pause' }).click();
      await toast(page);
      await context.setOffline(true);
      stage.hangUp();
      await page.getByText('You are offline').waitFor();
      await context.setOffline(false);
      await page.getByText('Live', { exact: true }).waitFor();
      await page.locator('.mat-mdc-snack-bar-container').waitFor({ state: 'detached' });
    },
    lacks: [/^CloudMover cannot be reached/],
  }),
  row('offline', {}, ['61%', 'You are offline', /Transfers keep running/], {
    arrange: async ({ page, context }) => {
      await page.getByText('61%').waitFor();
      await context.setOffline(true);
    },
    holds: async ({ page }) => {
      for (const name of ['Pause', 'Cancel', 'Report so far'])
        expect([name, await page.getByRole('button', { name }).isDisabled()]).toEqual([name, true]);
    },
  }),
  row('canceling asks', {}, ['Cancel this transfer?', ['button', 'Keep running'], ['button', 'Cancel transfer']], {
    arrange: ({ page }) => page.getByRole('button', { name: 'Cancel' }).click(),
  }),
  row(
    'undo asks',
    {
      state: 'completed',
      mode: 'move',
      counts: { found: 642, verified: 642 },
      originals: { trashed: 640, kept: 2 },
      allowedActions: ['undo', 'report'],
      ...ENDED,
    },
    ['Undo this transfer?', ['button', 'Keep the copies'], ['button', 'Undo transfer']],
    { arrange: ({ page }) => page.getByRole('button', { name: 'Undo' }).click() },
  ),
  row(
    'report downloaded',
    { state: 'completed', counts: { found: 642, verified: 642 }, allowedActions: ['report'], ...ENDED },
    ['Report downloaded'],
    {
      // The message disappears after some seconds.
      stored: { haste: '0.1' },
      api: { 'GET /api/transfers/{id}/report': file('text/csv', 'path,state\n') },
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'Report' }).click();
        await page.getByRole('menuitem', { name: 'As CSV, for a spreadsheet' }).click();
        await toast(page);
      },
      except: ['region'],
    },
  ),
  row('items', {}, [['table', 'Items'], 'Verified, MD5 matches', 'Verified, read back', 'Waiting', '5 items'], {
    path: '/transfers/tr_7KQ2M9?tab=items',
    api: {
      'GET /api/transfers/{id}/items': {
        items: [
          anItem(0, { path: 'Finance', name: 'Finance', kind: 'folder', size: null, way: 'created' }),
          anItem(1, { checksum: { kind: 'md5', source: 'a', destination: 'a' }, way: 'server_copy' }),
          anItem(2, { state: 'copying' }),
          anItem(3, { state: 'waiting', attempts: 0 }),
          anItem(4, { ...FAILED, path: `Finance/${'A very long name '.repeat(12)}.pdf` }),
        ],
      },
    },
  }),
  row(
    '100,000 failures',
    MANY,
    ['Why 100,412 failed', '200 of 100,412 loaded', ['table', 'Failed items'], 'Download all as CSV'],
    {
      path: '/transfers/tr_7KQ2M9?tab=failed',
      api: { 'GET /api/transfers/{id}/items': manyItems },
    },
  ),
  row('new failures wait', {}, [['button', 'Show 214 new']], {
    path: '/transfers/tr_7KQ2M9?tab=failed',
    api: { 'GET /api/transfers/{id}/items': { items: [anItem(1, FAILED)] } },
    arrange: async ({ page, stage }) => {
      await page.getByRole('table', { name: 'Failed items' }).waitFor();
      const later = aTransfer({
        counts: { verified: 7702, checking: 38, copying: 24, failed: 219, skipped: 37 },
        revision: 2,
      });
      stage.change({ 'GET /api/transfers/events': stream('Transfer', later) });
      stage.hangUp();
    },
  }),
  row('failures filtered by reason', MANY, [['combobox', 'Reason'], '200 loaded, still more'], {
    path: '/transfers/tr_7KQ2M9?tab=failed&reason=rate_limited&q=2021',
    api: {
      'GET /api/transfers/{id}/items': (question: Question) =>
        question.query.reason === 'rate_limited' && question.query.q === '2021' ? manyItems(question) : { items: [] },
    },
  }),
  row(
    'a failed item',
    MANY,
    [
      ['dialog', 'Statement 7.pdf'],
      'Streamed through CloudMover, because its owner does not allow copying',
      '8',
      ['link', 'Open the original in Drive'],
    ],
    {
      path: '/transfers/tr_7KQ2M9?tab=failed&item=7',
      api: {
        'GET /api/transfers/{id}/items': manyItems,
        'GET /api/transfers/{id}/items/{ordinal}': anItem(7, {
          ...FAILED,
          way: 'relay',
          fallback: 'copying_forbidden',
          fallbackReason: 'Its owner, or the owner’s organisation, does not allow copying.',
          attempts: 8,
        }),
        'GET /api/files/{id}': aFile({ webViewLink: 'https://drive.google.com/file/d/source7' }),
      },
      holds: async ({ page }) => {
        const { bottom } = await placeOf(page.getByRole('dialog').locator('mat-dialog-actions'));
        expect(bottom).toBe(sizeOf(page).height);
      },
    },
  ),
  row(
    'skipped',
    {
      skipGroups: [
        group(
          'already_there',
          'The folder already contained an item with this name.',
          'Nothing to do.',
          37,
          false,
          'skipped',
        ),
      ],
    },
    ['Why 37 were skipped', ['table', 'Skipped items']],
    {
      path: '/transfers/tr_7KQ2M9?tab=skipped',
      api: {
        'GET /api/transfers/{id}/items': {
          items: [anItem(1, { state: 'skipped', code: 'already_there', reason: 'It was there already.' })],
        },
      },
    },
  ),
  row('log', {}, ['Counting', /^\d\d:\d\d:\d\d$/, /First item: /, ['table', 'Log']], {
    path: '/transfers/tr_7KQ2M9?tab=log',
    api: {
      'GET /api/transfers/{id}/log': {
        events: [
          { at: minutesAgo(74), kind: 'state', state: 'planning' },
          { at: minutesAgo(68), kind: 'state', state: 'running' },
          { at: minutesAgo(11), kind: 'reason', code: 'rate_limited', title: 'Too many requests.' },
        ],
      },
    },
    holds: ({ page }) =>
      onPhone(page, async () => {
        const tabs = await page.getByRole('navigation', { name: 'Transfer' }).getByRole('link').all();
        const tops = new Set();
        for (const tab of tabs) tops.add((await placeOf(tab)).top);
        expect([...tops]).toHaveLength(1);
        const { left, right } = await placeOf(page.getByRole('link', { name: 'Log', exact: true }));
        expect({ isInSight: left >= 0 && right <= sizeOf(page).width, left, right }).toMatchObject({
          isInSight: true,
        });
      }),
  }),
  row('both sessions ended', {}, ['61%', 'Your sign-ins ended', ['link', 'Connect an account']], {
    arrange: async ({ page, stage }) => {
      await page.getByText('61%').waitFor();
      const ended = ({ headers }: Question) =>
        problem(401, 'session_expired', 'The session has ended', {
          side: headers['x-source-token'] ? 'source' : 'destination',
        });
      stage.change({ 'GET /api/transfers/events': ended });
      stage.hangUp();
    },
  }),
  row('server away', {}, ['61%', /^Reconnecting in \d+ s$/, /^CloudMover cannot be reached/], {
    arrange: async ({ page, stage }) => {
      await page.getByText('61%').waitFor();
      stage.change({ 'GET /api/transfers/events': cut });
      stage.hangUp();
    },
  }),
  row(
    'database away',
    {},
    [
      '61%',
      /^Reconnecting in \d+ s$/,
      'CloudMover cannot reach its database. Nothing was changed.',
      /everything already transferred is safe.*Transfers have paused/,
    ],
    {
      arrange: async ({ page, stage }) => {
        await page.getByText('61%').waitFor();
        const away = problem(503, 'service_unavailable', 'CloudMover is not ready', { retryAfter: 1 });
        stage.change({
          'GET /api/transfers/events': away,
          'GET /api/transfers': away,
          'GET /api/transfers/{id}': away,
        });
        stage.hangUp();
      },
    },
  ),
];
