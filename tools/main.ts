// Runs a command behind the npm scripts; started by bootstrap.mjs, which knows their names, with the pinned Node.
import process from 'node:process';
import { UsageProblem } from './arguments.ts';
import { moduleOf } from './commands.mjs';
import { messageOf, Problem } from './workspace.ts';

interface Command {
  /** Resolves to the exit code, 0 without one. */
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
