import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { contextOf, type Environment, type GlobalOptions } from './context.ts';
import { type Adder, examples } from './commands/adder.ts';
import { addCompletion } from './commands/completion.ts';
import { addDriveCommands } from './commands/drive.ts';
import { addEditCommand } from './commands/edit.ts';
import { addLogin } from './commands/login.ts';
import { addReportCommands } from './commands/report.ts';
import { addScheduleCommand } from './commands/schedule.ts';
import { addServe } from './commands/serve.ts';
import { addTransferCommands } from './commands/transfers.ts';
import { CliError, EXIT, type ExitCode, usageError } from './errors.ts';
import { Terminal } from './terminal.ts';

/**
 * Puts transfers' ids that begin with a dash behind `--`, so that they are not read as options, unless the person did so.
 */
function withIdsLast(args: string[]): string[] {
  if (args.includes('--')) return args;
  const isId = (arg: string, index: number) => /^-[\w-]{21}$/.test(arg) && args[index - 1] !== '--preflight';
  const ids = args.filter(isId);
  return ids.length === 0 ? args : [...args.filter((arg, index) => !isId(arg, index)), '--', ...ids];
}

/**
 * Refuses empty values, as unset variables of a shell leave them: with an empty filter, for example, everything would be
 * moved.
 * @throws CliError (exit code 2) that names the option or argument
 */
function refuseEmpty(command: Command): void {
  const values = command.optsWithGlobals<Record<string, unknown>>();
  const option = command.options.find((each) => !each.negate && [values[each.attributeName()]].flat().includes(''));
  const last = command.registeredArguments.length - 1;
  // The last argument may be repeated.
  const argument = command.registeredArguments[Math.min(command.args.indexOf(''), last)];
  const name = option?.long ?? (argument && `<${argument.name()}>`);
  if (name !== undefined) throw usageError(`${name} is empty. Was a variable of the shell not set?`);
}

/** Beside the sources, and above what they are compiled to. */
const MANIFEST = new URL(import.meta.url.endsWith('.js') ? '../package.json' : 'package.json', import.meta.url);

/**
 * Runs the program.
 * @param args after the program's name
 * @returns its exit code
 */
export async function run(args: string[], environment: Environment): Promise<number> {
  const { streams, signal } = environment;
  let exitCode: ExitCode = EXIT.done;
  let json = args.includes('--json');
  const program = new Command('cloudmover')
    .description('Copies and moves a Google Drive into another one with CloudMover, and proves the result.')
    .version((JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version)
    .option('--server <url>', 'address of CloudMover (default: CLOUDMOVER_SERVER, or that of the last login)')
    .option('--json', 'print one JSON object per line')
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    })
    .exitOverride()
    .hook('preAction', (_program, command) => refuseEmpty(command))
    .addHelpText(
      'after',
      `
Paths:
  source:Work/2024         a file or folder in the source's My Drive; source: is all of it
  source:"AC\\/DC"          a slash in a name is written \\/, a backslash \\\\
  source:drive:Sales/2024  a shared drive     source:shared:Plan  what others shared
  source:id:1AbC           an item by its id

Exit codes:
  0 all that can be copied is verified · 1 something failed · 2 wrong command or path · 3 a person must sign in, confirm or resume
  130 stopped by Ctrl-C; a started transfer continues
${examples('cloudmover login source', 'cloudmover login destination', 'cloudmover copy source:Work destination:"From Ana"')}`,
    );

  const adder: Adder = {
    program,
    action:
      (work) =>
      async (...args) => {
        const options = (args.at(-1) as Command).optsWithGlobals<GlobalOptions>();
        json = options.json ?? false;
        const context = await contextOf(environment, options);
        try {
          exitCode = await work(context, ...(args as never[]));
        } finally {
          context.terminal.endProgress();
        }
      },
  };
  addLogin(adder);
  addDriveCommands(adder);
  addTransferCommands(adder);
  addEditCommand(adder);
  addScheduleCommand(adder);
  addReportCommands(adder);
  addServe(adder);
  addCompletion(adder);

  try {
    await program.parseAsync(withIdsLast(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed what is wrong; help and version are not errors.
    const terminal = new Terminal(streams, { json, color: !environment.env['NO_COLOR'] });
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.done;
      terminal.emit('error', { code: 'usage', message: error.message, exitCode: EXIT.usage });
      return EXIT.usage;
    }
    if (error instanceof CliError) {
      const { message, code, exitCode, details } = error;
      terminal.emit('error', { code, message, exitCode, ...details });
      terminal.note(`${terminal.paint('bad', 'Error:')} ${message}`);
      return exitCode;
    }
    if (signal.aborted) return EXIT.interrupted;
    throw error;
  }
}
