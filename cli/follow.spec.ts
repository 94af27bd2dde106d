import { moment } from './terminal.ts';
import { aCompletedTransfer, aPreflight, aTransfer, events, TestProgram } from './testing/program.ts';

const ID = 'q5Zt0c9hT2uKjH1xV3mW8w';
const AT = `/api/transfers/${ID}`;
const RESUME_AT = '2026-12-02T08:00:00.000Z';
const UNTIL = `waits until ${moment(RESUME_AT)}: `;

const REASONS = [
  [undefined, 'Google accepts no more requests for now'],
  ['sharing', 'Google lets the account share no more for now'],
  ['units', 'the quota units that this server may use in a day are used up'],
  ['hours', 'the allowed hours of its schedule are over'],
] as const;
const waiting = (limitReached?: string) => ({ resumeAt: RESUME_AT, ...(limitReached && { limitReached }) });

describe('what a transfer waits for', () => {
  it.each(REASONS)('is said at once and in local time, for the limit %s', async (limit, reason) => {
    const parked = aTransfer({ state: 'waiting_quota', ...waiting(limit) });
    const program = new TestProgram({
      [`GET ${AT}/events`]: events('transfer', aTransfer(), parked, parked, aCompletedTransfer()),
      [`GET ${AT}`]: parked,
    });
    expect(await program.run('watch', ID)).toBe(0);
    // Although the line before is younger than ten seconds; and once, although the server repeats it.
    expect(program.stderr.split(UNTIL + reason)).toHaveLength(2);
    await program.run('show', ID);
    expect(program.stdout).toContain(`Waiting: 4 of 10 items verified, 400 bytes.\n  ${UNTIL}${reason}\n`);
  });

  it('is said again after it has changed', async () => {
    const states = REASONS.map(([limit]) => aTransfer({ state: 'waiting_quota', ...waiting(limit) }));
    const program = new TestProgram({ [`GET ${AT}/events`]: events('transfer', ...states, aCompletedTransfer()) });
    await program.run('watch', ID);
    for (const [, reason] of REASONS) expect(program.stderr).toContain(UNTIL + reason);
  });

  it('may have no end', async () => {
    const program = new TestProgram({ [`GET ${AT}`]: aTransfer({ state: 'waiting_quota' }) });
    await program.run('show', ID);
    expect(program.stdout).toContain('  waits: Google accepts no more requests for now\n');
  });
});

describe('a count that waits', () => {
  const preflight = aPreflight();
  const waits = aPreflight({ state: 'counting', ...waiting('units') });
  const checking = () =>
    new TestProgram({
      'GET /list-files': { files: [{ id: 'w', name: 'Work', kind: 'folder' }] },
      'POST /api/preflights': preflight,
      [`GET /api/preflights/${preflight.id}/events`]: events(
        'preflight',
        aPreflight({ state: 'counting' }),
        waits,
        preflight,
      ),
    });

  it('says why, and until when', async () => {
    const program = checking();
    expect(await program.run('check', 'source:Work', 'destination:')).toBe(0);
    expect(program.stderr).toBe(
      `Counting … 10 items, 1.0 kB\nCounting … 10 items, 1.0 kB  ${UNTIL}the quota units that this server may use in a day are used up\nCounting … 10 items, 1.0 kB\n`,
    );
  });

  it('has a line for programs', async () => {
    const program = checking();
    await program.run('check', 'source:Work', 'destination:', '--json');
    expect(program.lines).toMatchObject([
      { type: 'counting', preflight: { state: 'counting' } },
      { type: 'counting', preflight: { resumeAt: RESUME_AT, limitReached: 'units' } },
      { type: 'preflight', startable: true },
    ]);
  });
});

it.each([
  ['planning', 'Counting'],
  ['ready', 'Ready'],
  ['running', 'Running'],
  ['finishing', 'Wrapping up'],
  ['updating', 'Comparing the source'],
  ['linking', 'Reading links'],
  ['undoing', 'Undoing'],
  ['pausing', 'Pausing'],
  ['canceling', 'Canceling'],
])('show has words for the state %s', async (state, words) => {
  const program = new TestProgram({ [`GET ${AT}`]: aTransfer({ state }) });
  expect(await program.run('show', ID)).toBe(0);
  expect(program.stdout).toContain(`\n${words}: 4 of 10 items verified`);
});
