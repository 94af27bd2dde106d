import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { call } from '../tools/api-client.ts';
import { freePort } from '../tools/processes.ts';
import { startStack, type Stack } from '../tools/stack.ts';
import { envForNpm, packInCopy } from './testing/packages.ts';

const SOURCE = import.meta.dirname;
const [ALICE, BOB] = ['alice@example.com', 'bob@example.com'];
const DELEGATED = ['userinfo.email', 'userinfo.profile', 'drive'].map(
  (name) => `https://www.googleapis.com/auth/${name}`,
);
const OPERATOR_KEY = 'operator-key-of-the-tests-0123456789';

/** The program that opens a sign-in: does what a person does with a browser, as Alice in the source and Bob elsewhere. */
const BROWSER = `
  import { signIn } from ${JSON.stringify(join(SOURCE, '../tools/api-client.ts'))};
  const begin = new URL(process.argv[2]);
  const account = begin.pathname.includes('source') ? '${ALICE}' : '${BOB}';
  await fetch(await signIn(begin, account, ({ searchParams }) => searchParams.has('type')));
`;

/** The lines of the README that take a newcomer from nothing to a report, and what each prints. */
const [, block = ''] =
  /^## Ten lines\n\n```sh\n([^`]*)```/m.exec(readFileSync(join(SOURCE, 'README.md'), 'utf8')) ?? [];
const TEN_LINES = block.trim().split('\n');
const PRINTED = [
  /added \d+ packages/,
  /^Connected alice@example\.com as the source\.$/m,
  /^Connected bob@example\.com as the destination\.$/m,
  /folder .* Work\/$/m,
  /^Copy 23 items.*\n {2}Work\n {2}17 copied by Google[^]*cloudmover copy --preflight [\w-]{22}$/m,
  /^Started [\w-]{22}\.\nCompleted: 22 of 23 items verified/m,
  /Budget\.xlsx$/m,
  /^$/,
  /^Wrote report\.json\.$/m,
  /^11 proven by checksum, 11 present \(they have no checksum\), 0 changed since, 0 wrong$/m,
];

// Packs this folder, installs the archive as a user does, and runs it against a product and a sandbox of its own.
describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cli-package-'));
  const user = join(folder, 'user');
  let stack: Stack;
  let env: NodeJS.ProcessEnv;
  /** What each of the ten lines did, in the order of the README; the tests use what they leave. */
  const results = new Map<string, { status: number | null; stdout: string; stderr: string }>();

  const sh = (line: string, cwd = user) => {
    const { status, stdout, stderr } = spawnSync('bash', ['-c', line], {
      cwd,
      env,
      encoding: 'utf8',
      timeout: 300_000,
    });
    return { status, stdout, stderr };
  };
  const done = (line: string, cwd?: string) => {
    const { status, stdout, stderr } = sh(line, cwd);
    expect({ line, status, stderr: status === 0 ? '' : stderr }).toEqual({ line, status: 0, stderr: '' });
    return stdout;
  };
  /** The JSON lines of a command. */
  const linesOf = (line: string) => {
    const lines = done(`${line} --json`).trim().split('\n');
    return lines.map((each) => JSON.parse(each) as Record<string, never>);
  };
  /** The id of the transfer in the last of them. */
  const idIn = (lines: object[]) => (lines.at(-1) as { transfer: { id: string } }).transfer.id;
  /** `sh` blocks this process, which then does not know yet which idle connections the servers have closed. */
  const noticeClosedConnections = () => new Promise(setImmediate);
  const control = async <T>(path: string, body: unknown, method = 'POST') => {
    await noticeClosedConnections();
    return call<T>(`${stack.sandboxUrl}/__sandbox/${path}`, { method, body });
  };

  beforeAll(async () => {
    const prefix = join(folder, 'global');
    const browser = join(folder, 'browser');
    writeFileSync(`${browser}.mjs`, BROWSER);
    writeFileSync(browser, `#!/bin/sh\nexec "${process.execPath}" "${browser}.mjs" "$1"\n`);
    chmodSync(browser, 0o755);
    env = {
      ...envForNpm(),
      PATH: [join(prefix, 'bin'), process.env['PATH']].join(delimiter),
      ...{ HOME: user, XDG_CONFIG_HOME: join(folder, 'config'), BROWSER: browser, npm_config_prefix: prefix },
    };
    mkdirSync(user);
    stack = await startStack({ accounts: [ALICE, BOB], seedDemo: true, inMemory: true, env: { OPERATOR_KEY } });

    const [archive] = await packInCopy(folder, ['cli'], env);
    // The browser must begin at the server's own address, whichever name of it the command was given.
    const server = stack.url.replace('127.0.0.1', 'localhost');
    for (const line of TEN_LINES) {
      const here = line.replace('@cloudmover/cli', `"${archive}"`).replace('http://localhost:3000', server);
      const result = sh(`${here}\nstatus=$?\nprintf '\\0%s' "$ID"\nexit $status`);
      const [stdout = '', id] = result.stdout.split('\0');
      results.set(line, { ...result, stdout });
      if (result.status !== 0) break;
      // The next lines are run by other shells.
      env = { ...env, ID: id };
    }
  }, 1_200_000);
  afterAll(async () => {
    await stack?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has ten lines in its README', () => {
    expect(TEN_LINES).toHaveLength(10);
  });

  it.each(PRINTED.map((printed, index) => ({ line: TEN_LINES[index]!, printed })))('$line', ({ line, printed }) => {
    const { status, stdout, stderr } = results.get(line) ?? { status: 'not run, because a line before failed' };
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(printed);
  });

  it('has compiled code, a README and three dependencies, and no test', () => {
    const installed = join(folder, 'global/lib/node_modules/@cloudmover/cli');
    for (const file of ['dist/main.js', 'README.md'])
      expect([file, existsSync(join(installed, file))]).toEqual([file, true]);
    for (const file of ['main.ts', 'dist/package.spec.js', 'dist/testing', 'tsconfig.json'])
      expect([file, existsSync(join(installed, file))]).toEqual([file, false]);
    const { dependencies, scripts, devDependencies } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    ) as Record<string, object | undefined>;
    const names = Object.keys(dependencies ?? {});
    expect(names).toEqual(['commander', 'eventsource-parser', 'openapi-fetch']);
    expect([scripts, devDependencies]).toEqual([undefined, undefined]);
  });

  it('moves and undoes, with JSON for programs', () => {
    const moved = linesOf('cloudmover copy source:Taxes destination:"From Ana" --move --yes');
    expect(moved.at(-1)).toMatchObject({
      type: 'transfer',
      exitCode: 0,
      transfer: { state: 'completed', mode: 'move' },
    });
    expect(sh('cloudmover ls source:Taxes').status).toBe(2);
    done(`cloudmover undo --yes --watch -- ${idIn(moved)}`);
    expect(done('cloudmover ls source:Taxes')).not.toBe('');
  });

  it('reads a people map with the line ends and the byte-order mark of Windows', () => {
    writeFileSync(join(user, 'people.csv'), `\ufefffrom;to\r\n@example.com;@new.example\r\n${ALICE};${BOB}\r\n`);
    const preflight = linesOf('cloudmover check source:Recipes destination: --people people.csv').at(-1);
    expect(preflight).toMatchObject({ type: 'preflight', preflight: { sharing: { mode: 'carry', lines: 2 } } });
  });

  it('verifies at Google itself, and finds a copy that is gone', async () => {
    const token = async (account: string) =>
      (await control<{ access_token: string }>('tokens', { account })).access_token;
    // Its own copies, because one of them is trashed.
    const id = idIn(linesOf('cloudmover copy source:Work destination:"To verify"'));
    done(`cloudmover report --output proof.json -- ${id}`);
    env = { ...env, SOURCE_ACCESS_TOKEN: await token(ALICE), DESTINATION_ACCESS_TOKEN: await token(BOB) };
    const verify = `cloudmover verify proof.json --google ${stack.sandboxUrl} --bytes`;
    expect(done(verify)).toMatch(PRINTED.at(-1)!);
    const { items } = JSON.parse(readFileSync(join(user, 'proof.json'), 'utf8')) as {
      items: { kind: string; destinationId: string; name: string }[];
    };
    const { destinationId, name } = items.find(({ kind }) => kind === 'file')!;
    await call(`${stack.sandboxUrl}/drive/v3/files/${destinationId}`, {
      ...{ method: 'PATCH', body: { trashed: true }, bearer: env['DESTINATION_ACCESS_TOKEN'] },
    });
    for (const line of ['cloudmover verify proof.json', verify]) {
      const { status, stdout } = sh(line);
      expect(status).toBe(1);
      expect(stdout).toMatch(
        new RegExp(`✘ .*${name}: the copy is in the trash of the destination\n10 proven by checksum, 11 present`),
      );
    }
  });

  it('leaves the transfer running on Ctrl-C, and says how to watch it', async () => {
    await control('behavior', { faults: [{ operation: 'files.copy', kind: 'hold', times: 1_000_000 }] }, 'PATCH');
    const args = ['copy', 'source:Work', 'destination:Again'];
    const child = spawn('cloudmover', args, { cwd: user, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [said, noted] = ['', ''];
    child.stderr.setEncoding('utf8').on('data', (text: string) => (noted += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!/Started/.test(said) && /Started/.test((said += text))) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    const [, watch = ''] = /continues at the server\. Watch it: (cloudmover watch [\w-]{22})\n$/.exec(noted) ?? [];
    expect({ code, noted }).toMatchObject({ code: 130, noted: expect.stringContaining('Watch it:') });
    await control('behavior', { faults: [] }, 'PATCH');
    expect(done(watch)).toMatch(/Completed: 22 of 23/);
  });

  it('signs in without a browser, by a refresh token or a service account, with the operator key or a machine key', async () => {
    const { refresh_token: token } = await control<{ refresh_token: string }>('tokens', { account: BOB });
    writeFileSync(join(user, 'token.txt'), `${token}\r\n`);
    const line = 'cloudmover login destination --refresh-token-file token.txt';
    expect(sh(line)).toMatchObject({ status: 2, stderr: expect.stringContaining('CLOUDMOVER_OPERATOR_KEY') });
    env = { ...env, CLOUDMOVER_OPERATOR_KEY: OPERATOR_KEY };
    expect(done(line)).toBe('Connected bob@example.com as the destination.\n');
    const { keyFile } = await control<{ keyFile: object }>('service-accounts', {
      email: 'robot@project.iam.gserviceaccount.com',
      generate: true,
      delegation: { domain: 'example.com', scopes: DELEGATED },
    });
    writeFileSync(join(user, 'key.json'), JSON.stringify(keyFile));
    const service = (subject: string) => sh(`cloudmover login source --service-account key.json --subject ${subject}`);
    expect(service(ALICE).stdout).toBe('Connected alice@example.com as the source.\n');
    expect(service('mallory@elsewhere.example').status).toBe(1);
    expect(sh('cloudmover login source --service-account token.txt --subject x')).toMatchObject({ status: 2 });
    const loginWithScope = async (scope: string) => {
      await noticeClosedConnections();
      const response = await fetch(`${stack.url}/api/keys`, {
        method: 'POST',
        headers: { 'x-operator-key': OPERATOR_KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'CI', scopes: [scope] }),
      });
      writeFileSync(join(user, 'machine.key'), ((await response.json()) as { key: string }).key);
      return sh(`${line} --operator-key-file machine.key`);
    };
    expect(await loginWithScope('sessions:create')).toMatchObject({
      ...{ status: 0, stderr: '', stdout: 'Connected bob@example.com as the destination.\n' },
    });
    // A key to read deliveries of webhooks opens no session; the one before stays.
    expect(await loginWithScope('transfers')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('lacks the scope sessions:create; it has transfers.') as string,
    });
    expect(done('cloudmover ls destination:')).not.toBe('');
  });

  it('says what to run when a session has ended, and when the server does not respond', async () => {
    const file = join(folder, 'config/cloudmover/sessions.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(/("source": \{\s*"token": ")[^"]+/, `$1${'A'.repeat(43)}`));
    expect(sh('cloudmover ls source:')).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/Run: cloudmover login source\n$/),
    });
    writeFileSync(file, before);
    const nobody = `http://127.0.0.1:${await freePort()}`;
    expect(sh(`CLOUDMOVER_SOURCE_TOKEN=x cloudmover list --server ${nobody}`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`does not respond at ${nobody} (connection refused)`),
    });
  });
});
