import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const SOURCE = import.meta.dirname;

// Packs a copy of this folder, because packing changes package.json for a moment, and installs the archive as a user does.
describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cli-package-'));
  const user = join(folder, 'user');

  const run = (cwd: string, program: string, ...args: string[]) => {
    // npm with the project's Node, not the one in the environment of this run of npm.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 110_000 });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };

  beforeAll(() => {
    const repository = join(folder, 'repository');
    const leftOut = ['dist', 'node_modules'];
    cpSync(SOURCE, join(repository, 'cli'), { recursive: true, filter: (path) => !leftOut.includes(basename(path)) });
    mkdirSync(join(repository, 'sandbox'));
    cpSync(join(SOURCE, '../sandbox/pack.mjs'), join(repository, 'sandbox/pack.mjs'));
    symlinkSync(join(SOURCE, '../node_modules'), join(repository, 'node_modules'));
    symlinkSync(join(SOURCE, 'node_modules'), join(repository, 'cli/node_modules'));
    const cli = join(repository, 'cli');
    const manifest = readFileSync(join(cli, 'package.json'), 'utf8');
    const [archive = ''] = run(cli, 'npm', 'pack', '--pack-destination', folder, '--silent')
      .trim()
      .split('\n')
      .slice(-1);
    // Packing restores the files that it changed.
    expect(readFileSync(join(cli, 'package.json'), 'utf8')).toBe(manifest);

    mkdirSync(user);
    run(user, 'npm', 'init', '--yes', '--silent');
    run(user, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', join(folder, archive));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has compiled code, a README and two dependencies, and no test', () => {
    const installed = join(user, 'node_modules/@cloudmover/cli');
    for (const file of ['dist/main.js', 'README.md'])
      expect([file, existsSync(join(installed, file))]).toEqual([file, true]);
    for (const file of ['main.ts', 'dist/package.spec.js', 'tsconfig.json'])
      expect([file, existsSync(join(installed, file))]).toEqual([file, false]);
    const { dependencies, scripts, devDependencies } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    ) as Record<string, object | undefined>;
    const names = Object.keys(dependencies ?? {});
    expect([names, scripts, devDependencies]).toEqual([['commander', 'openapi-fetch'], undefined, undefined]);
  });

  it('runs with npx', () => {
    expect(run(user, 'npx', '--no-install', 'cloudmover', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run(user, 'npx', '--no-install', 'cloudmover', '--help')).toMatch(
      /Exit codes:[^]*cloudmover copy source:Work/,
    );
  });
});
