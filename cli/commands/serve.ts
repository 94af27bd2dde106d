import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { CliError, type ExitCode, usageError } from '../errors.ts';
import { type Adder, examples } from './adder.ts';

/** The package of the product: not a dependency, because a client needs none of it. */
const SERVER = '@cloudmover/server';

interface Server {
  serve: (args: string[], env: NodeJS.ProcessEnv) => Promise<number>;
}

/** `serve`. */
export function addServe({ program, action }: Adder): void {
  program
    .command('serve')
    .description('run CloudMover itself on this computer, on a sandbox or with your Google credentials')
    .option('--from <dir>', 'a folder of yours for the sandbox’s source account')
    .addHelpText(
      'after',
      `
Needs the package ${SERVER}: npm install --global @cloudmover/cli ${SERVER}
Settings come from the environment, and from a file .env in this folder.
${examples('cloudmover serve', 'cloudmover serve --from ~/Documents')}`,
    )
    .action(action(serve));
}

async function serve({ env }: Context, { from }: { from?: string }): Promise<ExitCode> {
  if (from !== undefined && !statSync(from, { throwIfNoEntry: false })?.isDirectory())
    throw usageError(`--from ${from}: there is no such folder.`);
  let server: Server;
  try {
    server = (await import(SERVER)) as Server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError(
      `The package ${SERVER} is not installed beside this one. Run: npm install --global @cloudmover/cli ${SERVER}`,
      { code: 'server_missing' },
    );
  }
  return (await server.serve(from === undefined ? [] : ['--from', resolve(from)], env)) as ExitCode;
}
