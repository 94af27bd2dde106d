// Builds stale projects with nx. A hash of the inputs is stored beside the output, so that a second `npm start` does
// not wait for nx to detect that nothing changed. The inputs come from nx's configuration.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, globSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { holdLock } from './bootstrap.mjs';
import { NX, NX_SETTINGS } from './nx.ts';
import { stopWithUs, tail } from './processes.ts';
import { Problem, ROOT, say, step } from './workspace.ts';

const PROJECTS = [
  { name: 'backend', output: 'backend/dist', product: 'backend/dist/main.js' },
  { name: 'frontend', output: 'frontend/dist', product: 'frontend/dist/browser/index.html' },
];

interface Configured {
  namedInputs?: Record<string, string[]>;
  nx?: { targets?: { build?: { inputs?: string[] } } };
}

/**
 * The inputs of a project's build in nx's configuration: patterns from the top folder, exclusions with `!`.
 */
function inputsOf(root: string, project: string) {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Configured;
  const { namedInputs = {} } = read('nx.json');
  const resolved = (inputs: string[]): string[] =>
    inputs.flatMap((input) => (namedInputs[input] ? resolved(namedInputs[input]) : [input]));
  return resolved(read(`${project}/package.json`).nx?.targets?.build?.inputs ?? []).map((input) =>
    input.replace('{workspaceRoot}/', '').replace('{projectRoot}', project),
  );
}

/** A hash of a project's input files, independent of the checkout's location. */
export function hashOf(project: string, root = ROOT) {
  const hash = createHash('sha256').update(process.version);
  const inputs = inputsOf(root, project);
  const exclude = inputs.filter((input) => input.startsWith('!')).map((input) => input.slice(1));
  const files = globSync(
    inputs.filter((input) => !input.startsWith('!')),
    { cwd: root, exclude },
  );
  for (const file of files.sort()) {
    const path = join(root, file);
    if (statSync(path).isFile()) hash.update(`\0${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

function staleProjects(root: string, names: string[]) {
  return PROJECTS.filter(({ name }) => names.includes(name))
    .map((project) => ({ ...project, hash: hashOf(project.name, root) }))
    .filter(({ output, product, hash }) => {
      const stamp = join(root, output, '.built-from');
      return !existsSync(join(root, product)) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash;
    });
}

/**
 * Updates backend/dist and frontend/dist, or only the named ones. Simultaneous commands build once.
 * @throws {Problem} with the compiler's output
 */
export async function buildStale(root = ROOT, names = PROJECTS.map(({ name }) => name)) {
  // A target of nx has already built its dependencies.
  if (process.env.NX_TASK_TARGET_TARGET) return;
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

async function nxBuild(root: string, projects: { name: string }[]) {
  const logFile = join(root, '.cloudmover', 'build.log');
  mkdirSync(join(root, '.cloudmover'), { recursive: true });
  const log = openSync(logFile, 'w');
  const names = projects.map(({ name }) => `@cloudmover/${name}`).join(',');
  const [program = '', ...nx] = NX;
  const args = [...nx, 'run-many', '-t', 'build', '-p', names, '--output-style=stream'];
  const env = { ...process.env, ...NX_SETTINGS, NO_COLOR: '1' };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', log, log] });
  closeSync(log);
  const forget = stopWithUs(child);
  const [code] = (await once(child, 'exit')) as [number | null];
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
