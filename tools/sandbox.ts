// `npm run sandbox`: runs only the sandbox, in the foreground.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { stopWithUs, onStop } from './processes.ts';
import { ROOT } from './workspace.ts';

/** @param args passed on unchanged; relative folders are relative to where npm was called */
export default function sandbox(args: string[]) {
  return runInForeground('sandbox/main.ts', args);
}

/**
 * Runs a program of the repository and resolves to its exit code; the program ends when the command is stopped.
 * @param file relative to the repository
 */
export async function runInForeground(file: string, args: string[]) {
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const child = spawn(process.execPath, [join(ROOT, file), ...args], {
    cwd,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  stopWithUs(child);
  onStop(() =>
    child.exitCode === null && child.signalCode === null ? once(child, 'exit').then(() => undefined) : undefined,
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 0;
}
