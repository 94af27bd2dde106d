// What `cloudmover serve` imports: starts the product with the pinned Node. Runs on any Node that the command line does.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findPinnedNode } from '../tools/pinned-node.mjs';

/** Where data, keys and logs are kept, unless CLOUDMOVER_STATE_DIR names another folder. */
function stateFolder(env: NodeJS.ProcessEnv): string {
  if (env.CLOUDMOVER_STATE_DIR) return env.CLOUDMOVER_STATE_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library/Application Support/cloudmover');
  return join(env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'cloudmover');
}

/**
 * Runs the product in this terminal until it is stopped. Signals to this process stop it, and so does the end of this
 * process.
 * @param args of main.ts
 * @returns its exit code
 * @throws an error with a message for people if no Node can run it
 */
export async function serve(args: string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const require = createRequire(import.meta.url);
  const { program, reason } = findPinnedNode((name) => {
    try {
      return dirname(require.resolve(`${name}/package.json`));
    } catch {
      return undefined; // npm installs only that of this platform.
    }
  });
  if (!program) throw new Error(reason);
  const child = spawn(program, [fileURLToPath(new URL('main.js', import.meta.url)), ...args], {
    env: {
      ...env,
      CLOUDMOVER_STATE_DIR: stateFolder(env),
      PATH: [dirname(program), env.PATH ?? ''].join(delimiter),
    },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // It may get Ctrl-C twice, from the terminal and from here, and treats that as one. A caller's own handlers would end
  // this process before the product has stopped.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`${program} could not be run: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
