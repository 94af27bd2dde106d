// This checkout as an installation of the product, and a copy of its sources, which the sandbox shows.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Installation } from '../server/local.ts';
import { ROOT, STATE } from './workspace.ts';

export const CHECKOUT: Installation = {
  command: 'npm start --',
  advice: '"npm run doctor" reports what else it needs',
  settingsFolder: ROOT,
  ownFolder: ownSources,
};

/**
 * A folder with a copy of this checkout's sources, without packages and build output; copied once.
 * @param data the sandbox's data
 */
export function ownSources(data: string) {
  const folder = join(STATE, 'sources/cloudmover');
  const complete = join(STATE, 'sources/.complete');
  // The sandbox reads imported files in place, so they must stay as long as its data.
  if (existsSync(complete) && existsSync(data)) return folder;
  rmSync(folder, { recursive: true, force: true });
  copySources(folder);
  writeFileSync(complete, '');
  return folder;
}

/** Copies the checkout's files (see {@link sourceFiles}) with their times. */
export function copySources(to: string) {
  for (const path of sourceFiles()) {
    const original = join(ROOT, path);
    const status = lstatSync(original, { throwIfNoEntry: false });
    if (!status?.isFile()) continue;
    const copy = join(to, path);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(original, copy);
    utimesSync(copy, status.atime, status.mtime);
  }
}

/** The checkout's files that git does not ignore, as relative paths; some may have been deleted. */
export function sourceFiles() {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const git = spawnSync('git', list, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (git.status === 0 && git.stdout) return git.stdout.split('\0').filter(Boolean);
  // Without git: everything except generated files and `.env`, which contains the user's secrets.
  const made = new Set(['node_modules', 'dist', 'coverage', '.nx', '.angular', '.cloudmover', '.git', '.env']);
  const below = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (made.has(entry.name)) return [];
      return entry.isDirectory() ? below(path) : [path];
    });
  return below('');
}

/** The files in a folder, each with the SHA-256 of its content. */
export function digestsOf(folder: string) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );
}
