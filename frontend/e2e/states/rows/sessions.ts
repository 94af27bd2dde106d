import { ANA, ARCHIVE, aTransfer, minutesAgo } from '../answers.ts';
import type { ActiveSession } from '../../../src/app/api/models';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { problem, type Question } from '../stage.ts';

const aSession = (id: string, parts: Partial<ActiveSession> = {}): ActiveSession => ({
  id: `${id}Jq0cJmWl9b3XyT1uQ`,
  type: 'source',
  account: ANA,
  createdAt: minutesAgo(91),
  lastUsedAt: minutesAgo(2),
  expiresAt: minutesAgo(-20 * 60),
  current: false,
  device: { browser: 'Firefox', os: 'Linux' },
  ...parts,
});
const HERE = {
  source: aSession('4FJ8', { current: true }),
  destination: aSession('Q0ZD', { current: true, type: 'destination', account: ARCHIVE }),
};
const active =
  (...others: ActiveSession[]) =>
  ({ headers }: Question) => ({
    sessions: headers['x-source-token'] ? [HERE.source, ...others] : [HERE.destination],
  });
const OTHERS = [
  aSession('91XK', { lastUsedAt: '2026-11-23T17:20:00.000Z', expiresAt: '2026-11-24T16:02:00.000Z' }),
  aSession('M2TB', { type: 'general', lastUsedAt: null, expiresAt: '2026-11-25T07:30:00.000Z' }),
];
const TRANSFERS = [
  aTransfer(),
  aTransfer({ id: 'tr_2', state: 'paused', selection: { count: 1, names: ['Scans'] } }),
  aTransfer({ id: 'tr_3', state: 'completed', selection: { count: 1, names: ['Over'] } }),
];

const row = (state: string, sees: Sight[], more: MoreOfRow = {}): Row => ({
  state,
  path: '/sessions',
  sees,
  ...more,
  api: { 'GET /session/active': active(...OTHERS), 'GET /api/transfers': { transfers: TRANSFERS }, ...more.api },
});

export const rows: Row[] = [
  row(
    'this browser and others',
    [
      ['heading', 'Connected in this browser'],
      'Ends in 41 min',
      'Then you must sign in again to browse. Transfers keep running.',
      /^in 19 h 59 min|^in 20 h/,
      ['table', 'Your other sessions'],
      /yesterday, 17:20/,
      'Either side',
      ['button', 'End all others'],
      ['button', `Withdraw access to ${ANA.email}`],
      /2 unfinished transfers that use it stop and wait/,
    ],
    { left: { source: 20 * 3_600_000, destination: 41.9 * 60_000 } },
  ),
  row('only this browser', ['No other session of these accounts is open.'], {
    api: { 'GET /session/active': active() },
  }),
  row('could not be loaded', ['Your other sessions could not be shown', ['button', 'Try again'], ANA.name], {
    api: {
      'GET /session/active': problem(503, 'service_unavailable', 'The database does not answer'),
    },
  }),
  row(
    'withdrawing asks',
    [
      ['alertdialog', `Withdraw access to ${ANA.email}?`],
      'These transfers stop. They wait until you sign in again and resume them:',
      `Scans, from ${ANA.email} to ${ARCHIVE.email}`,
      ['button', 'Keep access'],
    ],
    {
      arrange: ({ page }) => page.getByRole('button', { name: `Withdraw access to ${ANA.email}` }).click(),
    },
  ),
  row(
    'withdrawing needs a new sign-in',
    [
      ['alertdialog', 'Sign in again to continue'],
      /^ana.* signed in more than an hour ago/,
      /Then the access is withdrawn/,
      ['button', 'Continue with Google'],
    ],
    {
      api: {
        'POST /session/revoke': problem(403, 'reauthentication_required', 'A recent sign-in is needed', {
          side: 'source',
        }),
      },
      arrange: async ({ page }) => {
        await page.getByRole('button', { name: `Withdraw access to ${ANA.email}` }).click();
        await page.getByRole('alertdialog').getByRole('button', { name: 'Withdraw access' }).click();
      },
    },
  ),
];
