import { aTransfer, anItem, minutesAgo } from '../answers.ts';
import type { ReasonCode } from '../../../src/app/api/models';
import type { Row, Sight } from '../row.ts';
import { problem, stream, unknownProblem } from '../stage.ts';
import { rows as choices } from './choose.ts';

const HOUR_MS = 3_600_000;

/** How a sign-in that failed at Google is explained on return. */
const refused = (code: string, sees: Sight): Row => ({
  state: code,
  path: `/?type=source&error=${code}`,
  left: { destination: 20 * HOUR_MS },
  sees: ['Not connected', sees, ['button', 'Connect source again'], 'The destination is still connected.'],
});

/** How an item's failure is explained on its transfer's page. */
function failed(code: ReasonCode, title: string, advice: string, retryable: boolean): Row {
  const transfer = aTransfer({
    state: 'completed_with_failures',
    counts: { found: 642, verified: 640, failed: 2 },
    failureGroups: [{ code, state: 'failed', title, advice, count: 2, retryable }],
    startedAt: minutesAgo(60),
    finishedAt: minutesAgo(1),
    allowedActions: retryable ? ['retry', 'report'] : ['report'],
  });
  return {
    state: code,
    path: '/transfers/tr_7KQ2M9',
    api: {
      'GET /api/transfers/events': stream('Transfer', transfer),
      'GET /api/transfers/{id}/items': {
        items: [1, 2].map((ordinal) => anItem(ordinal, { state: 'failed', code, reason: title, attempts: 3 })),
      },
    },
    sees: ['Why 2 failed', title, advice, code, ...(retryable ? [['button', 'Retry 2 items'] as const] : [])],
    // There is no button where a retry cannot help.
    ...(!retryable && { lacks: [['button', /^Retry/]] }),
  };
}

/** The state of the page to choose files for an error. */
const choosing = (state: string) => choices.filter((row) => row.state === state);

const list = (state: string, answer: object, sees: Sight[]): Row => ({
  state,
  path: '/transfers',
  api: { 'GET /api/transfers': answer },
  sees,
});

const parked = aTransfer({
  state: 'needs_reconnect',
  parked: { side: 'source', account: 'somebody@else.example', since: minutesAgo(10) },
  allowedActions: ['reconnect', 'cancel'],
});
const waiting = aTransfer({
  state: 'waiting_quota',
  resumeAt: '2026-11-25T03:10:30.000Z',
  allowedActions: ['resume', 'cancel'],
});

export const rows: Row[] = [
  {
    state: 'session_expired',
    path: '/move',
    tokens: ['source', 'destination'],
    left: { destination: 20 * HOUR_MS },
    sees: ['Your source sign-in ended', ['button', 'Connect source']],
  },
  {
    state: 'link_expired',
    path: '/?type=source&token=handed-over',
    left: {},
    remembered: {
      'cloudmover.signIn': JSON.stringify({ side: 'source', at: Date.parse('2026-11-24T10:21:00.000Z') }),
    },
    api: { 'POST /session/rotate': problem(401, 'session_expired', 'The session has ended') },
    sees: ['This sign-in link has expired. Nothing was connected.', ['button', 'Connect source again']],
  },
  refused('access_denied', 'You did not allow access at Google. Nothing was connected.'),
  refused(
    'scope_missing',
    'This account did not grant the access that this needs. Connect it again without “Copy only”, and keep the Drive box ticked.',
  ),
  refused('state_mismatch', 'This sign-in was started in another browser, or too long ago. Nothing was connected.'),
  refused('domain_policy', /does not allow Drive apps/),
  {
    state: 'wrong_account',
    path: '/transfers/tr_7KQ2M9',
    api: { 'GET /api/transfers/events': stream('Transfer', parked) },
    sees: [/You connected ana.ruiz@northwind.example; this transfer needs somebody@else.example/],
  },
  ...choosing('folder gone').map((row) => ({ ...row, state: 'not_found' })),
  ...choosing('destination read only').map((row) => ({ ...row, state: 'destination_read_only' })),
  failed('destination_storage_full', 'The destination is full.', 'Free some space, then resume the transfer.', true),
  {
    state: 'quota_exceeded',
    path: '/transfers/tr_7KQ2M9',
    api: { 'GET /api/transfers/events': stream('Transfer', waiting) },
    sees: [
      'Waiting for Google',
      /Google accepts no further requests of this transfer for now: because of a limit, such as 750 GB/,
      /You don’t need to do anything/,
    ],
  },
  list('rate_limited', problem(429, 'rate_limited', 'Too many requests', { retryAfter: 5 }), [
    /Too many requests\. Wait a moment, then try again\./,
    ['button', 'Try again'],
  ]),
  failed(
    'source_permission_denied',
    'The owner does not allow copying or downloading.',
    'Ask the owner to allow it, then sync new changes.',
    true,
  ),
  failed('source_not_found', 'Deleted or unshared after the count.', 'Nothing to do.', false),
  failed('source_changed', 'Edited while being copied.', 'Retry these items when nobody is editing them.', true),
  failed(
    'source_flagged',
    'Google flags it as harmful; only its owner can download it.',
    'Connect the source as the owner.',
    true,
  ),
  failed('export_too_large', 'Too large to convert (Google’s limit).', 'Download it manually.', false),
  failed(
    'folder_limit',
    'The folder is full or over 100 levels deep.',
    'Choose a destination closer to the top of the drive.',
    true,
  ),
  failed(
    'checksum_mismatch',
    'The copy differed from the original and was moved to the destination’s trash.',
    'Retry these items.',
    true,
  ),
  list('internal', problem(500, 'internal', 'CloudMover had a problem'), [
    /CloudMover had a problem\. Files are untouched\. Reference: 01J9X4-7Q\./,
    ['button', 'Try again'],
  ]),
  list('an unknown code', unknownProblem(503, 'moon_in_the_way', 'The moon is in the way'), [
    /The moon is in the way/,
    'moon_in_the_way',
    ['button', 'Try again'],
  ]),
];
