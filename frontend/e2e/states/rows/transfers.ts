import { aTransfer, ANA, calm, minutesAgo, type TransferParts } from '../answers.ts';
import { expectVisibleInForcedColors } from '../forced-colors.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { problem, silence } from '../stage.ts';

const AWAY = problem(503, 'service_unavailable', 'The database does not answer');

const one = (id: string, name: string, parts: TransferParts) =>
  aTransfer({ id, selection: { count: 1, names: [name] }, ...parts });
/** The list in the design. */
const ALL = [
  aTransfer({ id: 'tr1', createdAt: minutesAgo(68) }),
  one('tr4', 'Legal hold set', {
    state: 'planning',
    counts: { found: 8214 },
    startedAt: undefined,
    createdAt: minutesAgo(3),
  }),
  one('tr2', 'Studio (shared drive)', {
    state: 'waiting_quota',
    resumeAt: '2026-11-25T03:10:00.000Z',
    counts: { found: 48_120, verified: 21_406 },
    createdAt: '2026-11-23T10:00:00.000Z',
    startedAt: '2026-11-23T10:05:00.000Z',
  }),
  one('tr3', 'HR records', {
    state: 'needs_reconnect',
    mode: 'move',
    originals: { trashed: 900, kept: 2 },
    parked: { side: 'source', account: ANA.email, since: '2026-11-24T08:02:00.000Z' },
    counts: { found: 1240, verified: 902 },
    allowedActions: ['reconnect', 'cancel', 'report'],
    createdAt: '2026-11-23T09:00:00.000Z',
    startedAt: '2026-11-23T09:05:00.000Z',
  }),
  one('tr5', 'Photos 2011–2024', {
    state: 'paused',
    since: '2026-11-22T10:00:00.000Z',
    counts: { found: 31_402, verified: 15_310 },
    allowedActions: ['resume', 'cancel', 'report'],
    createdAt: '2026-11-21T09:00:00.000Z',
    startedAt: '2026-11-21T09:05:00.000Z',
  }),
  one('tr6', 'Marketing 2018–2022', {
    state: 'completed_with_failures',
    counts: { found: 90_517, verified: 88_211, failed: 1904, skipped: 402 },
    createdAt: '2026-11-19T09:00:00.000Z',
    startedAt: '2026-11-19T09:05:00.000Z',
    finishedAt: '2026-11-19T22:07:00.000Z',
    activeSeconds: (13 * 60 + 2) * 60,
    allowedActions: ['retry', 'report'],
  }),
  one('tr7', 'Contracts', {
    state: 'completed',
    mode: 'move',
    originals: { trashed: 642, kept: 0 },
    counts: { found: 642, verified: 642 },
    createdAt: '2026-11-16T09:00:00.000Z',
    startedAt: '2026-11-16T09:05:00.000Z',
    finishedAt: '2026-11-16T09:50:00.000Z',
    allowedActions: ['report'],
  }),
  one('tr8', 'Design library', {
    state: 'failed',
    problem: { code: 'destination_storage_full', title: 'The destination is full.', detail: 'Free some space.' },
    counts: { found: 9052, verified: 3107, failed: 1 },
    createdAt: '2026-11-12T09:00:00.000Z',
    startedAt: '2026-11-12T09:05:00.000Z',
    finishedAt: '2026-11-12T11:00:00.000Z',
    allowedActions: ['retry', 'report'],
  }),
  one('tr9', 'Old laptop backup', {
    state: 'canceled',
    counts: { found: 8001, verified: 211, skipped: 7790 },
    createdAt: '2026-11-09T09:00:00.000Z',
    startedAt: '2026-11-09T09:05:00.000Z',
    finishedAt: '2026-11-09T10:00:00.000Z',
    allowedActions: ['retry', 'report'],
  }),
];
const api = { 'GET /api/transfers': { transfers: ALL } };

const row = (state: string, sees: Sight[], more: MoreOfRow = {}): Row => ({ state, path: '/transfers', sees, ...more });

export const rows: Row[] = [
  row('loading', ['Loading transfers'], {
    api: { 'GET /api/transfers': silence },
  }),
  row('empty', ['No transfers yet', ['link', 'New transfer']]),
  row(
    'every state',
    [
      'About 42 min left',
      '8,214 so far',
      'Next try tomorrow, 03:10',
      ['button', 'Reconnect: HR records'],
      ['button', 'Resume: Photos 2011–2024'],
      ['button', 'Retry rest: Design library'],
      ['link', 'Contracts'],
      ['button', 'All 9'],
    ],
    {
      api,
      holds: ({ page }) =>
        expectVisibleInForcedColors(page, {
          '.top .active': '.top a:not(.active)',
          '.filter[aria-pressed=true]': '.filter[aria-pressed=false]',
          'cm-stacked-bar': '',
          'cm-stacked-bar .verified': 'cm-stacked-bar .waiting',
          'cm-stacked-bar .failed': 'cm-stacked-bar .verified',
        }),
    },
  ),
  row('active', ['Running', 'Counting', 'Paused'], {
    path: '/transfers?state=active',
    api,
    lacks: [
      ['link', 'Contracts'],
      ['link', 'HR records'],
    ],
  }),
  row('needs attention', ['Reconnect needed'], {
    path: '/transfers?state=needs_you',
    api,
    lacks: [['link', 'Contracts']],
  }),
  row('finished', [['link', 'Contracts'], 'Completed with failures', 'Failed', 'Canceled'], {
    path: '/transfers?state=finished',
    api,
    lacks: [['link', 'HR records']],
  }),
  row('none in this state', ['No transfer is in this state.', ['button', 'Show all']], {
    path: '/transfers?state=needs_you',
    api: { 'GET /api/transfers': { transfers: [ALL[0]] } },
  }),
  row('found by name', [['link', 'Contracts']], {
    path: '/transfers?q=contr',
    api,
    lacks: [['link', 'HR records']],
  }),
  row('nothing found by name', ['No transfer is called “kontrakt”.', ['button', 'Show all']], {
    path: '/transfers?q=kontrakt',
    api,
  }),
  row('nobody connected', ['No account is connected', ['link', 'Connect an account']], { left: {} }),
  row(
    'database away',
    [
      'Couldn’t check which accounts are connected',
      /^Reconnecting in \d+ s$/,
      /CloudMover cannot reach its database.*This page keeps trying/,
      ['button', 'Try again'],
    ],
    {
      api: { 'GET /session/validate': AWAY, 'GET /api/transfers': AWAY, 'GET /api/transfers/events': AWAY },
      lacks: ['No account is connected'],
    },
  ),
  row('database back', [['link', 'Contracts']], {
    stored: { haste: '4' },
    api: { 'GET /session/validate': AWAY, 'GET /api/transfers': AWAY, 'GET /api/transfers/events': AWAY },
    arrange: async ({ page, stage }) => {
      await page.getByText('Couldn’t check which accounts are connected').waitFor();
      stage.change({ ...calm(), ...api });
    },
    lacks: ['Couldn’t check which accounts are connected'],
  }),
  row('could not be loaded', ['The transfers could not be shown', ['button', 'Try again']], {
    api: { 'GET /api/transfers': problem(503, 'service_unavailable', 'CloudMover is not ready', { retryAfter: 5 }) },
  }),
];
