// Runs a command that must not outlive the process that started it, even when that one is killed without warning:
// `node guardian.ts COMMAND ARG…`, started with an IPC channel. A closed channel means the starter is gone.
import { spawn } from 'node:child_process';
import process from 'node:process';

const [command = '', ...args] = process.argv.slice(2);
// GUARDIAN_ARGV0: the name the command sees itself called by (Redis decides by it which of its programs to be).
const { GUARDIAN_ARGV0: argv0 = command, ...env } = process.env;
const child = spawn(command, args, { env, argv0, stdio: ['ignore', 'inherit', 'inherit'] });

// Measurements need the process of the command, not this one.
if (child.pid !== undefined) process.send?.({ type: 'pid', pid: child.pid });

const end = () => child.kill('SIGTERM');
process.on('disconnect', end);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
child.on('error', (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code: string, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 0 : 1)));
