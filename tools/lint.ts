// `npm run lint`: types, style, formatting and the import rule, each a check of its own, so that one run shows all.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { onlyWhileWeLive, onStop } from './processes.ts';
import { totalLine } from './test.ts';
import { ROOT, say } from './workspace.ts';

const bin = (name) => join(ROOT, 'node_modules/.bin', name);
const CHECKS = [
  { name: 'types: backend', command: [bin('tsc'), '-p', 'backend/tsconfig.json', '--noEmit'] },
  { name: 'types: frontend', command: [bin('tsc'), '-p', 'frontend/tsconfig.spec.json', '--noEmit'] },
  { name: 'style (eslint)', command: [bin('eslint'), '--max-warnings=0', '.'] },
  { name: 'formatting (prettier)', command: [bin('prettier'), '--check', '--log-level=warn', '.'] },
  // Paths in the rules are relative to the project.
  {
    name: 'imports: backend',
    command: [bin('depcruise'), 'src', 'test', '--config', '../.dependency-cruiser.cjs'],
    cwd: 'backend',
  },
  { name: 'imports: frontend', command: [bin('depcruise'), 'src', '--config'], cwd: 'frontend' },
  {
    name: 'packages (lock file and licences)',
    command: [process.execPath, 'tools/main.ts', 'supply-chain'],
  },
  {
    name: 'contract (openapi.json and its client)',
    command: [process.execPath, 'tools/main.ts', 'openapi', '--check'],
  },
];

export default async function lint() {
  onStop(() => undefined);
  const waiting = [...CHECKS];
  const total = { passed: 0, failed: 0 };
  const lane = async () => {
    for (let check; (check = waiting.shift());) {
      const began = Date.now();
      const { code, output } = await runCheck(check);
      total[code === 0 ? 'passed' : 'failed']++;
      say(`${code === 0 ? '✔' : '✘'} ${check.name} (${((Date.now() - began) / 1000).toFixed(0)} s)`);
      if (code !== 0) say(`${output.trim()}\n`);
    }
  };
  // Two at a time: they are all bound by the processor.
  await Promise.all([lane(), lane()]);
  if (total.failed > 0) say('\nFormatting is mended by: npm run format');
  say(totalLine(total));
  return total.failed > 0 ? 1 : 0;
}

async function runCheck({ command: [program, ...args], cwd = '.' }) {
  const child = spawn(program, args, {
    cwd: join(ROOT, cwd),
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forget = onlyWhileWeLive(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  try {
    const [code] = await once(child, 'close');
    return { code: code ?? 1, output };
  } catch (error) {
    return { code: 127, output: error.message };
  } finally {
    forget();
  }
}
