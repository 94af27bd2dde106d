// `npm run check`: what this checkout changes, and no more: types of the projects concerned, style and formatting of the
// changed files, and the unit specs that import them. For the whole, `npm run lint` and `npm test`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { bin, CHECKS, runChecks, type Check } from './lint.ts';
import { capture, onStop } from './processes.ts';
import { totalLine } from './test.ts';
import { Problem, ROOT, say } from './workspace.ts';

/** Where the unit specs of a project are, and whether they are ES modules. */
const UNITS: Record<string, { specs: string; esm: boolean }> = {
  backend: { specs: '/backend/src/', esm: true },
  frontend: { specs: '/frontend/src/', esm: false },
};

/** @param args what to compare with: a branch or commit (main) */
export default async function check([base = 'main', ...more]: string[]) {
  if (more.length > 0) throw new Problem(`"${more[0]}" is one too many. Usage: npm run check [-- BRANCH]`);
  onStop(() => undefined);
  const files = changedFiles(base);
  if (files.length === 0) {
    say(`Nothing differs from ${base}.`);
    return 0;
  }
  const total = await runChecks(checksOf(files));
  say(totalLine(total));
  return total.failed > 0 ? 1 : 0;
}

/** Files that differ from where the branch left `base`, those that git does not know yet included. */
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

/** The checks that a change to these files needs. */
export function checksOf(files: string[]): Check[] {
  const projects = Object.keys(CHECKS).filter((name) => files.some((file) => file.startsWith(`${name}/`)));
  const types = projects.flatMap((name) => (CHECKS[name] ?? []).filter((each) => each.name.startsWith('types')));
  const linted = files.filter((file) => /\.(ts|mjs|cjs|html)$/.test(file));
  const style = [bin('eslint'), '--max-warnings=0', '--no-warn-ignored', ...linted];
  return [
    ...projects.flatMap((name) => specsOf(name, files)),
    ...types,
    ...(linted.length > 0 ? [{ name: 'style (eslint)', command: style }] : []),
    {
      name: 'formatting (prettier)',
      command: [bin('prettier'), '--check', '--log-level=warn', '--ignore-unknown', ...files],
    },
  ];
}

function specsOf(project: string, files: string[]): Check[] {
  const units = UNITS[project];
  const sources = files.filter((file) => file.startsWith(`${project}/`) && file.endsWith('.ts'));
  if (!units || sources.length === 0) return [];
  const command = [
    process.execPath,
    ...(units.esm ? ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'] : []),
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...['--silent', '--passWithNoTests', `--testPathPatterns=${units.specs}`],
    ...['--findRelatedTests', ...sources.map((file) => join(ROOT, file))],
  ];
  return [{ name: `unit specs: ${project}`, command, cwd: project }];
}
