import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, connect } from '../../tools/api-client.ts';
import { startStack, type Stack } from '../../tools/stack.ts';
import { configFolder, Sessions } from '../sessions.ts';

const ACCOUNTS = { source: 'alice@example.com', destination: 'bob@example.com' } as const;
const HOURS = { from: '20:00', to: '06:00' };

interface Line {
  type: string;
  exitCode?: number;
  id: string;
  transfer: { id: string; state: string; name?: string; delta?: object; links: { mode: string } };
  schedule?: Record<string, unknown>;
}

// Commands for a transfer, and the end of a session, at a server with the sandbox in Google's place. The other commands
// are in package.spec.ts.
describe('against the API', () => {
  const home = mkdtempSync(join(tmpdir(), 'cli-api-'));
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config'), NO_COLOR: '1' };
  const sessions = new Sessions(configFolder(env));
  let stack: Stack;
  /** A transfer that has completed. */
  let copied: string;
  const signIn = async (side: keyof typeof ACCOUNTS) => {
    const token = await connect(stack.url, side, ACCOUNTS[side]);
    await sessions.keep(stack.url, side, { token, email: ACCOUNTS[side], expiresAt: '2099-01-01T00:00:00.000Z' });
  };
  beforeAll(async () => {
    stack = await startStack({ seedDemo: true, inMemory: true });
    await signIn('source');
    await signIn('destination');
    copied = last(0, 'copy', 'source:Work', 'destination:First').transfer.id;
  });
  afterAll(async () => {
    await stack?.close();
    rmSync(home, { recursive: true, force: true });
  });

  const run = (...args: string[]) => {
    const main = join(import.meta.dirname, '../main.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', main, ...args], {
      ...{ env, encoding: 'utf8', timeout: 250_000 },
    });
    return { status, stdout, stderr };
  };
  /** The last JSON line of a command that ends with `exitCode`. */
  const last = (exitCode: number, ...args: string[]) => {
    const { status, stdout, stderr } = run(...args, '--json');
    expect({ args, status, stdout: status === exitCode ? '' : stdout, stderr }).toEqual({
      ...{ args, status: exitCode, stdout: '', stderr: '' },
    });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Line;
  };
  /** Starts a copy whose folders are not created, so that all items are left, until `release` is called. */
  const started = async (folder: string) => {
    await setFaults([{ operation: 'files.create', kind: 'hold', times: 1_000_000 }]);
    return last(0, 'copy', 'source:Work', `destination:${folder}`, '--no-wait').id;
  };
  const setFaults = (faults: object[]) =>
    call(`${stack.sandboxUrl}/__sandbox/behavior`, { method: 'PATCH', body: { faults } });
  const release = () => setFaults([]);

  it('pause, show and resume', async () => {
    const id = await started('Third');
    expect(last(0, 'pause', id).transfer.state).toMatch(/^paus(ing|ed)$/);
    await release();
    expect(last(3, 'watch', id)).toMatchObject({ type: 'transfer', exitCode: 3, transfer: { state: 'paused' } });
    const shown = run('show', id);
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout).toMatch(
      new RegExp(`^Work\n  ${id}, copy, [^]*\nPaused: \\d+ of 23 [^]*\nNext: cloudmover resume ${id} --watch\n$`),
    );
    expect(last(0, 'resume', id, '--watch').transfer.state).toBe('completed');
  });

  it('cancel and retry', async () => {
    const id = await started('Second');
    expect(last(0, 'cancel', id).transfer.state).toMatch(/^cancel(ing|ed)$/);
    await release();
    expect(last(1, 'watch', id).transfer.state).toBe('canceled');
    expect(last(0, 'retry', id, '--watch').transfer.state).toBe('completed');
  });

  it('rerun', () => {
    const { transfer } = last(0, 'rerun', copied, '--watch');
    expect(transfer).toMatchObject({ state: 'completed', delta: expect.any(Object) as object });
  });

  it('links', () => {
    const { transfer } = last(0, 'links', copied, '--mode', 'report', '--watch');
    expect(transfer).toMatchObject({ state: 'completed', links: { mode: 'report' } });
  });

  it('edit', () => {
    expect(last(0, 'edit', copied, '--name', 'Board decks').transfer.name).toBe('Board decks');
    // This server sends no e-mails.
    expect(last(2, 'edit', copied, '--mail', 'source')).toMatchObject({ type: 'error', code: 'mail_off' });
    expect(last(0, 'edit', copied, '--no-name').transfer.name).toBeUndefined();
  });

  it('schedule', () => {
    const set = (...options: string[]) => last(0, 'schedule', copied, ...options).schedule;
    const daily = { cron: '0 2 * * *', timezone: 'Europe/Berlin' };
    expect(set('--every', 'day', '--at', '02:00', '--timezone', 'Europe/Berlin')).toMatchObject(daily);
    const both = { ...daily, hours: HOURS, state: 'active' };
    expect(set('--hours', '20:00-06:00')).toMatchObject(both);
    expect(set('--pause')).toMatchObject({ ...both, state: 'paused' });
    const until = '2099-01-01T00:00:00.000Z';
    expect(set('--until', until)).toMatchObject({ ...both, until, state: 'paused' });
    expect(set('--resume')).toMatchObject({ ...both, until });
    expect(set('--no-hours', '--no-until')).toEqual({
      ...{ ...daily, state: 'active', nextRunAt: expect.any(String) as string },
    });
    expect(set()).toMatchObject(daily);
    expect(set('--remove')).toBeUndefined();
    expect(last(2, 'schedule', copied)).toMatchObject({ type: 'error', code: 'schedule_not_found' });
  });

  it('verify lists the top of My Drive, if all of it was copied', async () => {
    const id = last(0, 'copy', 'source:', 'destination:All').transfer.id;
    const file = join(home, 'report.json');
    expect(run('report', id, '--output', file).status).toBe(0);
    const whole = run('verify', file);
    expect([whole.status, whole.stdout]).toEqual([0, expect.stringMatching(/ 0 wrong$/m)]);
    expect(whole.stdout).not.toContain('! ');
    const report = JSON.parse(await readFile(file, 'utf8')) as { items: { path: string; kind: string }[] };
    const top = report.items.find(({ path, kind }) => !path.includes('/') && kind === 'file')!;
    await writeFile(file, JSON.stringify({ ...report, items: report.items.filter((item) => item !== top) }));
    const { status, stdout } = run('verify', file);
    expect([status, stdout]).toEqual([1, expect.stringContaining(`✘ ${top.path}: is in the source and not in the`)]);
  });

  it('verify finds the target of a shortcut that was followed in its place, here and at Google', async () => {
    const id = last(0, 'copy', 'source:Work', 'destination:Followed', '--shortcuts', 'follow').transfer.id;
    const file = join(home, 'followed.json');
    expect(run('report', id, '--output', file).status).toBe(0);
    expect(last(0, 'verify', file)).toMatchObject({ type: 'verified', wrong: 0 });
    for (const [side, account] of Object.entries(ACCOUNTS)) {
      const body = { account };
      const path = `${stack.sandboxUrl}/__sandbox/tokens`;
      const { access_token: token } = await call<{ access_token: string }>(path, { method: 'POST', body });
      Object.assign(env, { [`${side.toUpperCase()}_ACCESS_TOKEN`]: token });
    }
    expect(last(0, 'verify', file, '--google', stack.sandboxUrl)).toMatchObject({ type: 'verified', wrong: 0 });
  });

  it('logout', async () => {
    // Beside the session from the start: with an account's last session its transfers could no longer be rerun.
    await signIn('source');
    const { token } = (await sessions.of(stack.url)).source!;
    expect(run('logout', 'source')).toEqual({ status: 0, stdout: 'Signed out of the source.\n', stderr: '' });
    expect(await sessions.of(stack.url)).toEqual({ destination: expect.any(Object) as object });
    await expect(call(`${stack.url}/list-files`, { bearer: token })).rejects.toThrow('session_expired');
    expect(last(3, 'ls', 'source:')).toMatchObject({ type: 'error', code: 'token_missing' });
    expect(run('ls', 'destination:').status).toBe(0);
    await signIn('source');
  });
});
