// `npm run lint`: types, style, formatting and the import rule, as separate checks, so that one run reports everything.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { UsageProblem } from './arguments.ts';
import { stopWithUs, onStop } from './processes.ts';
import { totalLine } from './test.ts';
import { messageOf, ROOT, say } from './workspace.ts';

export const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);
const OUTSIDE_PROJECTS = ['backend', 'cli', 'frontend', 'sandbox'];

/** A command that fails if it finds a problem. */
export interface Check {
  name: string;
  command: string[];
  cwd?: string;
  /** The folder whose types it checks, if any. */
  typesOf?: string;
}

/**
 * Four times faster than the version whose API Angular, Nest and ESLint need, and finds the same. Parallel checkers would
 * each check the same library types, beside another check on the other processor.
 */
const TYPE_CHECKER = [process.execPath, join(ROOT, 'node_modules/typescript-7/bin/tsc'), '--singleThreaded'];

/** Finds what needs types in a seventh of ESLint's time, which does not share the compiler above. */
export const OXLINT = [bin('oxlint'), '--deny-warnings'];
export const OXFMT = [bin('oxfmt'), '--check'];
/** For Angular's own rules, which are about components and templates. */
export const ESLINT = [bin('eslint'), '--max-warnings=0'];

const typesOf = (folder: string, config = 'tsconfig.json'): Check => ({
  name: `types: ${folder}`,
  command: [...TYPE_CHECKER, '-p', `${folder}/${config}`, '--noEmit'],
  typesOf: folder,
});

/** By project; files outside projects belong to the tools. */
export const CHECKS: Record<string, Check[]> = {
  backend: [
    typesOf('backend'),
    typesOf('backend/bench'),
    // Paths in the rules are relative to the project.
    {
      name: 'imports: backend',
      command: [bin('depcruise'), 'src', 'test', '--config', '../.dependency-cruiser.cjs'],
      cwd: 'backend',
    },
    {
      name: 'contract (openapi.json and its client)',
      command: [process.execPath, 'tools/main.ts', 'openapi', '--check'],
    },
    ...styleOf('backend'),
  ],
  cli: [
    typesOf('cli'),
    typesOf('cli', 'tsconfig.build.json'),
    { name: 'imports: cli', command: [bin('depcruise'), '.', '--config'], cwd: 'cli' },
    ...styleOf('cli'),
  ],
  frontend: [
    typesOf('frontend', 'tsconfig.spec.json'),
    typesOf('frontend/e2e'),
    { name: 'style: templates (eslint)', command: [...ESLINT, 'frontend'] },
    { name: 'imports: frontend', command: [bin('depcruise'), 'src', '--config'], cwd: 'frontend' },
    ...styleOf('frontend'),
  ],
  sandbox: [
    typesOf('sandbox'),
    { name: 'imports: sandbox', command: [bin('depcruise'), '.', '--config'], cwd: 'sandbox' },
    ...styleOf('sandbox'),
  ],
  tools: [
    typesOf('tools'),
    typesOf('server'),
    typesOf('server', 'tsconfig.build.json'),
    { name: 'packages (lock file and licences)', command: [process.execPath, 'tools/main.ts', 'supply-chain'] },
    ...styleOf('.', OUTSIDE_PROJECTS),
  ],
};

function styleOf(folder: string, except: string[] = []): Check[] {
  const name = folder === '.' ? 'tools' : folder;
  const lint = [...OXLINT, folder, ...except.flatMap((each) => ['--ignore-pattern', `${each}/**`])];
  const format = [...OXFMT, folder, ...except.map((each) => `!${each}/**`)];
  return [
    { name: `style: ${name} (oxlint)`, command: lint },
    { name: `formatting: ${name} (oxfmt)`, command: format },
  ];
}

/** @param names of projects; all without any */
export default async function lint(names: string[]) {
  const unknown = names.find((name) => !CHECKS[name]);
  if (unknown) throw new UsageProblem('lint', `There is no project "${unknown}".`);
  onStop(() => undefined);
  const checks = names.length > 0 ? names.flatMap((name) => CHECKS[name] ?? []) : Object.values(CHECKS).flat();
  const total = await runChecks(checks);
  if (total.failed > 0) say('\nTo fix formatting: npm run format');
  say(totalLine(total));
  return total.failed > 0 ? 1 : 0;
}

/** Runs the checks, two at a time because all are limited by the processor, and reports each. */
export async function runChecks(checks: Check[]) {
  const waiting = [...checks];
  const total = { passed: 0, failed: 0 };
  const runWaiting = async () => {
    for (let check; (check = waiting.shift());) {
      const began = Date.now();
      const { code, output } = await runCheck(check);
      total[code === 0 ? 'passed' : 'failed']++;
      say(`${code === 0 ? '✔' : '✘'} ${check.name} (${((Date.now() - began) / 1000).toFixed(0)} s)`);
      if (code !== 0) say(`${output.trim()}\n`);
    }
  };
  await Promise.all([runWaiting(), runWaiting()]);
  return total;
}

async function runCheck({ command: [program = '', ...args], cwd = '.' }: Check) {
  const child = spawn(program, args, {
    cwd: join(ROOT, cwd),
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forget = stopWithUs(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? 1, output };
  } catch (error) {
    return { code: 127, output: messageOf(error) };
  } finally {
    forget();
  }
}
