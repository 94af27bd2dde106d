import { ANA } from '../answers.ts';
import type { Row } from '../row.ts';
import { cut, problem, type Question } from '../stage.ts';

const HOUR_MS = 3_600_000;
const LIFE = { type: 'source', connectedAt: '2026-11-24T10:21:00.000Z', expiresAt: '2026-11-25T10:22:00.000Z' };
const begun = (side: string) => ({
  'cloudmover.signIn': JSON.stringify({ side, at: Date.parse('2026-11-24T10:21:00.000Z') }),
});
const validFor = (account: { email: string; name: string }) => ({
  valid: true,
  account,
  readOnly: false,
  expiresIn: 86_400,
  ...LIFE,
});

export const rows: Row[] = [
  {
    state: 'network failed',
    path: '/?type=source&token=handed-over',
    left: {},
    remembered: begun('source'),
    api: { 'POST /session/rotate': cut },
    sees: ['Almost connected', 'CloudMover cannot be reached', ['button', 'Try again']],
  },
  {
    state: 'a sign-in for either side',
    path: '/?type=general&token=handed-over',
    api: {
      'GET /session/validate': ({ headers }: Question) =>
        headers.authorization ? { ...validFor(ANA), type: 'general' } : validFor(ANA),
    },
    arrange: ({ page }) => page.getByRole('button', { name: `Connect ${ANA.email}` }).click(),
    sees: ['Which side is this account for?', ['button', 'Use it as source'], ['button', 'Use it as destination']],
  },
  {
    state: 'a sign-in that began elsewhere',
    path: '/?type=destination&token=handed-over',
    left: { source: 20 * HOUR_MS },
    api: {
      'GET /session/validate': ({ headers }: Question) =>
        headers['x-source-token']
          ? validFor(ANA)
          : headers.authorization
            ? validFor({ email: 'mallory@example.com', name: 'Mallory' })
            : problem(401, 'token_missing', 'A token is missing'),
    },
    sees: ['Connect mallory@example.com?', 'This sign-in was not started in this tab', ['button', 'Do not connect']],
  },
];
