import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { answers, commandOf, freePort, portOf } from './processes.ts';
import { until } from './until.ts';
import { call, connect, OVER } from './api-client.ts';
import { ROOT, withoutSettings } from './workspace.ts';

// The real command with all it starts, on a state folder and a port of its own. Needs both sides built.
interface Started {
  child: ChildProcess;
  output: string;
  ended: Promise<number | null>;
}

interface DriveItem {
  id: string;
  name: string;
  kind: string;
}

describe('npm start', () => {
  let state: string;
  let from: string;
  const started: Started[] = [];
  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), 'start-state-'));
    from = join(state, 'Papers');
    mkdirSync(join(from, 'letters'), { recursive: true });
    writeFileSync(join(from, 'letters/hello.txt'), 'hello');
  });
  afterEach(async () => {
    for (const command of started.splice(0)) {
      if (command.child.exitCode === null && command.child.signalCode === null) {
        command.child.kill('SIGTERM');
        await command.ended;
      }
    }
  });
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  const start = (env = {}, args = ['--from', from], name = 'start') => {
    const child = spawn(process.execPath, [join(ROOT, 'tools/bootstrap.mjs'), name, ...args], {
      env: { ...withoutSettings(), CLOUDMOVER_STATE_DIR: state, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const command: Started = { child, output: '', ended: once(child, 'close').then(([code]) => code as number | null) };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (command.output += text));
    started.push(command);
    return command;
  };
  const ready = async (command: Started) => {
    const address = () => {
      if (command.child.exitCode !== null) throw new Error(command.output);
      return Promise.resolve(/ready: {2}(\S+)/.exec(command.output)?.[1]);
    };
    return until('the screen that says it is ready', address);
  };
  /** Processes that mention the state folder, other than this test's own. */
  const leftovers = () =>
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .map((pid) => commandOf(Number(pid)))
      .filter((line) => line?.includes(state));
  const onLinux = process.platform === 'linux' ? it : it.skip;

  it('serves portal and API with two accounts, ends cleanly, and keeps the sessions', async () => {
    const port = await freePort();
    const first = start({ PORT: String(port) });
    const url = await ready(first);
    expect(url).toBe(`http://localhost:${port}`);
    expect(first.output).toMatch(/alice@example\.com[\s\S]*bob@example\.com/);
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/html/)]);

    const tokens = {
      source: await connect(url, 'source', 'alice@example.com'),
      destination: await connect(url, 'destination', 'bob@example.com'),
    };
    const { files } = await call<{ files: DriveItem[] }>(`${url}/list-files?page_size=1000`, {
      tokens: { source: tokens.source },
    });
    const papers = files.find(({ name }) => name === 'Papers');
    expect(papers).toMatchObject({ kind: 'folder' });
    expect(files.length).toBeGreaterThan(3);

    first.child.kill('SIGINT');
    expect(await first.ended).toBe(130);
    expect(first.output).toMatch(/Stopped\. Sessions and transfers are kept/);
    await expect(fetch(url)).rejects.toThrow();
    if (process.platform === 'linux') expect(leftovers()).toEqual([]);

    const second = start({ PORT: String(port) });
    await ready(second);
    expect(await call(`${url}/session/validate`, { tokens: { source: tokens.source } })).toMatchObject({
      valid: true,
      account: { email: 'alice@example.com' },
    });
    // The grant too: the sandbox still knows it, and the folder is there once.
    const again = await call<{ files: DriveItem[] }>(`${url}/list-files?page_size=1000`, {
      tokens: { source: tokens.source },
    });
    expect(again.files.filter(({ name }) => name === 'Papers')).toEqual([expect.objectContaining({ id: papers?.id })]);
    const { id } = await call<{ id: string }>(`${url}/api/transfers`, {
      method: 'POST',
      tokens,
      body: { items: [papers?.id] },
    });
    const transfer = await until('the transfer to end', async () => {
      const now = await call<{ state: string }>(`${url}/api/transfers/${id}`, { tokens });
      return OVER.has(now.state) ? now : undefined;
    });
    expect(transfer).toMatchObject({ state: 'completed', counts: { found: 3, verified: 3 } });
  }, 600_000);

  it('keeps its secrets readable only by their owner, and out of logs and process lists', async () => {
    const command = start({ PORT: String(await freePort()) });
    await ready(command);
    const kept = ['redis-password', 'credentials-keys', 'sandbox-client-secret'];
    for (const folder of ['redis', 'sandbox']) expect(statSync(join(state, folder)).mode & 0o077).toBe(0);
    const lines = process.platform === 'linux' ? leftovers().join('\n') : '';
    const logs = readdirSync(join(state, 'logs')).map((name) => readFileSync(join(state, 'logs', name), 'utf8'));
    for (const name of kept) {
      expect(statSync(join(state, name)).mode & 0o077).toBe(0);
      const secret = readFileSync(join(state, name), 'utf8').trim();
      expect(secret.length).toBeGreaterThan(30);
      for (const text of [lines, command.output, ...logs]) expect(text).not.toContain(secret);
    }
  });

  onLinux(
    'leaves nothing running when it is killed without warning, and starts again',
    async () => {
      const port = String(await freePort());
      const command = start({ PORT: port });
      await ready(command);
      process.kill(Number(readFileSync(join(state, 'start.pid'), 'utf8')), 'SIGKILL');
      await command.ended;
      await until('all processes to end', () => leftovers().length === 0);
      await ready(start({ PORT: port }));
    },
    600_000,
  );

  it('refuses to run twice on one folder, naming the process', async () => {
    await ready(start({ PORT: String(await freePort()) }));
    const second = start({ PORT: String(await freePort()) });
    expect(await second.ended).toBe(1);
    expect(second.output).toMatch(/running here already \(process \d+\)/);
  });

  it('runs beside `npm run dev`, which prints its address and lets a debugger attach', async () => {
    const first = start();
    const url = await ready(first);
    const built = statSync(join(ROOT, 'backend/dist/main.js')).mtimeMs;
    const second = start({}, ['--inspect'], 'dev');
    const said = (pattern: RegExp) => () => {
      if (second.child.exitCode !== null) throw new Error(second.output);
      return Promise.resolve(pattern.exec(second.output)?.[1]);
    };
    const portal = await until('the portal of the second', said(/Portal {2}(\S+)/), 500_000);
    const api = await until('the API of the second', said(/API {5}(\S+)/));
    const inspector = await until('the address for a debugger', said(/Debug {3}the API, at (\S+)/));
    expect(new Set([url, portal, api]).size).toBe(3);
    for (const address of [url, portal, `${url}/health/ready`, `${api}/health/ready`])
      expect((await fetch(address)).status).toBe(200);
    // Writing a file that the API was compiled from restarts it, and its debugger with it.
    const targets = `http://${inspector}/json/list`;
    await until('the debugger', () => answers(targets)).catch((error: unknown) => {
      throw new Error(second.output, { cause: error });
    });
    const [target] = (await (await fetch(targets)).json()) as { title: string }[];
    expect(target?.title).toMatch(/backend\/dist-dev\/main/);
    expect(statSync(join(ROOT, 'backend/dist/main.js')).mtimeMs).toBe(built);
  }, 900_000);

  it.each([
    [{ GOOGLE_CLIENT_ID: 'x' }, [], 1, /GOOGLE_CLIENT_SECRET is missing/],
    [{ PORT: 'http' }, [], 1, /PORT is "http"/],
    [{}, ['--from', '/nowhere'], 2, /--from \/nowhere: there is no such folder/],
    [{}, ['--form', 'x'], 2, /Unknown option '--form'/],
    [{ PORT: '0' }, [], 1, /PORT is "0"/],
    [{ REDIS_URL: 'redis://127.0.0.1:1' }, [], 1, /The Redis of REDIS_URL \(127\.0\.0\.1:1\) does not respond/],
  ])('with %j and %j it ends with %j and names the problem', async (env, args, code, message) => {
    const command = start(env, args);
    expect(await command.ended).toBe(code);
    expect(command.output).toMatch(message);
    expect(existsSync(join(state, 'start.pid'))).toBe(false);
  });

  it('never uses another port with Google credentials, or when PORT is set', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String(portOf(other));
    const google = start({ PORT: port, GOOGLE_CLIENT_ID: 'x', GOOGLE_CLIENT_SECRET: 'y' }, []);
    expect(await google.ended).toBe(1);
    expect(google.output).toMatch(new RegExp(`Port ${port} is taken by .*process ${process.pid}.*redirect addresses`));
    const fixed = start({ PORT: port });
    expect(await fixed.ended).toBe(1);
    expect(fixed.output).toMatch(new RegExp(`Port ${port} is taken.*PORT asks for this one`));
    other.close();
  });
});
