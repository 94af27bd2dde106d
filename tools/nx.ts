// `npm run nx -- ARGUMENTS`: nx with the pinned Node, without daemon and prompts, like in the commands.
import process from 'node:process';
import { join } from 'node:path';
import { onStop, run } from './processes.ts';
import { ROOT } from './workspace.ts';

export const NX = [process.execPath, join(ROOT, 'node_modules/nx/dist/bin/nx.js')];
/** nx loads its plugins itself, instead of in two more processes: all are its own, and a command takes a third of the time. */
export const NX_SETTINGS = {
  NX_TUI: 'false',
  NX_DAEMON: 'false',
  NX_ISOLATE_PLUGINS: 'false',
  NG_CLI_ANALYTICS: 'false',
};

export default function nx(args: string[]) {
  onStop(() => undefined);
  return run([...NX, ...args], { cwd: ROOT, env: { ...process.env, ...NX_SETTINGS } });
}
