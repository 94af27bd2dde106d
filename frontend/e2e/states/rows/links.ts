import { expect } from '@jest/globals';
import type { LinkReason, LinkRow, Preflight, TransferLinks } from '../../../src/app/api/models';
import { aTransfer, minutesAgo, NO_LINKS, type TransferParts } from '../answers.ts';
import { expectDialogInShape } from '../geometry.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { problem, stream, type Script } from '../stage.ts';
import { aPreflight, counted } from './review.ts';

const ESTIMATED: Preflight['links'] = {
  mode: 'rewrite',
  byKind: [
    { kind: 'document', documents: 1120, sampled: 40, estimate: 1150 },
    { kind: 'spreadsheet', documents: 402, sampled: 24, estimate: 480 },
    { kind: 'presentation', documents: 180, sampled: 12, estimate: 70 },
    { kind: 'form', documents: 14, sampled: 4, estimate: 0 },
  ],
  sample: 80,
  apiOff: [],
};
const SHEETS_OFF = {
  kind: 'spreadsheet' as const,
  documents: 402,
  consoleUrl: 'https://console.cloud.google.com/apis/library/sheets.googleapis.com',
};

const toCard: Row['arrange'] = ({ page }) =>
  page.getByRole('region', { name: 'Links in documents' }).evaluate((card) => card.scrollIntoView());
const openCard: Row['arrange'] = async (parts) => {
  await parts.page.getByRole('button', { name: 'Links in documents' }).click();
  await toCard(parts);
};
const review = (state: string, links: Partial<Preflight['links']>, sees: Sight[], more: MoreOfRow = {}): Row => ({
  state,
  path: '/move/review/pre1?dst=archive',
  sees,
  api: counted(aPreflight({ links: { ...ESTIMATED, ...links } })),
  arrange: toCard,
  ...more,
});

const reason = (code: LinkReason['code'], count: number): LinkReason => ({
  code,
  count,
  title: 'Why',
  advice: 'What to do',
  retryable: false,
});
const RESULT: TransferLinks = {
  mode: 'rewrite',
  found: 1912,
  waiting: 0,
  rewritten: 1688,
  outside: 197,
  unsupported: 21,
  failed: 6,
  documents: { read: 1702, unread: [] },
  reasons: [reason('linked_chart', 18), reason('edited_since', 6), reason('form_destination', 3)],
  apiOff: [],
};

const address = (kind: string, id: string) => `https://docs.google.com/${kind}/d/${id}/edit`;
const ORIGINAL = address('spreadsheets', '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG');
const COPY = address('spreadsheets', '1ZyXwVuTsRqPoNmLkJiHgFeDcBa9876543210ZyXwVuT');
const link = (path: string, parts: Partial<LinkRow>): LinkRow => ({
  ordinal: 1,
  path,
  documentId: 'copy1',
  webViewLink: address('document', 'copy1'),
  kind: 'document',
  outcome: 'unsupported',
  place: { holder: 'text', part: 'body', container: 'Tab 1', label: 'budget' },
  text: ORIGINAL,
  ...parts,
});
const chart = (slide: string) =>
  link('Board decks/Q3 review', {
    kind: 'presentation',
    code: 'linked_chart',
    place: { holder: 'chart', part: 'slide', container: slide, label: '' },
    newText: COPY,
  });
const BY_HAND: LinkRow[] = [
  chart('14'),
  chart('15'),
  link('Brand/Intake', {
    kind: 'form',
    code: 'form_destination',
    place: { holder: 'responses', part: 'body', container: '', label: '' },
  }),
  link(
    'Brand/A document with a long name that says what it is about/Style guide for all brands, offices and partners',
    {
      code: 'linked_image',
      place: { holder: 'image', part: 'table', container: 'An outline of all chapters', label: '' },
    },
  ),
];
const REWRITTEN: LinkRow[] = [
  link('Finance/2024/Forecast', { outcome: 'rewritten', newText: COPY }),
  link('Finance/2024/Costs', {
    kind: 'spreadsheet',
    outcome: 'rewritten',
    newText: COPY,
    needsConsent: true,
    place: { holder: 'formula', part: 'sheet', container: 'Import', label: 'A1' },
  }),
];

const ENDED: TransferParts = {
  state: 'completed',
  finishedAt: minutesAgo(4),
  counts: { verified: 12_480, skipped: 37 },
  grants: { open: 0, withdrawn: 5 },
  verification: { closingCheck: true, checksum: 10_237, presence: 2243 },
  allowedActions: ['rerun', 'links', 'undo', 'report'],
  consents: { links: ['destination'] },
};
const transfer = (
  state: string,
  links: Partial<TransferLinks>,
  sees: Sight[],
  { parts = ENDED, api = {}, ...more }: MoreOfRow & { parts?: TransferParts; api?: Script } = {},
): Row => {
  const shown = aTransfer({ ...parts, links: { ...NO_LINKS, ...links } });
  return {
    state,
    path: '/transfers/tr_7KQ2M9?tab=links',
    sees,
    ...more,
    api: {
      'GET /api/transfers/{id}': shown,
      'GET /api/transfers/events': stream('Transfer', shown),
      'GET /api/transfers/{id}/links': ({ query }: { query: Record<string, string> }) => ({
        items: query['outcome'] === 'rewritten' ? REWRITTEN : BY_HAND,
      }),
      ...api,
    },
  };
};

export const rows: Row[] = [
  review('left as they are', { mode: 'leave', byKind: [], sample: 0 }, [
    'Links in the copies stay as they are: they lead to the originals.',
    ['radio', 'List only'],
  ]),
  review(
    'to be rewritten',
    {},
    [
      'Links to something that is copied too will lead to its copy. Only copies are changed, never originals.',
      ['cell', '1,150'],
      /^Estimated from 80 documents that were read/,
    ],
    { arrange: openCard },
  ),
  review(
    'to be rewritten, not counted yet',
    { mode: 'leave', byKind: [], sample: 0 },
    ['Recount to see how many links there are.', ['button', 'Recount with these settings']],
    { arrange: ({ page }) => page.getByRole('radio', { name: 'Rewrite' }).click() },
  ),
  review(
    'to be listed, an API is off',
    {
      mode: 'report',
      byKind: ESTIMATED.byKind.map((each) =>
        each.kind === 'spreadsheet' ? { ...each, sampled: 0, estimate: 0 } : each,
      ),
      apiOff: [SHEETS_OFF],
    },
    [
      'The Sheets API is turned off',
      /The links in 402 documents are not known/,
      ['button', 'Copy console address'],
      'not known',
    ],
  ),
  transfer('of a transfer, left as they are', {}, [
    'Links in the copies were left as they are: they lead to the originals.',
    ['button', 'Rewrite links'],
    ['button', 'List links'],
    'Links elsewhere',
  ]),
  transfer(
    'of a transfer, asking before they are rewritten',
    {},
    [
      ['alertdialog', 'Rewrite the links in the copies?'],
      /^Links to something that was copied will lead to its copy/,
      ['button', 'Not now'],
    ],
    {
      arrange: ({ page }) => page.getByRole('button', { name: 'Rewrite links' }).click(),
      holds: ({ page }) => expectDialogInShape(page, 'alertdialog'),
    },
  ),
  transfer(
    'of a transfer',
    RESULT,
    [
      '1,688 rewritten',
      /6 failed, 21 to change manually/,
      ['link', 'See them'],
      'Slide 14, chart',
      'Unlink the chart, and insert it again from the copied spreadsheet.',
      ['button', 'To change manually 21'],
      ['button', 'Rewrite again'],
      ['button', 'links.csv'],
      'How links are proven',
      ['link', 'Replace addresses'],
    ],
    {
      holds: async ({ page }) => {
        const figures = await page.locator('cm-links-tab .totals cm-sum b').allTextContents();
        expect(figures).toEqual(['1,912', '1,688', '197', '21', '6']);
      },
    },
  ),
  transfer(
    'rewritten links',
    RESULT,
    ['Import!A1', 'Open the spreadsheet once and select “Allow access”.', `New: ${COPY}`],
    { arrange: ({ page }) => page.getByRole('button', { name: 'Rewritten 1,688' }).click() },
  ),
  transfer('listed links', { ...RESULT, mode: 'report', waiting: 1694, rewritten: 0, failed: 0, reasons: [] }, [
    'not rewritten',
    ['button', 'Rewrite links'],
    ['button', 'List again'],
    '1,912 found',
  ]),
  transfer('no links', { mode: 'rewrite', documents: { read: 14, unread: [] } }, ['14 documents were read.'], {
    lacks: [['button', 'To change manually 0']],
  }),
  transfer('the list could not be loaded', RESULT, ['The list could not be loaded'], {
    api: { 'GET /api/transfers/{id}/links': problem(503, 'service_unavailable', 'The database is away') },
  }),
  transfer('before the first copy is read', { mode: 'rewrite' }, ['Links come after the final check'], {
    parts: { state: 'running' },
  }),
  transfer(
    'while links are rewritten',
    { ...RESULT, found: 812, rewritten: 700, outside: 91, unsupported: 21, failed: 0, reasons: [] },
    ['Rewriting links: 700 in 1,702 documents so far'],
    {
      holds: async ({ page }) => expect(await page.locator('[aria-current=step]').textContent()).toMatch(/^\s*Links/),
      parts: { state: 'finishing', step: 'links', counts: { verified: 12_517 } },
    },
  ),
  transfer(
    'while links are listed after the end',
    { ...RESULT, mode: 'report', waiting: 40, rewritten: 0, found: 61, outside: 0, failed: 0, reasons: [] },
    ['Listing links: 61 in 1,702 documents so far', ['button', 'Pause']],
    {
      parts: {
        state: 'linking',
        counts: { verified: 12_517 },
        grants: { open: 0, withdrawn: 5 },
        allowedActions: ['pause', 'report'],
      },
    },
  ),
  transfer(
    'APIs that are off',
    {
      ...RESULT,
      documents: { read: 1300, unread: [reason('api_off', 416)] },
      apiOff: [SHEETS_OFF, { ...SHEETS_OFF, kind: 'form', documents: 14 }],
    },
    [
      'The APIs of Sheets and Forms are turned off',
      /416 documents were not read/,
      ['button', 'Copy console address of Sheets'],
      ['button', 'Not read 416'],
    ],
  ),
];
