import {
  aCompletedTransfer,
  aPreflight,
  aTransfer,
  events,
  problem,
  type Routes,
  TestProgram,
} from './testing/program.ts';

const ID = 'q5Zt0c9hT2uKjH1xV3mW8w';
const AT = `/api/transfers/${ID}`;
const ABOUT = 'GET /api/about';
const sendsMail = (mailAvailable: boolean) => ({ [ABOUT]: { mailAvailable } });

const bodyOf = async (program: TestProgram, wanted: string) =>
  (await program.requests
    .find(({ method }) => method === wanted)
    ?.clone()
    .json()) as unknown;

describe('copy --mail', () => {
  const preflight = aPreflight();
  const copying = (routes: Routes) =>
    new TestProgram({
      'GET /api/preflights/pA2kQ0n7cJmWl9b3XyT1uQ/events': events('preflight', preflight),
      'POST /api/transfers': aTransfer(),
      ...routes,
    });
  const copy = (program: TestProgram, ...options: string[]) =>
    program.run('copy', '--preflight', preflight.id, '--no-wait', ...options);

  it.each([
    [['--mail', 'destination'], { mail: ['destination'], language: 'en' }],
    [['--mail', 'destination,source', '--mail-language', 'de'], { mail: ['source', 'destination'], language: 'de' }],
  ])('asks for mails with %j', async (options, notify) => {
    const program = copying(sendsMail(true));
    expect(await copy(program, ...options)).toBe(0);
    expect(await bodyOf(program, 'POST')).toEqual({ preflightId: preflight.id, notify });
  });

  it('counts and starts nothing where the server sends no mails', async () => {
    const program = copying(sendsMail(false));
    expect(await copy(program, '--mail', 'source')).toBe(2);
    expect(program.stderr).toBe(
      'Error: http://localhost:3000 sends no e-mails. Leave out --mail, or ask its operator.\n',
    );
    expect(program.requests).toHaveLength(1);
  });

  it.each([
    [['--mail', 'ana@example.com'], /--mail ana@example\.com: name source, destination or both/],
    [['--mail-language', 'de'], /--mail-language needs --mail/],
    [['--mail', 'source', '--mail-language', 'fr'], /Allowed choices are en, de/],
  ])('refuses %j', async (options, message) => {
    const program = copying(sendsMail(true));
    expect([await copy(program, ...options), program.stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(program.requests).toEqual([]);
  });
});

describe('edit', () => {
  const notified = { mail: ['source'], language: 'de' };
  const editing = (transfer: object = aTransfer({ notify: notified })) =>
    new TestProgram({
      ...sendsMail(true),
      [`GET ${AT}`]: transfer as Record<string, unknown>,
      [`PATCH ${AT}`]: async (request) => ({ ...transfer, ...((await request.json()) as object) }),
    });

  it.each([
    [['--mail', 'destination'], { notify: { mail: ['destination'], language: 'de' } }],
    [['--mail-language', 'en'], { notify: { mail: ['source'], language: 'en' } }],
    [['--no-mail'], { notify: { mail: [], language: 'de' } }],
    [['--name', 'Board decks'], { name: 'Board decks' }],
    [['--no-name', '--no-mail'], { name: null, notify: { mail: [], language: 'de' } }],
  ])('changes a transfer that exists with %j', async (options, body) => {
    const program = editing();
    expect([await program.run('edit', ID, ...options), program.stderr]).toEqual([0, '']);
    expect(await bodyOf(program, 'PATCH')).toEqual(body);
  });

  it('says what is chosen, also for programs', async () => {
    const program = editing(aCompletedTransfer());
    await program.run('edit', ID, '--name', 'Mine', '--mail', 'source,destination');
    expect(program.stdout).toBe('Mine\n  e-mails to source, destination (en)\n');
    await program.run('edit', ID, '--mail', 'source', '--json');
    expect(program.lines).toMatchObject([{ type: 'transfer', transfer: { notify: { mail: ['source'] } } }]);
  });

  it('removes mails without asking whether the server sends any', async () => {
    const program = editing();
    await program.run('edit', ID, '--no-mail');
    expect(program.requests.map(({ url }) => new URL(url).pathname)).not.toContain('/api/about');
  });

  it.each([
    [[], /Name what to change: --name, --no-name, --mail, --no-mail or --mail-language/],
    [['--mail-language', 'de'], /Nobody gets e-mails about .*: name --mail/],
  ])('refuses %j', async (options, message) => {
    const program = editing(aTransfer());
    expect([await program.run('edit', ID, ...options), program.stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(program.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('says whose sign-in is missing', async () => {
    const routes = { ...sendsMail(true), [`GET ${AT}`]: aTransfer() };
    const program = new TestProgram({ ...routes, [`PATCH ${AT}`]: problem(401, 'token_missing', { side: 'source' }) });
    expect(await program.run('edit', ID, '--mail', 'source')).toBe(3);
    expect(program.stderr).toMatch(/Run: cloudmover login source\n$/);
  });
});

it('show says who gets e-mails', async () => {
  const program = new TestProgram({ [`GET ${AT}`]: aTransfer({ notify: { mail: ['destination'], language: 'de' } }) });
  await program.run('show', ID);
  expect(program.stdout).toContain('\n  e-mails to destination (de)\n');
});
