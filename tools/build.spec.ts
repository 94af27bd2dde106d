import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError, readConfig } from '../backend/src/config/config.ts';
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

  it.each([
    ['page-scripts', 'frontend', 'backend'],
    ['compress-files', 'frontend', 'backend'],
    ['bundle-budget', 'frontend', 'backend'],
    ['bundle-api', 'backend', 'frontend'],
  ])('follows what is done after the compiler: %s', (name, changed, other) => {
    const [before, same] = [hashOf(changed, root), hashOf(other, root)];
    write(`tools/${name}.ts`, 'changed');
    expect(hashOf(changed, root)).not.toBe(before);
    expect(hashOf(other, root)).toBe(same);
  });
});

const nx = (...args: string[]) => {
  const env = { ...withoutSettings(), ...NX_SETTINGS };
  const { code, output, errors } = capture([...NX, ...args], { cwd: ROOT, env, timeoutMs: 60_000 });
  expect({ code, errors: code === 0 ? '' : errors + output }).toEqual({ code: 0, errors: '' });
  return JSON.parse(output) as unknown;
};

describe('nx affected', () => {
  const affected = (target: string, file: string) =>
    (nx('show', 'projects', '--affected', `--files=${file}`, `--with-target=${target}`, '--json') as string[])
      .map((name) => name.replace('@cloudmover/', ''))
      .sort();

  // nx chooses projects; which of their targets it has to run, it then finds by their inputs.
  it.each([
    ['test', 'frontend/src/app/app.ts', ['cli', 'frontend', 'tools']],
    ['test', 'docs/redis-users.acl', ['backend', 'tools']],
    ['e2e', 'backend/src/main.ts', ['frontend']],
    ['e2e', 'docs/redis-users.acl', []],
    ['lint', '.oxlintrc.json', ['backend', 'cli', 'drive-sandbox', 'frontend', 'tools']],
  ])('reruns %s after a change to %s, in %j', (target, file, projects) => {
    expect(affected(target, file)).toEqual(projects);
  });
});

describe('the inputs of the targets of nx', () => {
  const TARGETS = [
    ...['backend:build', 'backend:lint', 'backend:test', 'cli:lint', 'cli:test', 'frontend:build', 'frontend:e2e'],
    ...['frontend:lint', 'frontend:test', 'sandbox:lint', 'sandbox:test', 'tools:lint', 'tools:test'],
  ];
  const inputs = new Map<string, Set<string>>();
  beforeAll(() => {
    for (const target of TARGETS) {
      const name = target
        .replace('sandbox:', '@cloudmover/drive-sandbox:')
        .replace(/^(backend|cli|frontend):/, '@cloudmover/$1:');
      inputs.set(target, new Set((nx('show', 'target', 'inputs', name, '--json') as { files: string[] }).files));
    }
  });

  it.each([
    [
      'frontend/src/app/app.ts',
      ['cli:test', 'frontend:build', 'frontend:e2e', 'frontend:lint', 'frontend:test', 'tools:test'],
    ],
    ['frontend/e2e/frame.spec.ts', ['backend:lint', 'frontend:e2e', 'frontend:lint']],
    [
      'backend/src/main.ts',
      ['backend:build', 'backend:lint', 'backend:test', 'cli:test', 'frontend:e2e', 'tools:lint', 'tools:test'],
    ],
    ['backend/src/engine/transfer.spec.ts', ['backend:lint', 'backend:test', 'tools:test']],
    [
      'sandbox/sandbox-state.ts',
      [
        ...['backend:lint', 'backend:test', 'cli:lint', 'cli:test', 'frontend:e2e', 'sandbox:lint', 'sandbox:test'],
        'tools:test',
      ],
    ],
    ['docs/redis-users.acl', ['backend:test', 'tools:lint', 'tools:test']],
    ['README.md', ['backend:test', 'cli:test', 'tools:lint', 'tools:test']],
    ['tools/compress-files.ts', TARGETS.filter((target) => target !== 'backend:build' && target !== 'frontend:test')],
    ['tools/build.spec.ts', ['tools:lint', 'tools:test']],
    ['package-lock.json', TARGETS],
  ])('of which %s is one: %j', (file, targets) => {
    expect(TARGETS.filter((target) => inputs.get(target)?.has(file))).toEqual(targets);
  });

  /** What a file imports, and (for tests) every path in it that leads to a file. */
  const IMPORTS = /(?:from |import\()'(\.[^']+|@cloudmover\/drive-sandbox)'/g;
  const PATHS = /['`]([.\w-]*(?:\/[.\w-]+)+|@cloudmover\/drive-sandbox)['`]/g;
  const namedBy = (file: string, how: RegExp) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(how)]
      .map(([, path = '']) =>
        path.startsWith('@') ? 'sandbox/index.ts' : path.startsWith('.') ? join(dirname(file), path) : path,
      )
      .flatMap((path) => [path, `${path}.ts`, path.replace(/\.js$/, '.ts')])
      .filter((path) => !/node_modules|\bdist\b|^\/|\.\.\//.test(path))
      .filter((path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile());

  it.each(TARGETS)('are all that the files of %s name', (target) => {
    const [project = '', what = ''] = target.split(':');
    const files = inputs.get(target) ?? new Set();
    const missing = [...files]
      .filter((file) => file.startsWith(`${project}/`) && /\.m?ts$/.test(file) && file !== 'tools/build.spec.ts')
      .flatMap((file) =>
        namedBy(file, what === 'test' || what === 'e2e' ? PATHS : IMPORTS).flatMap((path) =>
          files.has(path) ? [] : `${file}: ${path}`,
        ),
      );
    expect([...new Set(missing)]).toEqual([]);
  });
});

describe('withoutSettings', () => {
  it("keeps a shell's own variables and drops settings of the product and of the sandbox", () => {
    const shell = { PATH: '/bin', HOME: '/root', MAIL: '/var/mail/root', npm_config_cache: '/c' };
    const own = { CLOUDMOVER_STATE_DIR: '/s' };
    const settings = { SMTP_URL: 'x', CREDENTIALS_KEYS_FILE: 'x', REDIS_URL: 'x', PORT: '1', SANDBOX_CLIENTS: 'x' };
    expect(withoutSettings({ ...shell, ...own, ...settings })).toEqual({ ...shell, ...own });
  });

  it('drops every variable that the product reads', () => {
    const variables = new Set<string>();
    const empty = new Proxy<NodeJS.ProcessEnv>({}, { get: (_, name) => void variables.add(String(name)) });
    expect(() => readConfig(empty)).toThrow(ConfigError);
    expect([...variables]).toEqual(expect.arrayContaining(['SMTP_URL', 'SMTP_URL_FILE', 'OTEL_SERVICE_NAME']));
    expect(withoutSettings(Object.fromEntries([...variables].map((name) => [name, 'x'])))).toEqual({});
  });
});
