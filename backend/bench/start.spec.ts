import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { freshEnvironment } from './main.ts';

describe('npm run bench -- start', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bench-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('starts without caches of this checkout, including nx’s cache in the home folder', () => {
    const mine = {
      PATH: ['/checkout/node_modules/.bin', '/usr/bin'].join(delimiter),
      HOME: '/root',
      LANG: 'C.UTF-8',
      XDG_CACHE_HOME: '/root/.cache',
      NX_CACHE_DIRECTORY: '/shared',
      NODE_COMPILE_CACHE: '/shared',
      npm_config_cache: '/root/.npm',
      npm_lifecycle_event: 'bench',
      CLOUDMOVER_STATE_DIR: '/shared',
      REDIS_URL: 'redis://127.0.0.1',
      GOOGLE_CLIENT_ID: 'x',
    };
    const env = freshEnvironment(folder, join(folder, 'npm-cache'), mine);
    expect(env).toEqual({
      PATH: '/usr/bin',
      LANG: 'C.UTF-8',
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_userconfig: expect.stringMatching(/\.npmrc$/),
    });
    expect(process.env.HOME).not.toBe(env.HOME);
  });
});
