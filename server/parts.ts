// Starts the parts of the product: the sandbox in place of Google, and the API or a worker.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { answers, launch, untilReady, type Running } from '../tools/processes.ts';
import { Problem, ROOT, withoutSettings } from '../tools/workspace.ts';

/** The three redirect addresses to register at Google. */
export function redirectUris(publicUrl: string) {
  return ['source', 'destination', 'general'].map((side) => `${publicUrl}/auth/${side}/callback`);
}

/** A new key ring for CREDENTIALS_KEYS: one key of 32 bytes. */
export function newKeyRing() {
  return `k1:${randomBytes(32).toString('base64')}`;
}

/**
 * Starts the sandbox as a process and waits until it is ready.
 * @param options.port 0: any free port
 * @param options.client OAuth client to register
 * @param options.args further arguments, such as `--seed-demo`
 * @param options.flags flags of Node, such as more memory for a very large Drive
 * @param options.main the sandbox's program
 */
export async function startSandbox({
  logFile,
  port = 0,
  client,
  args = [],
  flags = [],
  main = join(ROOT, 'sandbox/main.ts'),
}: {
  logFile: string;
  port?: number;
  client?: { id: string; secret: string; redirects: string[] };
  args?: string[];
  flags?: string[];
  main?: string;
}): Promise<{ url: string; pid: number; stop: () => Promise<void>; ended: Promise<void>; logFile: string }> {
  const env = withoutSettings();
  // In the environment, because every user of the machine can read arguments.
  if (client) env.SANDBOX_CLIENTS = `${client.id}:${client.secret}=${client.redirects.join(',')}`;
  const command = [process.execPath, ...flags, main, '--port', String(port), ...args];
  const running = launch({ name: 'The sandbox', command, env, logFile, speaksIpc: true });
  const { url } = await readiness<{ url: string }>(running);
  return { url, pid: running.pid, stop: () => running.stop(5000), ended: running.ended, logFile };
}

/** Waits for the message of a child with IPC that it is ready. */
export async function readiness<T>(running: Running): Promise<T> {
  let ready: T | undefined;
  running.child.on('message', (message: T & { type?: string }) => {
    if (message.type === 'ready') ready = message;
  });
  // The channel is needed until the message arrives; afterwards it must not keep this process alive.
  running.child.channel?.ref();
  try {
    await untilReady(running, () => Promise.resolve(ready !== undefined), 120_000);
  } catch (error) {
    await running.stop();
    throw error;
  }
  running.child.channel?.unref();
  return ready as T;
}

/**
 * Starts the built backend and waits until it is ready to serve (`GET /health/ready`).
 * @param options.env the whole environment, with HOST and PORT
 * @param options.main the built program
 */
export async function startBackend({
  env,
  logFile,
  name = 'The API',
  main = join(ROOT, 'backend/dist/main.js'),
}: {
  env: NodeJS.ProcessEnv;
  logFile: string;
  name?: string;
  main?: string;
}) {
  if (!existsSync(main)) throw new Problem('The backend is not built. Type "npm run build" and run the command again.');
  const running = launch({ name, command: [process.execPath, main], env, logFile });
  const host = ['0.0.0.0', '::'].includes(env.HOST ?? '') ? '127.0.0.1' : (env.HOST ?? '127.0.0.1');
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${env.PORT}`;
  try {
    await untilReady(running, () => answers(`${origin}/health/ready`));
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { name, origin, pid: running.pid, stop: () => running.stop(15_000), ended: running.ended, logFile };
}
