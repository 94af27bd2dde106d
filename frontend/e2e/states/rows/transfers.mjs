import { aTransfer, minutesAgo } from '../answers.mjs';
import { problem, silence } from '../stage.mjs';

const STATES = [
  aTransfer({ id: 'tr1', selection: { count: 7, names: ['Board decks', 'Brand'] } }),
  aTransfer({
    id: 'tr2',
    state: 'completed',
    selection: { count: 1, names: ['Contracts'] },
    counts: { found: 642, verified: 642 },
    finishedAt: minutesAgo(5),
  }),
];

const row = (state, sees, more = {}) => ({ state, path: '/transfers', sees, ...more });

export const rows = [
  row('loading', ['Loading transfers'], {
    api: { 'GET /api/transfers': silence },
  }),
  row('empty', ['No transfers yet', ['link', 'New transfer']]),
  row('every state', ['Running', 'Completed', ['link', 'Contracts']], {
    api: { 'GET /api/transfers': { transfers: STATES } },
  }),
  row('active', ['Running'], {
    path: '/transfers?state=active',
    api: { 'GET /api/transfers': { transfers: STATES } },
    lacks: [['link', 'Contracts']],
  }),
  row('none in this state', ['No transfer is in this state.'], {
    path: '/transfers?state=needs_you',
    api: { 'GET /api/transfers': { transfers: STATES } },
  }),
  row('nobody connected', ['No account is connected', ['link', 'Connect an account']], { left: {} }),
  row('could not be loaded', ['The transfers could not be shown', ['button', 'Try again']], {
    api: { 'GET /api/transfers': problem(503, 'service_unavailable', 'CloudMover is not ready', { retryAfter: 5 }) },
  }),
];

export const notYet = ['needs you', 'finished', 'found by name', 'nothing found by name'];
