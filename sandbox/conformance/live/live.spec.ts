import { SWITCHES, type Switches } from '../../faults/switches.ts';
import { TestSandbox } from '../../testing/test-client.ts';
import { ROWS, type Row } from '../scenarios.ts';
import { AlteringProxy, type Passing } from './altering-proxy.ts';
import { requestsOf, whyNotLive } from './plan.ts';
import { exitCodeOf, linesOf, summaryOf, withResults } from './report.ts';
import { plannedRequests, runLive, type LiveOptions, type Report, type SwitchAnswer } from './run.ts';

// Addresses that differ from those in the rows, so that a row with a literal address differs.
const PEOPLE = { alice: 'ann@firm.example', bob: 'ben@firm.example' };
const DRIVE = 'https://www.googleapis.com/auth/drive';
const DOCUMENT = 'application/vnd.google-apps.document';
/** The rows that can run against Google with two accounts of one organisation. */
const LIVE = ROWS.filter((row) => whyNotLive(row, true) === undefined);
const rowsOf = (...areas: string[]): Row[] => ROWS.filter(({ area }) => areas.includes(area));

describe('a run against Google', () => {
  // A second sandbox in place of Google.
  let test: TestSandbox;
  beforeEach(async () => {
    test = await TestSandbox.start({ accounts: ['alice@example.com', 'bob@example.com', ...Object.values(PEOPLE)] });
  });
  afterEach(() => test.close());

  async function run(rows: readonly Row[] = ROWS, more: Partial<LiveOptions> = {}): Promise<Report> {
    // Waiting advances the clock of the run and takes no time.
    let now = Date.now();
    return runLive(rows, {
      api: test.sandbox.url,
      credentials: {
        alice: { accessToken: await test.token(PEOPLE.alice) },
        bob: { accessToken: await test.token(PEOPLE.bob) },
      },
      maxRequests: 5000,
      paceMs: 100,
      patienceMs: 30_000,
      signal: new AbortController().signal,
      clock: {
        now: () => now,
        sleep: (ms) => {
          now += ms;
          return Promise.resolve();
        },
      },
      note: () => undefined,
      ...more,
    });
  }

  /** The items of both accounts, including their roots. */
  const itemsLeft = (): string[] =>
    Object.values(PEOPLE).flatMap((email) =>
      [...(test.sandbox.state.store.accounts.get(email)?.own ?? [])].map(({ name }) => name),
    );
  const differing = ({ results }: Report): string[] =>
    results
      .filter(({ row, state }) => state === 'differs' && !row.scenario.switches && !row.scenario.unknown)
      .map((result) => linesOf(result).join('\n'));
  const names = (lines: string[]): string[] => lines.map((line) => line.replace(/^DIFFERS +(.*)\n[^]*$/, '$1'));
  const unusual = ({ answers }: Report): SwitchAnswer[] =>
    answers.filter(({ held, default: usual }) => held.length !== 1 || held[0] !== usual);

  it('finds no difference against an equal server, and leaves nothing behind', async () => {
    const before = itemsLeft();
    const report = await run();
    expect(differing(report)).toEqual([]);
    expect(unusual(report)).toEqual([]);
    expect(report.problem).toBeUndefined();
    expect(report.leftBehind).toEqual([]);
    expect(itemsLeft()).toEqual(before);
    expect(report.requests).toBeLessThanOrEqual(plannedRequests(ROWS));
    expect(exitCodeOf(report)).toBe(0);
    // Every row without control calls runs.
    const ran = report.results.filter(({ state }) => state !== 'notRun').map(({ row }) => row.name);
    expect(ran).toEqual(LIVE.map(({ name }) => name));
    expect(ran.length).toBeGreaterThan(140);
  });

  it('reports each switch with another setting, and nothing else', async () => {
    const usual = await run();
    const asked = new Set(LIVE.flatMap(({ scenario }) => Object.keys(scenario.switches ?? {})));
    expect(new Set(usual.answers.map(({ name }) => name))).toEqual(asked);
    expect(asked.size).toBeGreaterThan(20);
    const others = Object.fromEntries(
      usual.answers.map(({ name, default: theDefault }) => [name, otherSetting(name, theDefault)]),
    );
    await test.behave({ switches: others });
    const report = await run();
    expect(differing(report)).toEqual([]);
    expect(Object.fromEntries(report.answers.map(({ name, held }) => [name, held]))).toEqual(
      Object.fromEntries(Object.entries(others).map(([name, setting]) => [name, [setting]])),
    );
    expect(exitCodeOf(report)).toBe(1);
    expect(summaryOf(report).join('\n')).toContain(
      'switch takenIdReason: DIFFERS, conflict agrees; the default is fileIdInUse',
    );
  });

  it('reports each row with altered behaviour and the difference, and nothing else', async () => {
    const alterations: Record<string, { alter: (passing: Passing) => void; says: RegExp }> = {
      'files: folderColorRgb: becomes the nearest colour of the palette': {
        alter: (passing) => {
          passing.text = passing.text.replace('"#f83a22"', '"#f83a23"');
        },
        says: /body>folderColorRgb: expected "#f83a22", got "#f83a23"/,
      },
      'about: files.generateIds: ten by default, at most a thousand, for files or shortcuts': {
        alter: (passing) => {
          if (/generateIds$/.test(passing.path))
            passing.text = JSON.stringify({ ...(JSON.parse(passing.text) as object), ids: ['1'] });
        },
        says: /ids>9: expected "a text", got nothing/,
      },
      'permissions: Limited-access folders: are listed as empty, with canListChildren=false, for people who only have access to the parent':
        {
          alter: (passing) => {
            passing.text = passing.text.replace('"canListChildren":false', '"canListChildren":true');
          },
          says: /canListChildren: expected false, got true/,
        },
      'downloads: fileNotDownloadable, fileNotExportable: documents can be exported, files downloaded': {
        alter: (passing) => {
          if (/export\?mimeType=text\/plain/.test(passing.path))
            passing.text = passing.text.replaceAll('"fileNotExportable"', '"badRequest"');
        },
        says: /error>reason: expected "fileNotExportable", got "badRequest"/,
      },
      'uploads: Zero bytes: one PUT of length 0, or bytes */0; bytes 0--1/0 is 400': {
        alter: (passing) => {
          if (passing.text === 'Failed to parse Content-Range header.' && /upload_id/.test(passing.path))
            passing.status = 411;
        },
        says: /status: expected 400, got 411/,
      },
    };
    const proxy = await AlteringProxy.start(test.sandbox.url, (passing) => {
      for (const { alter } of Object.values(alterations)) alter(passing);
    });
    try {
      const report = await run(ROWS, { api: proxy.url });
      const found = differing(report);
      const expected = Object.keys(alterations);
      // The row of malformed ranges has the same error.
      const also = 'uploads: Content-Range: an invalid one is 400';
      expect(names(found).sort()).toEqual([...expected, also].sort());
      for (const [name, { says }] of Object.entries(alterations))
        expect(found.find((line) => line.includes(name))).toMatch(says);
      expect(unusual(report)).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  it.each([1, 8, 40, 121, 300])('cleans up when it is interrupted at request %d', async (nth) => {
    const before = itemsLeft();
    const abort = new AbortController();
    const proxy = await AlteringProxy.start(test.sandbox.url, () => {
      if (proxy.passed === nth) abort.abort();
    });
    try {
      const running = run(ROWS, { api: proxy.url, signal: abort.signal });
      // Before the first row, the run has created nothing and ends like one that cannot start.
      const code = await running.then(exitCodeOf, ({ exitCode }: { exitCode: number }) => exitCode);
      expect(code).toBe(130);
      expect(itemsLeft()).toEqual(before);
    } finally {
      await proxy.close();
    }
  });

  // Their APIs create at the top of My Drive, not in the folder of the run.
  describe.each([
    ['docs', 'documents.create', '/v1/documents'],
    ['sheets', 'spreadsheets.create', '/v4/spreadsheets'],
    ['slides', 'presentations.create', '/v1/presentations'],
  ])('of the rows of %s', (area, operation, path) => {
    /** Runs them, interrupted as the response to a creation arrives; resolves to the number of creations. */
    async function interruptedAt(nth: number): Promise<number> {
      const abort = new AbortController();
      let created = 0;
      const proxy = await AlteringProxy.start(test.sandbox.url, (passing) => {
        if (passing.method !== 'POST' || passing.path.replace(/\?.*/, '') !== path) return;
        created += 1;
        if (created === nth) abort.abort();
      });
      try {
        const report = await run(rowsOf(area), { api: proxy.url, signal: abort.signal });
        expect(exitCodeOf(report)).toBe(nth <= created ? 130 : 0);
        expect(report.leftBehind).toEqual([]);
        return created;
      } finally {
        await proxy.close();
      }
    }

    it('deletes what they created, also when interrupted at the first or the last creation', async () => {
      const before = itemsLeft();
      const created = await interruptedAt(Infinity);
      expect(created).toBeGreaterThan(0);
      for (const nth of new Set([1, created])) {
        await interruptedAt(nth);
        expect(itemsLeft()).toEqual(before);
      }
    });

    it('deletes what they created without a response, and nothing of the same name', async () => {
      const names = rowsOf(area).flatMap(({ scenario }) =>
        requestsOf(scenario).flatMap(({ ask, body }) => (ask === `POST ${path}` ? [titleOf(body)] : [])),
      );
      for (const name of names) await test.make({ name, mimeType: DOCUMENT }, await test.token(PEOPLE.alice));
      const before = itemsLeft();
      await test.behave({ faults: [{ operation, kind: 'failAfterWrite', nth: 1 }] });
      const report = await run(rowsOf(area));
      expect((await test.control.stats()).requests[operation]).toMatchObject({ dropped: 1 });
      expect(differing(report)).toEqual([]);
      expect(report.leftBehind).toEqual([]);
      expect(itemsLeft()).toEqual(before);
    });
  });

  it('waits for rate limits, and ends with advice if they continue', async () => {
    await test.behave({
      faults: [
        { operation: 'files.create', nth: 3, times: 2, status: 403, reason: 'userRateLimitExceeded', retryAfter: 7 },
      ],
    });
    const notes: string[] = [];
    const report = await run(rowsOf('search'), { note: (text) => notes.push(text) });
    expect(differing(report)).toEqual([]);
    expect(exitCodeOf(report)).toBe(0);
    expect(notes).toEqual(['403 userRateLimitExceeded: waiting 7 s', '403 userRateLimitExceeded: waiting 7 s']);
    // The value of Retry-After is one of the open questions.
    expect(report.limited).toEqual(Array(2).fill('403 userRateLimitExceeded, Retry-After: 7'));

    const before = itemsLeft();
    await test.behave({
      faults: [{ operation: 'files.create', nth: 3, times: 1000, status: 429, reason: 'rateLimitExceeded' }],
    });
    const ended = await run(rowsOf('search'));
    expect(exitCodeOf(ended)).toBe(5);
    expect(ended.problem?.message).toMatch(
      /still refuses after 8 attempts \(429 rateLimitExceeded\)\. Try again later/,
    );
    expect(itemsLeft()).toEqual(before);
  });

  it('never sends more than the maximum of requests', async () => {
    const planned = plannedRequests(rowsOf('search'));
    await test.control.clearStats();
    await expect(run(rowsOf('search'), { maxRequests: planned - 1 })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(`up to ${planned} requests, more than --max-requests ${planned - 1}`) as unknown,
    });
    expect((await test.control.stats()).requests['about.get']).toBeUndefined();
    // Repeated requests count too.
    const before = itemsLeft();
    await test.behave({
      faults: [3, 12].map((nth) => ({ operation: 'files.list', nth, times: 7, status: 503, reason: 'backendError' })),
    });
    const proxy = await AlteringProxy.start(test.sandbox.url, () => undefined);
    try {
      const report = await run(rowsOf('search'), { maxRequests: planned, api: proxy.url });
      expect(report.problem?.message).toContain(`The maximum of ${planned} requests is reached`);
      expect(exitCodeOf(report)).toBe(5);
      expect(proxy.passed).toBeLessThanOrEqual(planned);
      expect(itemsLeft()).toEqual(before);
    } finally {
      await proxy.close();
    }
  });

  it.each<[string, number, RegExp, (tokens: { alice: string; bob: string }) => Promise<object>]>([
    [
      'an expired token',
      3,
      /access token of bob has expired or is invalid/,
      async ({ alice }) => {
        const bob = await test.token(PEOPLE.bob);
        await test.control.expireTokens(PEOPLE.bob);
        return { alice: { accessToken: alice }, bob: { accessToken: bob } };
      },
    ],
    [
      'a token without the scope',
      3,
      /token of alice lacks the scope .*auth\/drive\./,
      async ({ bob }) => ({
        alice: { accessToken: await test.token(PEOPLE.alice, { scopes: [`${DRIVE}.readonly`] }) },
        bob: { accessToken: bob },
      }),
    ],
    [
      'the same account twice',
      3,
      /same account/,
      ({ alice }) => Promise.resolve({ alice: { accessToken: alice }, bob: { accessToken: alice } }),
    ],
    [
      'a wrong refresh token',
      3,
      /refresh token of alice yields no access token \(40\d \w+\)/,
      ({ bob }) =>
        Promise.resolve({
          alice: { refresh: { clientId: 'c', clientSecret: 'client-secret', refreshToken: 'refresh-secret' } },
          bob: { accessToken: bob },
        }),
    ],
  ])('says what is wrong with %s', async (_name, exitCode, message, credentialsOf) => {
    const tokens = { alice: await test.token(PEOPLE.alice), bob: await test.token(PEOPLE.bob) };
    const credentials = (await credentialsOf(tokens)) as LiveOptions['credentials'];
    const running = run(ROWS, { credentials });
    await expect(running).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) as unknown });
    await expect(running).rejects.not.toMatchObject({ message: expect.stringMatching(/secret/) as unknown });
  });

  it('reports a token that expires during the run, and cleans up with the other one', async () => {
    const proxy = await AlteringProxy.start(test.sandbox.url, (passing) => {
      if (proxy.passed > 60 && passing.method === 'GET') passing.status = 401;
    });
    try {
      const before = itemsLeft();
      const report = await run(ROWS, { api: proxy.url });
      expect(exitCodeOf(report)).toBe(3);
      expect(report.problem?.message).toMatch(/access token of \w+ has expired/);
      expect(itemsLeft()).toEqual(before);
    } finally {
      await proxy.close();
    }
  });

  it('refuses a full storage, before and during the run', async () => {
    await test.ask('POST', '/__sandbox/accounts', { body: { email: 'small@example.com', quotaBytes: 1000 } });
    const accessToken = await test.token('small@example.com');
    const small = { alice: { accessToken }, bob: { accessToken: await test.token(PEOPLE.bob) } };
    await expect(run(ROWS, { credentials: small })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/storage of alice is full/) as unknown,
    });
    const before = itemsLeft();
    await test.behave({
      faults: [{ operation: 'files.upload', nth: 2, times: 9, status: 403, reason: 'storageQuotaExceeded' }],
    });
    const report = await run(rowsOf('search'));
    expect(exitCodeOf(report)).toBe(4);
    expect(itemsLeft()).toEqual(before);
  });

  it('refuses an account with too many items', async () => {
    await test.ask('POST', '/__sandbox/trees', {
      body: { account: PEOPLE.bob, folders: 0, files: 1001, bytes: 0, seed: 1 },
    });
    await expect(run()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/bob holds more than 1000 items/) as unknown,
    });
  });

  it('reports items that could not be deleted', async () => {
    await test.behave({
      faults: [{ operation: 'files.delete', nth: 1, times: 1000, status: 403, reason: 'insufficientFilePermissions' }],
    });
    const report = await run(rowsOf('comments'));
    expect(exitCodeOf(report)).toBe(6);
    expect(summaryOf(report).join('\n')).toMatch(/LEFT BEHIND, delete manually:\n {2}files\/[\w-]+: 403 for alice/);
  });

  it('shows no secret and no address', async () => {
    let redact = (text: string): string => text;
    const lines: string[] = [];
    const secrets = [await test.token(PEOPLE.alice), await test.token(PEOPLE.bob)];
    const proxy = await AlteringProxy.start(test.sandbox.url, (passing) => {
      // The worst case: a server that returns secrets in a response that differs.
      if (/generateIds/.test(passing.path)) {
        passing.status = 400;
        passing.text = JSON.stringify({
          error: { errors: [{ reason: `${secrets[0]} ${secrets[1]} ${PEOPLE.alice}` }] },
        });
      }
    });
    try {
      await run(rowsOf('about', 'uploads'), {
        api: proxy.url,
        credentials: { alice: { accessToken: secrets[0] ?? '' }, bob: { accessToken: secrets[1] ?? '' } },
        onRow: (result) => lines.push(...linesOf(result).map((line) => redact(line))),
        onRedaction: (better) => {
          redact = better;
        },
      });
      const output = lines.join('\n');
      expect(output).toContain('DIFFERS  about: files.generateIds');
      expect(output).toContain('[hidden] [hidden] alice@example.com');
      expect(output).not.toMatch(/upload_id/);
      for (const secret of [...secrets, ...Object.values(PEOPLE)]) expect(output).not.toContain(secret);
    } finally {
      await proxy.close();
    }
  });

  it('records the behaviour of Google where no source settles it', async () => {
    const answersNow = async (): Promise<Record<string, { answer: unknown }>> =>
      withResults({ rows: {}, answers: {} }, await run(rowsOf('unknown')), '2026-12-01').answers;
    const answers = await answersNow();
    expect(answers['unknown: The reason for refusing a copy if canCopy is false']).toMatchObject({
      answer: { asInSandbox: true, status: 403, reason: 'cannotCopyFile' },
    });
    expect(answers['unknown: Which fields a copy of a blob keeps by default']).toMatchObject({
      answer: { starred: false, properties: { k: 'v' } },
    });
    // The lag of this sandbox does not end with the clock of the run, so the run reaches its patience.
    await test.behave({ permissionLagMs: 60_000 });
    expect((await answersNow())['unknown: How long it takes until a permission takes effect']).toMatchObject({
      answer: { asInSandbox: false, 'ms until the folder': 16_000 },
    });
  });

  it('stores dates of rows that hold, removes those that differ, and records answers', async () => {
    await test.behave({ switches: { takenIdReason: 'conflict' } });
    const report = await run(rowsOf('files'));
    const held = 'Move: by addParents and removeParents; parents is not writable';
    const earlier = { rows: { files: { 'no longer run': '2026-01-01' }, search: { kept: '2026-01-01' } }, answers: {} };
    const stored = withResults(earlier, report, '2026-12-01');
    expect(stored.rows['search']).toEqual({ kept: '2026-01-01' });
    expect(stored.rows['files']).toMatchObject({ [held]: '2026-12-01', 'no longer run': '2026-01-01' });
    expect(stored.answers['takenIdReason']).toEqual({ answer: 'conflict', verified: '2026-12-01' });
    const differs = {
      ...report,
      results: report.results.map((each) => ({
        row: each.row,
        state: 'differs' as const,
        step: '',
        differences: [],
        observed: {},
      })),
    };
    expect(withResults(stored, differs, '2026-12-02').rows['files']).toEqual({ 'no longer run': '2026-01-01' });
  });
});

function otherSetting(name: string, theDefault: string | boolean): string | boolean {
  const other = SWITCHES[name as keyof Switches].find((setting) => setting !== theDefault);
  if (other === undefined) throw new Error(`${name} has one setting.`);
  return other;
}

/** The title that a request gives to a new document, of Docs, Sheets or Slides. */
function titleOf(body: unknown): string | undefined {
  const { title, properties } = body as { title?: string; properties?: { title?: string } };
  return title ?? properties?.title;
}
