import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFolder, Sessions } from './sessions.ts';

const SESSION = { token: 'secret', email: 'ana@example.com', expiresAt: '2026-12-01T00:00:00Z' };
const SERVER = 'http://localhost:3000';

it.each([
  [{ HOME: '/home/ana', XDG_CONFIG_HOME: '/cfg' }, 'linux', '/cfg/cloudmover'],
  [{ HOME: '/home/ana', XDG_CONFIG_HOME: 'relative' }, 'linux', '/home/ana/.config/cloudmover'],
  [{ HOME: '/Users/ana' }, 'darwin', '/Users/ana/.config/cloudmover'],
  [{ APPDATA: '/Roaming', HOME: '/c' }, 'win32', '/Roaming/cloudmover'],
] as const)('with %j on %s, settings are in %s', (env, platform, folder) => {
  expect(configFolder(env, platform)).toBe(folder);
});

describe('the stored sessions', () => {
  let top: string;
  let folder: string;
  let sessions: Sessions;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'cli-sessions-'));
    folder = join(top, 'cloudmover');
    sessions = new Sessions(folder);
  });
  afterEach(() => rmSync(top, { recursive: true }));

  it('are kept by server and side in a file that only its user can read, and nothing else is left behind', async () => {
    await sessions.keep('https://other.example', 'source', SESSION);
    await sessions.keep(SERVER, 'source', SESSION);
    await sessions.keep(SERVER, 'destination', { ...SESSION, email: 'bob@example.com' });
    await sessions.remove(SERVER, 'source');
    expect(await sessions.of(SERVER)).toEqual({ destination: { ...SESSION, email: 'bob@example.com' } });
    expect(await sessions.of('https://other.example')).toEqual({ source: SESSION });
    expect(await sessions.server()).toBe(SERVER);
    expect([folder, sessions.file].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    expect(readdirSync(folder)).toEqual(['sessions.json']);
  });

  it('are replaced as a whole: a failed write leaves the old ones', async () => {
    await sessions.keep(SERVER, 'source', SESSION);
    const before = readFileSync(sessions.file, 'utf8');
    // Blocks the temporary file.
    mkdirSync(`${sessions.file}.${process.pid}.tmp/in-the-way`, { recursive: true });
    await expect(sessions.keep(SERVER, 'destination', SESSION)).rejects.toThrow(/cannot be written/);
    rmSync(`${sessions.file}.${process.pid}.tmp`, { recursive: true, force: true });
    expect(readFileSync(sessions.file, 'utf8')).toBe(before);
  });

  it('say what to do when the file is damaged', async () => {
    await sessions.keep(SERVER, 'source', SESSION);
    writeFileSync(sessions.file, '{"servers":');
    await expect(sessions.of(SERVER)).rejects.toMatchObject({ exitCode: 2, message: /is damaged\. Delete it/ });
  });
});
