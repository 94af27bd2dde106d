// Builds what is stale. Whether it is stale is decided by a hash of its inputs, kept beside the output, so that
// nothing (not even the task runner) is started when nothing changed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { holdLock } from './bootstrap.mjs';
import { onlyWhileWeLive, tail } from './processes.ts';
import { Problem, ROOT, say, step } from './workspace.ts';

const SHARED = ['package-lock.json', 'tsconfig.base.json'];
const PROJECTS = [
  {
    name: 'backend',
    inputs: [
      'backend/src',
      'backend/package.json',
      'backend/tsconfig.json',
      'backend/tsconfig.build.json',
      'backend/nest-cli.json',
    ],
    output: 'backend/dist',
    product: 'backend/dist/main.js',
  },
  {
    name: 'frontend',
    inputs: [
      'frontend/src',
      'frontend/public',
      'frontend/package.json',
      'frontend/angular.json',
      'frontend/tsconfig.json',
      'frontend/tsconfig.app.json',
    ],
    output: 'frontend/dist',
    product: 'frontend/dist/browser/index.html',
  },
];

/** A hash of the content of files and folders (tests left out), the same wherever the checkout lies. */
export function hashOf(paths, root = ROOT) {
  const hash = createHash('sha256').update(process.version);
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(`${path}/${name}`);
    } else if (!/\.spec\.ts$|\.xlf$/.test(path) || path.endsWith('.de.xlf')) {
      hash.update(`\0${path}\0`).update(readFileSync(full));
    }
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}

function staleProjects(root, names) {
  return PROJECTS.filter(({ name }) => names.includes(name))
    .map((project) => ({ ...project, hash: hashOf([...project.inputs, ...SHARED], root) }))
    .filter(({ output, product, hash }) => {
      const stamp = join(root, output, '.built-from');
      return !existsSync(join(root, product)) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash;
    });
}

/**
 * Brings backend/dist and frontend/dist (or only the named one) up to date. Two commands started at once build once.
 * @throws {Problem} with the compiler's words
 */
export async function buildStale(root = ROOT, names = PROJECTS.map(({ name }) => name)) {
  if (staleProjects(root, names).length === 0) return;
  const unlock = holdLock(join(root, '.cloudmover', 'build.lock'), () =>
    say('• Waiting for another command that is building …'),
  );
  try {
    const stale = staleProjects(root, names);
    if (stale.length === 0) return;
    const what = stale.map(({ name }) => (name === 'backend' ? 'the API' : 'the portal')).join(' and ');
    await step(`Building ${what} (about ${stale.length > 1 ? 40 : 20} s)`, () => nxBuild(root, stale));
    for (const { output, hash } of stale) writeFileSync(join(root, output, '.built-from'), hash);
  } finally {
    unlock();
  }
}

async function nxBuild(root, projects) {
  const logFile = join(root, '.cloudmover', 'build.log');
  mkdirSync(join(root, '.cloudmover'), { recursive: true });
  const log = openSync(logFile, 'w');
  const names = projects.map(({ name }) => `@cloudmover/${name}`).join(',');
  const args = [
    join(root, 'node_modules/nx/dist/bin/nx.js'),
    'run-many',
    '-t',
    'build',
    '-p',
    names,
    '--output-style=stream',
  ];
  const env = { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', NG_CLI_ANALYTICS: 'false', NO_COLOR: '1' };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', log, log] });
  closeSync(log);
  const forget = onlyWhileWeLive(child);
  const [code] = await once(child, 'exit');
  forget();
  if (code !== 0)
    throw new Problem(
      `${tail(logFile, 60)}\n\nThe build failed (its whole output: ${logFile}). Correct what it names and run the command again.`,
    );
}

export default async function build() {
  await buildStale();
  say('Built: backend/dist, frontend/dist.');
}
