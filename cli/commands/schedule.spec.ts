import { problem, type Routes, TestProgram } from '../testing/program.ts';

const ID = 'q5Zt0c9hT2uKjH1xV3mW8w';
const AT = `/api/transfers/${ID}/schedule`;
const HOURS = { from: '20:00', to: '06:00' };
const SYNC = { cron: '0 2 * * *', timezone: 'UTC', state: 'active', nextRunAt: '2026-12-01T02:00:00.000Z' };
const LAST = { at: '2026-11-30T02:00:00.000Z', changed: 14, state: 'completed' };

/** A server with the schedule that `before` is, if any. */
function scheduled(before?: Record<string, unknown>) {
  let stored = before;
  const shown = () => stored ?? problem(404, 'schedule_not_found');
  const routes: Routes = {
    [`GET ${AT}`]: shown,
    [`PUT ${AT}`]: async (request) => (stored = { ...((await request.json()) as object), state: 'active' }),
    [`POST ${AT}/pause`]: () => (stored = { ...stored, state: 'paused' }),
    [`DELETE ${AT}`]: () => new Response(null, { status: 204 }),
  };
  const program = new TestProgram(routes);
  return {
    program,
    run: (...options: string[]) => program.run('schedule', ID, ...options),
    /** What was changed: methods, and the body of the request that set the schedule. */
    sent: async () => {
      const changes = program.requests.filter(({ method }) => method !== 'GET');
      const put = changes.find(({ method }) => method === 'PUT');
      return {
        calls: changes.map(({ method, url }) => `${method} ${new URL(url).pathname.replace(AT, '')}`.trim()),
        ...(put && { body: (await put.clone().json()) as unknown }),
      };
    },
  };
}

describe('a schedule', () => {
  it.each([
    [['--every', 'day', '--at', '02:00'], { cron: '0 2 * * *' }],
    [['--every', 'Monday', '--at', '18:30'], { cron: '30 18 * * 1' }],
    [['--every', 'weekday'], { cron: '0 0 * * 1-5' }],
    [['--every', '6h'], { every: 'PT6H' }],
    [['--every', 'pt30m', '--until', '2027-01-01T00:00:00Z'], { every: 'PT30M', until: '2027-01-01T00:00:00.000Z' }],
    [['--cron', '15 1 * * *', '--hours', '20:00-06:00'], { cron: '15 1 * * *', hours: HOURS }],
  ])('is set with %j', async (options, body) => {
    const { run, sent } = scheduled();
    expect(await run(...options, '--timezone', 'UTC')).toBe(0);
    expect(await sent()).toEqual({ calls: ['PUT'], body: { ...body, timezone: 'UTC' } });
  });

  it('has the times of this computer', async () => {
    const { run, sent } = scheduled();
    await run('--every', 'day');
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    expect(await sent()).toMatchObject({ body: { timezone: timeZone } });
  });

  const both = { ...SYNC, timezone: 'Asia/Tokyo', hours: HOURS, until: '2027-01-01T00:00:00.000Z' };
  const kept = { cron: '0 2 * * *', timezone: 'Asia/Tokyo', hours: HOURS, until: '2027-01-01T00:00:00.000Z' };
  const without = (...names: (keyof typeof kept)[]) =>
    Object.fromEntries(Object.entries(kept).filter(([name]) => !(names as string[]).includes(name)));
  it.each([
    [['--hours', '21:00-05:00'], { ...kept, hours: { from: '21:00', to: '05:00' } }],
    [['--every', '6h'], { ...without('cron'), every: 'PT6H' }],
    [['--every', 'monday'], { ...kept, cron: '0 0 * * 1' }],
    [['--until', '2028-01-01'], { ...kept, until: '2028-01-01T00:00:00.000Z' }],
    [['--timezone', 'Europe/Berlin'], { ...kept, timezone: 'Europe/Berlin' }],
    [['--no-hours'], without('hours')],
    [['--no-until'], without('until')],
    [['--no-sync'], { timezone: 'Asia/Tokyo', hours: HOURS }],
  ])('keeps what %j does not name', async (options, body) => {
    const { run, sent } = scheduled({ ...both, lastRun: LAST });
    expect(await run(...options)).toBe(0);
    expect(await sent()).toEqual({ calls: ['PUT'], body });
  });

  it('with nothing left is removed', async () => {
    for (const options of [['--no-sync', '--no-hours'], ['--remove']]) {
      const { run, sent, program } = scheduled(both);
      expect(await run(...options)).toBe(0);
      expect(await sent()).toEqual({ calls: ['DELETE'] });
      expect(program.stdout).toBe(`${ID} has no schedule.\n`);
    }
  });

  it('that is paused stays so until it is resumed', async () => {
    const paused = { ...both, state: 'paused' };
    const changed = scheduled(paused);
    expect(await changed.run('--hours', '21:00-05:00')).toBe(0);
    expect((await changed.sent()).calls).toEqual(['PUT', 'POST /pause']);
    expect(changed.program.stdout).toContain('Paused. Start its runs again: cloudmover schedule');

    for (const [options, body] of [
      [['--resume'], kept],
      [['--resume', '--no-hours'], without('hours')],
    ] as const) {
      const { run, sent } = scheduled(paused);
      expect(await run(...options)).toBe(0);
      expect(await sent()).toEqual({ calls: ['PUT'], body });
    }
    // Its sync is gone, so that nothing is left to pause.
    const stopped = scheduled(paused);
    await stopped.run('--no-sync');
    expect((await stopped.sent()).calls).toEqual(['PUT']);
  });

  it('that is active is not set again by --resume, which would move its next run', async () => {
    const { run, sent } = scheduled(both);
    expect(await run('--resume')).toBe(0);
    expect(await sent()).toEqual({ calls: [] });
  });

  it('is shown, paused and removed, also for programs', async () => {
    const { run, program } = scheduled({ ...both, lastRun: LAST });
    expect(await run()).toBe(0);
    expect(program.stdout).toMatch(
      /^Cron 0 2 \* \* \*, Asia\/Tokyo: active\nRuns only from 20:00 to 06:00, Asia\/Tokyo\n/,
    );
    expect(program.stdout).toMatch(/Last run: .*, 14 changes, completed\n$/);
    expect(await run('--pause', '--json')).toBe(0);
    expect(program.lines).toMatchObject([{ type: 'schedule', id: ID, schedule: { state: 'paused' } }]);
    expect(await run('--remove', '--json')).toBe(0);
    expect(program.lines).toEqual([{ type: 'schedule', id: ID }]);
  });

  it.each([
    [['--at', '02:00'], /--at needs --every/],
    [['--every', '6h', '--at', '02:00'], /--at needs --every day/],
    [['--every', 'day', '--at', '24:00'], /write it as 02:00/],
    [['--every', 'day', '--cron', '0 2 * * *'], /--cron replaces/],
    [['--every', 'day', '--no-sync'], /--no-sync cannot be combined/],
    [['--pause', '--every', 'day'], /cannot be combined/],
    [['--pause', '--resume'], /cannot be combined/],
    [['--until', 'tomorrow', '--every', 'day'], /is not a date/],
  ])('refuses %j', async (options, message) => {
    const { run, program, sent } = scheduled(both);
    expect([await run(...options), program.stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(await sent()).toEqual({ calls: [] });
  });

  it.each([['--until', '2027-01-01'], ['--timezone', 'UTC'], ['--resume']])(
    'that is missing cannot be changed by %s alone',
    async (...options) => {
      const { run, program, sent } = scheduled();
      expect([await run(...options), program.stderr]).toEqual([
        2,
        expect.stringContaining('has no schedule yet: name --every, --cron or --hours'),
      ]);
      expect(await sent()).toEqual({ calls: [] });
    },
  );

  it('is not set where reading the earlier one failed', async () => {
    const program = new TestProgram({ [`GET ${AT}`]: problem(503, 'service_unavailable') });
    expect(await program.run('schedule', ID, '--hours', '20:00-06:00')).toBe(1);
    expect(program.requests.map(({ method }) => method)).toEqual(['GET']);
  });
});
