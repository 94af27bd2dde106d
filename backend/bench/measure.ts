// Shared by measurements: figures of processes, and output.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { capture, stopWithUs } from '../../tools/processes.ts';
import { askRedis, startRedis } from '../../tools/redis.ts';
import { startStack, type Stack } from '../../tools/stack.ts';
import { Problem, ROOT, withoutSettings } from '../../tools/workspace.ts';

/** Runs a program, usually a script in backend/bench, and parses its last line as JSON. */
export async function output<T = Record<string, number>>(
  [program = '', ...args]: string[],
  { input, env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<T> {
  const child = spawn(program, args, {
    env: { ...withoutSettings(), ...env },
    cwd: ROOT,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'],
  });
  const forget = stopWithUs(child);
  child.stdin?.end(input);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (data: string) => (text += data));
  const [code] = (await once(child, 'close')) as [number | null];
  forget();
  if (code !== 0) throw new Problem(`${args[0]} ended with code ${code}.`);
  return JSON.parse(text) as T;
}

/** Resident memory of a process in bytes; 0 if it has ended. */
export function residentBytes(pid: number) {
  try {
    if (process.platform === 'linux')
      return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
  return Number(capture(['ps', '-o', 'rss=', '-p', String(pid)]).output) * 1024;
}

/** Watches the memory of processes; `peaks` stops it and returns the maximum of each, in bytes. */
export function watchMemory<Name extends string>(pids: Record<Name, number>, everyMs = 200) {
  const names = Object.keys(pids) as Name[];
  const most = Object.fromEntries(names.map((name) => [name, residentBytes(pids[name])])) as Record<Name, number>;
  const look = () => {
    for (const name of names) most[name] = Math.max(most[name], residentBytes(pids[name]));
  };
  const timer = setInterval(look, everyMs);
  return {
    peaks() {
      clearInterval(timer);
      look();
      return most;
    },
  };
}

/** Processor time a process has used, in seconds. */
export function cpuSeconds(pid: number) {
  if (process.platform === 'linux') {
    // proc_pid_stat(5): utime and stime are fields 14 and 15, in ticks; Linux has 100 ticks per second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
  const [, minutes, seconds] = /(\d+):([\d.]+)/.exec(capture(['ps', '-o', 'cputime=', '-p', String(pid)]).output) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

/** Processor time of several processes, in seconds, from this call to that of the returned function. */
export function clockProcessors<Name extends string>(pids: Record<Name, number>) {
  const names = Object.keys(pids) as Name[];
  const read = () => Object.fromEntries(names.map((name) => [name, cpuSeconds(pids[name])])) as Record<Name, number>;
  const began = read();
  return () => {
    const ended = read();
    return Object.fromEntries(names.map((name) => [name, ended[name] - began[name]])) as Record<Name, number>;
  };
}

/** Functions to call when the command ends. */
export type Running = Set<() => unknown>;

/** Runs `work`, then `end`, also if the command is stopped. */
export async function during<T>(running: Running, end: () => unknown, work: () => Promise<T>): Promise<T> {
  running.add(end);
  try {
    return await work();
  } finally {
    await end();
    running.delete(end);
  }
}

/** Runs `work` with a temporary folder. */
export function withFolder<T>(running: Running, work: (folder: string) => Promise<T>) {
  const folder = mkdtempSync(join(tmpdir(), 'cloudmover-bench-'));
  return during(
    running,
    () => rmSync(folder, { recursive: true, force: true }),
    () => work(folder),
  );
}

/** Runs `work` with a separate Redis. */
export function withRedis<T>(running: Running, work: (url: string, folder: string) => Promise<T>) {
  return withFolder(running, async (folder) => {
    const password = randomBytes(18).toString('base64url');
    const redis = await startRedis({ dir: join(folder, 'redis'), password });
    return during(running, redis.stop, () => work(redis.url, folder));
  });
}

/** Runs `work` with a separate stack; prints its logs if `work` fails. */
export async function withStack<T>(
  running: Running,
  options: Parameters<typeof startStack>[0],
  work: (stack: Stack) => Promise<T>,
): Promise<T> {
  const stack = await startStack(options);
  return during(running, stack.close, () =>
    work(stack).catch((error: unknown) => {
      process.stderr.write(`${stack.logs()}\n`);
      throw error;
    }),
  );
}

/** Megabytes as text. */
export const mb = (bytes: number) => (bytes / 1e6).toFixed(0);

/** One result: its figures by name. */
export type Result = Record<string, unknown>;

/** Bytes of data in a Redis. */
export async function redisBytes(url: string) {
  const [info] = await askRedis(url, [['INFO', 'memory']]);
  return Number(/used_memory:(\d+)/.exec(String(info))?.[1]);
}

/** Commands that a Redis has run, including those of scripts. */
export async function redisCommands(url: string) {
  const [info] = await askRedis(url, [['INFO', 'stats']]);
  return Number(/total_commands_processed:(\d+)/.exec(String(info))?.[1]);
}

export function median(values: number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** All values of a measurement, joined. */
export const each = (values: number[], digits = 1) => values.map((value) => value.toFixed(digits)).join('/');

/** One line of `key=value`. */
export function line(result: object) {
  return Object.entries(result)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ');
}
