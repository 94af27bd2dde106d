import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { helpOf } from './commands.mjs';
import { messageOf, Problem } from './workspace.ts';

/** Wrong arguments: the command shows its help and exits with 2. */
export class UsageProblem extends Problem {
  constructor(command: string, message: string) {
    super(`${message}\n\n${helpOf(command)}`);
  }
}

/**
 * The options and positional arguments of a command.
 * @param options as `parseArgs` takes them
 * @param maxPositionals how many positional arguments are allowed
 * @throws {UsageProblem}
 */
export function readArguments<const Options extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: string[],
  options: Options,
  maxPositionals = 0,
) {
  let read;
  try {
    read = parseArgs({ args, options, allowPositionals: maxPositionals > 0 });
  } catch (error) {
    throw new UsageProblem(command, messageOf(error));
  }
  const extra = read.positionals[maxPositionals];
  if (extra !== undefined) throw new UsageProblem(command, `"${extra}" is one argument too many.`);
  return read;
}

/** Parses an option's whole number from `min` to `max`. @throws {UsageProblem} */
export function wholeNumber(command: string, option: string, text: string, { min = 0, max = 999_999_999 } = {}) {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageProblem(command, `--${option} must be a whole number from ${min} to ${max}, not "${text}".`);
}

/** Resolves an option's folder, relative to where npm was called. @throws {UsageProblem} if it does not exist */
export function folderOf(command: string, option: string, path: string) {
  const folder = resolve(process.env.INIT_CWD ?? process.cwd(), path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new UsageProblem(command, `--${option} ${path}: there is no such folder.`);
}
