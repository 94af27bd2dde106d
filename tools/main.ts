// Runs a command of the npm scripts; bootstrap.mjs starts it with the pinned Node.
import process from 'node:process';
import { UsageProblem } from './arguments.ts';
import { moduleOf } from './commands.mjs';
import { messageOf, Problem } from './workspace.ts';

interface Command {
  /** Resolves to the exit code; undefined means 0. */
  default: (args: string[]) => Promise<number | undefined>;
}

const [name = '', ...args] = process.argv.slice(2);
try {
  const { default: command } = (await import(moduleOf(name))) as Command;
  process.exit((await command(args)) ?? 0);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error && !(error instanceof Problem) ? error.stack : messageOf(error)}\n`);
  process.exit(error instanceof UsageProblem ? 2 : 1);
}
