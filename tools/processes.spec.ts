import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import {
  commandOf,
  freePort,
  isFree,
  launch,
  listenerOn,
  nextFreePort,
  portOf,
  programOnPath,
  untilReady,
} from './processes.ts';
import { until } from './until.ts';

describe('processes', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'processes-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const listen = async (host: string, port = 0) => {
    const server = createServer().listen(port, host);
    await once(server, 'listening');
    return { server, port: portOf(server) };
  };

  it('skips a port that is taken on either address of localhost', async () => {
    for (const host of ['127.0.0.1', '::1', '0.0.0.0']) {
      const { server, port } = await listen(host);
      expect(await isFree(port)).toBe(false);
      expect(await nextFreePort(port)).toBeGreaterThan(port);
      server.close();
    }
    const port = await freePort();
    expect(await nextFreePort(port)).toBe(port);
  });

  it('names the process that holds a port', async () => {
    const { server, port } = await listen('127.0.0.1');
    expect(listenerOn(port)).toContain(`process ${process.pid}`);
    server.close();
    await once(server, 'close');
    expect(listenerOn(port)).toBeUndefined();
  });

  it('distinguishes running processes from ended ones', () => {
    expect(commandOf(process.pid)).toMatch(/node|jest/);
    expect(commandOf(999_999_999)).toBeUndefined();
    expect(commandOf(Number.NaN)).toBeUndefined();
  });

  it('finds programs on a PATH with empty entries', () => {
    expect(programOnPath('sh', '::/nowhere:/bin')).toBe('/bin/sh');
    expect(programOnPath('no-such-program', '/bin')).toBeUndefined();
  });

  it('shows the end of the log if a process does not become ready', async () => {
    const running = launch({
      name: 'The thing',
      command: ['/bin/sh', '-c', 'echo broken pipe dream; exit 3'],
      logFile: join(folder, 'log'),
    });
    await expect(untilReady(running, () => Promise.resolve(false))).rejects.toThrow(
      /The thing ended before it was ready[\s\S]*broken pipe dream/,
    );
  });

  it('reports a missing program', async () => {
    const running = launch({ name: 'The thing', command: ['/nowhere/thing'], logFile: join(folder, 'log') });
    await expect(untilReady(running, () => Promise.resolve(false))).rejects.toThrow(
      /nowhere\/thing could not be started/,
    );
  });

  it('kills a process that ignores SIGTERM, with its children', async () => {
    const script = 'trap "" TERM; sleep 300 & echo $!; wait; sleep 300';
    const running = launch({ name: 'Stubborn', command: ['/bin/sh', '-c', script], logFile: join(folder, 'log') });
    const { readFileSync } = await import('node:fs');
    await untilReady(running, () => Promise.resolve(readFileSync(join(folder, 'log'), 'utf8') !== ''));
    const grandchild = Number(readFileSync(join(folder, 'log'), 'utf8'));
    // The shell writes the number of a child that has not become `sleep` yet.
    await until('the child runs', () => commandOf(grandchild)?.includes('sleep') === true);
    await running.stop(200);
    await until('the child has ended as well', () => !commandOf(grandchild));
  });
});
