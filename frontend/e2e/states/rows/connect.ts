import { ANA, ARCHIVE, calm } from '../answers.ts';
import { expectInSight, onPhone } from '../geometry.ts';
import type { Side } from '../../support/portal.ts';
import type { MoreOfRow, Row, Sight } from '../row.ts';
import { cut, problem, type Question } from '../stage.ts';

const HOUR_MS = 3_600_000;
const row = (state: string, sees: Sight[], more: MoreOfRow = {}): Row => ({ state, path: '/connect', sees, ...more });

/** The session responses once Google has ended the access to one side. */
const withdrawn = (side: Side) => (question: Question) =>
  question.headers[`x-${side}-token`]
    ? problem(401, 'reconnect_needed', 'The account must be connected again', { side })
    : calm()['GET /session/validate'](question);

export const rows: Row[] = [
  row(
    'nobody connected',
    [
      ['button', 'Connect source'],
      ['button', 'Connect destination'],
    ],
    { left: {} },
  ),
  row('one connected', [ANA.email, ['button', 'Connect destination']], { left: { source: 20 * HOUR_MS } }),
  row('both connected', [ANA.email, ARCHIVE.email, ['link', 'Choose files']], {
    holds: ({ page }) => onPhone(page, () => expectInSight(page, page.getByRole('link', { name: 'Choose files' }))),
  }),
  row('less than an hour left', ['Ends in 41 min', ['button', 'Sign in again']], {
    left: { source: 22 * HOUR_MS, destination: 41.9 * 60_000 },
  }),
  row('access that Google ends', [/^Google will end this access \(.*1 Dec/, ['link', 'Choose files']], {
    api: {
      'GET /session/validate': (question: Question) => ({
        ...calm()['GET /session/validate'](question),
        ...(question.headers['x-source-token'] && { accessEndsAt: '2026-12-01T10:22:00.000Z' }),
      }),
    },
  }),
  row(
    'the same account twice',
    [`Both sides are ${ANA.email}`, ['button', 'Use another account'], ['link', 'Choose files']],
    {
      api: {
        'GET /session/validate': (question: Question) => ({
          ...calm()['GET /session/validate'](question),
          account: ANA,
        }),
      },
    },
  ),
  row(
    'both sign-ins ended',
    [
      'Your sign-ins ended',
      /Transfers kept running. Connect either account to see them./,
      ['button', 'Reconnect source'],
      ['button', 'Reconnect destination'],
    ],
    { left: {}, tokens: ['source', 'destination'] },
  ),
  row('one sign-in ended', [ANA.email, 'Sign-in ended', ['button', 'Reconnect destination']], {
    left: { source: 20 * HOUR_MS },
    tokens: ['source', 'destination'],
    lacks: ['Your sign-ins ended'],
  }),
  row('copy only', ['Connected, copy only', /Copy only: everything here/, ['button', 'Allow moving'], ARCHIVE.email], {
    api: {
      'GET /session/validate': (question: Question) => ({
        ...calm()['GET /session/validate'](question),
        ...(question.headers['x-source-token'] && { readOnly: true }),
      }),
    },
  }),
  row('access withdrawn', ['No access', ['button', 'Reconnect source'], ARCHIVE.email], {
    api: { 'GET /session/validate': withdrawn('source') },
  }),
  row('server away', ['Not known', /^CloudMover cannot be reached/, ['button', 'Try again']], {
    api: { 'GET /session/validate': cut },
  }),
  row('sandbox', ['These are demo accounts', ['link', /^See Contoso Archive’s Drive/]], {
    api: {
      'GET /api/about': { ...calm()['GET /api/about'], sandbox: true, sandboxUrl: 'http://127.0.0.1:4010' },
    },
  }),
];
