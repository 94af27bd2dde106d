// Child processes that end with this one, and the ports that they listen on.
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { delimiter, dirname, extname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { codeOf, Problem } from './workspace.ts';

// Compiled in the released package.
const GUARDIAN = fileURLToPath(new URL(`guardian${extname(import.meta.url)}`, import.meta.url));

/** The full path of a program on PATH, or undefined. */
export function programOnPath(name: string, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    if (!folder) continue;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** The last lines of a log file, for an error message; empty if it does not exist. */
export function tail(file: string, lines = 25) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/** A long-running child of `launch`. */
export interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  readonly logFile?: string | undefined;
  /** The id of the program itself, once its guardian has reported it. */
  pid: number;
  readonly ended: Promise<void>;
  isOver: () => boolean;
  /** Sends a signal to the program itself; no effect once it has ended. */
  signal: (name: NodeJS.Signals) => void;
  /** Stops it, and kills its whole process group after `graceMs` (10,000). */
  stop: (graceMs?: number) => Promise<void>;
}

/**
 * Starts a long-running child in its own process group, so that Ctrl-C reaches only this process, which stops the
 * children in order. The child also ends if this process is killed, because its IPC channel closes.
 *
 * @param options.name for messages
 * @param options.command program and arguments
 * @param options.logFile file for the child's output; default: the terminal
 * @param options.append appends to the log file
 * @param options.argv0 the name by which the program is called
 * @param options.speaksIpc a Node program that sends messages and ends when its IPC channel closes; other programs run
 * under
 *   a guardian
 */
export function launch({
  name,
  command,
  logFile,
  append = false,
  env = process.env,
  argv0,
  speaksIpc = false,
  cwd,
}: {
  name: string;
  command: string[];
  logFile?: string;
  append?: boolean;
  env?: NodeJS.ProcessEnv;
  argv0?: string | undefined;
  speaksIpc?: boolean;
  cwd?: string;
}): Running {
  if (logFile) mkdirSync(dirname(logFile), { recursive: true });
  const log = logFile ? openSync(logFile, append ? 'a' : 'w', 0o600) : 'inherit';
  const [program = '', ...args] = speaksIpc ? command : [process.execPath, GUARDIAN, ...command];
  const child = spawn(program, args, {
    cwd,
    env: argv0 ? { ...env, GUARDIAN_ARGV0: argv0 } : env,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  if (typeof log === 'number') closeSync(log);
  const ended = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  child.on('message', (message: { type?: string; pid?: number }) => {
    if (message.type === 'pid' && message.pid) running.pid = message.pid;
  });
  child.channel?.unref(); // The channel must not keep this process alive.

  const isOver = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const send = (pid: number, name: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(pid, name);
    } catch {
      // It has just ended.
    }
  };
  const group = -(child.pid ?? 0);
  const stop = async (graceMs = 10_000) => {
    if (isOver()) return;
    send(group, 'SIGCONT');
    child.kill('SIGTERM');
    const patience = new AbortController();
    await Promise.race([
      ended.then(() => patience.abort()),
      sleep(graceMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    send(group, 'SIGKILL'); // The remaining processes of the group.
    await ended;
  };
  const signal = (what: NodeJS.Signals) => {
    if (!isOver()) send(running.pid, what);
  };
  const running: Running = { name, child, logFile, ended, pid: child.pid ?? 0, isOver, signal, stop };
  return running;
}

/**
 * Waits until `probe` returns true, every 30 ms.
 * @throws {Problem} with the end of the child's log if the child ends first, or after `timeoutMs`
 */
export async function untilReady(
  running: Pick<Running, 'name' | 'logFile' | 'ended'>,
  probe: () => Promise<boolean>,
  timeoutMs = 120_000,
) {
  let over = false;
  void running.ended.then(() => (over = true));
  const failed = (what: string) => {
    const log = running.logFile && tail(running.logFile);
    return new Problem(
      `${running.name} ${what}.${log ? `\nThe end of its log (${running.logFile}):\n\n${log}\n` : ''}`,
    );
  };
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(30)) {
    if (await probe()) return;
    if (over) throw failed('ended before it was ready');
  }
  throw failed(`was not ready after ${timeoutMs / 1000} s`);
}

/** Whether `url` currently returns a 2xx status. */
export async function answers(url: string) {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Runs a short command and shows its output. @returns its exit code (127: it could not be started) */
export async function run(
  [program = '', ...args]: string[],
  { cwd, env = process.env, quiet = false }: { cwd?: string; env?: NodeJS.ProcessEnv; quiet?: boolean } = {},
): Promise<number> {
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', quiet ? 'ignore' : 'inherit'],
  });
  const forget = stopWithUs(child);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } catch {
    return 127;
  } finally {
    forget();
  }
}

/** Runs a short command. @returns its output */
export function capture(
  [program = '', ...args]: string[],
  {
    cwd,
    env = process.env,
    argv0,
    timeoutMs = 60_000,
  }: { cwd?: string; env?: NodeJS.ProcessEnv; argv0?: string | undefined; timeoutMs?: number } = {},
) {
  const result = spawnSync(program, args, {
    cwd,
    env,
    argv0,
    encoding: 'utf8',
    timeout: timeoutMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: result.status ?? 127, output: `${result.stdout ?? ''}`, errors: `${result.stderr ?? ''}` };
}

/** How a program ended, and what it printed. */
export interface Executed {
  /** 127: it could not be started, took too long, or was killed. */
  code: number;
  output: string;
  errors: string;
}

/** Runs a program without blocking this process. */
export function execute(
  [program = '', ...args]: string[],
  { cwd, env = process.env, timeoutMs = 60_000 }: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<Executed> {
  return new Promise((done) => {
    const options = { cwd, env, timeout: timeoutMs, maxBuffer: 256 * 1024 * 1024 };
    const child = execFile(program, args, options, (error, output, errors) => {
      forget();
      const code = !error ? 0 : typeof error.code === 'number' ? error.code : 127;
      done({ code, output, errors: errors || (code === 127 ? `${error?.message ?? ''}` : '') });
    });
    const forget = stopWithUs(child);
  });
}

/** Like {@link execute}. @returns the output @throws {Problem} with the end of what it printed, if it fails */
export async function executed(command: string[], options?: Parameters<typeof execute>[1]): Promise<string> {
  const { code, output, errors } = await execute(command, options);
  if (code === 0) return output.trim();
  const end = `${output}${errors}`.trim().split('\n').slice(-40).join('\n');
  throw new Problem(`"${command.slice(0, 4).join(' ')} …" ended with ${code}:\n\n${end}`);
}

const shortLived = new Set<ChildProcess>();
/** Kills a short-lived child when this command is stopped; the returned function cancels that. */
export function stopWithUs(child: ChildProcess) {
  shortLived.add(child);
  return () => shortLived.delete(child);
}

/**
 * Calls `end` once when this command is stopped: by Ctrl-C, SIGTERM, a closed terminal, or the end of its parent
 * process. Afterwards the command exits with 130 for Ctrl-C, otherwise with 143. A second Ctrl-C, more than a second
 * later (the terminal and npm may both deliver the first one), exits at once.
 */
export function onStop(end: (signal: NodeJS.Signals) => unknown) {
  let since: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (since !== undefined) {
      if (signal === 'SIGINT' && Date.now() - since > 1000) process.exit(130);
      return;
    }
    since = Date.now();
    for (const child of shortLived) child.kill('SIGTERM');
    Promise.resolve()
      .then(() => end(signal))
      .catch((error) => process.stderr.write(`${error instanceof Error ? error.message : error}\n`))
      .finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  process.on('disconnect', () => stop('SIGTERM'));
  process.channel?.unref();
}

/** The port that a server listens on. */
export function portOf(server: Server) {
  return (server.address() as AddressInfo).port;
}

/**
 * A free port of the loopback interface, below the ports of outgoing connections (from 32,768 on Linux, from 49,152
 * elsewhere), so that none takes it while its server restarts.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) return port;
  }
}

/** Whether a loopback port is free on both addresses of `localhost`. */
export async function isFree(port: number) {
  const taken = await Promise.all(['127.0.0.1', '::1'].map((host) => accepts(host, port)));
  if (taken.includes(true)) return false;
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (codeOf(error) === 'EACCES')
      throw new Problem(`Port ${port} may not be opened by this user. Set PORT to 1024 or above.`);
    return false;
  } finally {
    server.close();
  }
}

/** Whether something accepts connections at a port. */
export function accepts(host: string, port: number, timeoutMs = 10_000) {
  return new Promise<boolean>((done) => {
    const socket = connect({ host, port });
    const answer = (value: boolean) => {
      socket.destroy();
      done(value);
    };
    socket.setTimeout(timeoutMs, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** `preferred` if it is free, else the next free port above. */
export async function nextFreePort(preferred: number) {
  for (let port = preferred; port < preferred + 100 && port < 65_536; port++) if (await isFree(port)) return port;
  return freePort();
}

/** The command line of a process; undefined if it does not exist. */
export function commandOf(pid: number) {
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return undefined;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    const { code, output } = capture(['ps', '-o', 'command=', '-p', String(pid)]);
    return code === 0 ? output.trim() : '';
  }
}

/**
 * Describes the process that listens on a port (`"node server.js", process 123`); undefined if `lsof` is missing or
 * finds none, for example because it belongs to another user.
 */
export function listenerOn(port: number) {
  const { output } = capture(['lsof', '-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN']);
  const pid = Number(output.split('\n')[0]);
  if (!pid) return undefined;
  const command = commandOf(pid);
  return `${command ? `"${command.slice(0, 80)}", ` : ''}process ${pid}`;
}
