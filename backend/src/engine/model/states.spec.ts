import {
  COMMANDS,
  LEADS_TO,
  STATE_RULES,
  statesBefore,
  statesFor,
  TERMINAL_STATES,
  TRANSFER_STATES,
} from './states.js';

it('leads only to states of the table, and to each except the first', () => {
  // `park` and `fail` are possible in every working state; `before` means any of them.
  const reached = new Set<string>(['planning', 'waiting_quota', 'needs_reconnect', 'failed']);
  for (const state of TRANSFER_STATES) {
    const { then = [], accepts } = STATE_RULES[state];
    for (const to of [...then, ...accepts.map((command) => LEADS_TO[command])]) if (to !== 'before') reached.add(to);
  }
  expect([...reached].toSorted()).toEqual(TRANSFER_STATES.toSorted());
});

it('has work in every state that the engine leaves on its own, and none in the others', () => {
  for (const state of TRANSFER_STATES) {
    const { phase, then } = STATE_RULES[state];
    expect([state, then !== undefined]).toEqual([state, phase === 'working' || phase === 'stopping']);
  }
  expect(statesBefore('ready')).toEqual(['planning', 'updating']);
  expect(statesBefore('running')).toEqual(['ready']);
});

it('has a job for every state with work, and for no other', () => {
  for (const state of TRANSFER_STATES) {
    const { step, then } = STATE_RULES[state];
    expect([state, step !== undefined]).toEqual([state, then !== undefined]);
  }
});

it('never offers a command that is already in effect', () => {
  for (const command of COMMANDS)
    for (const state of statesFor(command)) expect(STATE_RULES[state].inEffect).not.toContain(command);
  for (const state of TERMINAL_STATES) expect(STATE_RULES[state].accepts).not.toContain('pause');
});
