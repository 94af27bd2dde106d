import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { File, FilePage, FolderPath } from '../../../src/app/api/models';
import { pane, tick } from '../../support/portal.ts';
import { aFile, ANA, ARCHIVE, calm } from '../answers.ts';
import { expectVisibleInForcedColors } from '../forced-colors.ts';
import { expectDialogInShape, placeOf } from '../geometry.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { file as text, problem, silence, type Question } from '../stage.ts';

const HOUR_MS = 3_600_000;
const isSource = ({ headers }: Pick<Question, 'headers'>) => headers['x-source-token'] !== undefined;

const folder = (id: string, name: string, date: string, parts: Partial<File> = {}) =>
  aFile({ id, name, kind: 'folder', modifiedTime: `${date}T09:00:00.000Z`, ...parts });
const file = (id: string, name: string, date: string, size: number | null, parts: Partial<File> = {}) =>
  aFile({ id, name, size, modifiedTime: `${date}T09:00:00.000Z`, ...parts });
const foreign = (name: string, email: string) => ({ ownedByMe: false, owner: { name, email } });
const type = (name: string) => ({
  kind: 'google' as const,
  mimeType: `application/vnd.google-apps.${name}`,
  canCopy: true,
});

const IN_SOURCE = [
  folder('board', 'Board decks', '2026-11-12'),
  folder('brand', 'Brand', '2026-10-03'),
  folder('client', 'Client work', '2026-11-20'),
  folder('contracts', 'Contracts', '2026-08-28'),
  folder('finance', 'Finance', '2026-11-23'),
  folder('personal', 'Personal', '2024-05-01'),
  folder('vendor', 'Vendor share', '2026-09-09', foreign('J. Okafor', 'j.okafor@fabrikam.example')),
  file('budget', 'Budget 2026', '2026-11-21', 428_032, type('spreadsheet')),
  file('hiring', 'Hiring plan', '2026-11-17', 98_304, type('document')),
  file('offsite', 'Offsite recording.mp4', '2026-06-05', 3_328_599_654, { mimeType: 'video/mp4' }),
  file('org', 'Org chart.png', '2026-03-11', 2_516_582, {
    mimeType: 'image/png',
    ...foreign('P. Lindqvist', 'p.lindqvist@northwind.example'),
  }),
  file('press', 'Press kit.zip', '2025-02-14', 926_941_184, { mimeType: 'application/zip' }),
  file('roadmap', 'Roadmap', '2026-11-19', 1_258_291, type('presentation')),
  file('site', 'Team site', '2023-01-08', null, { ...type('site'), canCopy: false, canDownload: false }),
  file('tax', 'Tax forms 2025.pdf', '2026-04-02', 655_360),
];
const IN_DESTINATION = [
  folder('y2019', '2019', '2020-01-03'),
  folder('y2020', '2020', '2021-01-08'),
  folder('legal', 'Legal hold', '2026-11-16'),
  folder('intake', 'Northwind intake', '2026-11-24'),
  file('register', 'Intake register', '2026-11-24', null, type('spreadsheet')),
  file('retention', 'Retention policy.pdf', '2024-02-02', 52_428),
];
const SCANS = Array.from({ length: 1000 }, (_, n) =>
  file(`scan${n}`, `scan-${String(n + 1).padStart(6, '0')}.pdf`, '2026-11-01', 1_153_433),
);

const files = (source: File[], destination = IN_DESTINATION, parts: Partial<FilePage> = {}) => ({
  'GET /list-files': (question: Question) =>
    isSource(question)
      ? { files: source, incompleteSearch: false, ...parts }
      : { files: destination, incompleteSearch: false },
});
const way = (id: string, name: string, parts: Partial<FolderPath> = {}) => ({
  'GET /api/folders/{id}/path': {
    path: [
      { id: 'top', name: 'My Drive' },
      { id, name },
    ],
    top: 'my_drive',
    canAddChildren: true,
    ...parts,
  },
});
/** The path of a search result's folder in My Drive. */
const found = (id: string, ...names: string[]) => ({
  path: ['My Drive', ...names].map((name, step) => ({ id: step === names.length ? id : `above${step}`, name })),
  top: 'my_drive',
  canAddChildren: true,
});
/** The first page is loaded; the next one never arrives. */
const firstOf = (rows: File[]) => ({
  'GET /list-files': (question: Question) =>
    isSource(question)
      ? question.query.page_token
        ? silence
        : { files: rows, nextPageToken: 'more', incompleteSearch: false }
      : { files: IN_DESTINATION, incompleteSearch: false },
});

const row = (state: string, sees: Sight[], more: MoreOfRow = {}): Row => ({
  state,
  path: '/move?dst=archive',
  sees,
  ...more,
});
const usual = { ...files(IN_SOURCE), ...way('archive', 'Archive') };
const CHOSEN = [
  'Board decks',
  'Brand',
  'Contracts',
  'Finance',
  'Budget 2026',
  'Offsite recording.mp4',
  'Org chart.png',
];

const tickAll = async ({ page }: { page: Page }) => {
  for (const name of CHOSEN) await tick(page, name);
};

export const rows: Row[] = [
  row(
    'both panes',
    ['Board decks', 'Northwind intake', 'Copies go to Archive', '15 items, all loaded', 'Nothing selected'],
    {
      api: usual,
      holds: async ({ page }) => {
        const bottoms = await page.evaluate(() => {
          const line = document.createRange();
          return [...document.querySelectorAll('cm-file-grid')].map((grid) =>
            [...grid.querySelectorAll('.head [role=columnheader]:not(.check)')].map((header) => {
              const words = document.createTreeWalker(header, NodeFilter.SHOW_TEXT);
              while (words.nextNode()?.textContent?.trim() === '');
              line.selectNodeContents(words.currentNode);
              return line.getBoundingClientRect().bottom;
            }),
          );
        });
        // With a button or without, the texts of all headers are on one line.
        for (const headers of bottoms) expect(new Set(headers).size).toBe(1);
        expect(bottoms.flat()).toHaveLength(6);
      },
    },
  ),
  row('loading', ['Loading My Drive…'], { api: { ...usual, 'GET /list-files': silence } }),
  row('still waiting for Google', ['Still waiting for Google'], {
    api: { ...usual, 'GET /list-files': silence },
    stored: { haste: '20' },
  }),
  row('empty folder', ['This folder is empty', ['button', 'Go up']], {
    path: '/move?src=finance&dst=archive',
    api: { ...usual, ...files([], []), ...way('finance', 'Finance') },
  }),
  row('nothing found', ['Nothing named “statment” in My Drive', ['button', 'Clear search']], {
    path: '/move?q=statment&dst=archive',
    api: { ...usual, ...files([]) },
  }),
  row('search results', ['My Drive', 'Invoices', 'Shared with me', ['columnheader', 'Folder']], {
    path: '/move?q=invoice&dst=archive',
    api: {
      ...usual,
      ...files([
        aFile({ name: 'Invoice 2022-01.pdf', parentId: 'root0' }),
        aFile({ name: 'Invoice 2022-01.pdf', parentId: 'invoices' }),
        aFile({ name: 'Invoice 2022-01.pdf', parentId: 'y2022' }),
        aFile({ name: 'Invoice 2022-01.pdf', ownedByMe: false, owner: { name: 'P', email: 'p@example.com' } }),
      ]),
      'GET /api/folders/paths': {
        folders: [
          found('root0'),
          found('invoices', 'Finance', 'Invoices'),
          found('y2022', 'Finance', 'Invoices', '2022, first half, with all attachments'),
        ],
      },
    },
  }),
  row('partial list', ['Google returned a partial list', ['button', 'Choose a drive']], {
    path: '/move?q=bud&dst=archive',
    api: { ...usual, ...files(IN_SOURCE.slice(7, 9), IN_DESTINATION, { incompleteSearch: true }) },
  }),
  row(
    'selection',
    [
      /7 items selected/,
      'in 1 place',
      '3 files, 3.1 GB · 4 folders, counted in the next step',
      ['button', 'Review 7 items'],
    ],
    {
      api: usual,
      // The message with "Undo" disappears after some seconds.
      stored: { haste: '0.1' },
      arrange: tickAll,
      holds: async ({ page }) => {
        await expectVisibleInForcedColors(page, { '.box.mixed::after': '', '.mat-button-toggle-checked': '' });
        const tray = page.getByRole('region', { name: 'Selection' });
        await tray.getByRole('button', { name: 'Clear' }).click();
        const toast = page.locator('.mat-mdc-snackbar-surface');
        expect((await placeOf(toast)).bottom).toBeLessThanOrEqual((await placeOf(tray)).top);
        await page.getByRole('button', { name: 'Undo' }).click();
        await toast.waitFor({ state: 'detached' });
        await tray.getByText(/7 items selected/).waitFor();
      },
    },
  ),
  row('asking for a count', [['button', 'One moment']], {
    api: { ...usual, 'POST /api/preflights': silence },
    arrange: async ({ page }) => {
      await tickAll({ page });
      await page.getByRole('button', { name: 'Review 7 items' }).click();
    },
  }),
  row('size of a folder', ['> 3.1 GB'], {
    api: {
      ...usual,
      'GET /api/folders/{id}/size/events': text(
        'text/event-stream',
        'event: size\ndata: {"items":20000,"folders":12,"bytes":3328599654,"done":true,"isMore":true}\n\n',
      ),
    },
    arrange: async ({ page }) => {
      const source = page.getByRole('grid', { name: /, source$/ });
      await source.getByRole('row', { name: /^Board decks/ }).hover();
      await page.getByRole('button', { name: 'Calculate the size of Board decks' }).click();
    },
    holds: async ({ page }) => {
      const size = page.getByText('> 3.1 GB', { exact: true });
      expect(await size.getAttribute('title')).toBe('More than 20,000 items, 3,328,599,654 bytes');
    },
  }),
  row(
    'everything selected',
    [
      'Everything in My Drive is selected',
      'Counted in the next step. Items shared with you are not included.',
      ['button', 'Review everything'],
      ['button', 'Deselect My Drive'],
    ],
    {
      api: usual,
      arrange: ({ page }) => page.getByRole('button', { name: 'Everything in My Drive' }).click(),
    },
  ),
  row(
    'selection from a copy-only source',
    [
      /7 items selected/,
      /Moving is off: the source is connected as copy only/,
      ['button', 'Allow moving'],
      ['button', 'Review 7 items'],
    ],
    {
      api: {
        ...usual,
        'GET /session/validate': (question: Question) => ({
          ...calm()['GET /session/validate'](question),
          ...(isSource(question) && { readOnly: true }),
        }),
      },
      arrange: tickAll,
    },
  ),
  row('selection listed', ['Marketing and communication', ['dialog', '7 items selected'], ['button', 'Remove Brand']], {
    api: {
      ...usual,
      ...files(IN_SOURCE.map((each) => ({ ...each, parentId: 'marketing' }))),
      'GET /api/folders/paths': { folders: [found('marketing', 'Marketing and communication')] },
    },
    arrange: async ({ page }) => {
      await tickAll({ page });
      await page.getByRole('button', { name: 'View list' }).click();
      await page.getByRole('dialog').getByText('Offsite recording.mp4').waitFor();
    },
  }),
  row('all of a folder instead', ['1,000 selected', ['button', 'Select all of Scans instead']], {
    path: '/move?src=scans&dst=archive',
    api: { ...usual, ...firstOf(SCANS), ...way('scans', 'Scans') },
    arrange: async ({ page }) => {
      await page.getByText('scan-000001.pdf').waitFor();
      await page.getByRole('checkbox', { name: 'Select all loaded rows' }).click();
    },
  }),
  row('all of a folder', ['Everything in Scans is selected', ['button', 'Deselect Scans'], /1 item selected/], {
    path: '/move?src=scans&dst=archive',
    api: { ...usual, ...firstOf(SCANS), ...way('scans', 'Scans') },
    arrange: async ({ page }) => {
      await page.getByText('scan-000001.pdf').waitFor();
      const top = () => page.getByText('scan-000001.pdf').evaluate((row) => row.getBoundingClientRect().top);
      const before = await top();
      await page.getByRole('checkbox', { name: 'Select all loaded rows' }).click();
      await page.getByRole('button', { name: 'Select all of Scans instead' }).click();
      await page.getByText('Everything in Scans is selected').waitFor();
      expect(await top()).toBe(before);
      await page.getByRole('row', { selected: true }).filter({ hasText: 'scan-000001.pdf' }).waitFor();
    },
  }),
  row(
    'more than a transfer takes',
    [/at most 1,000 items, and this would be 1,200/, ['button', 'Select all of Scans instead']],
    {
      path: '/move?src=scans&dst=archive',
      api: {
        ...usual,
        ...firstOf([...SCANS, ...SCANS.slice(0, 200).map((each) => ({ ...each, id: `${each.id}b` }))]),
        ...way('scans', 'Scans'),
      },
      arrange: async ({ page }) => {
        await page.getByText('scan-000001.pdf').waitFor();
        await page.getByRole('checkbox', { name: 'Select all loaded rows' }).click();
      },
      lacks: [/1,200 items selected/],
    },
  ),
  row('huge folder', ['1,200 items loaded, still more', 'Search to narrow the list'], {
    path: '/move?src=scans&dst=archive',
    api: {
      ...usual,
      ...firstOf([...SCANS, ...SCANS.slice(0, 200).map((each) => ({ ...each, id: `${each.id}b` }))]),
      ...way('scans', 'Scans'),
    },
  }),
  row(
    'drive picker',
    [
      ['menuitemradio', 'Shared with me'],
      ['menuitemradio', 'Legal'],
      ['menuitemradio', 'Marketing'],
    ],
    {
      api: {
        ...usual,
        'GET /api/drives': {
          drives: [
            { id: '0ALegal', name: 'Legal' },
            { id: '0AMarketing', name: 'Marketing' },
          ],
        },
      },
      arrange: ({ page }) => pane(page, 'source').getByRole('button', { name: 'Choose another drive' }).click(),
      // A menu is above the page's regions and belongs to none.
      except: ['region'],
      holds: async ({ page }) => {
        const head = page.locator('cm-drive-pane .head').first();
        const chevron = await placeOf(head.locator('[data-icon=down]'));
        const name = await placeOf(head.locator('[aria-current=location]'));
        expect(Math.abs(chevron.middle - name.middle)).toBeLessThanOrEqual(1);
        // The current row is round and tinted, as in other lists.
        const current = await page.getByRole('menuitemradio', { checked: true }).evaluate((row: HTMLElement) => {
          const { backgroundColor, borderRadius } = getComputedStyle(row);
          row.style.backgroundColor = 'var(--primary-tint)';
          const isTinted = getComputedStyle(row).backgroundColor === backgroundColor;
          row.style.removeProperty('background-color');
          return { isTinted, borderRadius };
        });
        expect(current).toEqual({ isTinted: true, borderRadius: '6px' });
      },
    },
  ),
  row(
    'new folder',
    [
      ['dialog', 'New folder in Archive'],
      ['button', 'Create'],
    ],
    {
      api: usual,
      arrange: async ({ page }) => {
        await page.getByText('Copies go to Archive').waitFor();
        await page.getByRole('button', { name: 'New folder' }).click();
      },
      holds: ({ page }) => expectDialogInShape(page),
    },
  ),
  row('copy only and can’t copy', ['Copy only', 'Can’t copy'], { api: usual }),
  row(
    'source session ended',
    [
      'Your source sign-in ended',
      /The destination is still connected\. You’ll return to this folder\./,
      ['button', 'Reconnect source'],
      'Northwind intake',
    ],
    {
      api: usual,
      left: { destination: 20 * HOUR_MS },
      tokens: ['source', 'destination'],
    },
  ),
  row(
    'destination session ended',
    ['Your destination sign-in ended', ['button', 'Reconnect destination'], 'Board decks'],
    {
      api: usual,
      left: { source: 20 * HOUR_MS },
      tokens: ['source', 'destination'],
    },
  ),
  row('folder gone', [/This item is gone or no longer shared\./, ['button', 'Go up']], {
    path: '/move?src=nowhere&dst=archive',
    api: {
      ...usual,
      'GET /list-files': (question: Question) =>
        isSource(question)
          ? problem(404, 'not_found', 'The item is gone or not shared with this account', { side: 'source' })
          : { files: IN_DESTINATION, incompleteSearch: false },
      'GET /api/folders/{id}/path': ({ pathname, headers }: Question) =>
        isSource({ headers })
          ? problem(404, 'not_found', 'The item is gone or not shared with this account', { side: 'source' })
          : way(pathname.split('/')[3] ?? '', 'Archive')['GET /api/folders/{id}/path'],
    },
  }),
  row('destination read only', ['You cannot add files to Policies.', ['button', 'Choose another']], {
    path: '/move?dst=policies',
    api: { ...usual, ...way('policies', 'Policies', { canAddChildren: false }) },
  }),
  row('one side not connected', ['No destination is connected', ['button', 'Connect destination'], ANA.email], {
    api: usual,
    left: { source: 20 * HOUR_MS },
    lacks: [ARCHIVE.email],
  }),
];
