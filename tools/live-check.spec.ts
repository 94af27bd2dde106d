import { execFile, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { URL } from 'node:url';
import { signIn } from './live-check.ts';
import { Account, Budget, FOLDER } from './live-account.ts';
import { NOT_PROBED, PROBES, runProbes, tooFastRow, type Row } from './live-probes.ts';
import { startStack, type Stack } from './stack.ts';
import { until } from './until.ts';
import { call } from './api-client.ts';
import { ROOT, withoutSettings } from './workspace.ts';

const [SOURCE, DESTINATION] = ['ana@example.com', 'ben@example.com'] as const;
const CLIENT = { clientId: 'live-check', clientSecret: 'a-secret-of-the-check' };
const OPERATOR_KEY = 'an-operator-key-of-at-least-32-characters';

// One sandbox and one CloudMover; what breaks an assumption is switched on for one run of the probes.
describe('the live check', () => {
  let stack: Stack;
  const control = (path: string, method: string, body: unknown) =>
    call<{ access_token: string; refresh_token: string }>(`${stack.sandboxUrl}/__sandbox/${path}`, { method, body });
  const refresh: Record<string, string> = {};

  beforeAll(async () => {
    stack = await startStack({
      accounts: [SOURCE, DESTINATION],
      env: { OPERATOR_KEY, GOOGLE_CLIENT_ID: CLIENT.clientId, GOOGLE_CLIENT_SECRET: CLIENT.clientSecret },
    });
    await control('clients', 'POST', { ...CLIENT, redirectUris: ['http://localhost:0/none'] });
    for (const [side, account] of [
      ['SOURCE', SOURCE],
      ['DESTINATION', DESTINATION],
    ])
      refresh[`${side}_REFRESH_TOKEN`] = (
        await control('tokens', 'POST', { account, clientId: CLIENT.clientId })
      ).refresh_token;
  });
  afterAll(() => stack?.close());
  afterEach(() => control('behavior', 'PUT', {}));

  interface Ended {
    code: unknown;
    stdout: string;
    stderr: string;
    signal: unknown;
  }
  let lastCommand: ChildProcess;
  /** Runs the command as a person does. */
  const command = (...args: string[]) => {
    const env = {
      ...withoutSettings(),
      GOOGLE_BASE_URL: stack.sandboxUrl,
      GOOGLE_CLIENT_ID: CLIENT.clientId,
      GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
      OPERATOR_KEY,
      ...refresh,
    };
    return new Promise<Ended>((done) => {
      lastCommand = execFile(
        process.execPath,
        [join(ROOT, 'tools/main.ts'), 'live-check', ...args],
        { env },
        (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr, signal: error?.signal }),
      );
    });
  };
  /** The exit code, and the ids of the assumptions that did not hold. */
  const outcomeOf = async (...args: string[]) => {
    const { code, stdout } = await command(...args, '--json', '--patience', '5');
    const { rows } = JSON.parse(stdout) as { rows: Row[] };
    return [code, rows.filter(({ result }) => result === 'differs').map(({ id }) => id)];
  };
  /** Everything that is in either account. */
  const left = async () => {
    const trees = [SOURCE, DESTINATION].map((account) =>
      fetch(`${stack.sandboxUrl}/__sandbox/tree?account=${account}`),
    );
    return (await Promise.all((await Promise.all(trees)).map((answer) => answer.text()))).join('');
  };

  it('confirms every assumption on the sandbox, including the transfer, and leaves nothing behind', async () => {
    const before = await left();
    const { code, stdout, stderr } = await command('--server', stack.url, '--json', '--patience', '5');
    expect([code, stderr]).toEqual([0, expect.stringContaining('Undoing')]);
    const report = JSON.parse(stdout) as { rows: Row[]; requests: number; mostRequests: number };
    const results = Object.fromEntries(report.rows.map(({ id, result }) => [id, result]));
    const unknown = ['pkce', 'retry-after', ...NOT_PROBED.map(({ id }) => id)];
    for (const [id, result] of Object.entries(results))
      expect([id, result]).toEqual([id, unknown.includes(id) ? 'unknown' : 'held']);
    for (const id of ['transfer', 'server-copy', 'relay', 'compared', 'share-withdrawn', 'undo'])
      expect(results).toHaveProperty(id);
    expect(report).toMatchObject({ google: 'a stand-in for Google', leftBehind: 0 });
    expect(report.requests).toBeLessThan(report.mostRequests / 2);
    expect(await left()).toBe(before);
    // No secret, no address of a person, no name of a file.
    for (const secret of [
      ...Object.values(refresh),
      CLIENT.clientSecret,
      OPERATOR_KEY,
      SOURCE,
      DESTINATION,
      'plain.txt',
    ])
      expect(stdout + stderr).not.toContain(secret);
  });

  const insideDestination = { account: DESTINATION, status: 403, reason: 'insufficientFilePermissions' };
  it.each([
    [['server-copy', 'relay'], { operation: 'files.copy', name: 'plain.txt', reason: 'cannotCopyFile' }],
    [['transfer'], { ...insideDestination, operation: 'files.create', name: 'empty' }],
    [['compared'], { account: DESTINATION, operation: 'files.download', name: 'plain.txt', kind: 'wrongBytes' }],
    [
      ['share-withdrawn'],
      {
        account: SOURCE,
        operation: 'permissions.delete',
        name: 'CloudMover live check',
        status: 403,
        reason: 'forbidden',
      },
    ],
    [['undo'], { ...insideDestination, operation: 'files.update', name: 'Transferred' }],
  ])('names only %j when Google differs there during the transfer', async (ids, fault) => {
    await control('behavior', 'PUT', { faults: [fault] });
    expect(await outcomeOf('--server', stack.url)).toEqual([1, ids]);
  });

  it('names a refresh that returns another refresh token', async () => {
    const { access_token } = await control('tokens', 'POST', { account: SOURCE, clientId: CLIENT.clientId });
    const body = JSON.stringify({ access_token, expires_in: 3599, refresh_token: 'another' });
    await control('behavior', 'PUT', { faults: [{ operation: 'oauth.token', kind: 'replaceBody', body, times: 1 }] });
    expect(await outcomeOf('--no-transfer')).toEqual([1, ['refresh-token-stays']]);
  });

  it('deletes what it created when it is stopped', async () => {
    const before = await left();
    await control('behavior', 'PUT', { latencyMs: { 'permissions.create': 60_000 } });
    const ended = command('--no-transfer');
    await until('it has created something', async () => (await left()).includes('in shared'));
    lastCommand.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143 });
    expect(await left()).toBe(before);
  });

  it('deletes what an earlier check left behind, and nothing else', async () => {
    const before = await left();
    const { access_token: token } = await control('tokens', 'POST', { account: SOURCE, clientId: CLIENT.clientId });
    const account = new Account({ apiRoot: stack.sandboxUrl, accessToken: async () => token, budget: new Budget() });
    await account.create({ name: 'left behind', mimeType: FOLDER });
    expect(await left()).not.toBe(before);
    expect(await command('--clean')).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing') });
    expect(await left()).toBe(before);
  });

  it.each([['--nonsense'], ['--patience', 'long']])('explains its options: %s', async (...args) => {
    const { code, stdout, stderr } = await command(...args);
    expect(code).toBe(2);
    expect(stdout + stderr).toMatch(/--patience/);
  });

  describe('its probes', () => {
    const tokens = { source: '', destination: '' };
    let accounts: { source: Account; destination: Account };
    let places: { folder: string; target: string };
    let budget: Budget;
    beforeAll(async () => {
      for (const [side, account] of [
        ['source', SOURCE],
        ['destination', DESTINATION],
      ] as const) {
        const { access_token: token } = await control('tokens', 'POST', { account, clientId: CLIENT.clientId });
        tokens[side] = token;
      }
    });
    beforeEach(async () => {
      budget = new Budget();
      const accountOf = (side: 'source' | 'destination') =>
        new Account({ apiRoot: stack.sandboxUrl, accessToken: () => Promise.resolve(tokens[side]), budget });
      accounts = { source: accountOf('source'), destination: accountOf('destination') };
      const made = (side: 'source' | 'destination') => accounts[side].create({ name: 'check', mimeType: FOLDER });
      places = { folder: (await made('source')).id, target: (await made('destination')).id };
    });
    afterEach(async () => {
      await control('behavior', 'PUT', {});
      for (const account of Object.values(accounts)) expect(await account.clean()).toBe(0);
    });
    const differing = async (totalTimeoutMs = 0) => {
      const rows = await runProbes({ ...accounts, ...places, totalTimeoutMs });
      return [...rows, tooFastRow(budget)].filter(({ result }) => result === 'differs').map(({ id }) => id);
    };
    const fault = (settings: {
      operation: string;
      name?: string;
      kind?: string;
      body?: string;
      reason?: string;
      status?: number;
      times?: number;
      nth?: number;
    }) => ({ faults: [settings] });
    const wrongFile = (name: string, body: unknown) =>
      fault({ operation: 'files.get', name, kind: 'replaceBody', body: JSON.stringify(body) });

    const BROKEN: [id: string, behavior: object][] = [
      ['taken-id', { switches: { takenIdReason: 'conflict' } }],
      ['id-on-docs', { switches: { idOnDocs: 'ignore' } }],
      ['page-size', { switches: { pageSizeAboveMaximum: 'coerce' } }],
      ['get-after-create', fault({ operation: 'files.get', name: 'found at once', reason: 'notFound' })],
      ['index-delay', { indexLagMs: 3_600_000 }],
      ['checksums', wrongFile('checksums', { size: '1000' })],
      ['download-range', { switches: { downloadRanges: false } }],
      ['gzip', { switches: { gzipDownloads: true } }],
      ['uneven-chunk', { switches: { unevenChunks: 'refuse' } }],
      ['empty-upload', fault({ operation: 'files.upload', name: 'nothing', status: 400, reason: 'badRequest' })],
      ['copy-takes-fields', { switches: { copyTakesDescription: false } }],
      ['copy-keeps-properties', { switches: { copyKeepsProperties: false } }],
      ['copy-same-bytes', fault({ operation: 'files.copy', name: 'same bytes', kind: 'wrongContent' })],
      ['copy-doc-time', { switches: { docCopyTakesTime: true } }],
      ['copy-script', { switches: { copyableScripts: false } }],
      ['copy-jam', { switches: { copyableJams: true } }],
      ['copy-vid', { switches: { copyableVideos: true } }],
      ['folder-time', { switches: { folderTimeMoves: false } }],
      ['name-case', { switches: { nameEqualityIgnoresCase: false } }],
      ['delete-answer', { switches: { deleteAnswer: 'emptyObject' } }],
      [
        'share-expires',
        fault({ operation: 'permissions.create', times: 1, status: 403, reason: 'cannotSetExpiration' }),
      ],
      ['share-delay', { permissionLagMs: 3_600_000 }],
      ['copy-refusal', fault({ operation: 'files.copy', name: 'restricted', status: 403, reason: 'somethingElse' })],
      ['download-refusal', { switches: { downloadRefusal: 'insufficientFilePermissions' } }],
      ['document-revision', fault({ operation: 'documents.batchUpdate', nth: 2, status: 409, reason: 'conflict' })],
      ['document-time', wrongFile('written', { modifiedTime: '2021-01-01T00:00:00.000Z' })],
      [
        'spreadsheet-answer',
        fault({ operation: 'spreadsheets.batchUpdate', name: 'versioned', kind: 'replaceBody', body: '{}' }),
      ],
      ['spreadsheet-version', wrongFile('versioned', { version: '7' })],
      ['retry-after', fault({ operation: 'files.list', times: 1, reason: 'rateLimitExceeded' })],
    ];

    it.each(BROKEN)('name only %s when Google differs there', async (id, behavior) => {
      await control('behavior', 'PUT', behavior);
      expect(await differing()).toEqual([id]);
    });

    it.each([
      ['id-on-docs', fault({ operation: 'files.create', name: 'preset', status: 503, reason: 'backendError' })],
      ['page-size', fault({ operation: 'files.list', status: 500, reason: 'internalError', times: 1 })],
      ['gzip', fault({ operation: 'files.download', name: 'gzip', status: 403, reason: 'cannotDownloadFile' })],
      ['folder-time', fault({ operation: 'files.create', name: 'moves', kind: 'replaceBody', body: '{"id":"x"}' })],
    ])('know nothing about %s when Google does not answer', async (id, behavior) => {
      await control('behavior', 'PUT', behavior);
      const rows = await runProbes({ ...accounts, ...places, totalTimeoutMs: 0 });
      expect(rows.filter(({ result }) => result === 'differs')).toEqual([]);
      expect(rows.find((row) => row.id === id)).toMatchObject({ result: 'unknown' });
    });

    it('are each tested to detect a difference', () => {
      const shown = BROKEN.map(([id]) => id);
      expect(PROBES.map(({ id }) => id).filter((id) => !shown.includes(id))).toEqual([]);
    });
  });

  describe('its sign-in', () => {
    const google = () => ({
      ...CLIENT,
      isGoogle: false,
      apiRoot: stack.sandboxUrl,
      authUrl: `${stack.sandboxUrl}/o/oauth2/v2/auth`,
      tokenUrl: `${stack.sandboxUrl}/token`,
    });
    /** Opens the address as a browser does, and consents. */
    const open = async (text: string) => {
      const address = new URL(/https?:\S+/.exec(text)![0]);
      const redirectUris = [address.searchParams.get('redirect_uri')];
      await control('clients', 'POST', { ...CLIENT, redirectUris });
      address.searchParams.set('sandbox_account', SOURCE);
      address.searchParams.set('sandbox_consent', 'allow');
      const { status } = await fetch(address);
      expect(status).toBe(200);
    };

    it.each([
      ['held', 1, {}],
      ['differs', 2, { switches: { pkceWithSecret: false } }],
    ])('by a browser: PKCE %s after %i', async (result, times, behavior) => {
      await control('behavior', 'PUT', behavior);
      const opened: Promise<void>[] = [];
      const signedIn = await signIn({
        google: google(),
        side: 'source',
        port: 0,
        log: (text) => opened.push(open(text)),
      });
      await Promise.all(opened);
      expect(opened).toHaveLength(times);
      expect(signedIn).toMatchObject({ refreshToken: expect.any(String), row: { id: 'pkce', result } });
    });
  });
});
