import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hashOf } from './build.ts';
import { NX, NX_SETTINGS } from './nx.ts';
import { capture } from './processes.ts';
import { ROOT, withoutSettings } from './workspace.ts';

describe('the stamp of a build', () => {
  let root: string;
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'build-'));
    for (const file of ['nx.json', 'backend/package.json', 'frontend/package.json'])
      write(file, readFileSync(join(ROOT, file), 'utf8'));
    for (const file of ['frontend/src/a.ts', 'frontend/src/deep/b.ts', 'tools/page-scripts.ts']) write(file, file);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('depends on content, names and paths, not on times or tests', () => {
    const first = hashOf('frontend', root);
    utimesSync(join(root, 'frontend/src/a.ts'), 1, 1);
    write('frontend/src/a.spec.ts', 'test');
    write('frontend/e2e/a.spec.ts', 'test');
    write('backend/src/a.ts', 'a');
    expect(hashOf('frontend', root)).toBe(first);
    for (const file of ['frontend/src/deep/b.ts', 'frontend/src/c.ts', 'package-lock.json']) {
      const before = hashOf('frontend', root);
      write(file, 'changed');
      expect(hashOf('frontend', root)).not.toBe(before);
    }
  });

  it.each(['page-scripts', 'compress-files', 'bundle-budget'])(
    'follows what is done after the compiler: %s',
    (name) => {
      const [portal, api] = [hashOf('frontend', root), hashOf('backend', root)];
      write(`tools/${name}.ts`, 'changed');
      expect(hashOf('frontend', root)).not.toBe(portal);
      expect(hashOf('backend', root)).toBe(api);
    },
  );
});

describe('nx', () => {
  const nx = (...args: string[]) => {
    const env = { ...withoutSettings(), ...NX_SETTINGS };
    const { code, output, errors } = capture([...NX, ...args], { cwd: ROOT, env, timeoutMs: 60_000 });
    expect({ code, errors: code === 0 ? '' : errors + output }).toEqual({ code: 0, errors: '' });
    return output;
  };
  const affected = (target: string, file: string) =>
    (
      JSON.parse(
        nx('show', 'projects', '--affected', `--files=${file}`, `--with-target=${target}`, '--json'),
      ) as string[]
    )
      .map((name) => name.replace('@cloudmover/', ''))
      .sort();

  // nx chooses projects; which of their targets it has to run, it then finds by their inputs.
  it.each([
    ['test', 'frontend/src/app/app.ts', ['frontend', 'tools']],
    ['test', 'backend/src/main.ts', ['backend', 'frontend', 'tools']],
    ['test', 'sandbox/server.ts', ['backend', 'drive-sandbox', 'frontend', 'tools']],
    ['test', 'docs/redis-users.acl', ['backend', 'tools']],
    ['test', 'tools/stack.ts', ['backend', 'drive-sandbox', 'frontend', 'tools']],
    ['test', 'package-lock.json', ['backend', 'drive-sandbox', 'frontend', 'tools']],
    ['e2e', 'backend/src/main.ts', ['frontend']],
    ['e2e', 'docs/redis-users.acl', []],
    ['build', 'tools/page-scripts.ts', ['backend', 'frontend']],
    ['lint', 'eslint.config.mjs', ['backend', 'drive-sandbox', 'frontend', 'tools']],
  ])('reruns %s after a change to %s, in %j', (target, file, projects) => {
    expect(affected(target, file)).toEqual(projects);
  });
});

describe('withoutSettings', () => {
  it("keeps a shell's own variables and drops every setting of the product", () => {
    const shell = { PATH: '/bin', HOME: '/root', npm_config_cache: '/c' };
    const settings = {
      REDIS_URL: 'x',
      REDIS_TLS_CA_FILE: 'x',
      GOOGLE_CLIENT_ID: 'x',
      GOOGLE_CLIENT_SECRET_FILE: 'x',
      PORT: '1',
      HOST: 'x',
      PUBLIC_URL: 'x',
      CREDENTIALS_KEYS_FILE: 'x',
      OPERATOR_KEY: 'x',
      RATE_LIMIT_TOKEN: '1',
      SANDBOX_CLIENTS: 'x',
    };
    expect(withoutSettings({ ...shell, ...settings })).toEqual(shell);
  });
});
