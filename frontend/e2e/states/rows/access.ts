import { expect } from '@jest/globals';
import type {
  AccessList,
  AccessRow,
  AccessSummary,
  Preflight,
  SharingChoices,
  TransferSharing,
} from '../../../src/app/api/models';
import { aTransfer, NO_SHARING, type TransferParts } from '../answers.ts';
import { expectDialogInShape } from '../geometry.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { stream, type Script } from '../stage.ts';
import { aPreflight, counted } from './review.ts';

const CARRIED: SharingChoices = { ...NO_SHARING, mode: 'carry', links: 'restrict', lines: 4 };
const SUMMARY: AccessSummary = {
  items: 214,
  permissions: 1842,
  keeps: 209,
  less: 3,
  loses: 5,
  gains: 0,
  refused: 9,
  target: 1,
  warnings: [],
  warningCount: 0,
};
const LINES = [
  { line: 1, from: '@northwind.example', to: '@contoso.example', people: 171, items: 9204 },
  { line: 2, from: 'design@northwind.example', to: 'brand-team@contoso.example', people: 1, items: 2110 },
  { line: 3, from: 'ana.ruiz@northwind.example', to: 'drive-archive@contoso.example', people: 1, items: 12_517 },
  { line: 4, from: '@agency.example', to: null, people: 3, items: 38 },
];

const person = (address: string, parts: Partial<AccessRow> & Pick<AccessRow, 'change'>): AccessRow => ({
  grantee: { type: 'user', address },
  now: { writer: 9 },
  after: {},
  ...parts,
});
const ROWS: AccessRow[] = [
  person('press@fabrikam.example', { change: 'loses', code: 'domain_forbids_sharing_out' }),
  person('dave@agency.example', { change: 'loses', code: 'map_nobody', line: 4, becomes: null, now: { writer: 20 } }),
  {
    ...person('', { change: 'less', code: 'link_restricted', now: { writer: 12, reader: 52 }, after: { reader: 64 } }),
    grantee: { type: 'anyone' },
  },
  {
    ...person('design@northwind.example', { change: 'keeps', line: 2, now: { writer: 2110 }, after: { writer: 2110 } }),
    grantee: { type: 'group', address: 'design@northwind.example' },
    becomes: { type: 'group', address: 'brand-team@contoso.example' },
  },
  person('carol.with.a.very.long.name.indeed@northwind.example', {
    change: 'keeps',
    line: 1,
    becomes: { type: 'user', address: 'carol.with.a.very.long.name.indeed@contoso.example' },
    now: { commenter: 4, reader: 8100 },
    after: { commenter: 4, reader: 8100 },
  }),
];
const list = (items: AccessRow[], counts: Partial<AccessList['counts']> = {}): AccessList => ({
  items,
  counts: { gains: 0, loses: 5, less: 3, keeps: 209, ...counts },
});

const review = (state: string, sees: Sight[], parts: Partial<Preflight>, more: MoreOfRow = {}): Row => ({
  state,
  path: '/move/review/pre1?dst=archive',
  sees,
  ...more,
  api: {
    ...counted({ ...aPreflight(), sharing: CARRIED, access: SUMMARY, ...parts }),
    'GET /api/preflights/{id}/people': { lines: LINES },
    'GET /api/preflights/{id}/access': list(ROWS),
    ...more.api,
  },
});
const toCard: Row['arrange'] = ({ page }) =>
  page.getByRole('region', { name: 'Who will have access' }).evaluate((card) => card.scrollIntoView());

const RESULT: TransferSharing = {
  ...CARRIED,
  wanted: 1842,
  equal: 1830,
  narrower: 12,
  wider: 0,
  left: 0,
  waiting: 0,
  unreadable: 0,
  reasons: [
    { code: 'domain_forbids_sharing_out', title: 'Why', advice: 'What to do', count: 9, retryable: false },
    { code: 'no_google_account', title: 'Why', advice: 'What to do', count: 3, retryable: false },
  ],
  restrictions: {
    ...{ wanted: 9, applied: 7, refused: 2, waiting: 0 },
    reasons: [{ code: 'merged_folder', title: 'Why', advice: 'What to do', count: 2, retryable: false }],
  },
};
const ENDED: TransferParts = {
  state: 'completed',
  counts: { verified: 12_517 },
  allowedActions: ['rerun', 'carry_access', 'undo', 'report'],
};
const transfer = (state: string, parts: TransferParts, sees: Sight[], api: Script = {}, more: MoreOfRow = {}): Row => {
  const shown = aTransfer(parts);
  return {
    state,
    path: '/transfers/tr_7KQ2M9?tab=access',
    sees,
    ...more,
    api: {
      'GET /api/transfers/{id}': shown,
      'GET /api/transfers/events': stream('Transfer', shown),
      'GET /api/transfers/{id}/access': list(
        ROWS.map((row) => ({ ...row, outcome: row.change === 'keeps' ? ('equal' as const) : ('narrower' as const) })),
      ),
      ...api,
    },
  };
};

export const rows: Row[] = [
  review(
    'left out',
    [
      'The copies can be opened by drive-archive@contoso.example, and by people who can open the folder that they go into.',
    ],
    { sharing: NO_SHARING, access: undefined },
    { arrange: toCard, lacks: ['Who becomes whom'] },
  ),
  review(
    'carried over',
    [
      'can open something now',
      'Nobody gains access',
      'What is carried over, and how',
      '1,842 permissions will be set, on 214 items. Google will refuse some or all access to 9 people and groups; the list says why.',
      '4 lines; the most specific one applies',
      ['cell', '9,204'],
      'press@fabrikam.example',
      'Your line 4',
      '12 writer, 52 reader',
      ['button', 'Gets less 3'],
    ],
    {},
    {
      arrange: toCard,
      holds: async ({ page }) => {
        const figures = await page.locator('cm-access-card .totals cm-sum b').allTextContents();
        expect(figures).toEqual(['217', '209', '3', '5']);
      },
    },
  ),
  review(
    'somebody gains access, and lines that nobody needs',
    [
      '3 gain access',
      'Can open the destination folder, and so everything in it',
      'Can already open the folder “Work/Invoices” in the destination, and others',
      'The destination account may not see who can open 2 items that the copies are merged into or replace. The list may lack people who gain access through them.',
      'No item is shared with: @old.example (line 7), zoe@old.example (line 9).',
      'The source account may not see who has access to 12 items. Their sharing is not carried over.',
    ],
    {
      access: {
        ...SUMMARY,
        gains: 3,
        warningCount: 4,
        warnings: [
          { code: 'existing_unreadable', items: 2 },
          { code: 'unreadable', items: 12 },
          { code: 'unused_line', line: 7, from: '@old.example' },
          { code: 'unused_line', line: 9, from: 'zoe@old.example' },
        ],
      },
    },
    {
      arrange: toCard,
      api: {
        'GET /api/preflights/{id}/access': list(
          [
            person('boss@contoso.example', {
              change: 'gains',
              code: 'target_folder',
              now: {},
              after: { reader: 12_480 },
            }),
            person('books@contoso.example', {
              change: 'gains',
              code: 'existing_folder',
              folder: 'Work/Invoices',
              moreFolders: true,
              now: {},
              after: { writer: 211 },
            }),
            ...ROWS,
          ],
          { gains: 3 },
        ),
      },
    },
  ),
  review(
    'carrying over, not counted yet',
    ['Recount to see who keeps, loses and gains access.', ['button', 'Recount with these settings']],
    { sharing: NO_SHARING, access: undefined },
    { arrange: ({ page }) => page.getByRole('radio', { name: 'Carry over' }).click() },
  ),
  review(
    'a line with an error',
    [
      'Enter an e-mail address, or @ and a domain.',
      /^1 of 4 lines has an error/,
      ['button', 'Recount with these settings'],
    ],
    {},
    {
      arrange: async (parts) => {
        await parts.page.getByLabel('From, 2').fill('design');
        await toCard(parts);
      },
    },
  ),
  review(
    'an imported file with errors',
    [
      '412 lines read, 2 with errors',
      'Line 17',
      'They replace the 4 lines of the current people map.',
      ['button', 'Use 1 line'],
    ],
    {},
    {
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: 'Import CSV' }).click();
        await page
          .getByRole('dialog')
          .locator('input[type=file]')
          .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('from,to') });
      },
      holds: ({ page }) => expectDialogInShape(page, 'dialog'),
      api: {
        'POST /api/people-map': {
          read: 412,
          valid: 1,
          errors: [
            { line: 17, code: 'bad_to', detail: '“ana” is neither an e-mail address nor @ and a domain. Correct it.' },
            { line: 230, code: 'two_targets', detail: 'Line 12 has another target for it. Remove one of the two.' },
          ],
          lines: [{ line: 2, from: '@northwind.example', to: '@contoso.example' }],
        },
      },
    },
  ),
  transfer(
    'of a transfer, left out',
    { ...ENDED, allowedActions: ['undo', 'report'] },
    [/^Sharing was not carried over: only the destination account/],
    {},
    { lacks: [['button', 'Carry over now']] },
  ),
  transfer(
    'of a transfer, carried over afterwards',
    ENDED,
    [
      ['dialog', 'Carry sharing over now'],
      'The copies get the permissions that their originals have now. New and changed items of the source are copied too, as with “Sync new changes”. The tab Access then shows what came of it.',
      ['button', 'Import CSV'],
      ['combobox', 'Anyone with the link'],
    ],
    {},
    {
      arrange: ({ page }) => page.getByRole('button', { name: 'Carry over now' }).click(),
      holds: ({ page }) => expectDialogInShape(page),
    },
  ),
  transfer(
    'of a transfer',
    {
      state: 'completed_with_failures',
      counts: { verified: 12_512, failed: 5 },
      sharing: { ...RESULT, unreadable: 12 },
    },
    [
      'less than wanted',
      'The source account may not see who has access to 12 items. Their sharing was not carried over, and is not part of these figures.',
      'The destination’s organisation does not allow sharing with this address',
      'Ask the destination’s administrator to allow it.',
      '9 permissions',
      ['button', 'Download access.csv'],
      'Less than wanted',
      'Restrictions of the originals, such as limited access or no downloading: 7 of 9 are set on the copies.',
      /The folder was there before, so who can open it stays as it is \(2\)\./,
    ],
  ),
  transfer(
    'while it is set',
    {
      state: 'finishing',
      step: 'access',
      counts: { verified: 12_517 },
      sharing: { ...RESULT, equal: 1604, narrower: 12, waiting: 226 },
    },
    ['Setting access: 1,616 of 1,842', 'waiting'],
  ),
  transfer(
    'while Google limits sharing',
    {
      state: 'waiting_quota',
      counts: { verified: 12_517 },
      sharing: { ...RESULT, equal: 804, narrower: 0, waiting: 1038, resumeAt: '2026-11-24T14:20:00.000Z' },
      resumeAt: '2026-11-24T14:20:00.000Z',
    },
    [/Google is limiting sharing changes for now. Resumes automatically:/],
  ),
  transfer(
    'wider, and taken back',
    {
      state: 'completed',
      counts: { verified: 12_517 },
      sharing: {
        ...RESULT,
        equal: 1840,
        narrower: 0,
        wider: 2,
        reasons: [{ code: 'reverted', title: 'Why', advice: 'What to do', count: 2, retryable: false }],
      },
    },
    ['Access was wider than wanted in 2 cases. It was reverted at once.'],
  ),
];
