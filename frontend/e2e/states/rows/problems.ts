import type { Row, Sight } from '../row.ts';

/** Without a connected account: anyone may open the `type` of a problem. */
const row = (state: string, path: string, sees: Sight[]): Row => ({ state, path, sees, left: {} });

export const rows: Row[] = [
  row('a code', '/problems/session_expired', [
    ['heading', 'The session has ended'],
    ['heading', 'What to do'],
  ]),
  row('a code that is not known', '/problems/of_a_later_api', [
    'This code is not known here',
    ['link', 'All problems'],
  ]),
  row('all codes', '/problems', [
    ['heading', 'Problems'],
    ['link', 'Too many requests'],
  ]),
];
