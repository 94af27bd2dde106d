import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
/** What packing reads and does not change. */
const LINKED = ['node_modules', 'package.json', 'tsconfig.base.json', 'backend', 'frontend'];
const LEFT_OUT = ['dist', 'node_modules'];

/**
 * Packs packages of this repository in a copy of it, because packing changes package.json for a moment.
 * @param folder an empty one
 * @param names their folders
 * @returns the paths of the archives, in the same order
 */
export async function packInCopy(folder: string, names: string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const repository = join(folder, 'repository');
  mkdirSync(repository);
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(repository, name));
  for (const name of ['cli', 'sandbox', 'server', 'tools']) {
    cpSync(join(ROOT, name), join(repository, name), {
      recursive: true,
      filter: (path) => !LEFT_OUT.includes(basename(path)),
    });
  }
  symlinkSync(join(ROOT, 'cli/node_modules'), join(repository, 'cli/node_modules'));
  return Promise.all(
    names.map(async (name) => {
      const cwd = join(repository, name);
      const manifest = readFileSync(join(cwd, 'package.json'), 'utf8');
      const pack = ['pack', '--silent', '--pack-destination', folder];
      const { stdout } = await promisify(execFile)('npm', pack, { cwd, env, timeout: 600_000 });
      expect(readFileSync(join(cwd, 'package.json'), 'utf8')).toBe(manifest);
      return join(folder, stdout.trim().split('\n').at(-1)!);
    }),
  );
}

/** An environment for npm with the project's Node, not the one in the environment of this run of npm. */
export const envForNpm = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^CLOUDMOVER_/.test(name))),
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_cache: process.env['npm_config_cache'] ?? join(process.env['HOME'] ?? '', '.npm'),
});
