// The local setup of `npm start`, `npm run dev` and `cloudmover serve`: Google or the sandbox with its two accounts, the
// port, Redis, the keys, and stopping everything.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { commandOf, isFree, listenerOn, nextFreePort, onStop } from '../tools/processes.ts';
import { useRedis } from '../tools/redis.ts';
import { keptSecret, loadEnvFile, Problem, remember, remembered, say, STATE, writeWhole } from '../tools/workspace.ts';
import { newKeyRing, redirectUris, startSandbox } from './parts.ts';

/** The sandbox's accounts. */
export const SOURCE = 'alice@example.com';
export const DESTINATION = 'bob@example.com';

/** The default port of the portal and API. */
export const USUAL_PORT = 3000;

/** Something that runs until the command stops: our process, or the user's Redis. */
export interface Part {
  name: string;
  logFile?: string | undefined;
  stop(): Promise<void>;
  ended: Promise<void>;
}

/** What `runLocally` has prepared for `serve`. */
export interface Prepared {
  env: NodeJS.ProcessEnv;
  port: number;
  publicUrl: string;
  redis: { words: string };
  sandbox: { url: string; folder: string | undefined } | undefined;
}

/** What differs between a checkout and the released packages. */
export interface Installation {
  /** The command that starts it, as people type it before an option. */
  command: string;
  /** What says what real Google needs, and where a configuration is checked. */
  advice: string;
  /** The folder of a file `.env` with settings. */
  settingsFolder: string;
  /** The built API and the sandbox, if they are not those of the checkout. */
  backend?: string;
  sandbox?: string;
  /** The built portal, if it is not that of the checkout. */
  portal?: string;
  /** A folder for the source account if no other is named. @param data the sandbox's data */
  ownFolder?: (data: string) => string;
}

const CLAIM = join(STATE, 'start.pid');

/**
 * Prepares everything, lets `serve` start the product, and keeps it running until it is stopped or a part ends.
 *
 * @param options.installation where the parts are
 * @param options.from a real folder for the sandbox's source account
 * @param options.build projects to build first
 * @param options.serve starts the parts (with `launch` or `startBackend`) and returns the text to show
 */
export async function runLocally({
  installation,
  from,
  build,
  serve,
}: {
  installation: Installation;
  from: string | undefined;
  build?: () => Promise<void>;
  serve: (prepared: Prepared) => Promise<{ parts: Part[]; screen: string }>;
}) {
  loadEnvFile(installation.settingsFolder);
  const useSandbox = decideOnSandbox();
  if (from && !useSandbox) {
    throw new Problem(
      '--from puts a folder into the sandbox, but GOOGLE_CLIENT_ID is set: the real Google is used. Leave one of them out.',
    );
  }
  const parts: Part[] = [];
  let stopping = false;
  const stopAll = async () => {
    // In this order, so that Redis and the sandbox still respond while the API finishes its work.
    for (const part of parts.splice(0).reverse()) await part.stop();
    rmSync(CLAIM, { force: true });
  };
  /** While stopping, `onStop` ends the process, and errors of parts that were starting are irrelevant. */
  const waitForExit = () => new Promise<never>(() => undefined);

  claimState();
  onStop(async (signal) => {
    stopping = true;
    say(signal === 'SIGINT' ? '\nStopping …' : 'Stopping …');
    await stopAll();
    say('Stopped. Sessions and transfers are kept for the next start.');
  });
  try {
    await build?.();
    const port = await choosePort(useSandbox);
    const publicUrl = process.env.PUBLIC_URL || `http://localhost:${port}`;
    say('• Starting …');
    const redis = await useRedis();
    parts.push({ name: 'Redis', logFile: join(STATE, 'redis/redis.log'), ...redis });
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...redis.env,
      HOST: process.env.HOST || '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: publicUrl,
      ...(installation.portal && { PORTAL_DIR: installation.portal }),
    };
    if (!process.env.CREDENTIALS_KEYS && !process.env.CREDENTIALS_KEYS_FILE) {
      const file = join(STATE, 'credentials-keys');
      keptSecret(file, newKeyRing);
      env.CREDENTIALS_KEYS_FILE = file;
    }
    let sandbox;
    if (useSandbox) {
      sandbox = await startLocalSandbox(publicUrl, from, installation);
      parts.push({ name: 'The sandbox', ...sandbox });
      Object.assign(env, sandbox.env);
    }
    const served = await serve({ env, port, publicUrl, redis, sandbox });
    parts.push(...served.parts);
    if (stopping) return await waitForExit();
    say(served.screen);
    const ended = await Promise.race(parts.map((part) => part.ended.then(() => part)));
    if (stopping) return await waitForExit();
    const why = ended.logFile ? ` See its log: ${ended.logFile}` : '';
    throw new Problem(`${ended.name} ended by itself, so everything was stopped.${why}`);
  } catch (error) {
    if (stopping) return waitForExit();
    await stopAll();
    throw error;
  }
}

/** Real Google if both credentials are set, the sandbox if none is. @throws {Problem} if one is missing */
function decideOnSandbox() {
  const given = (name: string) => Boolean(process.env[name] || process.env[`${name}_FILE`]);
  const [id, secret] = [given('GOOGLE_CLIENT_ID'), given('GOOGLE_CLIENT_SECRET')];
  if (id !== secret) {
    throw new Problem(
      `${id ? 'GOOGLE_CLIENT_SECRET' : 'GOOGLE_CLIENT_ID'} is missing. Set both for real Google, or neither for the sandbox.`,
    );
  }
  return !id;
}

/** Allows one command per state folder, because two Redis servers must not write the same file. */
function claimState() {
  if (existsSync(CLAIM)) {
    const pid = Number(readFileSync(CLAIM, 'utf8'));
    if (pid !== process.pid && /(tools[\\/]main\.ts (start|dev)|server[\\/]main\.js)/.test(commandOf(pid) ?? '')) {
      throw new Problem(
        `CloudMover is running here already (process ${pid}). Use that one, or stop it first: Ctrl-C in its terminal, or "kill ${pid}".`,
      );
    }
  }
  writeWhole(CLAIM, String(process.pid));
}

async function choosePort(mayMove: boolean) {
  const fixed = process.env.PORT;
  if (fixed && !(/^\d{1,5}$/.test(fixed) && Number(fixed) >= 1 && Number(fixed) <= 65_535))
    throw new Problem(`PORT is "${fixed}". Set it to a number from 1 to 65535.`);
  const wanted = Number(fixed || USUAL_PORT);
  if (mayMove && !fixed) return nextFreePort(wanted);
  if (await isFree(wanted)) return wanted;
  const holder = listenerOn(wanted);
  const taken = `Port ${wanted} is taken${holder ? ` by ${holder}` : ''}`;
  if (mayMove) throw new Problem(`${taken}, and PORT asks for this one. End that process, or change or unset PORT.`);
  throw new Problem(
    `${taken}. With Google credentials it must be this one, because the redirect addresses registered at Google name it. ` +
      'End that process, or set PORT to another one and register its addresses.',
  );
}

/** Latencies by operation in milliseconds, similar to Google's, so that the portal shows a transfer's progress. */
const GOOGLES_PACE = {
  '*': 40,
  'files.copy': 600,
  'files.create': 300,
  'files.update': 150,
  'files.upload': 300,
  'permissions.create': 300,
};

async function startLocalSandbox(publicUrl: string, from: string | undefined, installation: Installation) {
  const data = join(STATE, 'sandbox');
  const folder = from ?? installation.ownFolder?.(data);
  // Copies of the user's own files are stored here.
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const client = {
    id: 'cloudmover-local',
    secret: keptSecret(join(STATE, 'sandbox-client-secret')),
    redirects: redirectUris(publicUrl),
  };
  const port = remembered('sandbox');
  const sandbox = await startSandbox({
    logFile: join(STATE, 'logs/sandbox.log'),
    port: port && (await isFree(port)) ? port : 0,
    client,
    args: [
      ...['--data', data, '--accounts', `${SOURCE},${DESTINATION}`, '--seed-demo'],
      ...(folder ? ['--import', `${folder}:${SOURCE}`] : []),
    ],
    ...(installation.sandbox && { main: installation.sandbox }),
  });
  remember('sandbox', Number(new URL(sandbox.url).port));
  await fetch(`${sandbox.url}/__sandbox/behavior`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ latencyMs: GOOGLES_PACE }),
  });
  const env = { GOOGLE_BASE_URL: sandbox.url, GOOGLE_CLIENT_ID: client.id, GOOGLE_CLIENT_SECRET: client.secret };
  return { ...sandbox, folder, env };
}
