import { ANA, ARCHIVE } from '../answers.mjs';

const HOUR_MS = 3_600_000;
const row = (state, sees, more = {}) => ({ state, path: '/connect', sees, ...more });

export const rows = [
  row(
    'nobody connected',
    [
      ['button', 'Connect source'],
      ['button', 'Connect destination'],
    ],
    { left: {} },
  ),
  row('one connected', [ANA.email, ['button', 'Connect destination']], { left: { source: 20 * HOUR_MS } }),
  row('both connected', [ANA.email, ARCHIVE.email, ['link', 'Choose files']]),
];

export const notYet = [
  'less than an hour left',
  'the same account twice',
  'both sign-ins ended',
  'one sign-in ended',
  'access withdrawn',
  'server away',
  'sandbox',
];
