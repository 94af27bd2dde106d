import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { ExitCode } from '../errors.ts';

/** What a module needs to add its commands. */
export interface Adder {
  program: Command;
  /**
   * Makes an action of what a command does: it gets the context, then commander's arguments (those of the command, and
   * its options), and returns the exit code.
   */
  action: (work: (context: Context, ...args: never[]) => Promise<ExitCode>) => (...args: unknown[]) => Promise<void>;
}

/** Examples below the help of a command. */
export const examples = (...lines: string[]) => `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
