import type { Page } from 'playwright-core';
import type { AccountPace, Analytics, AnalyticsStep } from '../../../src/app/api/models';
import { NOW } from '../answers.ts';
import { expectVisibleInForcedColors } from '../forced-colors.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { cut, problem } from '../stage.ts';

const STEP_S = 3600;
const STEPS = 24;
const COUNTS = {
  unverified: 0,
  skipped: 0,
  connections: 1,
  connectionsRefused: 0,
  validations: 4,
  validationsRefused: 0,
};

/** A day: quiet, busy in the evening, slowed down at 01:10. */
const steps = Array.from({ length: STEPS }, (_, i): AnalyticsStep => {
  const slowed = i >= 14 && i < 17;
  const busy = Math.round(4200 + 3600 * Math.sin((i / STEPS) * Math.PI * 1.6) + ((i * 37) % 90));
  return {
    ...COUNTS,
    at: new Date(Date.parse(NOW) - (Date.parse(NOW) % (STEP_S * 1000)) - (STEPS - 1 - i) * STEP_S * 1000).toISOString(),
    verified: Math.max(0, slowed ? Math.round(busy / 2) : busy),
    failed: i % 7 === 0 ? 4 : 0,
    bytes: busy * 4_000_000,
    slowDowns: slowed ? 60 : 0,
    slowedAccounts: slowed ? 3 - (i - 14) : 0,
    requests: 200,
    problems: i % 5,
  };
});

const line = (
  account: string,
  kind: AccountPace['kind'],
  now: number,
  allowed: number | null,
  slowDowns: number,
  more: Partial<AccountPace> = {},
): AccountPace => ({
  account: `acc_${account}x0aQmN3bT7cVwYzL1e`,
  kind,
  now,
  allowed,
  waitsUntil: null,
  slowDowns,
  lastHour: [90, 110, 96, 112, 108, 100, 60, 88, 110, 116, 109, 54],
  ...more,
});

const FIGURES: Analytics = {
  range: '24h',
  from: steps[0]!.at,
  to: NOW,
  stepSeconds: STEP_S,
  figures: {
    itemsVerified: { value: 101_940, before: 96_170 },
    bytesMoved: { value: 1_440_358_255_165, before: 1_340_358_255_165 },
    bytesInsideGoogle: 1_382_743_924_958,
    itemsFailed: { value: 2216, before: 2500 },
    itemsAttempted: 105_523,
    checksumMismatches: { value: 4, before: 0 },
    liveSessions: { source: 26, destination: 25, general: 6 },
  },
  steps,
  slowDowns: steps
    .filter(({ slowDowns }) => slowDowns > 0)
    .map(({ at, slowDowns, slowedAccounts }) => ({ at, slowDowns, accounts: slowedAccounts })),
  failureReasons: [
    { code: 'rate_limited', count: 1211 },
    { code: 'source_not_found', count: 402 },
    { code: 'source_permission_denied', count: 288 },
    { code: 'source_changed', count: 190 },
    { code: 'destination_storage_full', count: 121 },
    { code: 'checksum_mismatch', count: 4 },
  ],
  sharing: {
    granted: { value: 1_616, before: 0 },
    refused: { value: 31, before: 0 },
    reverted: { value: 0, before: 0 },
    reasons: [{ code: 'no_google_account', count: 31 }],
  },
  links: {
    rewritten: { value: 9_214, before: 0 },
    outside: { value: 612, before: 0 },
    unsupported: { value: 41, before: 0 },
    failed: { value: 3, before: 0 },
    reasons: [{ code: 'linked_chart', count: 41 }],
  },
  errorCodes: [
    { code: 'session_expired', count: 71 },
    { code: 'not_found', count: 12 },
  ],
  sessions: {
    connections: { source: 40, destination: 38, general: 3 },
    connectionsRefused: [{ code: 'access_denied', count: 5 }],
    validations: 3120,
    validationsRefused: [{ code: 'session_expired', count: 71 }],
    distinctAccounts: 31,
  },
  pace: {
    accounts: 31,
    busiest: [
      line('8F2K', 'write', 1.9, 2.2, 4),
      line('T90M', 'write', 0.6, 0.7, 61),
      line('8F2K', 'read', 11, 40, 0),
      line('W3QD', 'write', 0, null, 118, { waitsUntil: '2026-11-25T03:10:00.000Z' }),
      line('B71C', 'write', 2.3, 2.4, 2),
    ],
  },
  usage: {
    requests: 242_000,
    units: 9_612_000,
    unitsBefore: 9_030_000,
    byClass: [
      { class: 'get', requests: 61_000, units: 305_000 },
      { class: 'list', requests: 14_200, units: 1_420_000 },
      { class: 'download', requests: 3_100, units: 620_000 },
      { class: 'edit', requests: 145_340, units: 7_267_000 },
    ],
    bytesIn: 57_614_330_207,
    bytesOut: 57_614_330_207,
  },
  openTransfers: {
    total: 26,
    byState: [
      { state: 'running', count: 14 },
      { state: 'waiting_quota', count: 5 },
      { state: 'needs_reconnect', count: 3 },
      { state: 'paused', count: 3 },
      { state: 'planning', count: 1 },
    ],
  },
  machinery: {
    workers: { answering: 6, silent: 0 },
    apis: { answering: 2, silent: 0 },
    queue: { waiting: 3120, active: 24, retried: 88, oldestSeconds: 4 },
    redisBytes: 641_728_512,
    redisMaxBytes: 2_147_483_648,
    sharesToSweep: 0,
  },
};

const unlock = async (page: Page) => {
  await page.getByLabel('Operator key').fill('a-key');
  await page.getByRole('button', { name: 'Unlock' }).click();
};

const row = (state: string, sees: Sight[], more: MoreOfRow = {}): Row => ({
  state,
  path: '/analytics',
  sees,
  ...more,
  api: { 'GET /session/analytics': FIGURES, 'GET /api/keys': { keys: [] }, ...more.api },
});

export const rows: Row[] = [
  row('asks for the key', [['heading', 'This page is for the operator'], /kept in memory/, ['button', 'Unlock']], {
    lacks: [['link', 'Analytics']],
  }),
  row('key refused', ['That key is not valid.', ['button', 'Unlock']], {
    api: { 'GET /api/keys': problem(403, 'operator_key_refused', 'The operator key was refused') },
    arrange: ({ page }) => unlock(page),
  }),
  row(
    'figures',
    [
      '101,940',
      '6% more than the day before',
      '1.3 TB',
      '96% inside Google',
      '2.1% of attempts',
      'should be 0; please investigate',
      '26 source, 25 destination, 6 either side',
      ['img', /^Items verified per minute over the last 24 hours: at most .*01:00 Google slowed down 3 accounts/],
      ['img', /^Why items failed, most frequent first: rate_limited 1,211, /],
      'busiest 4 of 31',
      ['heading', '26 open transfers'],
      '6, all responding',
      '3,120, oldest 4 s',
      /^Updated 10:2\d, every 15 s$/,
      ['link', 'Analytics'],
      ['button', 'Lock: forget the operator key'],
    ],
    {
      arrange: ({ page }) => unlock(page),
      holds: ({ page }) =>
        expectVisibleInForcedColors(page, { '.ranges .chosen': '.ranges a:not(.chosen, :first-child)' }),
    },
  ),
  row(
    'as a table',
    [['rowheader', '01:00'], ['rowheader', 'rate_limited'], '90, 110, 96, 112, 108, 100, 60, 88, 110, 116, 109, 54'],
    {
      arrange: async ({ page }) => {
        await unlock(page);
        for (const chart of [
          'Items verified per minute',
          'Why items failed',
          'Pace per Google account',
          '26 open transfers',
        ])
          await page.getByRole('button', { name: `View as table: ${chart}` }).click();
      },
    },
  ),
  row('not updated', ['Not updated', /These figures are from 10:2\d/, '101,940'], {
    stored: { haste: '10' },
    arrange: async ({ page, stage }) => {
      await unlock(page);
      await page.getByText('101,940').waitFor();
      stage.change({ 'GET /session/analytics': cut });
    },
  }),
];
