import { aTransfer, ANA, anItem, minutesAgo } from '../answers.mjs';
import { problem, silence, stream } from '../stage.mjs';

/** What the API says of one transfer. */
const about = (transfer, more = {}) => ({
  'GET /api/transfers/{id}': transfer,
  'GET /api/transfers/{id}/events': stream('TransferDto', transfer),
  'GET /api/transfers/events': stream('TransferDto', transfer),
  'GET /api/transfers/{id}/items': { items: [] },
  'GET /api/transfers/{id}/log': { events: [] },
  ...more,
});

const row = (state, parts, sees, { api, ...more } = {}) => ({
  state,
  path: '/transfers/tr_7KQ2M9',
  api: about(aTransfer(parts), api),
  sees,
  ...more,
});

const SETTLED = { found: 12_517, verified: 12_451, unverified: 3, failed: 26, skipped: 37 };
const ENDED = { startedAt: minutesAgo(115), finishedAt: minutesAgo(1), grants: { open: 0, withdrawn: 5 } };
const group = (code, title, advice, count, retryable) => ({ code, title, advice, count, retryable });
const FAILURES = [
  group('rate_limited', 'Google asked to slow down too often.', 'Transfer these items again later.', 14, true),
  group('source_not_found', 'Deleted or unshared after the count.', 'Nothing to do.', 6, false),
  group(
    'source_permission_denied',
    'Copying and downloading are forbidden by the owner.',
    'Ask the owner to allow it, then transfer these items again.',
    4,
    true,
  ),
  group(
    'source_flagged',
    'Google flags it as harmful; only its owner may fetch it.',
    'Connect the source as the owner.',
    2,
    false,
  ),
];

export const rows = [
  row('loading', {}, ['Loading the transfer'], {
    api: { 'GET /api/transfers/{id}/events': silence, 'GET /api/transfers/events': silence },
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
  row('running', {}, [
    'Running',
    '61%',
    'About 42 min left',
    'found',
    ['button', 'Pause'],
    ['button', 'Cancel'],
    ['progressbar', 'Items settled'],
  ]),
  row('running, too early to estimate', { startedAt: minutesAgo(1), etaSeconds: 2520 }, ['Estimating the time left']),
  row('running move', { mode: 'move', originals: { trashed: 7694, kept: 8 } }, [
    '7,694 originals in the trash, 8 kept',
    'Move',
  ]),
  row('pausing', { state: 'pausing', allowedActions: ['resume', 'cancel'] }, ['Pausing']),
  row('paused', { state: 'paused', since: '2026-11-22T10:00:00.000Z', allowedActions: ['resume', 'cancel'] }, [
    'Paused',
    ['button', 'Resume'],
    ['button', 'Cancel'],
  ]),
  row(
    'paused by a problem',
    {
      state: 'paused',
      problem: { code: 'destination_storage_full', title: 'The destination is full', detail: 'Free some space.' },
      allowedActions: ['resume', 'cancel'],
    },
    ['The destination is full', ['button', 'Resume']],
  ),
  row(
    'waiting_quota',
    { state: 'waiting_quota', resumeAt: '2026-11-25T03:10:00.000Z', allowedActions: ['resume', 'cancel'] },
    ['Waiting for Google', /in 16 h 48 min/, ['button', 'Try now'], ['button', 'Cancel']],
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
  row('finishing', { state: 'finishing', allowedActions: [] }, ['Finishing']),
  row(
    'completed',
    {
      state: 'completed',
      counts: { found: 642, verified: 642 },
      allowedActions: ['rerun', 'undo', 'report'],
      ...ENDED,
    },
    ['Finished: all 642 items arrived and were verified', 'Completed', 'What “verified” rests on', 'Closing'],
  ),
  row(
    'completed_with_failures',
    {
      state: 'completed_with_failures',
      counts: SETTLED,
      failureGroups: FAILURES,
      allowedActions: ['retry', 'rerun', 'undo', 'report'],
      ...ENDED,
    },
    ['Completed with failures', 'Why 26 failed', 'source_flagged'],
    { api: { 'GET /api/transfers/{id}/items': { items: [anItem(1, { state: 'failed', code: 'rate_limited' })] } } },
  ),
  row('canceling', { state: 'canceling', allowedActions: [] }, ['Canceling']),
  row('not found', {}, ['No such transfer for these accounts', ['link', 'All transfers']], {
    api: Object.fromEntries(
      ['', '/events'].map((end) => [
        `GET /api/transfers/{id}${end}`,
        problem(404, 'transfer_not_found', 'There is no such transfer'),
      ]),
    ),
  }),
];

export const notYet = [
  'another account connected',
  'canceled',
  'failed',
  'updating',
  'undoing',
  'undone',
  'moved',
  'a share still open',
  'command pending',
  'command failed',
  'canceling asks',
  'undo asks',
  'report downloaded',
  'items',
  '100,000 failures',
  'new failures wait',
  'failures filtered by reason',
  'a failed item',
  'skipped',
  'log',
  'both sessions ended',
  'server away',
];
