import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, 'main.ts');

describe('the command', () => {
  let child: ChildProcess | undefined;
  afterEach(() => void child?.kill('SIGKILL'));

  async function start(...args: string[]): Promise<string> {
    child = fork(MAIN, ['--port', '0', ...args], {
      silent: true,
      execArgv: [],
      env: { ...process.env, SANDBOX_CLIENTS: 'env:secret=http://localhost/a,http://localhost/b' },
    });
    const [message] = (await once(child, 'message')) as [{ type: string; url: string }];
    expect(message.type).toBe('ready');
    return message.url;
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('starts, serves, and ends immediately on %s', async (signal) => {
    const url = await start('--client', 'cli:secret=http://localhost/c');
    const clients = (await (await fetch(`${url}/__sandbox/clients`)).json()) as { clientIds: string[] };
    expect(clients.clientIds).toEqual(['cli', 'env']);
    const ended = once(child as ChildProcess, 'exit');
    child?.kill(signal);
    expect(await ended).toEqual([0, null]);
  });

  it('ends with the program that started it', async () => {
    await start();
    const ended = once(child as ChildProcess, 'exit');
    child?.disconnect();
    expect(await ended).toEqual([0, null]);
  });

  it('keeps its data with --data', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-spec-'));
    try {
      await start('--data', folder, '--seed-demo');
      const ended = once(child as ChildProcess, 'exit');
      child?.kill('SIGTERM');
      await ended;
      expect(existsSync(join(folder, 'sandbox.ndjson'))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each([
    [['--port', 'x'], 'a port is a number'],
    [['--port', '99999'], 'a port is a number'],
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['--client', 'id:topsecret'], 'ID:SECRET=REDIRECT'],
    [['--accounts', ' '], 'at least one e-mail address'],
    [['--port', '0', '--import', '/nowhere'], 'There is no folder /nowhere'],
  ])('refuses %j with a reason and exit code 2', (args, message) => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('topsecret');
    expect(status).toBe(2);
  });

  it('prints its help', () => {
    const { status, stdout } = spawnSync(process.execPath, [MAIN, '--help'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringContaining('--seed-demo')]);
  });
});
