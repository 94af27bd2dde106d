import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestSandbox } from '../../testing/test-client.ts';

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));

describe('the command', () => {
  let test: TestSandbox;
  let folder: string;
  beforeAll(async () => {
    test = await TestSandbox.start();
    folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  });
  afterAll(async () => {
    await test.close();
    rmSync(folder, { recursive: true });
  });

  /** Runs the command to its end; `onOutput` receives all output so far. */
  async function run(
    args: string[],
    { env = {}, onOutput }: { env?: Record<string, string>; onOutput?: (output: string, pid: number) => void } = {},
  ): Promise<{ code: number | null; output: string }> {
    // With a channel to its parent, as `npm run conformance` starts it.
    const child = spawn(process.execPath, [MAIN, 'conformance', ...args], {
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        onOutput?.(output, child.pid ?? 0);
      });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }
  const tokens = () => ({ CONFORMANCE_ALICE: test.alice, CONFORMANCE_BOB: test.bob });
  const real = (...more: string[]): string[] => ['--real', '--api', test.sandbox.url, '--pace', '0', ...more];
  const items = (): number =>
    [...test.sandbox.state.store.accounts.values()].reduce((sum, { own }) => sum + own.size, 0);

  it('checks a fresh sandbox', async () => {
    const { code, output } = await run(['--only', 'about,batch']);
    expect(output).toMatch(/^holds {4}about: .*\(verified: no\)$/m);
    expect(output).toMatch(/\d+ rows hold, 0 differ\.\n$/);
    expect(code).toBe(0);
  });

  it('lists the rows that would run, and sends nothing', async () => {
    const { code, output } = await run(['--real', '--dry-run', '--only', 'uploads', '--api', 'http://127.0.0.1:1']);
    expect(output).toMatch(/^runs {5}uploads: Zero bytes.* \(7 requests\)$/m);
    expect(output).toMatch(/^not run {2}uploads: Life.* \(needs the control API of a sandbox\)$/m);
    expect(output).toMatch(/Up to \d+ requests.*; the maximum is 2000\. Nothing was sent\./);
    expect(code).toBe(0);
  });

  it('stores dates and answers in the file of --record, and shows no token', async () => {
    const record = join(folder, 'verified.json');
    const { code, output } = await run(real('--only', 'uploads', '--record', record), { env: tokens() });
    expect(output).toContain('switch unevenChunks: keepWhole, the default');
    expect(code).toBe(0);
    const stored = JSON.parse(readFileSync(record, 'utf8')) as { rows: Record<string, object>; answers: object };
    expect(Object.values(stored.rows['uploads'] ?? {})[0]).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(stored.answers).toMatchObject({ unevenChunks: { answer: 'keepWhole' } });
    for (const secret of [test.alice, test.bob]) expect(output + readFileSync(record, 'utf8')).not.toContain(secret);
  });

  it('reads credentials from files, and refreshes their tokens', async () => {
    const [alice, bob] = ['alice', 'bob'].map((name) => join(folder, `${name}.json`)) as [string, string];
    await test.control.addClient('app', 'secret', ['http://localhost/cb']);
    const consent = await test.ask(
      'GET',
      '/o/oauth2/v2/auth?client_id=app&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&response_type=code&access_type=offline' +
        '&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdrive&sandbox_account=alice%40example.com&sandbox_consent=allow',
    );
    const code = new URL(String(consent.headers['location'])).searchParams.get('code') ?? '';
    const client = { client_id: 'app', client_secret: 'secret' };
    const granted = await test.ask('POST', '/token', {
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: 'http://localhost/cb',
        ...client,
      }),
    });
    const refreshToken = granted.json['refresh_token'];
    writeFileSync(alice, JSON.stringify({ type: 'authorized_user', refresh_token: refreshToken, ...client }));
    writeFileSync(bob, JSON.stringify({ access_token: test.bob }));
    const ran = await run(real('--only', 'about', '--alice', alice, '--bob', bob));
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.output).not.toContain(refreshToken);
  });

  it('deletes its items after Ctrl-C', async () => {
    const before = items();
    let interrupted = false;
    const { code, output } = await run(real('--pace', '20'), {
      env: tokens(),
      onOutput: (soFar, pid) => {
        // During the rows with folders.
        if (interrupted || !soFar.includes('downloads:')) return;
        interrupted = true;
        process.kill(pid, 'SIGINT');
      },
    });
    expect(output).toContain('Interrupted: deleting the items of the run');
    expect(code).toBe(130);
    expect(items()).toBe(before);
  });

  it.each<[string[], Record<string, string>, number, RegExp]>([
    [['--only', 'nothing'], {}, 2, /--only nothing: unknown area; known are oauth, about/],
    [['--pace', 'fast'], {}, 2, /--pace fast: not a number/],
    [['--unknown'], {}, 2, /'--unknown'/],
    [['--api', 'nowhere'], {}, 2, /--api nowhere: not an http address/],
    [
      ['--real', '--max-requests', '50'],
      { CONFORMANCE_ALICE: 'a', CONFORMANCE_BOB: 'b' },
      2,
      /more than --max-requests 50/,
    ],
    [['--real'], {}, 3, /No credential for alice\. Use --alice FILE or set CONFORMANCE_ALICE/],
    [['--real', '--alice', '/nowhere'], {}, 3, /--alice \/nowhere: cannot be read \(ENOENT\)/],
    [['--real'], { CONFORMANCE_ALICE: '{"secret": 1' }, 3, /CONFORMANCE_ALICE: is not valid JSON/],
    [['--real'], { CONFORMANCE_ALICE: '{"key": "a-secret"}' }, 3, /CONFORMANCE_ALICE: needs "access_token"/],
  ])('refuses %j', async (args, env, expected, message) => {
    const { code, output } = await run(args, { env });
    expect(output).toMatch(message);
    expect(output).not.toMatch(/a-secret|\n {4}at /);
    expect(code).toBe(expected);
  });
});
