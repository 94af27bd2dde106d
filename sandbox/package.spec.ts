import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const SOURCE = import.meta.dirname;
const PACKAGES = join(SOURCE, '../node_modules');
const ADDRESS = 'http://127.0.0.1:4010';
const LANGUAGES: Record<string, [program: string, file: string]> = {
  sh: ['bash', 'example.sh'],
  js: [process.execPath, 'example.mjs'],
  python: [process.env['GOOGLE_PYTHON'] ?? 'python3', 'example.py'],
};

/** The code blocks of a section of the README, with the output after their arrows. */
const examples = [
  .../^## Examples\n([\s\S]*?)\n## /m
    .exec(readFileSync(join(SOURCE, 'README.md'), 'utf8'))![1]!
    .matchAll(/^\*\*(.+?)\*\*[\s\S]*?```(\w+)\n([\s\S]*?)```/gm),
].map(([, title = '', language = '', code = '']) => ({
  title,
  language,
  code,
  printed: [...code.matchAll(/(?:\/\/|#) → (.*)$/gm)].map(([, text]) => text).join('\n'),
}));

// Packs a copy of this folder, because packing changes package.json for a moment, and installs the archive as a user does.
describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-package-'));
  const user = join(folder, 'user');
  let url: string;
  let sandbox: ReturnType<typeof spawn>;

  const npm = (cwd: string, ...args: string[]) => {
    // npm with the project's Node, not the one in the environment of this run of npm.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd, env, encoding: 'utf8', timeout: 600_000 });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };

  beforeAll(async () => {
    const copy = join(folder, 'repository/sandbox');
    cpSync(SOURCE, copy, {
      recursive: true,
      filter: (path) => !['node_modules', 'dist'].includes(basename(path)),
    });
    symlinkSync(PACKAGES, join(folder, 'repository/node_modules'));
    const manifest = readFileSync(join(copy, 'package.json'), 'utf8');
    const [archive = ''] = npm(copy, 'pack', '--pack-destination', folder, '--silent').trim().split('\n').slice(-1);
    // Packing restores the files that it changed.
    expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe(manifest);

    mkdirSync(user);
    npm(user, 'init', '--yes', '--silent');
    npm(user, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', join(folder, archive));
    // Other packages that the examples use, as if they were installed.
    for (const name of ['@googleapis', 'google-auth-library'])
      symlinkSync(join(PACKAGES, name), join(user, 'node_modules', name));

    sandbox = spawn('npx', ['--no-install', 'drive-sandbox', '--port', '0'], { cwd: user, detached: true });
    let said = '';
    url = await new Promise<string>((resolve, reject) => {
      sandbox.on('exit', () => reject(new Error(`It ended: ${said}`)));
      for (const stream of [sandbox.stdout, sandbox.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          const found = /Drive sandbox\s+(http:\S+)/.exec(said)?.[1];
          if (found !== undefined) resolve(found);
        });
    });
  }, 1_200_000);

  afterAll(() => {
    // npx, its shell and the sandbox.
    if (sandbox?.pid !== undefined) process.kill(-sandbox.pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('has compiled code, types and documents, one dependency, and no test', () => {
    const installed = join(user, 'node_modules/@cloudmover/drive-sandbox');
    for (const file of ['dist/index.js', 'dist/index.d.ts', 'dist/drive/hash-worker.js', 'README.md', 'CHANGELOG.md'])
      expect([file, existsSync(join(installed, file))]).toEqual([file, true]);
    const links = [...readFileSync(join(installed, 'README.md'), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
    const linked = links.map(([, file = '']) => file);
    expect(linked).toContain('docs/google-drive.md');
    expect(linked.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
    for (const file of [
      'dist/testing',
      'dist/conformance/live/altering-proxy.js',
      'index.ts',
      'dist/sandbox-state.spec.js',
    ])
      expect([file, existsSync(join(installed, file))]).toEqual([file, false]);
    const { dependencies, scripts, devDependencies } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    ) as Record<string, object | undefined>;
    expect([Object.keys(dependencies ?? {}), scripts, devDependencies]).toEqual([['fflate'], undefined, undefined]);
  });

  it('has types that a program can be compiled with', () => {
    const program = `
      import { startSandbox, SandboxClient, type TreeItem } from '@cloudmover/drive-sandbox';
      const sandbox = await startSandbox({ accounts: ['ana@example.com'] });
      const items: TreeItem[] = await new SandboxClient(sandbox.url).tree('ana@example.com');
      export const port: number = sandbox.port + items.length;
      // @ts-expect-error: it is a number
      export const wrong: string = sandbox.port;`;
    writeFileSync(join(user, 'program.mts'), program);
    const compiler = join(PACKAGES, 'typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    const types = ['--typeRoots', join(PACKAGES, '@types'), '--types', 'node'];
    const { stdout } = spawnSync(process.execPath, [compiler, ...options, ...types, 'program.mts'], {
      cwd: user,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  });

  it('checks the conformance rows on a sandbox of its own, and another server with `--real`', async () => {
    const conformance = async (...args: string[]) => {
      const env = { ...process.env, CONFORMANCE_ALICE: await tokenOf('alice'), CONFORMANCE_BOB: await tokenOf('bob') };
      const call = ['--no-install', 'drive-sandbox', 'conformance', ...args];
      return (await promisify(execFile)('npx', call, { cwd: user, env, timeout: 250_000 })).stdout;
    };
    const tokenOf = async (name: string) => {
      const body = JSON.stringify({ account: `${name}@example.com` });
      const reply = await fetch(`${url}/__sandbox/tokens`, { method: 'POST', body });
      return ((await reply.json()) as { access_token: string }).access_token;
    };
    expect(await conformance('--help')).toMatch(/drive-sandbox conformance \[options\][^]*--record FILE/);
    expect(await conformance('--only', 'about')).toMatch(/^holds {4}about: [^]*\n\d+ rows hold, 0 differ\.\n$/m);
    const record = join(user, 'verified.json');
    const real = ['--real', '--api', url, '--pace', '0', '--only', 'comments'];
    expect(await conformance(...real, '--record', record)).toContain(`Dates and answers are in ${record}.`);
    expect(readFileSync(record, 'utf8')).toMatch(/"comments": \{[^}]*\d{4}-\d\d-\d\d/);
  }, 900_000);

  it('shows ten examples or more', () => {
    expect(examples.length).toBeGreaterThanOrEqual(10);
    expect(examples.filter(({ printed }) => printed === '')).toEqual([]);
  });

  const runnable = examples.filter(({ language }) => language !== 'python' || process.env['GOOGLE_PYTHON']);
  it.each(runnable)('runs the example of its README: $title', async ({ language, code, printed }) => {
    const at = mkdtempSync(join(user, 'example-'));
    await fetch(`${url}/__sandbox/reset`, { method: 'POST' });
    const [program, file] = LANGUAGES[language]!;
    writeFileSync(join(at, file), code.replaceAll(ADDRESS, url));
    const rclone = dirname(process.env['RCLONE'] ?? '/usr/bin/rclone');
    const env = { ...process.env, PATH: [rclone, process.env['PATH']].join(delimiter), HOME: at };
    const { stdout } = await promisify(execFile)(program, [file], { cwd: at, env, timeout: 250_000 });
    expect(stdout.trim().split(/\s+/)).toEqual(printed.split(/\s+/));
  });
});
