// `npm run check`: checks the changes of this checkout in about a minute: types of the affected folders, style and
// formatting of changed files, unit specs beside them or that import them, and other changed specs that run alone.
// `npm run lint` and `npm test` check all.
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { readArguments } from './arguments.ts';
import { CHECKS, ESLINT, OXFMT, OXLINT, runChecks, type Check } from './lint.ts';
import { capture, onStop } from './processes.ts';
import { totalLine } from './test.ts';
import { Problem, ROOT, say, STATE } from './workspace.ts';

/** The projects with unit specs. */
const UNITS = ['backend', 'frontend'];
/** The projects whose specs also start the product or other programs. Of these, only changed specs run. */
const MIXED = ['cli', 'sandbox', 'tools'];
/** What a spec names that needs what `npm test` prepares: a build, a Redis, rclone, Google's client for Python. */
const PREPARED = /\bdist\b|\bstart(Redis|Stack)\b|\bpackInCopy\b|\bTestRclone\b|\bGOOGLE_PYTHON\b|\bPROMTOOL\b/;
/** Maximum number of specs per project; central files are imported by more. */
const MAX_SPECS = 15;

/** @param args a branch or commit to compare with (main) */
export default async function check(args: string[]) {
  const [base = 'main'] = readArguments('check', args, {}, 1).positionals;
  onStop(() => undefined);
  const files = changedFiles(base);
  if (files.length === 0) {
    say(`Nothing differs from ${base}.`);
    return 0;
  }
  const total = await runChecks(checksOf(files));
  for (const project of [...UNITS, ...MIXED]) {
    const left = specsFor(project, files).length - MAX_SPECS;
    if (left > 0) say(`Left to npm test -- ${project}: ${left} more specs.`);
  }
  say(totalLine(total));
  return total.failed > 0 ? 1 : 0;
}

/** Files that differ from the merge base with `base`, including untracked ones. */
function changedFiles(base: string) {
  const git = (...args: string[]) => {
    const { code, output, errors } = capture(['git', ...args], { cwd: ROOT });
    if (code !== 0) throw new Problem(`git ${args[0]} failed: ${errors.trim()}`);
    return output.split('\0').filter(Boolean);
  };
  const [from = base] = git('merge-base', base, 'HEAD').map((line) => line.trim());
  const changed = [
    ...git('diff', '--name-only', '-z', from),
    ...git('ls-files', '-z', '--others', '--exclude-standard'),
  ];
  return [...new Set(changed)].filter((file) => existsSync(join(ROOT, file)));
}

/** The checks for changes to these files. */
export function checksOf(files: string[]): Check[] {
  const folders = new Set(files.map(folderOfTypes));
  const types = ALL.filter(({ typesOf }) => typesOf && folders.has(typesOf)).map((check) => ({
    ...check,
    command: [...check.command, ...incremental(check.name)],
  }));
  const linted = files.filter((file) => /\.(ts|mjs|cjs|html)$/.test(file));
  const angular = linted.filter((file) => file.startsWith('frontend/'));
  return [
    ...[...UNITS, ...MIXED].flatMap((project) => runSpecs(project, files)),
    ...types,
    ...(linted.length > 0 ? [{ name: 'style (oxlint)', command: [...OXLINT, ...linted] }] : []),
    ...(angular.length > 0
      ? [{ name: 'templates (eslint)', command: [...ESLINT, '--no-warn-ignored', ...angular] }]
      : []),
    {
      name: 'formatting (oxfmt)',
      command: [...OXFMT, '--no-error-on-unmatched-pattern', ...files],
    },
  ];
}

const ALL = Object.values(CHECKS).flat();

/** The innermost folder with its own type check that contains a file. */
const folderOfTypes = (file: string) =>
  ALL.map(({ typesOf }) => typesOf ?? '')
    .filter((folder) => folder && file.startsWith(`${folder}/`))
    .sort()
    .at(-1);

/** Lets the compiler cache its results. */
function incremental(name: string) {
  const folder = join(STATE, 'types');
  mkdirSync(folder, { recursive: true });
  return ['--incremental', '--tsBuildInfoFile', join(folder, `${name.replace(/\W+/g, '-')}.tsbuildinfo`)];
}

function runSpecs(project: string, files: string[]): Check[] {
  const specs = specsFor(project, files).slice(0, MAX_SPECS);
  if (specs.length === 0) return [];
  const command = [
    process.execPath,
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...['--silent', '--runTestsByPath', ...specs.map((spec) => join(ROOT, spec))],
  ];
  return [{ name: `${MIXED.includes(project) ? 'changed' : 'unit'} specs: ${project}`, command, cwd: project }];
}

/**
 * The specs of a project for changed files: first changed specs and those with the same name, then those that import
 * one of the files directly. Of `MIXED` projects, only changed specs that need nothing prepared.
 */
export function specsFor(project: string, files: string[]) {
  if (MIXED.includes(project)) {
    const changed = files.filter((file) => file.startsWith(`${project}/`) && file.endsWith('.spec.ts'));
    return changed.filter((file) => !PREPARED.test(readFileSync(join(ROOT, file), 'utf8')));
  }
  const own = files.filter((file) => file.startsWith(`${project}/src/`));
  if (own.length === 0) return [];
  const all = globSync(`${project}/src/**/*.spec.ts`, { cwd: ROOT }).sort();
  const named = new Set(own.map((file) => file.replace(/(\.spec)?\.(ts|html|scss)$/, '.spec.ts')));
  const changed = new Set(own.map(withoutExtension));
  const isImporter = (spec: string) => importsOf(spec).some((path) => changed.has(path));
  return [...all.filter((spec) => named.has(spec)), ...all.filter((spec) => !named.has(spec) && isImporter(spec))];
}

/** The files that a file imports by a relative path, without their extensions. */
function importsOf(file: string) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, path = '']) =>
    withoutExtension(join(dirname(file), path)),
  );
}

const withoutExtension = (path: string) => path.replace(/\.[jt]s$/, '');
