import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { jest } from '@jest/globals';
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
const COMMANDS = [
  ...['login', 'logout', 'ls', 'copy', 'check', 'list', 'show', 'watch', 'pause', 'resume', 'cancel', 'retry', 'rerun'],
  ...['undo', 'edit', 'schedule', 'report', 'verify', 'completion'],
];

describe('help', () => {
  it.each(COMMANDS)('of %s has examples and the options of every command', async (name) => {
    const program = new TestProgram();
    expect(await program.run(name, '--help')).toBe(0);
    expect(program.stdout).toMatch(
      new RegExp(`Usage: cloudmover ${name}[^]*--server[^]*--json[^]*Examples:\n  (\\w+=\\$\\()?cloudmover ${name}`),
    );
    expect(program.requests).toEqual([]);
  });

  it.each([[['frob']], [['ls']], [['ls', 'source:', '--frob']], [['completion', 'tcsh']], [['login', 'both']], [[]]])(
    'is pointed to by %j, which exits with 2',
    async (args) => {
      expect(await new TestProgram().run(...args)).toBe(2);
    },
  );
});

describe('what goes wrong', () => {
  it.each([
    ['session_expired', 401, { side: 'source' }, 3, /Run: cloudmover login source$/m],
    ['reauthentication_required', 403, { side: 'source' }, 3, /Run: cloudmover login source$/m],
    ['session_expired', 401, {}, 3, /Run: cloudmover login source or cloudmover login destination$/m],
    ['scope_missing', 403, { side: 'source' }, 3, /Run: cloudmover login source$/m],
    ['scope_missing', 403, {}, 1, /Do this\.$/m],
    ['wrong_account', 403, { side: 'destination' }, 3, /Run: cloudmover login destination$/m],
    // A new sign-in does not help, but a new transfer does.
    ['access_withdrawn', 409, { side: 'source' }, 1, /Do this\.$/m],
    ['transfer_not_found', 404, {}, 2, /It failed: Do this\./],
    ['internal', 500, {}, 1, /It failed: Do this\./],
    ['invalid_request', 400, { errors: [{ parameter: 'items', detail: 'too many' }] }, 2, /items: too many/],
  ])('%s exits with the code of its kind, and names the fix', async (code, status, more, exitCode, message) => {
    const program = new TestProgram({ [`GET ${AT}`]: problem(status, code, more) });
    expect(await program.run('show', ID)).toBe(exitCode);
    expect(program.stderr).toMatch(message);
    expect(program.stdout).toBe('');
    await program.run('show', ID, '--json');
    expect(program.lines).toEqual([expect.objectContaining({ type: 'error', code, exitCode })]);
    expect(program.stderr).toBe('');
  });

  it('show states what a transfer used of Google’s quota', async () => {
    const program = new TestProgram({ [`GET ${AT}`]: aTransfer() });
    expect(await program.run('show', ID)).toBe(0);
    expect(program.stdout).toContain('used 12 requests and 1,250 units of Google’s quota, of about 2,400 expected');
  });

  it.each([[['-XuhdVRzZ9Bp6JUOtElYTH']], [['--', '-XuhdVRzZ9Bp6JUOtElYTH']]])(
    'reads an id that begins with a dash: %j',
    async (id) => {
      const program = new TestProgram({ 'GET /api/transfers/-XuhdVRzZ9Bp6JUOtElYTH': aTransfer() });
      expect(await program.run('show', '--json', ...id)).toBe(0);
    },
  );

  it('names the server where the command would otherwise reach another one', async () => {
    const program = new TestProgram({ [`GET ${AT}`]: problem(401, 'session_expired', { side: 'source' }) });
    await program.run('show', ID, '--server', 'https://mover.example.com:8443');
    expect(program.stderr).toContain('cloudmover login source --server https://mover.example.com:8443');
  });

  it.each([
    ['mover.example.com', 'https://mover.example.com'],
    ['mover.example.com:8443', 'https://mover.example.com:8443'],
    ['127.example.com', 'https://127.example.com'],
    ['HTTP://mover.example.com', 'http://mover.example.com'],
    ['localhost:3001', 'http://localhost:3001'],
    ['localhost:80', 'http://localhost'],
    ['localhost:443', 'http://localhost:443'],
    ['mover.localhost', 'http://mover.localhost'],
    ['127.0.0.1:3001', 'http://127.0.0.1:3001'],
    ['[::1]:3001', 'http://[::1]:3001'],
    ['https://localhost', 'https://localhost'],
  ])('without a scheme, only this computer is reached in plain text: %s', async (server, origin) => {
    const program = new TestProgram({ [`GET ${AT}`]: aTransfer() });
    expect(await program.run('show', ID, '--server', server)).toBe(0);
    expect(new URL(program.requests[0]!.url).origin).toBe(origin);
  });

  it('without a session, exits with 3 and sends nothing', async () => {
    const program = new TestProgram();
    program.env = { HOME: program.home };
    expect(await program.run('ls', 'destination:')).toBe(3);
    expect(program.stderr).toBe(
      'Error: No account is connected as the destination. Run: cloudmover login destination\n',
    );
    expect(program.requests).toEqual([]);
  });

  it('a server that does not respond is named with the reason', async () => {
    const program = new TestProgram({
      [`GET ${AT}`]: () => {
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) });
      },
    });
    expect(await program.run('show', ID)).toBe(1);
    expect(program.stderr).toMatch(/does not respond at http:\/\/localhost:3000 \(connection refused\).*--server/);
  });

  it.each(['localhost:3000/api', 'ftp://x', 'http://a b', 'a b', 'https://user@x'])(
    '%j is no server',
    async (server) => {
      expect(await new TestProgram().run('list', '--server', server)).toBe(2);
    },
  );

  it('a rate limit is waited out', async () => {
    let calls = 0;
    const limited = () => Response.json({ code: 'rate_limited' }, { status: 429, headers: { 'retry-after': '0' } });
    const program = new TestProgram({ [`GET ${AT}`]: () => (calls++ < 2 ? limited() : aTransfer()) });
    expect([await program.run('show', ID), calls]).toEqual([0, 3]);
  });

  const unready = (headers?: HeadersInit) =>
    Response.json({ code: 'service_unavailable' }, { status: 503, ...(headers && { headers }) });

  it('repeats a request that the server postpones, with the same Idempotency-Key', async () => {
    let calls = 0;
    const preflight = aPreflight();
    const program = new TestProgram({
      'GET /list-files': { files: [{ id: 'w', name: 'Work', kind: 'folder' }] },
      'POST /api/preflights': () => (calls++ < 2 ? unready({ 'retry-after': '0' }) : preflight),
      [`GET /api/preflights/${preflight.id}/events`]: events('preflight', preflight),
    });
    expect(await program.run('check', 'source:Work', 'destination:')).toBe(0);
    const keys = program.requests
      .filter(({ method }) => method === 'POST')
      .map(({ headers }) => headers.get('idempotency-key'));
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
  });

  it.each([
    [{ 'retry-after': '0' }, 4],
    [{ 'retry-after': '3600' }, 1],
    [undefined, 1],
  ])('sends a request to a server that responds 503 with %j: %i times', async (headers, calls) => {
    const program = new TestProgram({ [`GET ${AT}`]: () => unready(headers) });
    expect([await program.run('show', ID), program.requests.length]).toEqual([1, calls]);
  });

  const cutOff = () =>
    new Response(
      new ReadableStream({
        start(stream) {
          stream.enqueue(new TextEncoder().encode('{"id":'));
          stream.error(new TypeError('terminated', { cause: Object.assign(new Error(), { code: 'UND_ERR_SOCKET' }) }));
        },
      }),
      { headers: { 'content-type': 'application/json' } },
    );
  const page = () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } });
  it.each<[string, () => Response, RegExp]>([
    ['a web page', page, /localhost:3000 \(a web page came instead of a response of the API\)/],
    ['half a body', cutOff, /localhost:3000 \(connection lost\)/],
    ['no JSON', () => new Response('{"id":'), /localhost:3000 \(the response is not JSON\)/],
  ])('%s in place of a response is an error like no response', async (_what, reply, message) => {
    const program = new TestProgram({ [`GET ${AT}`]: reply });
    expect([await program.run('show', ID), program.stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(await program.run('show', ID, '--json')).toBe(1);
    expect(program.lines).toEqual([expect.objectContaining({ type: 'error', code: 'unreachable', exitCode: 1 })]);
  });
});

// In a process of its own, because only the real `fetch` follows redirects.
describe('a server that redirects', () => {
  const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listening = async (handle: RequestListener) => {
    const server = createServer(handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };

  it.each([
    [
      'another server',
      '/elsewhere',
      /redirects to http:\/\/127\.0\.0\.1:\d+\. If that is your server, name it with --server/,
    ],
    ['itself', '/sign-in', /so it is not CloudMover/],
  ])('to %s gets no second request with the tokens', async (_what, path, message) => {
    const followed: (string | undefined)[] = [];
    const other = await listening((request, response) => {
      followed.push(request.url);
      response.end('{}');
    });
    const server = await listening((request, response) => {
      if (request.url === '/sign-in') followed.push(request.url);
      const location = path === '/sign-in' ? path : originOf(other) + path;
      response.writeHead(307, { location }).end();
    });
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), 'show', ID, '--json'], {
      env: { ...new TestProgram().env, CLOUDMOVER_SERVER: originOf(server) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const [code] = (await once(child, 'close')) as [number];
    for (const each of [server, other]) each.close();
    expect({ code, followed }).toEqual({ code: 2, followed: [] });
    expect(JSON.parse(stdout)).toMatchObject({ code: 'redirected', message: expect.stringMatching(message) });
  });
});

// In a process of its own, because a reader such as `head` closes the pipe.
it.each(['stdout', 'stderr'] as const)('ends with its own exit code after %s was closed', async (closed) => {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/events')) {
      response.setHeader('content-type', 'text/event-stream');
      const states = [aTransfer(), aTransfer({ state: 'canceled' })];
      response.end(states.map((state) => `event: transfer\ndata: ${JSON.stringify(state)}\n\n`).join(''));
    } else {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code: 'transfer_not_found', title: 'It failed' }));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { env } = new TestProgram();
  const endOf = async (...args: string[]) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
      env: { ...env, CLOUDMOVER_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child[closed].destroy();
    child[closed === 'stdout' ? 'stderr' : 'stdout'].resume();
    const [code] = (await once(child, 'close')) as [number | null];
    return code;
  };
  try {
    expect([await endOf('watch', ID), await endOf('show', ID), await endOf('show', ID, '--json')]).toEqual([1, 2, 2]);
  } finally {
    server.close();
  }
});

// As a variable of a shell leaves them that is not set.
describe('an empty value', () => {
  it.each([
    ...['--owner', '--match', '--people', '--preflight'].map((option) => ['copy', 'source:', 'destination:', option]),
    ['copy', 'source:', 'destination:', '--hours', '20:00-06:00', '--timezone'],
    ['check', 'source:', 'destination:', '--owner'],
    ...['--account', '--refresh-token-file', '--service-account'].map((option) => ['login', 'source', option]),
    ['login', 'source', '--service-account', 'key.json', '--subject'],
    ['login', 'source', '--refresh-token-file', 'token', '--operator-key-file'],
    ['retry', ID, '--code', 'internal', '--code'],
    ['edit', ID, '--name'],
    ...['--every', '--cron', '--timezone'].map((option) => ['schedule', ID, option]),
    ['report', ID, '--output'],
    ...['--google', '--access', '--links'].map((option) => ['verify', 'report.json', option]),
    ['serve', '--from'],
  ])('is refused before anything is sent: %s %s %s %s %s %s', async (...args) => {
    const program = new TestProgram();
    program.env = { ...program.env, CLOUDMOVER_OPERATOR_KEY: 'key' };
    expect([await program.run(...args, ''), program.stderr]).toEqual([
      2,
      `Error: ${args.at(-1)} is empty. Was a variable of the shell not set?\n`,
    ]);
    expect(program.requests).toEqual([]);
  });

  it.each([
    ['<id>', ['undo', '', '--yes']],
    ['<id>', ['show', '']],
    ['<file>', ['verify', '']],
    ['<paths>', ['copy', 'source:Work', '', 'destination:']],
  ])('is refused as %s: %j', async (name, args) => {
    const program = new TestProgram();
    expect([await program.run(...args), program.stderr]).toEqual([2, expect.stringContaining(`${name} is empty.`)]);
    expect(program.requests).toEqual([]);
  });

  it.each([
    ['copy', 'source:', 'destination:', '--type'],
    ...['--conflict', '--shortcuts', '--min-size', '--max-size', '--modified-after', '--modified-before'].map(
      (option) => ['copy', 'source:', 'destination:', option],
    ),
    ...['--links', '--hours', '--unmapped', '--anyone', '--original-owner', '--outsiders', '--mail', '--name'].map(
      (option) => ['copy', 'source:', 'destination:', option],
    ),
    ['login', 'source', '--port'],
    ['list', '--limit'],
    ['list', '--server'],
    ['links', ID, '--mode'],
    ...['--at', '--hours', '--until'].map((option) => ['schedule', ID, '--every', 'day', option]),
    ['report', ID, '--format'],
    ['verify', 'report.json', '--sha256'],
  ])('is refused by what reads it, too: %s %s %s %s %s', async (...args) => {
    const program = new TestProgram();
    expect(await program.run(...args, '')).toBe(2);
    expect(program.requests).toEqual([]);
  });
});

describe('login', () => {
  it.each([
    ['--account', ['--service-account', 'key.json', '--subject', 'ana@example.com', '--account', 'ana@example.com']],
    ['--read-only', ['--service-account', 'key.json', '--subject', 'ana@example.com', '--read-only']],
    ['--read-only', ['--refresh-token-file', 'token', '--read-only']],
    ['--port', ['--refresh-token-file', 'token', '--port', '53682']],
    ['--subject', ['--subject', 'ana@example.com']],
    ['--operator-key-file', ['--operator-key-file', 'key']],
  ])('refuses %s where it would have no effect: %j', async (option, args) => {
    const program = new TestProgram();
    program.env = { ...program.env, CLOUDMOVER_OPERATOR_KEY: 'key' };
    expect(await program.run('login', 'source', ...args)).toBe(2);
    expect(program.stderr).toMatch(new RegExp(`^Error: ${option} `));
    expect(program.requests).toEqual([]);
  });
});

describe('login without a browser', () => {
  const KEY = 'AbCdEfGhIjKlMnOpQrStUv.a-secret-of-a-machine-key';
  const SESSION = {
    token: 'T'.repeat(43),
    account: { email: 'ana@example.com' },
    expiresAt: '2026-12-01T10:00:00.000Z',
  };

  function aLogin(key: string, reply: Routes[string]) {
    const program = new TestProgram({ 'POST /session': reply, [`GET ${AT}`]: aTransfer() });
    program.env = { HOME: program.home };
    const file = (name: string, content: string) => {
      writeFileSync(join(program.home, name), content);
      return join(program.home, name);
    };
    const args = ['--refresh-token-file', file('token', 'refresh'), '--operator-key-file', file('key', key)];
    return { program, login: (...more: string[]) => program.run('login', 'source', ...args, ...more) };
  }

  it('sends a machine key to open the session, and with no other command', async () => {
    const { program, login } = aLogin(`\ufeff${KEY}\r\n`, SESSION);
    expect([await login(), program.stderr]).toEqual([0, '']);
    program.env = { ...program.env, CLOUDMOVER_OPERATOR_KEY: KEY };
    expect(await program.run('show', ID)).toBe(0);
    const keys = program.requests.map(({ headers }) => [headers.get('x-operator-key'), headers.get('x-source-token')]);
    expect(keys).toEqual([
      [KEY, null],
      [null, SESSION.token],
    ]);
    expect(await program.requests[0]!.json()).toEqual({ type: 'source', refreshToken: 'refresh' });
  });

  it.each([
    ['key_scope_missing', 'This machine key lacks the scope sessions:create; it has audit.'],
    ['operator_key_refused', 'The operator key was not accepted.'],
  ])('exits with 2 after %s, and names what the key lacks and where it came from', async (code, detail) => {
    const { program, login } = aLogin(KEY, problem(403, code, { detail }));
    expect(await login()).toBe(2);
    expect(program.stderr).toBe(
      `Error: It failed: ${detail}\nThe key is that of --operator-key-file or CLOUDMOVER_OPERATOR_KEY.\n`,
    );
    expect(await login('--json')).toBe(2);
    expect(program.lines).toEqual([expect.objectContaining({ type: 'error', code, exitCode: 2 })]);
    expect(program.stdout + program.stderr).not.toContain(KEY);
  });

  it.each([
    ['a key with a line break', `${KEY}\nmore`],
    ['a whole response of the API', JSON.stringify({ key: KEY }, undefined, 2)],
    ['a key with another character', `${KEY}…`],
  ])('refuses %s before it is sent, without showing it', async (_case, key) => {
    const { program, login } = aLogin(key, SESSION);
    expect(await login()).toBe(2);
    expect(program.stderr).toMatch(/^Error: .*--operator-key-file/);
    expect(program.stderr).not.toContain(KEY);
    expect(program.requests).toEqual([]);
  });
});

it.each([
  ['ls', 'source:'],
  ['show', ID],
])('%s refuses a token with a line break, without showing it', async (...args) => {
  const program = new TestProgram();
  program.env = { ...program.env, CLOUDMOVER_SOURCE_TOKEN: 'secret\nmore' };
  expect(await program.run(...args)).toBe(2);
  expect(program.stderr).toMatch(/^Error: The token of the source \(CLOUDMOVER_SOURCE_TOKEN\)/);
  expect(program.stderr).not.toContain('secret');
});

it('verify refuses an access token with a line break, without showing it', async () => {
  const program = new TestProgram();
  const report = join(program.home, 'report.csv');
  writeFileSync(report, 'path,state,source_id,destination_id\na,verified,b,c\n');
  program.env = { ...program.env, SOURCE_ACCESS_TOKEN: 'secret\nmore', DESTINATION_ACCESS_TOKEN: 'other' };
  expect(await program.run('verify', report, '--google', 'http://127.0.0.1:9')).toBe(2);
  expect(program.stderr).toMatch(/^Error: SOURCE_ACCESS_TOKEN has more than one line/);
  expect(program.stderr).not.toContain('secret');
});

describe('watch', () => {
  const watching = (...states: object[]) => new TestProgram({ [`GET ${AT}/events`]: events('transfer', ...states) });
  const failed = aTransfer({
    state: 'completed_with_failures',
    counts: { found: 10, verified: 9, unverified: 0, failed: 1, skipped: 0, checking: 0, copying: 0, waiting: 0 },
    failureGroups: [{ code: 'x', state: 'failed', title: 'Too large', advice: 'Split it.', count: 1, retryable: true }],
  });

  it.each<[string, object, number, RegExp]>([
    [
      'all verified',
      aCompletedTransfer(),
      0,
      /Completed: 10 of 10 items verified, 1.0 kB\.\nReport: cloudmover report/,
    ],
    ['failures', failed, 1, /1 failed: Too large\. Split it\.\nNext: cloudmover retry q5Zt0c9hT2uKjH1xV3mW8w --watch/],
    ['canceled', aTransfer({ state: 'canceled' }), 1, /Canceled/],
    ['undone', aTransfer({ state: 'undone' }), 0, /Undone/],
    [
      'an undo of everything',
      { ...aCompletedTransfer(), state: 'undone', undo: { trashed: 10, left: 0, restored: 2 } },
      0,
      /^Undone: 10 copies moved to the trash, 2 items restored from it\.\n/,
    ],
    [
      'an undo that left copies',
      { ...aCompletedTransfer(), state: 'undone', undo: { trashed: 9, left: 1, restored: 0 } },
      1,
      /^Undone: 9 copies moved to the trash, 1 left; the report says why\.\nReport: cloudmover report/,
    ],
    ['paused', aTransfer({ state: 'paused' }), 3, /Next: cloudmover resume q5Zt0c9hT2uKjH1xV3mW8w --watch/],
    [
      'a sign-in that is needed',
      aTransfer({ state: 'needs_reconnect', parked: { side: 'destination', account: 'bob@example.com', since: '' } }),
      3,
      /bob@example\.com must sign in again\.\nNext: cloudmover login destination, then cloudmover resume/,
    ],
  ])('ends with the exit code for %s', async (_what, state, exitCode, message) => {
    const program = watching(aTransfer(), state);
    expect(await program.run('watch', ID)).toBe(exitCode);
    expect(program.stdout).toMatch(message);
    expect(await program.run('watch', ID, '--json')).toBe(exitCode);
    expect(program.lines.map(({ type }) => type)).toEqual(['progress', 'progress', 'transfer']);
    expect(program.lines.at(-1)).toMatchObject({ exitCode });
  });

  it('draws a bar on a terminal, in colour unless NO_COLOR is set', async () => {
    const program = watching(aTransfer(), aCompletedTransfer());
    program.isTty = true;
    await program.run('watch', ID);
    expect(program.stderr).toContain('\r\u001b[K█████████░░░░░░░░░░░░░░░  40 %  4 of 10 items  400 bytes of 1.0 kB');
    expect(program.stdout).toContain('\u001b[32mCompleted\u001b[0m');
    program.env = { ...program.env, NO_COLOR: '1' };
    await program.run('watch', ID);
    expect(program.stdout).toMatch(/^Completed: /);
  });

  it('takes a heartbeat, and events that it does not know, for signs of life and nothing else', async () => {
    const text = [
      ...[`event: transfer\ndata: ${JSON.stringify(aTransfer())}\n\n`, 'event: heartbeat\ndata: \n\n'],
      ...['event: other\ndata: {}\n\n', `event: transfer\ndata: ${JSON.stringify(aCompletedTransfer())}\n\n`],
    ].join('');
    const program = new TestProgram({
      [`GET ${AT}/events`]: () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
    });
    expect([await program.run('watch', ID), program.requests.length]).toEqual([0, 1]);
    expect(program.stderr).not.toContain('Connection lost');
    expect(await program.run('watch', ID, '--json')).toBe(0);
    expect(program.lines.map(({ type }) => type)).toEqual(['progress', 'progress', 'transfer']);
  });

  it('opens a lost connection again', async () => {
    let calls = 0;
    const program = new TestProgram({
      [`GET ${AT}/events`]: () => {
        calls++;
        if (calls === 2) throw new TypeError('fetch failed');
        if (calls === 3) return problem(503, 'service_unavailable');
        return events('transfer', calls < 4 ? aTransfer() : aCompletedTransfer())();
      },
    });
    expect([await program.run('watch', ID), calls]).toEqual([0, 4]);
  });

  it('gives up after ten minutes of streams without an event', async () => {
    let now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => (now += 4 * 60_000));
    try {
      const program = watching();
      expect(await program.run('watch', ID)).toBe(1);
      expect(program.stderr).toContain('Connection lost; the transfer continues at the server.');
      expect(program.stderr).toMatch(/does not respond at \S+ \(its stream ended without an event\)/);
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('leaves the transfer running on Ctrl-C, and says how to watch it', async () => {
    const endless = (signal: AbortSignal) =>
      new ReadableStream({
        start(stream) {
          stream.enqueue(new TextEncoder().encode(`event: transfer\ndata: ${JSON.stringify(aTransfer())}\n\n`));
          signal.addEventListener('abort', () => stream.error(signal.reason));
        },
      });
    const program: TestProgram = new TestProgram({
      [`GET ${AT}/events`]: () => {
        queueMicrotask(() => program.stop.abort());
        return new Response(endless(program.stop.signal));
      },
    });
    expect(await program.run('watch', ID)).toBe(130);
    expect(program.stderr).toContain(`The transfer continues at the server. Watch it: cloudmover watch ${ID}`);
    expect(program.requests.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('copy', () => {
  const preflightAt = '/api/preflights/pA2kQ0n7cJmWl9b3XyT1uQ';
  const startedAt = '/api/transfers/pA2kQ0n7cJmWl9b3XyT1uQ';
  const copying = (preflight: object, more: Routes = {}) =>
    new TestProgram({
      'GET /list-files': { files: [{ id: 'w', name: 'Work', kind: 'folder' }] },
      'POST /api/preflights': aPreflight({ state: 'counting' }),
      [`GET ${preflightAt}/events`]: events('preflight', preflight),
      [`DELETE ${preflightAt}`]: new Response(null, { status: 204 }),
      'POST /api/transfers': aTransfer(),
      [`GET ${startedAt}/events`]: events('transfer', aCompletedTransfer()),
      [`PATCH ${startedAt}`]: aTransfer(),
      ...more,
    });
  const sent = (program: TestProgram) =>
    program.requests
      .map(({ method, url }) => `${method} ${new URL(url).pathname}`)
      .filter((call) => !call.startsWith('GET'));
  const PATHS = ['source:Work', 'destination:'];
  const STARTED = ['POST /api/preflights', 'POST /api/transfers'];
  const REMOVED = ['POST /api/preflights', `DELETE ${preflightAt}`];

  it('counts, starts what was counted, and watches it', async () => {
    const program = copying(aPreflight());
    expect(await program.run('copy', ...PATHS, '--name', 'Mine')).toBe(0);
    expect(sent(program)).toEqual([...STARTED, `PATCH ${startedAt}`]);
    const start = program.requests.find(({ url }) => url.endsWith('/api/transfers'))!;
    expect(await start.json()).toEqual({ preflightId: 'pA2kQ0n7cJmWl9b3XyT1uQ' });
    expect(Object.fromEntries(start.headers)).toMatchObject({
      'x-source-token': 'source',
      'x-destination-token': 'dest',
      'idempotency-key': expect.stringMatching(/^[\w-]{36}$/) as string,
    });
    expect(program.stdout).toMatch(/9 copied by Google, 1 created[^]*Completed: 10 of 10/);
  });

  it('says how to find a transfer whose start Ctrl-C interrupted', async () => {
    const program: TestProgram = copying(aPreflight(), {
      'POST /api/transfers': () => {
        program.stop.abort();
        throw new DOMException('stopped', 'AbortError');
      },
    });
    expect(await program.run('copy', ...PATHS)).toBe(130);
    expect(program.stderr).toContain('Watch it: cloudmover watch pA2kQ0n7cJmWl9b3XyT1uQ');
  });

  it('starts what check has counted', async () => {
    const program = copying(aPreflight());
    expect(await program.run('copy', '--preflight', 'pA2kQ0n7cJmWl9b3XyT1uQ', '--no-wait')).toBe(0);
    expect(sent(program)).toEqual(['POST /api/transfers']);
  });

  it.each([
    ['--conflict', 'skip'],
    ['--hours', '20:00-06:00'],
    ['--move'],
    ['--people', 'people.csv'],
    ['--outsiders', 'drop'],
    ['--min-size', '0'],
    ['--notify'],
  ])('refuses %s with --preflight, whose check already has its options', async (...option) => {
    const program = copying(aPreflight());
    expect(await program.run('copy', '--preflight', 'pA2kQ0n7cJmWl9b3XyT1uQ', ...option)).toBe(2);
    expect(program.stderr).toBe(
      `Error: ${option[0]} cannot be combined with --preflight: the check has its own options. Omit it, or run check again with it.\n`,
    );
    expect(program.requests).toEqual([]);
  });

  it('takes what is not part of a check with --preflight', async () => {
    const program = copying(aPreflight(), { 'GET /api/about': { mailAvailable: true } });
    const more = ['--yes', '--name', 'Mine', '--mail', 'source', '--mail-language', 'de', '--no-wait'];
    expect(await program.run('copy', '--preflight', 'pA2kQ0n7cJmWl9b3XyT1uQ', ...more, '--json')).toBe(0);
  });

  it('starts nothing that a check of the preflight blocks', async () => {
    const check = { code: 'space_fits', ok: false, blocking: true, sentence: 'The destination is full.' };
    const program = copying(aPreflight({ checks: [check] }));
    expect(await program.run('copy', ...PATHS)).toBe(1);
    expect(program.stderr).toContain('The destination is full.');
    expect(sent(program)).toEqual(REMOVED);
    expect(await program.run('check', ...PATHS, '--json')).toBe(1);
    expect(program.lines).toMatchObject([
      { type: 'preflight', startable: false },
      { type: 'error', code: 'preflight_blocked', exitCode: 1 },
    ]);
  });

  it('notes a check that fails and blocks nothing', async () => {
    const sentence = 'About 9500 units are needed, but 9499 are left. It needs the units of 2 days.';
    const program = copying(
      aPreflight({ checks: [{ code: 'daily_units_fit', ok: false, blocking: false, sentence }] }),
    );
    expect(await program.run('copy', ...PATHS, '--no-wait')).toBe(0);
    expect(program.stdout + program.stderr).toContain(`Note: ${sentence}`);
  });

  it('waits for no sign-in: a parked count exits with 3', async () => {
    const parked = { side: 'source', account: 'ana@example.com', since: '' };
    const program = copying(aPreflight({ state: 'counting', parked }));
    expect(await program.run('copy', ...PATHS)).toBe(3);
    expect(program.stderr).toContain('Run: cloudmover login source');
  });

  const move = aPreflight({ mode: 'move' });
  const access = aPreflight({ access: { keeps: 1, less: 0, loses: 0, gains: 2 } });
  it.each([
    ['a move', move, /10 originals will move to the trash of the source\. Start\?/],
    ['people who gain access', access, /2 people will gain access\. Start\?/],
  ])('asks before %s', async (_what, preflight, question) => {
    const unattended = copying(preflight);
    expect(await unattended.run('copy', ...PATHS)).toBe(3);
    expect(unattended.stderr).toMatch(/Confirm it with --yes\./);
    expect(sent(unattended)).toEqual(REMOVED);

    const refused = copying(preflight);
    [refused.isTty, refused.typed] = [true, 'n\n'];
    expect(await refused.run('copy', ...PATHS)).toBe(3);
    expect(refused.stderr).toMatch(question);
    expect(sent(refused)).toEqual(REMOVED);

    const confirmed = copying(preflight);
    [confirmed.isTty, confirmed.typed] = [true, 'y\n'];
    expect(await confirmed.run('copy', ...PATHS)).toBe(0);
    expect(sent(confirmed)).toEqual(STARTED);

    const inScripts = copying(preflight);
    expect(await inScripts.run('copy', ...PATHS, '--yes')).toBe(0);
    expect(sent(inScripts)).toEqual(STARTED);
  });

  it.each([
    ['Ctrl-C', '\u0003', 130, 'Stopped by Ctrl-C: nothing was changed.'],
    ['Ctrl-D', '\u0004', 3, 'Nothing was started.'],
  ])('starts nothing after %s at the question', async (_key, typed, exitCode, message) => {
    const program = copying(move);
    [program.isTty, program.typed] = [true, typed];
    program.env = { ...program.env, NO_COLOR: '1' };
    expect(await program.run('copy', ...PATHS)).toBe(exitCode);
    // On a line of its own.
    expect(program.stderr).toMatch(new RegExp(`Start\\? \\[y/N\\] \\S*\\nError: ${message}\\n$`));
    expect(sent(program)).toEqual(REMOVED);
  });

  it.each([
    ['  ', /--name must have 1 to 100 characters/],
    ['x'.repeat(101), /--name must have 1 to 100 characters/],
    ['two\nlines', /--name must be one line/],
  ])('refuses the name %j before anything is counted', async (name, message) => {
    const program = copying(aPreflight());
    expect([await program.run('copy', ...PATHS, '--name', name), program.stderr]).toEqual([
      2,
      expect.stringMatching(message),
    ]);
    expect(program.requests).toEqual([]);
  });

  it('takes a name of 100 characters, and emoji as one each', async () => {
    const program = copying(aPreflight());
    expect(await program.run('copy', ...PATHS, '--name', ` ${'❤️🎸'.repeat(50)} `)).toBe(0);
    const named = program.requests.find(({ method }) => method === 'PATCH')!;
    expect(await named.json()).toEqual({ name: '❤️🎸'.repeat(50) });
  });

  it('says that it has started, and how to watch it, if the name is refused', async () => {
    const program = copying(aPreflight(), { [`PATCH ${startedAt}`]: problem(400, 'invalid_request') });
    expect(await program.run('copy', ...PATHS, '--name', 'Mine')).toBe(2);
    expect(program.stdout).toContain('Started pA2kQ0n7cJmWl9b3XyT1uQ.');
    expect(program.stderr).toContain('Watch it: cloudmover watch pA2kQ0n7cJmWl9b3XyT1uQ');
    await program.run('copy', ...PATHS, '--name', 'Mine', '--json');
    expect(program.lines.map(({ type }) => type)).toEqual(['started', 'error']);
  });
});

describe('the commands for a transfer', () => {
  const all = Object.fromEntries(
    ['pause', 'resume', 'cancel', 'retry', 'rerun', 'links', 'undo'].map((name) => [`POST ${AT}/${name}`, aTransfer()]),
  );

  it.each(['pause', 'resume', 'cancel', 'retry', 'rerun'])('%s is sent with both sessions', async (name) => {
    const program = new TestProgram(all);
    expect(await program.run(name, ID)).toBe(0);
    expect(program.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      `POST ${AT}/${name}`,
    ]);
    expect(program.requests[0]!.headers.get('x-source-token')).toBe('source');
    expect(program.stdout).toBe(`${ID} is running.\n`);
  });

  it.each(['access', 'links', 'map', 'usage'])('report prints %s.csv as it came', async (name) => {
    const csv = 'class,requests\r\nlist,55\r\n';
    const program = new TestProgram({
      [`GET ${AT}/${name}.csv`]: new Response(csv, { headers: { 'content-type': 'text/csv' } }),
    });
    expect(await program.run('report', ID, `--${name}`)).toBe(0);
    expect(program.stdout).toBe(csv);
    expect(await program.run('report', ID, '--map', '--usage')).toBe(2);
    // These files have one format.
    program.requests.length = 0;
    expect([await program.run('report', ID, `--${name}`, '--format', 'json'), program.stderr]).toEqual([
      2,
      expect.stringContaining(`cannot be used with option '--${name}'`),
    ]);
    expect(program.requests).toEqual([]);
  });

  it('retry takes reasons', async () => {
    const program = new TestProgram(all);
    await program.run('retry', ID, '--code', 'rate_limited', '--code', 'internal', '--allow-conversion');
    expect(await program.requests[0]!.json()).toEqual({ codes: ['rate_limited', 'internal'], allowConversion: true });
  });

  it('links needs to know what to do with them', async () => {
    const program = new TestProgram(all);
    expect([await program.run('links', ID), program.stderr]).toEqual([2, expect.stringContaining('--mode <what>')]);
    expect(await program.run('links', ID, '--mode', 'leave')).toBe(2);
    expect(await program.run('links', ID, '--mode', 'rewrite')).toBe(0);
    expect(await program.requests[0]!.json()).toEqual({ mode: 'rewrite' });
  });

  it.each<[string, string, object, number, string]>([
    ['rewrite', 'all are rewritten', { rewritten: 3 }, 0, ''],
    ['rewrite', 'one failed', { failed: 1 }, 1, 'Not all links were rewritten: 1 failed.'],
    ['rewrite', 'some wait', { waiting: 2 }, 1, 'Not all links were rewritten: 2 waiting.'],
    [
      'rewrite',
      'documents are unread',
      { documents: { read: 1, unread: [{ code: 'too_large', count: 3, title: 'Too large.', advice: '' }] } },
      1,
      'Not all links were rewritten: 3 documents not read.',
    ],
    ['report', 'some could be rewritten', { waiting: 2 }, 0, ''],
  ])(
    'links --mode %s --watch ends with the exit code for its outcome: %s',
    async (mode, _what, changes, code, text) => {
      const { links: none } = aTransfer();
      const ended = { ...aCompletedTransfer(), links: { ...none, mode, found: 3, ...changes } };
      const program = new TestProgram({ ...all, [`GET ${AT}/events`]: events('transfer', ended) });
      expect(await program.run('links', ID, '--mode', mode, '--watch')).toBe(code);
      if (text) expect(program.stdout).toContain(`  ${text}\n`);
      else expect(program.stdout).not.toContain('Not all links');
      await program.run('links', ID, '--mode', mode, '--watch', '--json');
      expect(program.lines.at(-1)).toMatchObject({ type: 'transfer', exitCode: code });
    },
  );

  it('show says what came of access, and what still should be gone', async () => {
    const reason = (code: string, count: number) => ({ code, title: `For ${code}`, advice: 'Do it yourself.', count });
    const sharing = {
      ...aTransfer().sharing,
      ...{ mode: 'carry', wanted: 12, equal: 9, narrower: 2, wider: 3, left: 1, waiting: 1, unreadable: 4 },
      reasons: [reason('license', 2)],
      restrictions: { wanted: 5, applied: 4, refused: 1, waiting: 0, reasons: [reason('merged_folder', 1)] },
    };
    const program = new TestProgram({ [`GET ${AT}`]: aTransfer({ state: 'completed', sharing }) });
    expect(await program.run('show', ID)).toBe(0);
    const remains = `    1 permission should be gone; change this in Drive (listed by cloudmover report ${ID} --access)`;
    expect(program.stdout.split('\n')).toEqual(
      expect.arrayContaining([
        '  access: 9 of 12 permissions as wanted, 2 less than wanted, 1 waiting',
        '    2: For license. Do it yourself.',
        remains,
        '    4 items without access, because the source account may not see who has it',
        '  restrictions: 4 of 5 set',
        '    1: For merged_folder. Do it yourself.',
      ]),
    );
    const undone = { state: 'undone', sharing, undo: { trashed: 9, left: 0, restored: 0 } };
    const after = new TestProgram({ [`GET ${AT}`]: aTransfer(undone) });
    await after.run('show', ID);
    expect(after.stdout).toContain(`\n${remains}\n`);
    expect(after.stdout).not.toContain('as wanted');
  });

  it('show says what became of links, and where an API is switched on', async () => {
    const reason = (code: string, count: number, title: string) => ({
      code,
      count,
      title,
      advice: '',
      retryable: false,
    });
    const links = {
      ...{ mode: 'rewrite', found: 12, waiting: 0, rewritten: 6, outside: 2, unsupported: 3, failed: 1 },
      documents: { read: 1, unread: [reason('api_off', 402, 'Off.'), reason('too_large', 2, 'Too large.')] },
      reasons: [reason('linked_chart', 3, 'A linked chart.'), reason('edited_since', 1, 'It was edited.')],
      apiOff: [{ kind: 'spreadsheet', documents: 402, consoleUrl: 'https://console.example/sheets' }],
    };
    const program = new TestProgram({ [`GET ${AT}`]: aTransfer({ state: 'completed', links }) });
    expect(await program.run('show', ID)).toBe(0);
    expect(program.stdout).toContain(
      [
        '  12 links in 1 document: 6 rewritten, 2 lead elsewhere, 3 by hand, 1 failed',
        '    3: A linked chart.',
        '    1: It was edited.',
        '    2 documents not read: Too large.',
        '  402 spreadsheets not read, because the API is switched off in the server’s Google Cloud project: https://console.example/sheets',
        '',
      ].join('\n'),
    );
  });

  it('check says about how many links are concerned', async () => {
    const links = {
      mode: 'rewrite',
      byKind: [
        { kind: 'document', documents: 1_000, sampled: 60, estimate: 700 },
        { kind: 'spreadsheet', documents: 200, sampled: 20, estimate: 142 },
      ],
      ...{ sample: 80, apiOff: [] },
    };
    const preflight = aPreflight({ links });
    const program = new TestProgram({
      'GET /list-files': { files: [{ id: 'w', name: 'Work', kind: 'folder' }] },
      'POST /api/preflights': preflight,
      'GET /api/preflights/pA2kQ0n7cJmWl9b3XyT1uQ/events': events('preflight', preflight),
    });
    expect(await program.run('check', 'source:Work', 'destination:', '--links', 'rewrite')).toBe(0);
    expect(program.stdout).toContain(
      '  links: about 842 in 1,200 documents lead to something that is copied, and are rewritten (estimated from 80)\n',
    );
  });

  it('rerun can carry sharing over', async () => {
    const program = new TestProgram(all);
    await program.run('rerun', ID, '--sharing', '--anyone', 'drop');
    expect(await program.requests[0]!.json()).toEqual({ sharing: { mode: 'carry', links: 'drop' } });
  });

  it('undo asks', async () => {
    const program = new TestProgram({ ...all, [`GET ${AT}`]: aCompletedTransfer() });
    expect(await program.run('undo', ID)).toBe(3);
    expect(program.stderr).toMatch(
      /10 copies will move to the trash of the destination\. Undo\? Confirm it with --yes/,
    );
    expect(await program.run('undo', ID, '--yes')).toBe(0);
  });

  it('take an id that begins with a dash', async () => {
    const id = '-5Zt0c9hT2uKjH1xV3mW8w';
    const program = new TestProgram({ [`POST /api/transfers/${id}/undo`]: aTransfer({ id }) });
    expect(await program.run('undo', id, '--yes')).toBe(0);
  });

  it('list prints a line each, or the ids alone', async () => {
    const program = new TestProgram({ 'GET /api/transfers': { transfers: [aTransfer(), aCompletedTransfer()] } });
    await program.run('list');
    expect(program.stdout).toMatch(
      /^q5Zt0c9hT2uKjH1xV3mW8w {2}2026-11-30 10:00 {2}copy {2}running {5}4 of 10 {2}Work\n/,
    );
    await program.run('list', '--ids');
    expect(program.stdout).toBe(`${ID}\n${ID}\n`);
  });
});
