// Runs a command that must not outlive the process that started it, even if that is killed:
// `node guardian.ts COMMAND ARG…` with an IPC channel. When the channel closes, the starter has ended.
import { spawn } from 'node:child_process';
import process from 'node:process';

const [command = '', ...args] = process.argv.slice(2);
// GUARDIAN_ARGV0: the command's argv[0], by which Redis's binary selects the program.
const { GUARDIAN_ARGV0: argv0 = command, ...env } = process.env;
const child = spawn(command, args, { env, argv0, stdio: ['ignore', 'inherit', 'inherit'] });

// Measurements need the id of the command's process.
if (child.pid !== undefined) process.send?.({ type: 'pid', pid: child.pid });

const end = () => child.kill('SIGTERM');
process.on('disconnect', end);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
child.on('error', (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code: string, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 0 : 1)));
